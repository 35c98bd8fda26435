"""The assertion, with real drivers and real servers: production lets nobody in who asks for another environment."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from env_config.book.model import IdentityPolicy, Service
from env_config.errors import UsageRefused
from env_config.guards import assertion
from tests.env_config.passages import Forwarder
from tests.env_config.servers import DATABASE, USER, PostgresServer, program

Connect = Callable[[Service], object]
PLAIN = IdentityPolicy(tls="off")


def service_at(host: str, port: int, **changes: Any) -> Service:
    """Staging's database in a book that was given this address."""
    service = Service(
        "social-care-db", "postgresql", host=host, port=port, database=DATABASE, user=USER, identity=PLAIN
    )
    return replace(service, **changes)


def text(service: Service, driver: str) -> str:
    return assertion.connection_string(service, "staging", driver, {})


def keywords(service: Service, driver: str) -> dict[str, Any]:
    return assertion.arguments(service, "staging", driver)


def by_psycopg(service: Service) -> object:
    import psycopg

    with psycopg.connect(text(service, "psycopg")) as connection:
        return connection.execute("SELECT 1").fetchone()


def by_psycopg_async(service: Service) -> object:
    import psycopg

    async def ask() -> object:
        async with await psycopg.AsyncConnection.connect(**keywords(service, "psycopg")) as connection:
            return await (await connection.execute("SELECT 1")).fetchone()

    return asyncio.run(ask())


def by_psycopg2(service: Service) -> object:
    psycopg2 = pytest.importorskip("psycopg2")
    connection = psycopg2.connect(**keywords(service, "psycopg2"))
    connection.close()
    return (1,)


def by_asyncpg(service: Service) -> object:
    asyncpg = pytest.importorskip("asyncpg")

    async def ask() -> object:
        connection = await asyncpg.connect(**keywords(service, "asyncpg"))
        try:
            return await connection.fetchval("SELECT 1")
        finally:
            await connection.close()

    return asyncio.run(ask())


def by_asyncpg_string(service: Service) -> object:
    asyncpg = pytest.importorskip("asyncpg")

    async def ask() -> object:
        connection = await asyncpg.connect(text(service, "asyncpg"))
        await connection.close()
        return connection

    return asyncio.run(ask())


def by_pg8000(service: Service) -> object:
    pg8000 = pytest.importorskip("pg8000.dbapi")
    pg8000.connect(**keywords(service, "pg8000")).close()
    return (1,)


def by_sqlalchemy(service: Service) -> object:
    from sqlalchemy import create_engine

    engine = create_engine(text(service, "sqlalchemy"))
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT 1").scalar()


