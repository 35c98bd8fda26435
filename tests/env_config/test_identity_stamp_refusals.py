"""``env-config stamp`` where it cannot be done: nothing is made, nothing is overwritten, and the next step is said."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from env_config.errors import EnvironmentRefused, IdentityRefused, UsageRefused
from env_config.guards import access_errors, marker
from tests.env_config import stamp_runs
from tests.env_config.listeners import STAGING
from tests.env_config.servers import DATABASE, USER, PostgresServer, free_port, mark, program
from tests.env_config.stamp_runs import Stamp, facts

stamp_as, database, mariadb = stamp_runs.stamp_as, stamp_runs.database, stamp_runs.mariadb
Said = pytest.CaptureFixture[str]
ALL_DRIVERS = ("psycopg", "psycopg2", "pg8000.dbapi")


def psql(server: PostgresServer, database: str, script: str) -> subprocess.CompletedProcess[str]:
    """Paste a script into a session, as somebody does who does not stop at the first error."""
    command = [program("psql"), "-X", "-q", "-d", server.dsn(database=database)]
    return subprocess.run(command, input=script, text=True, check=False, capture_output=True)


# ---------------------------------------------------------------------------------------------------------------- SQLite


@pytest.mark.parametrize("name", ["typo.db", "nosuchdir/x.db", ""])
def test_a_sqlite_file_that_is_not_there_is_not_made(name: str, tmp_path: Path, stamp_as: Stamp) -> None:
    """A typing error would be stamped, and the database that was meant would not."""
    with pytest.raises(UsageRefused) as caught:
        stamp_as("--url", f"sqlite:///{tmp_path}/{name}", "--confirm", name)
    assert str(tmp_path) in caught.value.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"plain words, and many of them, " * 40, None])
def test_what_is_no_sqlite_file_is_told_in_words(content: bytes | None, tmp_path: Path, stamp_as: Stamp) -> None:
    """Another file, or a table of the marker's name without its columns: a refusal, not a traceback."""
    file = tmp_path / "x.db"
    if content is not None:
        file.write_bytes(content)
    else:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE understudy_environment (id integer)")
    with pytest.raises(UsageRefused) as caught:
        stamp_as("--url", f"sqlite:///{file}")
    assert caught.value.hint


def test_a_sqlite_file_may_have_any_name(tmp_path: Path, stamp_as: Stamp) -> None:
    """Characters that mean something in a URI mean themselves."""
    file = tmp_path / "a b%20#1.db"
    sqlite3.connect(file).close()
    file.touch()
    assert stamp_as("--url", f"sqlite:///{file}") == 0
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


# ------------------------------------------------------------------------------------------------------- the statements


def test_statements_for_another_environment_need_that_databases_name(stamp_as: Stamp, capsys: Said) -> None:
    """The book of staging knows what staging's database is called, and nothing of production's."""
    with pytest.raises(EnvironmentRefused) as caught:
        stamp_as("social-care-db", "--environment", "production", "--sql")
    assert caught.value.code == "ENV_CONFLICT"
    assert "--url" in caught.value.hint
    assert capsys.readouterr().out == ""
    assert stamp_as("social-care-db", "--environment", "stg", "--sql") == 0
    assert 'ALTER DATABASE "social_care"' in capsys.readouterr().out


@pytest.mark.parametrize("left", ["everything", "row", "configuration", "setting"])
def test_pasted_statements_leave_another_environments_marker_alone(
    left: str, staging: PostgresServer, database: str, stamp_as: Stamp, capsys: Said
) -> None:
    """Whatever is left of the other stamp, the script stops at it; only ``--replace`` prints one that takes it away."""
    mark(staging, "development", database=database)
    gone = {
        "row": "DELETE FROM understudy_environment",
        "configuration": "DROP TEXT SEARCH CONFIGURATION public.env_development",
        "setting": f"ALTER DATABASE {database} RESET ALL",
    }
    if left != "everything":
        staging.execute(*(text for name, text in gone.items() if name != left), database=database)
    before = facts(staging, database)
    url = staging.dsn(database=database)
    stamp_as("--url", url, "--sql")
    told = psql(staging, database, capsys.readouterr().out)
    assert "marked as another environment's: " in told.stderr and "--replace" in told.stderr
    assert facts(staging, database) == before
    with pytest.raises((IdentityRefused, UsageRefused)):
        stamp_as("--url", url)
    assert facts(staging, database) == before
    stamp_as("--url", url, "--sql", "--replace")
    told = psql(staging, database, capsys.readouterr().out)
    after = facts(staging, database)
    assert (after.marker, after.setting, after.configurations) == ("staging", "staging", ("env_staging",)), told.stderr


