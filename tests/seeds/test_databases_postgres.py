"""PostgreSQL: addresses, secrets, refusals, and what only a server does."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url, text

from seeds.databases.postgres import PostgresDatabase, address
from seeds.databases.postgres.session import _numbered
from seeds.errors import SeedError, TargetError, TargetUnavailable
from seeds.schema import create_tables
from tests.seeds.sample_tables import PLACE, places

SECRET = "p@ss w/rd'%"
QUOTED = "p%40ss%20w%2Frd%27%25"


@pytest.mark.parametrize(
    "scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2", "postgresql+asyncpg"]
)
def test_every_spelling_of_an_address_means_the_same(scheme: str) -> None:
    """The scheme that another program's settings use does not matter, and passwords may hold any character."""
    parsed = address.parse(f"{scheme}://me:{QUOTED}@db.example:6543/things?sslmode=require")
    assert conninfo_to_dict(address.conninfo(parsed)) == {
        "user": "me", "password": SECRET, "host": "db.example", "port": "6543", "dbname": "things",
        "sslmode": "require", "application_name": "understudy", "client_encoding": "UTF8",
    }  # fmt: skip


def test_a_socket_is_an_address_too() -> None:
    """A directory as host, given as a parameter, reaches libpq as the host."""
    parsed = address.parse("postgresql://me@/things?host=/tmp/a%20b&port=7000")
    settings = conninfo_to_dict(address.conninfo(parsed))
    assert (settings["host"], settings["port"], settings["dbname"]) == ("/tmp/a b", "7000", "things")


def test_a_password_among_the_options_is_a_password() -> None:
    """Libpq's other place for it works too, and is hidden like the first."""
    parsed = address.parse(f"postgresql://me@db/things?password={QUOTED}")
    assert conninfo_to_dict(address.conninfo(parsed))["password"] == SECRET
    assert QUOTED not in repr(parsed)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{QUOTED}@127.0.0.1:1/things",
        f"postgresql://me@127.0.0.1:1/things?password={QUOTED}",
        f"postgresql://me:{QUOTED}@/things?host=/nowhere",
    ],
)
def test_no_password_is_ever_shown(url: str) -> None:
    """Neither the location, nor a repr, nor a refusal with its causes holds the password in any form."""
    database = PostgresDatabase(url)
    with pytest.raises(TargetUnavailable) as refused:
        database.session()
    shown = [database.location, repr(database), str(refused.value), repr(refused.value), str(refused.value.__cause__)]
    assert not [words for words in shown if SECRET in words or QUOTED in words]


def test_text_that_is_no_address_is_not_repeated() -> None:
    """A refusal of nonsense does not echo it, since it may hold a password."""
    with pytest.raises(TargetError) as refused:
        address.parse("me:hunter2@db")
    assert "hunter2" not in str(refused.value)


def test_nobody_answering_may_pass(database_url: str) -> None:
    """A refused connection is transient."""
    with pytest.raises(TargetUnavailable) as refused:
        PostgresDatabase("postgresql://me@127.0.0.1:1/things").engine()
    assert refused.value.transient


def test_a_database_that_is_not_there_will_not_come(database_url: str) -> None:
    """An unknown database is a terminal refusal with a hint."""
    absent = make_url(database_url).set(database="no_such_database")
    with pytest.raises(TargetError) as refused:
        PostgresDatabase(absent.render_as_string(hide_password=False)).engine()
    assert (refused.value.code, refused.value.transient) == ("TARGET_ABSENT", False)


def test_an_unknown_option_is_refused(database_url: str) -> None:
    """An option that libpq does not know is the URL's fault, not the server's."""
    url = make_url(database_url).update_query_dict({"colour": "blue"})
    with pytest.raises(TargetError) as refused:
        PostgresDatabase(url.render_as_string(hide_password=False)).engine()
    assert not refused.value.transient


@pytest.mark.parametrize(("number", "accepted"), [(120_999, False), (130_000, True), (150_020, True), (990_000, True)])
def test_servers_older_than_13_are_refused(number: int, accepted: bool) -> None:
    """Version 13 and everything newer is taken."""
    database = PostgresDatabase("postgresql://me@localhost/things")
    if accepted:
        database._check_version(number)
        return
    with pytest.raises(TargetError) as refused:
        database._check_version(number)
    assert refused.value.code == "TARGET_TOO_OLD"


