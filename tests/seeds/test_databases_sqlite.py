"""SQLite: files only, made late, whole after a crash, and one writer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from seeds.databases.sqlite import SqliteDatabase
from seeds.databases.sqlite.session import SqliteSession
from seeds.errors import TargetBusy, TargetError
from seeds.manifest import ManifestStore
from seeds.schema import create_tables
from tests.seeds.sample_tables import EVERYTHING, FULL, PLACE, places, rows_of


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    """Nothing would remain of it."""
    with pytest.raises(TargetError) as refused:
        SqliteDatabase(url)
    assert refused.value.code == "TARGET_IN_MEMORY"


def test_a_file_needs_a_folder(tmp_path: Path) -> None:
    """A folder as target, or a file in a folder that is not there, is refused."""
    for path in (tmp_path, tmp_path / "absent" / "x.db"):
        with pytest.raises(TargetError):
            SqliteDatabase(f"sqlite:///{path}")


def test_looking_makes_no_file(tmp_path: Path) -> None:
    """Asking a target that is not there what it holds does not create it."""
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db")
    assert database.is_empty()
    assert database.environment_setting() is None
    assert ManifestStore(database).read("borough") is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """A file that is no SQLite database is left as it is."""
    path = tmp_path / "x.db"
    path.write_text("a letter to somebody" * 100)
    with pytest.raises(TargetError) as refused:
        SqliteDatabase(f"sqlite:///{path}").is_empty()
    assert refused.value.code == "TARGET_INVALID"
    assert path.read_text() == "a letter to somebody" * 100


def test_values_are_held_in_the_forms_that_sql_expects(tmp_path: Path) -> None:
    """Dates are ISO text, instants UTC text, amounts numbers, identifiers hyphenated text, arrays JSON text."""
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db")
    create_tables(database, [EVERYTHING])
    session = database.session()
    session.append(EVERYTHING, rows_of(EVERYTHING, FULL))
    found = session.fetch("SELECT day, instant, flag, money, exact, token, tags, prices FROM everything")
    session.close()
    assert found == [
        (
            "2024-02-29", "2024-07-02 03:04:05.678900", 1, -12.5, "12345678901234567890123456.7891",
            "00000000-0000-0000-0000-000000000007", '["p", null, "q,r"]', '["1.25", null]',
        )
    ]  # fmt: skip


def test_foreign_keys_hold_on_every_connection(tmp_path: Path) -> None:
    """SQLite leaves them unchecked unless each connection asks."""
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db")
    create_tables(database, [PLACE])
    with database.engine().connect() as connection:
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    session = database.session()
    assert session.fetch("PRAGMA foreign_keys") == [(1,)]
    session.close()


def test_a_second_writer_is_told_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one session writes, another's first statement ends in a transient refusal."""
    monkeypatch.setattr("seeds.databases.sqlite.session.BUSY_SECONDS", 0.1)
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db")
    create_tables(database, [PLACE])
    first, second = database.session(), database.session()
    first.append(PLACE, places(1))
    with pytest.raises(TargetBusy):
        second.append(PLACE, places(2))
    first.close()
    second.append(PLACE, places(2))
    second.close()


def test_reading_does_not_stop_a_writer(tmp_path: Path) -> None:
    """A reader sees what was there when it began, and rows can be written meanwhile."""
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db")
    create_tables(database, [PLACE])
    writer, reader = database.session(), database.session()
    writer.append(PLACE, places(*range(25_000)))
    writer.commit()
    rows = reader.read(PLACE, ("id",))
    seen = next(rows).num_rows
    writer.append(PLACE, places(99_999))
    writer.commit()
    assert seen + sum(batch.num_rows for batch in rows) == 25_000
    reader.close()
    writer.close()


def _write_and_wait(path: Path, ready: multiprocessing.Queue[int]) -> None:
    session = SqliteSession(path)
    session.append(PLACE, places(*range(100)))
    session.commit()
    session.append(PLACE, places(*range(100, 50_000)))
    ready.put(os.getpid())
    signal.pause()


def test_a_killed_writer_leaves_whole_transactions(tmp_path: Path) -> None:
    """After `kill -9` in the middle of a transaction the file is sound and holds what was committed."""
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db")
    create_tables(database, [PLACE])
    context = multiprocessing.get_context("spawn")
    ready: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_write_and_wait, args=(tmp_path / "x.db", ready))
    process.start()
    ready.get(timeout=60)
    process.kill()
    process.join()
    with sqlite3.connect(tmp_path / "x.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sum(batch.num_rows for batch in database.session().read(PLACE)) == 100
