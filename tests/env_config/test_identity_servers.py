"""What real servers say about themselves: through every kind of driver, as clones, replicas, dumps, behind poolers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text

from env_config.book.model import Book, Service
from env_config.errors import IdentityRefused
from env_config.guards import assertion
from env_config.guards.identity import ServerFacts, judge_identity
from env_config.guards.identity_guard import judge_connection
from env_config.guards.postgres import read_facts, read_facts_async
from env_config.policy import Policy
from tests.env_config.books import corpus_book
from tests.env_config.listeners import STAGING
from tests.env_config.passages import Forwarder, pooler
from tests.env_config.servers import (
    DATABASE,
    KEEPER,
    USER,
    PostgresServer,
    cloned,
    dump_and_restore,
    mark,
    server_folder,
)


def facts_at(dsn: str, **told: Any) -> ServerFacts:
    with psycopg.connect(dsn) as connection:
        return read_facts(connection, **told)


def code_of(facts: ServerFacts, book: Book | None = None) -> str:
    return judge_identity(facts, book or corpus_book()).code


def by_psycopg2(dsn: str) -> ServerFacts:
    with closing(pytest.importorskip("psycopg2").connect(dsn)) as connection:
        return read_facts(connection)


def by_pg8000(dsn: str) -> ServerFacts:
    place = psycopg.conninfo.conninfo_to_dict(dsn)
    driver = pytest.importorskip("pg8000.dbapi")
    arguments = {
        "host": place["host"],
        "port": int(str(place["port"])),
        "user": place["user"],
        "database": place["dbname"],
    }
    with closing(driver.connect(**arguments)) as connection:
        return read_facts(connection)


def by_adbc(dsn: str) -> ServerFacts:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(dsn) as connection:
        return read_facts(connection)


def by_asyncpg(dsn: str) -> ServerFacts:
    async def ask() -> ServerFacts:
        connection = await pytest.importorskip("asyncpg").connect(dsn)
        try:
            return await read_facts_async(connection)
        finally:
            await connection.close()

    return asyncio.run(ask())


def by_psycopg_async(dsn: str) -> ServerFacts:
    async def ask() -> ServerFacts:
        async with await psycopg.AsyncConnection.connect(dsn) as connection:
            return await read_facts_async(connection)

    return asyncio.run(ask())


DRIVERS = {
    "psycopg2": by_psycopg2,
    "pg8000": by_pg8000,
    "adbc": by_adbc,
    "asyncpg": by_asyncpg,
    "psycopg-async": by_psycopg_async,
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_driver_hears_the_same(driver: str, production: PostgresServer) -> None:
    """The two questions give the same facts through every driver."""
    assert DRIVERS[driver](production.dsn()) == facts_at(production.dsn())


def test_production_says_that_it_is_production(production: PostgresServer, tunnel: Forwarder) -> None:
    """At its own address, through a tunnel and through a socket: marker, setting and identifier are all there."""
    for dsn in (production.dsn(), production.dsn(host=tunnel.host, port=tunnel.port), production.socket_dsn()):
        facts = facts_at(dsn)
        assert (facts.marker, facts.setting, facts.configurations) == ("production", "production", ("env_production",))
        assert facts.system_identifier == production.system_identifier and not facts.copied and not facts.moved
        assert code_of(facts) == "IDENTITY_PROD"


def test_staging_is_let_through(staging: PostgresServer) -> None:
    """The control: nothing speaks against this environment's own database."""
    assert code_of(facts_at(staging.dsn(), at_own_address=True)) == "OK"


def test_a_client_cannot_fake_the_setting(production: PostgresServer) -> None:
    """What a session sets for itself is not what is asked."""
    options = "-c understudy.environment=staging -c default_text_search_config=simple"
    with psycopg.connect(production.dsn(options=options)) as connection:
        seen = connection.execute("SELECT current_setting('understudy.environment')").fetchone()
        connection.rollback()
        facts = read_facts(connection)
    assert seen == ("staging",)
    assert (facts.setting, code_of(facts)) == ("production", "IDENTITY_PROD")