def test_a_lost_connection_is_transient(database_url: str) -> None:
    """When the server ends the connection, the next statement says that trying again may help."""
    database = PostgresDatabase(database_url)
    create_tables(database, [PLACE])
    session = database.session()
    session.append(PLACE, places(1))
    with database.engine().connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'understudy' AND pid <> pg_backend_pid()"
            )
        )
    with pytest.raises(SeedError) as refused:
        session.append(PLACE, places(2))
    assert refused.value.transient
    with pytest.raises(TargetUnavailable):
        session.rollback()
    assert list(database.session().read(PLACE)) == []


def test_a_user_without_rights_is_told_so(database_url: str) -> None:
    """Missing privileges are a terminal refusal of their own code."""
    database = PostgresDatabase(database_url)
    create_tables(database, [PLACE])
    session = database.session()
    session.execute("CREATE ROLE understudy_test_reader")
    session.execute("SET LOCAL ROLE understudy_test_reader")
    with pytest.raises(TargetError) as refused:
        session.fetch("SELECT * FROM place")
    session.rollback()
    session.close()
    assert refused.value.code == "TARGET_ACCESS_DENIED"


def test_a_refusal_quotes_no_row(database_url: str) -> None:
    """The server's DETAIL, which quotes values, stays out of the message."""
    database = PostgresDatabase(database_url)
    create_tables(database, [PLACE])
    session = database.session()
    session.append(PLACE, places(4711))
    with pytest.raises(TargetError) as refused:
        session.append(PLACE, places(4711))
    session.close()
    assert "4711" not in str(refused.value)
    assert "place_pkey" in str(refused.value) or "pk_place" in str(refused.value)


def test_a_bulk_session_names_itself_and_does_not_wait_for_the_disk(database_url: str) -> None:
    """Administrators can see who is loading; commits are asynchronous in bulk sessions only."""
    database = PostgresDatabase(database_url)
    session = database.session()
    assert session.fetch("SELECT current_setting('application_name')") == [("understudy",)]
    session.rollback()
    assert session.fetch("SELECT current_setting('synchronous_commit')") == [("off",)]
    session.close()
    with database.engine().connect() as connection:
        assert connection.scalar(text("SELECT current_setting('synchronous_commit')")) == "on"


def test_locks_of_different_datasets_do_not_meet(database_url: str) -> None:
    """Two datasets can be seeded into one database at a time."""
    database = PostgresDatabase(database_url)
    with database.lock("borough"), database.lock("other"):
        pass


def test_a_table_in_any_schema_makes_a_database_somebodys(database_url: str) -> None:
    """A table outside the default schema counts; a temporary table does not."""
    database = PostgresDatabase(database_url)
    with psycopg.connect(address.conninfo(address.parse(database_url)), autocommit=True) as connection:
        connection.execute("CREATE TEMPORARY TABLE passing (id int)")
        assert database.is_empty()
        connection.execute("CREATE SCHEMA hidden")
        connection.execute("CREATE TABLE hidden.thing (id int)")
    assert not database.is_empty()


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("a = ? AND b = ?", "a = $1 AND b = $2"),
        ("a = '?' AND b = ?", "a = '?' AND b = $1"),
        ("'it''s ?' || ?", "'it''s ?' || $1"),
        ('"odd?name" = ?', '"odd?name" = $1'),
    ],
)
def test_placeholders_are_numbered_outside_quotes(written: str, sent: str) -> None:
    """A question mark inside a text or a name is not a placeholder."""
    assert _numbered(written) == sent


def test_a_marker_is_found_whatever_the_search_path_is(database_url: str) -> None:
    """Production marked in one schema is production for a login that looks in another."""
    with psycopg.connect(address.conninfo(address.parse(database_url)), autocommit=True) as connection:
        connection.execute("CREATE TABLE public.understudy_environment (id smallint, environment text)")
        connection.execute("INSERT INTO public.understudy_environment VALUES (1, 'production')")
        connection.execute("CREATE SCHEMA elsewhere")
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET search_path = elsewhere')
    database = PostgresDatabase(database_url)
    try:
        assert database.environment_setting() == "production"
    finally:
        database.close()
