"""A fill that was stopped, wherever it was: the next run finishes it, and nobody could tell."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seeds.databases.postgres.writer import PostgresWriter
from seeds.filling import Ledger, fill, load
from seeds.ports import Database
from tests.seeds.command_line import ROOT, finish
from tests.seeds.filled import POSTGRES, another, ask, bookkeeping, clock, contents, filled, order, prepared, run

QUIET = tuple(statement for statement in POSTGRES if "noted" not in statement)
"""Without the trigger, whose rows get their numbers from a sequence that a rollback does not turn back."""

_OFTEN = "import seeds.filling.load as l; l._COMMIT_ROWS = 1; from seeds.cli import main; main()"
"""The command line, committing after each step."""


class Stopped(Exception):
    """Something that nobody foresaw."""


@pytest.fixture
def whole(postgres_server: str, tmp_path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What an uninterrupted run leaves."""
    with another(postgres_server, tmp_path, QUIET) as database:
        filled(database)
        return contents(database)


def stop_at(monkeypatch: pytest.MonkeyPatch, method: str, calls: int) -> None:
    """Let a writer fail at the n-th call of a method."""
    made = 0
    original = getattr(PostgresWriter, method)

    def stopping(self: PostgresWriter, *arguments: object) -> object:
        nonlocal made
        made += 1
        if made == calls:
            raise Stopped
        return original(self, *arguments)

    monkeypatch.setattr(PostgresWriter, method, stopping)


@pytest.mark.parametrize(
    ("method", "calls"),
    [("append", 4), ("commit", 1), ("commit", 5), ("append_together", 1), ("update", 1)],
    ids=lambda value: str(value),
)
def test_a_stopped_run_goes_on(
    postgres: Database,
    monkeypatch: pytest.MonkeyPatch,
    whole: dict[str, list[tuple[object, ...]]],
    method: str,
    calls: int,
) -> None:
    """Stopped before a commit or after one, in a cycle or before what was deferred: the next run makes it whole."""
    database = prepared(postgres, QUIET)
    with monkeypatch.context() as patches:
        patches.setattr(load, "_COMMIT_ROWS", 1)
        stop_at(patches, method, calls)
        with pytest.raises(Stopped):
            fill(database, order(), clock=clock)
    assert contents(database) != whole
    for name, record in Ledger(database).records("auto").items():
        assert ask(database, f"SELECT count(*) FROM {name}") == [(record.loaded + (3 if name == "status" else 0),)]
    filled(database)
    assert contents(database) == whole
    before = bookkeeping(database)
    assert filled(database).loaded == 0
    assert (contents(database), bookkeeping(database)) == (whole, before)


def test_what_was_deferred_is_not_done_again(postgres: Database) -> None:
    """After a run that ended, a value that somebody changed stays changed; only a stopped run is made good."""
    database = prepared(postgres, QUIET)
    filled(database)
    run(database, "UPDATE account SET main_card_id = NULL WHERE id = 5")
    filled(database, 12)
    assert ask(database, "SELECT main_card_id FROM account WHERE id = 5") == [(None,)]


@pytest.mark.parametrize("tables", [0, 2, 6, 12])
def test_a_killed_run_goes_on(postgres: Database, whole: dict[str, list[tuple[object, ...]]], tables: int) -> None:
    """Killed after any number of tables, a run leaves whole tables only, and the same command finishes."""
    database = prepared(postgres, QUIET)
    address = database.engine().url.render_as_string(hide_password=False)
    command = ["seed", "auto", "--to", address, "--rows", "10", "--seed", "7", "--json"]
    seeder = subprocess.Popen([sys.executable, "-c", _OFTEN, *command], cwd=ROOT, text=True, stdout=-3, stderr=-3)
    while seeder.poll() is None and len(Ledger(database).records("auto")) < tables:
        time.sleep(0.001)
    seeder.send_signal(signal.SIGKILL)
    seeder.communicate()
    for name, record in Ledger(database).records("auto").items():
        there = len(contents(database, name)[name]) - (3 if name == "status" else 0)
        assert there == record.loaded == record.covered
    last = finish(subprocess.Popen([sys.executable, "-c", _OFTEN, *command], cwd=ROOT, text=True, stdout=-1, stderr=-1))
    assert last.code == 0, last.err
    assert contents(database) == whole


def test_a_stopped_top_up_goes_on(
    postgres: Database, postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped while more rows are put in, and asked for more still: the whole is as if made at once."""
    database = prepared(postgres, QUIET)
    filled(database)
    with monkeypatch.context() as patches:
        patches.setattr(load, "_COMMIT_ROWS", 1)
        stop_at(patches, "commit", 6)
        with pytest.raises(Stopped):
            fill(database, order(18), clock=clock)
    filled(database, 25)
    with another(postgres_server, tmp_path, QUIET) as direct:
        filled(direct, 25)
        assert contents(direct) == contents(database)