def test_a_setting_of_a_role_is_no_marker(production: PostgresServer) -> None:
    """Only what holds for the whole database counts."""
    production.execute(f"ALTER ROLE {USER} IN DATABASE {DATABASE} SET understudy.environment = 'staging'")
    try:
        assert facts_at(production.dsn()).setting == "production"
    finally:
        production.execute(f"ALTER ROLE {USER} IN DATABASE {DATABASE} RESET ALL")


def test_a_snapshot_of_production_is_a_clone_where_staging_should_be(production: PostgresServer) -> None:
    """A physical copy says everything that production says; only the address tells the two apart."""
    listed = replace(corpus_book().foreign[0], system_identifiers=frozenset({production.system_identifier}))
    book = corpus_book(foreign=(listed,))
    with cloned(production, STAGING) as copy:
        assert code_of(facts_at(copy.dsn(), at_own_address=True), book) == "IDENTITY_CLONE"
        assert code_of(facts_at(copy.dsn(), at_own_address=False), book) == "IDENTITY_PROD"


def test_a_replica_of_production_is_production(production: PostgresServer) -> None:
    """Even at an address of this environment."""
    with cloned(production, STAGING, replica=True) as replica:
        facts = facts_at(replica.dsn(), at_own_address=True)
        assert facts.in_recovery and code_of(facts) == "IDENTITY_PROD"


def test_a_restored_dump_of_production_is_told_by_what_a_dump_leaves_behind(
    production: PostgresServer, staging: PostgresServer
) -> None:
    """Rows and search configurations come along, the database's own setting and number do not."""
    dump_and_restore(production, staging, "restored")
    facts = facts_at(staging.dsn(database="restored"), at_own_address=True)
    assert facts.copied and facts.setting is None and facts.marker == "production"
    assert (facts.database_oid_matches, facts.system_identifier_matches) == (False, False)
    assert code_of(facts) == "IDENTITY_CLONE"


def test_a_dump_with_its_settings_is_told_by_the_clusters_identifier(production: PostgresServer) -> None:
    """``pg_dump --create`` carries the setting along as well."""
    from tests.env_config.servers import postgres_cluster

    with postgres_cluster(STAGING) as fresh:
        fresh.execute(f"DROP DATABASE {DATABASE}", database="postgres")
        dump_and_restore(production, fresh, DATABASE, whole=True)
        facts = facts_at(fresh.dsn(), at_own_address=True)
    assert facts.setting == "production" and facts.moved
    assert code_of(facts) == "IDENTITY_CLONE"


def test_a_stamp_of_a_superuser_and_one_of_an_owner_say_the_same(staging: PostgresServer) -> None:
    """Not every owner may invent a setting; another one of the database then carries the name."""
    staging.execute(f"CREATE DATABASE twice OWNER {USER}", database="postgres")
    mark(staging, "pre-production", database="twice")
    assert facts_at(staging.dsn(database="twice")).setting == "pre-production"
    from env_config.guards import marker

    staging.execute(
        *marker.statements("postgresql", "staging", database="twice", reason="", replace=True), database="twice"
    )
    facts = facts_at(staging.dsn(database="twice"), at_own_address=True)
    assert (facts.setting, facts.configurations, code_of(facts)) == ("staging", ("env_staging",), "OK")


def test_an_owner_without_an_open_schema_is_told_before_anybody_is_locked_out(staging: PostgresServer) -> None:
    """The stamp stops where the database's default would keep out everybody who may not look into the schema."""
    staging.execute(f"CREATE DATABASE narrow OWNER {USER}", database="postgres")
    staging.execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC", database="narrow")
    staging.execute(f"GRANT ALL ON SCHEMA public TO {USER}", database="narrow")
    with pytest.raises(psycopg.Error, match="not everybody may use the schema"):
        mark(staging, "staging", database="narrow")


