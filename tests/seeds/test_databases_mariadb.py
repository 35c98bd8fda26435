"""MariaDB and MySQL: addresses, secrets, refusals, and what only such a server does."""

from __future__ import annotations

import pymysql
import pytest
from sqlalchemy import Text, cast, literal, make_url, select, text

from seeds.databases.mariadb import MariadbDatabase, address
from seeds.databases.mariadb.refusals import facts, refusal
from seeds.environment import may_write
from seeds.errors import SeedError, TargetBusy, TargetError, TargetUnavailable, WriteRefused
from seeds.manifest import chunk_claim
from seeds.schema import create_tables
from tests.seeds.mariadb_server import run_script
from tests.seeds.sample_tables import EVERYTHING, NOW, PLACE, places

SECRET = "p@ss w/rd'%"
QUOTED = "p%40ss%20w%2Frd%27%25"


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+pymysql", "mysql+mysqldb", "mariadb+mariadbconnector"])
def test_every_spelling_of_an_address_means_the_same(scheme: str) -> None:
    """The scheme that another program's settings use does not matter, and passwords may hold any character."""
    found = address.arguments(address.parse(f"{scheme}://me:{QUOTED}@db.example:3307/things?unix_socket=/run/m.sock"))
    wanted = {
        "user": "me", "password": SECRET, "host": "db.example", "port": 3307, "database": "things",
        "unix_socket": "/run/m.sock", "charset": "utf8mb4", "autocommit": False,
    }  # fmt: skip
    assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("url", ["mysql://me@db", "mysql://me@db/", "postgresql://me@db/things", "me:hunter2@db"])
def test_an_address_that_cannot_be_used_is_refused_without_being_repeated(url: str) -> None:
    """A database must be named, and text that may hold a password is not quoted."""
    with pytest.raises(TargetError) as refused:
        MariadbDatabase(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [f"mysql://me:{QUOTED}@127.0.0.1:1/things", f"mariadb://me@127.0.0.1:1/things?password={QUOTED}"],
)
def test_no_password_is_ever_shown(url: str) -> None:
    """Neither the location, nor a repr, nor a refusal with its causes holds the password; nobody answering may pass."""
    database = MariadbDatabase(url)
    with pytest.raises(TargetUnavailable) as refused:
        database.session()
    assert refused.value.transient
    shown = [database.location, repr(database), str(refused.value), repr(refused.value), str(refused.value.__cause__)]
    assert not [words for words in shown if SECRET in words or QUOTED in words]


def test_numbers_and_texts_are_compared_as_texts(mariadb_url: str) -> None:
    """A cast to a text without a size is one that the server reads."""
    with MariadbDatabase(mariadb_url).engine().connect() as connection:
        assert connection.scalar(select(cast(literal(7), Text) == cast(literal("7"), Text))) == 1


def test_a_database_that_is_not_there_will_not_come(mariadb_url: str) -> None:
    """An unknown database is a terminal refusal with a hint."""
    absent = make_url(mariadb_url).set(database="no_such_database")
    with pytest.raises(TargetError) as refused:
        MariadbDatabase(absent.render_as_string(hide_password=False)).engine()
    assert (refused.value.code, refused.value.transient) == ("TARGET_ABSENT", False)


def test_a_wrong_password_is_said(mariadb_url: str) -> None:
    """A user that the server does not let in is a refusal of its own code."""
    unknown = make_url(mariadb_url).set(username="understudy_nobody", password="wrong")
    with pytest.raises(TargetError) as refused:
        MariadbDatabase(unknown.render_as_string(hide_password=False)).engine()
    assert refused.value.code == "TARGET_ACCESS_DENIED"


@pytest.mark.parametrize(
    ("version", "accepted"),
    [
        ("10.5.23-MariaDB", False),
        ("10.6.0-MariaDB", True),
        ("10.11.6-MariaDB-0+deb12u1", True),
        ("11.8.2-MariaDB", True),
        ("5.7.44", False),
        ("8.0.36", True),
        ("9.1.0", True),
    ],
)
def test_older_servers_are_refused(version: str, accepted: bool) -> None:
    """MariaDB 10.6, MySQL 8 and everything newer is taken."""
    database = MariadbDatabase("mysql://me@localhost/things")
    if accepted:
        database._check_version(version)
        return
    with pytest.raises(TargetError) as refused:
        database._check_version(version)
    assert refused.value.code == "TARGET_TOO_OLD"


