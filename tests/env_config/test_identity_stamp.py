"""``env-config stamp``: who may mark which database as what."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from env_config.errors import EnvironmentRefused, IdentityRefused, Refusal, TargetRefused, UsageRefused
from env_config.guards import stamping
from env_config.guards.identity import ServerFacts, judge_identity
from env_config.guards.stamping import Stamping, judge_stamp
from tests.env_config import stamp_runs
from tests.env_config.books import corpus_book
from tests.env_config.listeners import STAGING
from tests.env_config.passages import Forwarder
from tests.env_config.servers import (
    DATABASE,
    KEEPER,
    USER,
    PostgresServer,
    cloned,
    dump_and_restore,
    mark,
    program,
)
from tests.env_config.stamp_runs import Stamp, facts

PRODUCTION = {"marker": "production", "setting": "production", "setting_read": True}


stamp_as, database, mariadb = stamp_runs.stamp_as, stamp_runs.database, stamp_runs.mariadb


def test_an_empty_database_is_stamped_as_this_environments(
    staging: PostgresServer, database: str, stamp_as: Stamp, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command, and the database passes everything that is asked of this environment's; a second one changes nothing."""
    for _ in range(2):
        assert stamp_as("--url", staging.dsn(database=database)) == 0
        assert judge_identity(facts(staging, database, at_own_address=True), corpus_book()).code == "OK"
    assert "is stamped as staging" in capsys.readouterr().err
    with staging.connect(database=database, user=USER) as connection:
        connection.execute("SET default_text_search_config = 'public.env_staging'")


