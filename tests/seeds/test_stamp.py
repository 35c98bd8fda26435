"""The command ``stamp``: a marker by hand, for whoever types the database's name, and never against another marker."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import inspect, make_url, text

from seeds.environment import ALIASES, PRODUCTION
from seeds.ports import Database, Fillable
from tests.env_config.servers import PostgresServer
from tests.seeds.command_line import CommandLine, Finished
from tests.seeds.test_env_targets import Configure, configured, database, key, production, staging
from tests.seeds.test_environment import mark
from tests.seeds.test_vacancy import PEOPLE, SECRET, run

__all__ = ["configured", "database", "key", "production", "staging"]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line, with nobody at the keyboard."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    return CommandLine(monkeypatch, capsys)


@pytest.fixture(params=["postgres", "sqlite", "mariadb"])
def target(request: pytest.FixtureRequest) -> Fillable:
    """A database of each kind with somebody's row in it."""
    made = cast("Fillable", request.getfixturevalue(request.param))
    run(made, *PEOPLE["users"])
    return made


def url_of(target: Database) -> str:
    """The address as it would be typed."""
    return target.engine().url.render_as_string(hide_password=False)


def name_of(target: Database) -> str:
    """The database's name: the last part of its address, a file's own name too."""
    return Path(make_url(url_of(target)).database or "").name


def stamp(command: CommandLine, target: Database, environment: str, *name: str) -> Finished:
    return command("stamp", "--to", url_of(target), "--environment", environment, *name, "--json")


def refused(command: CommandLine, target: Database, environment: str, *name: str) -> str:
    """The code of the refusal; the database is as it was, and no value of it is repeated."""
    before = (inspect(target.engine()).get_table_names(), target.environment_setting())
    finished = stamp(command, target, environment, *name)
    assert (finished.code, finished.out) == (3, "")
    assert (inspect(target.engine()).get_table_names(), target.environment_setting()) == before
    assert SECRET not in finished.err
    assert finished.error["hint"]
    return finished.error["code"]


def test_a_database_is_stamped_by_its_name(command: CommandLine, target: Fillable) -> None:
    """Whoever types the name may mark a database with anybody's rows, and it is said in the marker."""
    finished = stamp(command, target, "dev", "--name", name_of(target))
    assert (finished.code, finished.json["environment"], finished.json["stamped"]) == (0, "development", True)
    assert target.environment_setting() == "development"
    with target.engine().connect() as connection:
        assert "by hand" in str(connection.scalar(text("SELECT reason FROM understudy_environment")))


def test_another_name_is_refused(command: CommandLine, target: Fillable) -> None:
    """Neither half a name, nor another spelling, nor none, nor the whole address will do."""
    name = name_of(target)
    for typed in (name[:-1], name.swapcase(), "", " ", f"x{name}", url_of(target)):
        assert refused(command, target, "test", "--name", typed) == "STAMP_NAME"