def test_a_lost_connection_is_transient(mariadb_url: str) -> None:
    """When the server ends the connection, the next statement says that trying again may help."""
    database = MariadbDatabase(mariadb_url)
    create_tables(database, [PLACE])
    session = database.session()
    ((number,),) = session.fetch("SELECT CONNECTION_ID()")
    run_script(mariadb_url, f"KILL CONNECTION {number}")
    with pytest.raises(SeedError) as refused:
        session.append(PLACE, places(2))
    assert refused.value.transient
    session.close()


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (1205, TargetBusy, "TargetBusy"),
        (1213, TargetBusy, "TargetBusy"),
        (2013, TargetUnavailable, "TARGET_UNAVAILABLE"),
        (1062, TargetError, "CONSTRAINT_VIOLATED"),
        (1146, TargetError, "STATEMENT_FAILED"),
    ],
)
def test_an_error_number_decides_the_refusal(number: int, kind: type[SeedError], code: str) -> None:
    """Locks are somebody else's, lost connections may come back, the rest is terminal."""
    found = refusal("here", pymysql.err.OperationalError(number, "words"))
    assert type(found) is kind
    assert isinstance(found, SeedError)
    assert found.code == (code if code != "TargetBusy" else kind.code)


@pytest.mark.parametrize(
    "words",
    [
        "Duplicate entry '4711' for key 'PRIMARY'",
        "Duplicate entry 'it's '4711'' for key 'PRIMARY'",
        "Incorrect integer value: '4711' for column `d`.`t`.`c` at row 1",
        "Table has no partition for value 4711",
    ],
)
def test_a_refusal_quotes_no_row(words: str) -> None:
    """The server's sentences hold values; ours do not, and keep the rest."""
    number, shown = facts(pymysql.err.IntegrityError(1062, words))
    assert number == 1062
    assert "4711" not in shown
    assert shown.split()[:2] == words.split()[:2]


def test_a_bulk_session_names_itself(mariadb_url: str) -> None:
    """Administrators can see who is loading."""
    session = MariadbDatabase(mariadb_url).session()
    found = session.fetch(
        "SELECT ATTR_VALUE FROM performance_schema.session_account_connect_attrs WHERE ATTR_NAME = 'program_name' "
        "UNION ALL SELECT 'understudy' WHERE @@performance_schema = 0"
    )
    session.close()
    assert found == [("understudy",)]


def test_locks_of_different_datasets_and_databases_do_not_meet(mariadb_url: str) -> None:
    """Two datasets can be seeded into one database at a time, and one into two databases of a server."""
    database = MariadbDatabase(mariadb_url)
    elsewhere = MariadbDatabase(make_url(mariadb_url).set(database="mysql").render_as_string(hide_password=False))
    with database.lock("borough"), database.lock("other"), elsewhere.lock("borough"):
        pass


def test_a_chunk_is_claimed_once(mariadb_url: str) -> None:
    """The bookkeeping's claim gives a row to the first, and none to who comes later."""
    database = MariadbDatabase(mariadb_url)
    run_script(
        mariadb_url,
        "CREATE TABLE understudy_chunk (dataset varchar(100), level int, start_unit bigint, stop_unit bigint,"
        " table_sums text, seconds double, PRIMARY KEY (dataset, level, start_unit))",
    )
    session = database.session()
    assert session.fetch(*chunk_claim("borough", 0, 0, 10))
    assert session.fetch(*chunk_claim("borough", 0, 0, 10)) == []
    assert session.fetch(*chunk_claim("borough", 0, 10, 20))
    session.rollback()
    session.close()


def test_tables_made_here_agree_with_their_definition(mariadb_url: str) -> None:
    """A second look at every type finds the shape it made, and texts that differ only in case are two keys."""
    database = MariadbDatabase(mariadb_url)
    assert create_tables(database, [EVERYTHING]) == ("everything",)
    assert create_tables(database, [EVERYTHING]) == ()
    with database.engine().begin() as connection:
        connection.execute(text("INSERT INTO everything (id, short) VALUES (1, 'a'), (2, 'A')"))
        assert connection.scalar(text("SELECT COUNT(*) FROM everything WHERE short = 'a'")) == 1


def test_a_server_is_never_trusted_and_can_be_marked(mariadb_url: str) -> None:
    """Nothing is written without a marker; an empty database can be given one, once."""
    database = MariadbDatabase(mariadb_url)
    with pytest.raises(WriteRefused) as refused:
        may_write(database, stamp=None, clock=lambda: NOW)
    assert refused.value.code == "WRITE_UNMARKED"
    assert may_write(database, stamp="test", clock=lambda: NOW).stamps
    assert database.environment_setting() == "test"
    assert not may_write(database, stamp=None, clock=lambda: NOW).stamps
    assert database.is_empty()