def test_every_driver_can_stamp(
    staging: PostgresServer, database: str, stamp_as: Stamp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is installed is used."""
    from env_config.guards import database_access

    for driver in ("psycopg", "psycopg2", "pg8000.dbapi"):
        pytest.importorskip(driver.partition(".")[0])
        monkeypatch.setattr(database_access, "_POSTGRESQL", (driver,))
        assert stamp_as("--url", staging.dsn(database=database), "--reason", 'it\'s 100% ours; -- $1 \\ "x"') == 0
    assert facts(staging, database).marker == "staging"


def test_a_database_with_tables_is_stamped_only_by_its_name(
    staging: PostgresServer, database: str, stamp_as: Stamp
) -> None:
    """Nobody but the one who types the name says whose tables these are."""
    staging.execute("CREATE TABLE kept (id integer)", database=database, user=USER)
    with pytest.raises(IdentityRefused) as caught:
        stamp_as("--url", staging.dsn(database=database))
    assert f"--confirm {database}" in caught.value.hint and "env-config stamp" not in caught.value.hint
    with pytest.raises(UsageRefused):
        stamp_as("--url", staging.dsn(database=database), "--confirm", "another")
    assert facts(staging, database).marker is None
    assert stamp_as("--url", staging.dsn(database=database), "--confirm", database) == 0


def test_another_environments_marker_goes_only_when_that_is_asked_for(
    staging: PostgresServer, database: str, stamp_as: Stamp
) -> None:
    """What the other stamp left is taken away; a search configuration that somebody made for searching stays."""
    mark(staging, "development", database=database)
    staging.execute("CREATE TEXT SEARCH CONFIGURATION public.env_words (COPY = simple)", database=database, user=USER)
    for words in ((), ("--replace",), ("--confirm", database)):
        with pytest.raises(IdentityRefused):
            stamp_as("--url", staging.dsn(database=database), *words)
    assert stamp_as("--url", staging.dsn(database=database), "--replace", "--confirm", database) == 0
    found = facts(staging, database)
    assert (found.marker, found.setting, found.configurations) == ("staging", "staging", ("env_staging", "env_words"))


@pytest.mark.parametrize("words", [(), ("--replace", "--confirm", DATABASE)])
def test_production_is_refused_whatever_is_typed(
    words: tuple[str, ...], production: PostgresServer, tunnel: Forwarder, stamp_as: Stamp
) -> None:
    """Through a tunnel, with its name typed: it stays what it is."""
    with pytest.raises(IdentityRefused) as caught:
        stamp_as("--url", production.dsn(host=tunnel.host, port=tunnel.port), *words)
    assert caught.value.code == "IDENTITY_PROD"
    assert facts(production).marker == "production"


def test_a_forbidden_address_is_not_even_opened(production: PostgresServer, stamp_as: Stamp) -> None:
    """The book's rules come before the first packet."""
    before = production.sessions()
    with pytest.raises(TargetRefused):
        stamp_as("--url", production.dsn())
    assert production.sessions() == before


def test_production_stamps_itself(production: PostgresServer, stamp_as: Stamp) -> None:
    """In production's own process its own database can be stamped."""
    assert stamp_as("db", environment="production", server=production) == 0


def test_a_sanitised_snapshot_is_stamped_at_its_own_address_only(production: PostgresServer, stamp_as: Stamp) -> None:
    """At the address of the book it is a copy, and its owner can say that it is clean; elsewhere it is production."""
    listed = replace(corpus_book().foreign[0], system_identifiers=frozenset({production.system_identifier}))
    again = ("--replace", "--confirm", DATABASE)
    with cloned(production, STAGING) as copy:
        with pytest.raises(IdentityRefused) as caught:
            stamp_as("--url", copy.dsn(), *again, foreign=(listed,))
        assert caught.value.code == "IDENTITY_PROD"
        with pytest.raises(IdentityRefused) as caught:
            stamp_as("db", server=copy, foreign=(listed,))
        assert caught.value.code == "IDENTITY_CLONE"
        assert stamp_as("db", *again, server=copy, foreign=(listed,)) == 0
        found = facts(copy, at_own_address=True)
        assert judge_identity(found, corpus_book(foreign=(listed,))).code == "OK"
        assert found.configurations == ("env_staging",)


def test_a_restored_dump_of_production_needs_its_name_as_well(
    production: PostgresServer, staging: PostgresServer, stamp_as: Stamp
) -> None:
    """A dump is as full of production's data as a snapshot."""
    name = f"dump_{uuid4().hex[:8]}"
    dump_and_restore(production, staging, name)
    url = staging.dsn(database=name, user=KEEPER)
    with pytest.raises(IdentityRefused):
        stamp_as("--url", url, "--replace", server=staging)
    assert stamp_as("--url", url, "--replace", "--confirm", name, server=staging) == 0
    assert facts(staging, name).marker == "staging"


def test_an_environment_stamps_as_itself_only(staging: PostgresServer, database: str, stamp_as: Stamp) -> None:
    """Another name is refused, unless only the statements are asked for."""
    with pytest.raises(EnvironmentRefused) as caught:
        stamp_as("--url", staging.dsn(database=database), "--environment", "dev")
    assert caught.value.code == "ENV_CONFLICT"
    with pytest.raises(EnvironmentRefused) as caught:
        stamp_as("--url", staging.dsn(database=database), "--environment", "moon")
    assert caught.value.code == "ENV_UNKNOWN"


def test_the_printed_statements_do_what_the_command_does(
    staging: PostgresServer, database: str, stamp_as: Stamp, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner without this library pastes them into psql."""
    stamp_as("--url", staging.dsn(database=database), "--sql", "--environment", "dev", "--reason", "it's ours")
    script = capsys.readouterr().out
    place = staging.dsn(database=database)
    command = [program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", place]
    subprocess.run(command, input=script, text=True, check=True, capture_output=True)
    found = facts(staging, database)
    assert (found.marker, found.setting, found.configurations) == ("development", "development", ("env_development",))
    assert found.database_oid_matches and found.system_identifier_matches


def test_a_stamp_that_fails_half_way_leaves_nothing(staging: PostgresServer, database: str, stamp_as: Stamp) -> None:
    """A login that may make tables but does not own the database cannot mark it by halves."""
    staging.execute("GRANT CREATE ON SCHEMA public TO PUBLIC", database=database)
    staging.execute(f"CREATE ROLE {database} LOGIN", database="postgres")
    with pytest.raises(UsageRefused, match="owner") as caught:
        stamp_as("--url", staging.dsn(database=database, user=database))
    assert "--sql" in caught.value.hint
    found = facts(staging, database)
    assert (found.marker, found.configurations) == (None, ())
    staging.execute(f"DROP ROLE {database}", database="postgres")


def test_a_sqlite_file_gets_the_table(tmp_path: Path, stamp_as: Stamp) -> None:
    """The same refusals, without anything that only a server has."""
    file = tmp_path / "kept.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE kept (id integer)")
    with pytest.raises(IdentityRefused):
        stamp_as("--url", f"sqlite:///{file}")
    assert stamp_as("--url", f"sqlite:///{file}", "--confirm", "kept.db") == 0
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT id, environment FROM understudy_environment").fetchall() == [(1, "staging")]


@pytest.mark.slow
def test_a_mariadb_gets_the_table(mariadb: str, stamp_as: Stamp) -> None:
    """Table and refusals; there is nothing else that a server of this kind could say."""
    import pymysql

    from env_config.guards.mysql import read_facts as read_mysql

    host, port = mariadb.partition("@")[2].partition("/")[0].split(":")
    with closing(pymysql.connect(host=host, port=int(port), user="root")) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop")
    assert stamp_as("--url", mariadb) == 0
    with closing(pymysql.connect(host=host, port=int(port), user="root", database="shop")) as connection:
        assert read_mysql(connection) == ServerFacts(marker="staging", database="shop")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE understudy_environment SET environment = 'production'")
        connection.commit()
    with pytest.raises(IdentityRefused) as caught:
        stamp_as("--url", mariadb, "--replace", "--confirm", "shop")
    assert caught.value.code == "IDENTITY_PROD"


# --------------------------------------------------------------------------------------------------------------- rules

CASES: dict[str, tuple[Stamping, str]] = {
    "empty": (Stamping(ServerFacts(), "db", empty=True), "OK"),
    "wrong name": (Stamping(ServerFacts(), "db", empty=True, confirm="bd"), "USAGE"),
    "unmarked": (Stamping(ServerFacts(), "db", empty=False), "IDENTITY_UNKNOWN"),
    "unmarked, named": (Stamping(ServerFacts(), "db", empty=False, confirm="db"), "OK"),
    "other": (Stamping(ServerFacts(marker="development"), "db", True, "db"), "IDENTITY_UNKNOWN"),
    "other, replaced": (Stamping(ServerFacts(marker="development"), "db", False, "db", True), "OK"),
    "production": (Stamping(ServerFacts(**PRODUCTION), "db", False, "db", True), "IDENTITY_PROD"),
    "upgraded production": (
        Stamping(ServerFacts(**PRODUCTION, system_identifier_matches=False), "db", False, "db", True), "IDENTITY_CLONE"),
    "other, of which only the start-up marker is left": (
        Stamping(ServerFacts(configurations=("env_dev", "env_words")), "db", empty=True), "IDENTITY_UNKNOWN"),
    "a configuration for searching": (Stamping(ServerFacts(configurations=("env_words",)), "db", empty=True), "OK"),
    "clone": (Stamping(ServerFacts(**PRODUCTION, at_own_address=True), "db", False, "db", True), "OK"),
    "clone, not named": (Stamping(ServerFacts(**PRODUCTION, at_own_address=True), "db", False), "IDENTITY_CLONE"),
    "replica": (
        Stamping(ServerFacts(**PRODUCTION, at_own_address=True, in_recovery=True), "db", False, "db", True), "IDENTITY_PROD"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_stamp_takes(case: str) -> None:
    """Each state of a database has one answer."""
    stamping_asked, code = CASES[case]
    assert judge_stamp(stamping_asked, corpus_book()).code == code


@pytest.mark.parametrize("rule", stamping.RULES)
def test_no_rule_of_stamping_can_go_unnoticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the rules, at least one case comes out differently."""
    monkeypatch.delitem(stamping.RULES, rule)
    assert any(judge_stamp(asked, corpus_book()).code != code for asked, code in CASES.values())


@pytest.mark.parametrize("case", [case for case, (_, code) in CASES.items() if code != "OK"])
def test_no_refusal_sends_its_reader_back_to_the_same_command(case: str) -> None:
    """Whoever has just run it is told what it takes: a name, ``--replace``, data that was sanitised."""
    refusal = stamping.refusal_of(CASES[case][0], corpus_book())
    assert refusal is not None and refusal.hint
    assert "env-config stamp" not in refusal.hint
    if refusal.code == "IDENTITY_CLONE":
        assert "sanitise" in refusal.hint
    if refusal.code == "IDENTITY_UNKNOWN":
        assert "--confirm db" in refusal.hint
        assert ("--replace" in refusal.hint) == (case != "unmarked")


def test_a_stamp_that_may_be_written_meets_no_refusal() -> None:
    """What the rules let pass has no next step."""
    assert stamping.refusal_of(CASES["empty"][0], corpus_book()) is None


def test_a_call_that_names_nothing_or_too_much_is_refused(stamp_as: Stamp) -> None:
    """A service or an address, one of them."""
    for words in ((), ("db", "--url", "sqlite:///x")):
        with pytest.raises(UsageRefused):
            stamp_as(*words)
    with pytest.raises(Refusal):
        stamp_as("--url", "redis://x/0")