def test_a_start_up_marker_of_the_books_environments_goes_whoever_made_it(
    staging: PostgresServer, database: str, stamp_as: Stamp
) -> None:
    """One without our comment marks just as well: two markers would let two environments in."""
    mark(staging, "development", database=database)
    staging.execute("COMMENT ON TEXT SEARCH CONFIGURATION public.env_development IS NULL", database=database, user=USER)
    staging.execute("CREATE TEXT SEARCH CONFIGURATION public.env_words (COPY = simple)", database=database, user=USER)
    assert stamp_as("--url", staging.dsn(database=database), "--replace", "--confirm", database) == 0
    assert facts(staging, database).configurations == ("env_staging", "env_words")


def test_an_alias_in_an_older_marker_is_our_own(
    staging: PostgresServer, database: str, stamp_as: Stamp, capsys: Said
) -> None:
    """What means this environment needs no ``--replace``."""
    mark(staging, "staging", database=database)
    staging.execute("UPDATE understudy_environment SET environment = 'STG'", database=database)
    assert stamp_as("--url", staging.dsn(database=database), "--sql") == 0
    assert psql(staging, database, capsys.readouterr().out).stderr.count("ERROR") == 0
    assert facts(staging, database).marker == "staging"


def test_statements_pasted_into_another_database_stop(
    staging: PostgresServer, database: str, stamp_as: Stamp, capsys: Said
) -> None:
    """They name one database, and the session may be with another."""
    stamp_as("--url", staging.dsn(database=DATABASE), "--sql")
    told = psql(staging, database, capsys.readouterr().out)
    assert f"for the database {DATABASE}, and this is {database}" in told.stderr
    assert (facts(staging, database).marker, facts(staging, database).configurations) == (None, ())
    with pytest.raises(UsageRefused):
        marker.statements("postgresql", "staging", database="a$stamp$b", reason="")


@pytest.mark.parametrize("system", ["sqlite", "mysql"])
def test_without_a_server_that_can_stop_the_key_does(system: str, stamp_as: Stamp, capsys: Said) -> None:
    """The other environment's row has the key that ours needs, and no statement takes it away unless asked to."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.create_function("utc_timestamp", 1, lambda digits: "now")
        for words in (("--environment", "dev"), (), ("--replace",)):
            stamp_as("--url", f"{system}://h/x.db", "--sql", *words)
            script = capsys.readouterr().out
            if words:
                connection.executescript(script)
                continue
            with pytest.raises(sqlite3.IntegrityError):
                connection.executescript(script)
            connection.rollback()
            rows = connection.execute("SELECT environment FROM understudy_environment").fetchall()
            assert rows == [("development",)]
        assert connection.execute("SELECT environment FROM understudy_environment").fetchall() == [("staging",)]


# ------------------------------------------------------------------------------------------------------------ next steps


def hint_of(stamp_as: Stamp, url: str, monkeypatch: pytest.MonkeyPatch, driver: str = "psycopg") -> str:
    from env_config.guards import database_access

    pytest.importorskip(driver.partition(".")[0])
    monkeypatch.setattr(database_access, "_POSTGRESQL", (driver,))
    with pytest.raises(UsageRefused) as caught:
        stamp_as("--url", url)
    assert caught.value.message.startswith("the database cannot be opened: ")
    return caught.value.hint


@pytest.mark.parametrize("driver", ALL_DRIVERS)
def test_where_nothing_listens_no_password_is_asked_for(
    driver: str, stamp_as: Stamp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Host, port and tunnel are what to look at."""
    hint = hint_of(stamp_as, f"postgresql://app@{STAGING}:{free_port(STAGING)}/x", monkeypatch, driver)
    assert hint == access_errors.HINTS["refused"][1]