def test_an_old_marker_of_four_columns_is_read(staging: PostgresServer) -> None:
    """A table from before the identifiers were kept names the environment, and nothing else can be told."""
    staging.execute(f"CREATE DATABASE older OWNER {USER}", database="postgres")
    staging.execute(
        "CREATE TABLE understudy_environment (id smallint PRIMARY KEY, environment varchar(40), stamped_at timestamptz, reason text)",
        "INSERT INTO understudy_environment VALUES (1, 'staging', now(), '')",
        database="older", user=USER,
    )  # fmt: skip
    facts = facts_at(staging.dsn(database="older"))
    assert (facts.marker, facts.database_oid_matches, facts.system_identifier_matches) == ("staging", None, None)
    mark(staging, "staging", database="older")
    assert code_of(facts_at(staging.dsn(database="older"), at_own_address=True)) == "OK"


def test_what_may_not_be_read_is_missing_and_fails_nobody(staging: PostgresServer) -> None:
    """A login without rights gets facts, fewer of them, and its connection stays usable."""
    staging.execute(f"CREATE DATABASE strict OWNER {USER}", "CREATE ROLE visitor LOGIN", database="postgres")
    mark(staging, "staging", database="strict")
    staging.execute(
        "REVOKE ALL ON understudy_environment FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC",
        database="strict",
    )
    with psycopg.connect(staging.dsn(database="strict", user="visitor")) as connection:
        facts = read_facts(connection)
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert (facts.marker, facts.system_identifier, facts.setting) == (None, None, "staging")


def test_everybody_may_read_the_marker_and_only_its_owner_may_write_it(staging: PostgresServer) -> None:
    """A login of the application cannot make the database say something else."""
    staging.execute("CREATE ROLE somebody LOGIN", database="postgres")
    with psycopg.connect(staging.dsn(user="somebody")) as connection:
        assert connection.execute("SELECT environment FROM understudy_environment").fetchone() == ("staging",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE understudy_environment SET environment = 'development'")


# ------------------------------------------------------------------------------------------------------------- poolers


@pytest.fixture
def asserted(production: PostgresServer) -> Iterator[Service]:
    yield Service("db", "postgresql", host="127.0.0.1", port=1, database=DATABASE, user=USER,
                  identity=replace(Service("", "").identity, tls="off"))  # fmt: skip


def test_a_pooler_that_knows_no_options_refuses_the_assertion(production: PostgresServer, asserted: Service) -> None:
    """PgBouncer as it is delivered fails closed, and the refusal says what to do."""
    before = production.sessions()
    with server_folder() as folder, pooler(production.host, production.port, folder, users=[USER]) as port:
        parameters = assertion.libpq_parameters(replace(asserted, port=port), "staging")
        with pytest.raises(psycopg.OperationalError) as caught:
            psycopg.connect(**parameters)  # type: ignore[arg-type]
    refusal = assertion.explain(caught.value)
    assert refusal is not None and refusal.code == "ASSERTION_REFUSED"
    assert production.sessions() == before


def test_a_pooler_that_swallows_the_assertion_is_caught_by_the_question(
    production: PostgresServer, asserted: Service
) -> None:
    """The login goes through; what the server says about itself does not."""
    with (
        server_folder() as folder,
        pooler(production.host, production.port, folder, users=[USER], ignore_options=True) as port,
    ):
        parameters = assertion.libpq_parameters(replace(asserted, port=port), "staging")
        with psycopg.connect(**parameters) as connection:  # type: ignore[arg-type]
            judgement = judge_connection(connection, Policy(corpus_book()))
    assert judgement.code == "IDENTITY_PROD"
    with pytest.raises(IdentityRefused):
        judgement.enforce()


def test_the_keepers_own_look_is_not_counted(production: PostgresServer) -> None:
    """The counter sees logins of clients, not those that ask for the count."""
    before = production.sessions()
    with production.connect(user=KEEPER) as connection:
        connection.execute("SELECT 1")
    engine = create_engine(production.dsn().replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as client:
        client.execute(text("SELECT 1"))
    engine.dispose()
    assert production.sessions() == before + 1
