"""Every refusal has a code, a next step and an exit code; through the command line too, nothing is written before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

import generators.errors
import seeds.errors
from generators import GenerationError
from seeds.cli.refusals import exit_code, report_refusal
from seeds.errors import SeedError
from seeds.ports import Database
from tests.refusal_samples import kinds, sample
from tests.seeds.boroughs import execute, rows_by_key, seeded
from tests.seeds.command_line import CommandLine


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


EXITS = {
    "CycleError": 2,
    "DatasetFileError": 2,
    "DomainTooSmallError": 2,
    "ExpressionError": 2,
    "ForeignRows": 3,
    "GenerationError": 2,
    "ManifestConflict": 3,
    "ParameterError": 2,
    "ReferenceDataError": 2,
    "SchemaMismatch": 3,
    "SeedError": 2,
    "SpecError": 2,
    "TargetBusy": 5,
    "ScanError": 2,
    "TargetError": 2,
    "TargetUnavailable": 5,
    "UnknownNameError": 2,
    "VerificationFailed": 4,
    "WriteRefused": 3,
}


def test_every_refusal_has_an_exit_code_of_its_own() -> None:
    """No class of refusal ends as a defect, and none is missing from this table."""
    found = {kind.__name__: exit_code(sample(kind)) for kind in (*kinds(SeedError), *kinds(GenerationError))}
    assert found == EXITS


def test_every_refusal_has_a_code_of_its_own() -> None:
    """Codes are in capitals and differ between classes."""
    found = [sample(kind).code for kind in (*kinds(SeedError), *kinds(GenerationError))]  # type: ignore[attr-defined]
    assert len(set(found)) == len(found)
    assert all(code.isupper() for code in found)


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    """Each module draws its refusals, and draws them all."""
    for module, root in ((seeds.errors, SeedError), (generators.errors, GenerationError)):
        for kind in kinds(root):
            assert kind.__name__ in (module.__doc__ or ""), kind


@pytest.mark.parametrize("kind", [*kinds(SeedError), *kinds(GenerationError)])
def test_a_refusal_is_reported_in_words_and_in_json(kind: type[Exception], capsys: pytest.CaptureFixture[str]) -> None:
    """Code and message on stderr, either way, and nothing on stdout."""
    error = sample(kind)
    assert report_refusal(error, as_json=False) == report_refusal(error, as_json=True) == exit_code(error)
    captured = capsys.readouterr()
    words, _, document = captured.err.rstrip("\n").rpartition("\n")
    assert words.startswith(f"error[{error.code}]: ")  # type: ignore[attr-defined]
    assert f'"code": "{error.code}"' in document  # type: ignore[attr-defined]
    assert captured.out == ""


def test_a_defect_is_no_refusal() -> None:
    """What nobody foresaw keeps its traceback, and would exit with 1."""
    with pytest.raises(ZeroDivisionError):
        report_refusal(ZeroDivisionError(), as_json=True)
    assert exit_code(ZeroDivisionError()) == 1


# --------------------------------------------------------------------------------------------------------- the gate


def tables_in(url: str) -> list[str]:
    """Every table of a database, looked up without Understudy."""
    engine = create_engine(url)
    found = inspect(engine).get_table_names()
    engine.dispose()
    return found


def test_an_unmarked_server_is_refused(database_url: str, command: CommandLine) -> None:
    """Empty or not, a server that does not say what it is stays as it is."""
    refused = command("seed", "borough", "-n", 100, "--to", database_url, "--json")
    assert (refused.code, refused.error["code"], refused.out) == (3, "WRITE_UNMARKED", "")
    assert "--environment" in refused.error["hint"]
    assert tables_in(database_url) == []
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE ledger (id INTEGER)"))
    engine.dispose()
    refused = command("seed", "borough", "-n", 100, "--to", database_url, "--environment", "test", "--json")
    assert (refused.code, refused.error["code"]) == (3, "STAMP_NOT_EMPTY")
    assert tables_in(database_url) == ["ledger"]


@pytest.mark.parametrize("name", ["production", "prod", "LIVE"])
def test_production_cannot_be_asked_for(database_url: str, command: CommandLine, name: str) -> None:
    """By no name is an empty database marked as production, and nothing is written."""
    refused = command("seed", "borough", "-n", 100, "--to", database_url, "--environment", name, "--json")
    assert (refused.code, refused.error["code"]) == (3, "STAMP_PRODUCTION")
    assert tables_in(database_url) == []


def test_a_database_that_became_production_is_left_alone(database: Database, command: CommandLine) -> None:
    """Neither seeding nor resetting gets past a marker that says production, whatever the manifest says."""
    seeded(database, 100)
    execute(database, "UPDATE understudy_environment SET environment = 'Live'")
    before = rows_by_key(database)
    url = database.engine().url.render_as_string(hide_password=False)
    for arguments in (
        ("seed", "borough", "-n", 200, "--seed", 7),
        ("seed", "borough", "-n", 200, "--seed", 7, "--environment", "test"),
        ("seed", "borough", "-n", 200, "--seed", 7, "--alongside"),
        ("reset", "borough"),
        ("reset", "borough", "--drop-tables"),
    ):
        refused = command(*arguments, "--to", url, "--json")
        assert (refused.code, refused.error["code"], refused.out) == (3, "WRITE_PRODUCTION", "")
    assert rows_by_key(database) == before


def test_no_refusal_shows_a_password(command: CommandLine, tmp_path: Path) -> None:
    """A target that cannot be reached is named without its password."""
    for url, code in (
        ("postgresql://clerk:hunter2@127.0.0.1:1/council", 5),
        ("postgresql://clerk:hunter2@127.0.0.1:1/council?password=hunter2", 5),
        ("oracle://clerk:hunter2@db/council", 2),
        ("clerk:hunter2@db", 2),
    ):
        for verb in ("seed", "verify", "reset"):
            refused = command(verb, "borough", "--to", url, "--home", tmp_path)
            assert refused.code == code, (url, refused.err)
            assert "hunter2" not in refused.out + refused.err
            assert refused.err.startswith("error[TARGET_")
            assert "hint: " in refused.err