@pytest.mark.parametrize("driver", ALL_DRIVERS)
def test_a_database_that_is_not_there_is_called_missing(
    driver: str, staging: PostgresServer, stamp_as: Stamp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server answered, so user and password are not what is wrong."""
    hint = hint_of(stamp_as, staging.dsn(database="nope"), monkeypatch, driver)
    assert hint == access_errors.HINTS["database"][1]


@pytest.mark.parametrize("driver", ALL_DRIVERS)
def test_a_login_that_is_refused_is_told_where_users_come_from(
    driver: str, staging: PostgresServer, stamp_as: Stamp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here it is the user that is wrong."""
    assert "PGUSER" in hint_of(stamp_as, staging.dsn(user="nobody_such"), monkeypatch, driver)


def test_an_assertion_in_the_way_is_to_be_left_out(staging: PostgresServer, database: str, stamp_as: Stamp) -> None:
    """Who asks the server for the marker that is about to be written is not sent to the command that writes it."""
    url = staging.dsn(database=database, options="-c default_text_search_config=public.env_staging")
    with pytest.raises(IdentityRefused) as caught:
        stamp_as("--url", url)
    assert caught.value.code == "ASSERTION_REFUSED"
    assert "PGOPTIONS" in caught.value.hint and "env-config stamp" not in caught.value.hint


WORDED = {
    "(2003, \"Can't connect to MySQL server on '127.0.0.66' ([Errno 111] Connection refused)\")": "refused",
    "(2002, \"Can't connect to server on '127.0.0.66' (111)\")": "refused",
    "(1049, \"Unknown database 'nope'\")": "database",
    "(1045, \"Access denied for user 'app'@'localhost' (using password: NO)\")": "login",
    "(2003, \"Can't connect to MySQL server on 'nope' ([Errno -2] Name or service not known)\")": "unknown-host",
    'could not translate host name "nope" to address: Name or service not known': "unknown-host",
    "[Errno -2] Name or service not known": "unknown-host",
    'connection to server at "192.0.2.1", port 5432 failed: timeout expired': "timeout",
    "connection timeout expired": "timeout",
    'FATAL:  password authentication failed for user "app"': "login",
    "fe_sendauth: no password supplied": "login",
    "must be owner of database x": "owner",
    "permission denied for schema public": "owner",
    "attempt to write a readonly database": "owner",
    "file is not a database": "file",
    "database is locked": "locked",
}


@pytest.mark.parametrize("words", WORDED)
def test_each_situation_has_its_own_next_step(words: str) -> None:
    """Drivers word them differently; what helps is the same."""
    assert access_errors.hint_for(Exception(words)) == access_errors.HINTS[WORDED[words]][1]


@pytest.mark.parametrize("situation", access_errors.HINTS)
def test_no_situation_can_go_unnoticed(situation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of them, some error is answered with another's step."""
    step = access_errors.HINTS[situation][1]
    said = {**WORDED, "the database is marked as another environment's: development": "marker"}
    monkeypatch.delitem(access_errors.HINTS, situation)
    assert any(access_errors.hint_for(Exception(words)) != step for words, name in said.items() if name == situation)


def test_an_error_of_nobodys_driver_is_not_dressed_up() -> None:
    """A mistake in a program stays a traceback."""
    with pytest.raises(ZeroDivisionError), access_errors.explained("x"):
        raise ZeroDivisionError


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_told(tmp_path: Path, stamp_as: Stamp) -> None:
    """It takes its owner."""
    file = tmp_path / "x.db"
    sqlite3.connect(file).close()
    file.touch()
    file.chmod(0o444)
    with pytest.raises(UsageRefused):
        stamp_as("--url", f"sqlite:///{file}")


@pytest.mark.slow
def test_a_mariadb_keeps_another_environments_row(mariadb: str, stamp_as: Stamp, capsys: Said) -> None:
    """The printed statements fail at its key, one by one as a person pastes them; a missing database is called missing."""
    import pymysql

    with pytest.raises(UsageRefused) as caught:
        stamp_as("--url", mariadb)
    assert caught.value.hint == access_errors.HINTS["database"][1]
    host, port = mariadb.partition("@")[2].partition("/")[0].split(":")
    with closing(pymysql.connect(host=host, port=int(port), user="root", autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE shop")
        cursor.execute("USE shop")
        for statement in marker.statements("mysql", "development", database="shop", reason=""):
            cursor.execute(statement)
        stamp_as("--url", mariadb, "--sql")
        failed = 0
        for statement in filter(None, map(str.strip, capsys.readouterr().out.split(";"))):
            try:
                cursor.execute(statement)
            except pymysql.err.IntegrityError:
                failed += 1
        cursor.execute("SELECT environment FROM understudy_environment")
        assert (failed, cursor.fetchall()) == (1, (("development",),))
    assert stamp_as("--url", mariadb, "--replace", "--confirm", "shop") == 0