def test_the_name_is_asked_for(command: CommandLine, postgres: Fillable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ``--name`` it is typed at the prompt, on stderr, and blanks around it do not count."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f" {name_of(postgres)} \n"))
    finished = command("stamp", "--to", url_of(postgres), "--environment", "test")
    assert (finished.code, finished.out) == (0, "")
    assert "Type the database's name" in finished.err
    assert "was marked as 'test' by hand" in finished.err
    assert postgres.environment_setting() == "test"


@pytest.mark.parametrize("json", [True, False])
def test_nobody_there_to_type_is_a_refusal(command: CommandLine, target: Fillable, json: bool) -> None:
    """A script that gives no name is told how to, and a command that speaks JSON asks nothing."""
    finished = command("stamp", "--to", url_of(target), "--environment", "test", *(["--json"] if json else []))
    assert (finished.code, finished.out) == (3, "")
    assert "STAMP_NAME" in finished.err and "--name" in finished.err
    assert ("Type the" in finished.err) is not json
    assert target.environment_setting() is None


@pytest.mark.parametrize("name", [PRODUCTION, *ALIASES[PRODUCTION], "mosaic-prod", "ＰＲＯＤ"])
def test_nothing_is_stamped_as_production(command: CommandLine, postgres: Fillable, name: str) -> None:
    """No alias, compound or costume of production can be asked for, whatever name is typed."""
    assert refused(command, postgres, name, "--name", name_of(postgres)) == "STAMP_PRODUCTION"


@pytest.mark.parametrize("name", [PRODUCTION, *ALIASES[PRODUCTION], "Mosaic Prod", "LIVE", "prod2"])
def test_a_production_marker_stands(command: CommandLine, postgres: Fillable, name: str) -> None:
    """Where production is marked, nothing that is typed helps."""
    mark(postgres, name)
    assert refused(command, postgres, "test", "--name", name_of(postgres)) == "WRITE_PRODUCTION"


def test_a_marker_of_any_kind_of_database_stands(command: CommandLine, target: Fillable) -> None:
    """Production, another environment, several at once and a name nobody knows all stay, and none is repeated."""
    right = ("--name", name_of(target))
    mark(target, "development")
    assert refused(command, target, "test", *right) == "STAMP_DISAGREES"
    run(target, "INSERT INTO understudy_environment VALUES ('live')")
    assert refused(command, target, "development", *right) == "WRITE_PRODUCTION"
    run(target, "DELETE FROM understudy_environment", f"INSERT INTO understudy_environment VALUES ('{SECRET}')")
    assert refused(command, target, "test", *right) == "WRITE_UNKNOWN_ENVIRONMENT"
    run(target, "INSERT INTO understudy_environment VALUES ('test')")
    assert refused(command, target, "test", *right) == "WRITE_UNKNOWN_ENVIRONMENT"


def test_a_forbidding_marker_comes_before_the_question(command: CommandLine, postgres: Fillable) -> None:
    """Nobody is asked to type the name of a database that cannot be stamped anyway."""
    mark(postgres, "live")
    finished = command("stamp", "--to", url_of(postgres), "--environment", "test")
    assert (finished.code, "WRITE_PRODUCTION" in finished.err, "Type the" in finished.err) == (3, True, False)


def test_the_same_stamp_again_changes_nothing(command: CommandLine, target: Fillable) -> None:
    """A marker that agrees is left as it is; the name has to be right all the same."""
    right = ("--name", name_of(target))
    assert stamp(command, target, "test", *right).json["stamped"]
    with target.engine().connect() as connection:
        before = connection.execute(text("SELECT * FROM understudy_environment")).all()
    again = stamp(command, target, "test", *right)
    assert (again.code, again.json["stamped"]) == (0, False)
    assert refused(command, target, "test", "--name", "another") == "STAMP_NAME"
    with target.engine().connect() as connection:
        assert connection.execute(text("SELECT * FROM understudy_environment")).all() == before


def test_a_marker_in_another_schema_stands(command: CommandLine, postgres: Fillable) -> None:
    """What is marked where this login does not look may be production, so nobody stamps beside it."""
    run(
        postgres,
        "CREATE SCHEMA ops",
        "CREATE TABLE ops.understudy_environment (environment TEXT)",
        "INSERT INTO ops.understudy_environment VALUES ('staging')",
    )
    assert refused(command, postgres, "test", "--name", name_of(postgres)) == "STAMP_DISAGREES"
    run(postgres, "UPDATE ops.understudy_environment SET environment = 'live'")
    assert refused(command, postgres, "test", "--name", name_of(postgres)) == "WRITE_PRODUCTION"


def test_the_servers_own_name_counts(command: CommandLine, postgres: Fillable, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address may leave the name to the client's settings; the server's own name has to be typed then too."""
    name = name_of(postgres)
    bare = make_url(url_of(postgres)).set(database=None).update_query_dict({"dbname": name})
    to = ("stamp", "--to", bare.render_as_string(hide_password=False), "--environment", "test", "--json")
    finished = command(*to, "--name", "")
    assert (finished.code, finished.error["code"]) == (3, "STAMP_NAME")
    assert command(*to, "--name", name).code == 0


def test_a_service_of_a_book_is_stamped_by_its_owner(
    command: CommandLine, configured: Configure, staging: PostgresServer, database: str
) -> None:
    """Its marker is part of what the book vouches for, so nobody who only fills it puts it there, name or not."""
    service = configured()
    for name in (database, service.name):
        to = ("stamp", "--to", "env:staging/social-care-db", "--environment", "staging", "--name", name, "--json")
        finished = command(*to)
        assert (finished.code, finished.error["code"]) == (3, "STAMP_BY_OWNER")
        assert "env-config stamp" in finished.error["hint"]
    assert staging.value("SELECT to_regclass('understudy_environment')", database=database) is None


def test_a_stamped_database_can_be_filled(command: CommandLine, postgres: Fillable) -> None:
    """The marker opens the gate for a database that would not have been marked unasked."""
    run(postgres, *PEOPLE["users"])
    fill = ("seed", "auto", "--to", url_of(postgres), "--rows", 3, "--json")
    assert command(*fill, "--environment", "test").error["code"] == "STAMP_PERSONAL_DATA"
    assert stamp(command, postgres, "test", "--name", name_of(postgres)).code == 0
    assert command(*fill).code == 0
    with postgres.engine().connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users")) == 4
        assert connection.scalar(text(f"SELECT count(*) FROM users WHERE email = '{SECRET}@example.org'")) == 1