def by_adbc(service: Service) -> object:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(text(service, "adbc")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()


def by_program(name: str) -> Connect:
    def run(service: Service) -> object:
        arguments = {"psql": ["-X", "-c", "SELECT 1"], "pg_dump": ["--schema-only"]}[name]
        environment = {"PATH": "/usr/bin:/bin", **assertion.variables(service, "staging")}
        return subprocess.run(
            [program(name), *arguments], env=environment, check=True, capture_output=True, text=True
        ).stdout

    return run


CLIENTS: dict[str, Connect] = {
    "psycopg": by_psycopg,
    "psycopg-async": by_psycopg_async,
    "psycopg2": by_psycopg2,
    "asyncpg": by_asyncpg,
    "asyncpg-string": by_asyncpg_string,
    "pg8000": by_pg8000,
    "sqlalchemy": by_sqlalchemy,
    "adbc": by_adbc,
    "psql": by_program("psql"),
    "pg_dump": by_program("pg_dump"),
}
clients = pytest.mark.parametrize("client", CLIENTS)


@contextmanager
def nobody_gets_in(server: PostgresServer) -> Iterator[None]:
    """Production counts for itself."""
    before = server.sessions()
    yield
    assert server.sessions() == before


def refusal_of(client: str, service: Service) -> str:
    """What stopped the client, in the library's words."""
    with pytest.raises(Exception) as caught:
        CLIENTS[client](service)
    if isinstance(caught.value, subprocess.CalledProcessError):
        caught.value.add_note(caught.value.stderr)
        refusal = assertion.explain(RuntimeError(caught.value.stderr))
    else:
        refusal = assertion.explain(caught.value)
    assert refusal is not None, caught.value
    return refusal.code


@clients
def test_a_client_with_its_own_environments_address_gets_in(client: str, staging: PostgresServer) -> None:
    """The assertion costs a rightful client nothing."""
    assert CLIENTS[client](service_at(staging.host, staging.port))


@clients
def test_production_refuses_a_client_whose_book_holds_its_address(client: str, production: PostgresServer) -> None:
    """Production's address in staging's book: the server itself says no."""
    with nobody_gets_in(production):
        assert refusal_of(client, service_at(production.host, production.port)) == "ASSERTION_REFUSED"


@clients
def test_production_refuses_a_client_at_the_other_end_of_a_tunnel(
    client: str, production: PostgresServer, tunnel: Forwarder
) -> None:
    """The address is 127.0.0.1, and nothing but the server can tell."""
    with nobody_gets_in(production):
        assert refusal_of(client, service_at(tunnel.host, tunnel.port)) == "ASSERTION_REFUSED"
    assert tunnel.accepted


@pytest.mark.parametrize(
    "client", ["psycopg", "psycopg-async", "psycopg2", "asyncpg", "pg8000", "adbc", "psql", "pg_dump"]
)
def test_a_declared_tunnel_that_leads_to_production_is_refused(
    client: str, production: PostgresServer, tunnel: Forwarder
) -> None:
    """The book's own tunnel, with somebody else's server at its end."""
    service = service_at("stage-db.hackney.test", 5432, tunnel=(tunnel.host, tunnel.port))
    with nobody_gets_in(production):
        assert refusal_of(client, service) == "ASSERTION_REFUSED"


@pytest.mark.parametrize("client", ["psycopg", "psycopg2", "psql"])
def test_production_refuses_through_its_unix_socket(client: str, production: PostgresServer) -> None:
    """A socket has no address at all."""
    service = service_at(str(production.folder), production.port)
    with nobody_gets_in(production):
        assert refusal_of(client, service) == "ASSERTION_REFUSED"


@pytest.mark.parametrize("client", ["psycopg", "psycopg2", "sqlalchemy", "adbc"])
def test_pghostaddr_cannot_lead_away_from_the_book(
    client: str, staging: PostgresServer, production: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable left in the terminal does not replace the address of the string."""
    monkeypatch.setenv("PGHOSTADDR", production.host)
    monkeypatch.setenv("PGOPTIONS", "-c default_text_search_config=public.env_production")
    with nobody_gets_in(production):
        assert CLIENTS[client](service_at(staging.host, staging.port))


def test_searching_gives_what_it_gave_without_the_assertion(staging: PostgresServer) -> None:
    """The marker is a copy of the configuration that the database used before."""
    import psycopg

    words = "SELECT to_tsvector('the houses are running')::text"
    with (
        staging.connect() as plain,
        psycopg.connect(text(service_at(staging.host, staging.port), "psycopg")) as asserting,
    ):
        usual, asserted = plain.execute(words).fetchone(), asserting.execute(words).fetchone()
    assert usual == asserted


def test_the_caller_cannot_drop_the_assertion(staging: PostgresServer) -> None:
    """Arguments that say where to connect, or what to ask for, are the book's to give."""
    for name in ("host", "hostaddr", "options", "sslmode", "service"):
        with pytest.raises(UsageRefused):
            assertion.connection_string(service_at(staging.host, staging.port), "staging", "psycopg", {name: "x"})


@pytest.mark.parametrize("name", ["", "Staging", "x;drop", "a b", "a" * 40, "env'"])
def test_names_that_are_not_fit_for_sql_are_refused(name: str) -> None:
    """An environment's name ends up in options and in SQL."""
    with pytest.raises(UsageRefused):
        assertion.startup_option(name)


def test_a_role_that_may_not_see_the_marker_is_refused_rather_than_let_in(staging: PostgresServer) -> None:
    """Without the right to look into the schema there is no way past the assertion."""
    staging.execute("CREATE DATABASE closed", "CREATE ROLE stranger LOGIN", database="postgres")
    staging.execute("CREATE TEXT SEARCH CONFIGURATION public.env_staging (COPY = simple)", database="closed")
    staging.execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC", database="closed")
    with suppress(Exception):
        by_psycopg(service_at(staging.host, staging.port, database="closed", user="stranger"))
        pytest.fail("let in")


def test_asking_for_the_environments_role_is_an_assertion_as_well(production: PostgresServer) -> None:
    """Where roles are the marker, production refuses a role that it does not have, or that the login may not take."""
    import psycopg

    def code() -> str:
        with nobody_gets_in(production), pytest.raises(psycopg.OperationalError) as caught:
            psycopg.connect(production.dsn(options="-c role=env_staging"))
        refusal = assertion.explain(caught.value)
        assert refusal is not None
        return refusal.code

    assert code() == "ASSERTION_REFUSED"
    production.execute("CREATE ROLE env_staging", database="postgres")
    try:
        assert code() == "ASSERTION_REFUSED"
    finally:
        production.execute("DROP ROLE env_staging", database="postgres")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ('FATAL:  invalid value for parameter "default_text_search_config": "public.env_staging"', "ASSERTION_REFUSED"),
        (
            "FEHLER:  ungültiger Wert für Parameter »default_text_search_config«: »public.env_staging«",
            "ASSERTION_REFUSED",
        ),
        ("FATAL:  unsupported startup parameter: options", "ASSERTION_REFUSED"),
        ("unsupported startup parameter in options: default_text_search_config", "ASSERTION_REFUSED"),
        ("Feature not supported: RDS Proxy currently doesn't support command-line options.", "ASSERTION_REFUSED"),
        ('server certificate for "a.example" does not match host name "b.example"', "TLS_NAME"),
        ("certificate verify failed: Hostname mismatch, certificate is not valid for 'b.example'", "TLS_NAME"),
        ("certificate verify failed: IP address mismatch", "TLS_NAME"),
    ],
)
def test_the_words_of_servers_and_drivers_are_understood(words: str, code: str) -> None:
    """What each says when it refuses, whatever exception the driver wraps around it; none of it is repeated."""
    try:
        try:
            raise OSError(words)
        except OSError as cause:
            raise RuntimeError("could not connect") from cause
    except RuntimeError as error:
        refusal = assertion.explain(error, service="db", environment="staging")
    assert refusal is not None
    assert (refusal.code, refusal.service) == (code, "db")
    assert words not in str(refusal) and ".example" not in str(refusal)
