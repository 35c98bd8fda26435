"""The identity layer in force: SQLAlchemy's connections are asked who is there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from env_config.book.model import Endpoint, IdentityPolicy
from env_config.errors import GuardInactive, IdentityRefused
from env_config.guards import assertion, identity
from env_config.guards.identity_guard import RECHECK_SECONDS, IdentityGuard, check, check_async
from env_config.policy import Policy
from tests.env_config.books import corpus_book
from tests.env_config.passages import Forwarder, make_certificate, pooler
from tests.env_config.servers import DATABASE, USER, PostgresServer, server_folder

DRIVERS = ("psycopg", "psycopg2", "pg8000", "asyncpg")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> Iterator[IdentityGuard]:
    """A guard of the test's own, enforcing staging's book."""
    guard = IdentityGuard(clock)
    guard.install(Policy(corpus_book()), "enforce")
    yield guard
    guard.remove()


def run_query(url: str, driver: str = "psycopg", **arguments: Any) -> object:
    """One query through an engine of its own."""
    if driver == "asyncpg":
        return _run_async(url, **arguments)
    engine = create_engine(url.replace("postgresql:", f"postgresql+{driver}:"), **arguments)
    try:
        with engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar()
    finally:
        engine.dispose()


def _run_async(url: str, **arguments: Any) -> object:
    import asyncio

    from sqlalchemy.ext.asyncio import create_async_engine

    async def ask() -> object:
        engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"), **arguments)
        try:
            async with engine.connect() as connection:
                return (await connection.execute(text("SELECT 1"))).scalar()
        finally:
            await engine.dispose()

    return asyncio.run(ask())


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_engine_on_production_gets_no_connection(
    driver: str, production: PostgresServer, tunnel: Forwarder, guard: IdentityGuard
) -> None:
    """Without any assertion, through a tunnel: the first thing the connection is used for is the question."""
    with pytest.raises(IdentityRefused) as caught:
        run_query(production.dsn(host=tunnel.host, port=tunnel.port), driver)
    assert caught.value.code == "IDENTITY_PROD"
    assert "127.0.0.77" not in str(caught.value)


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_engine_on_staging_works(driver: str, staging: PostgresServer, guard: IdentityGuard) -> None:
    """The control: the question leaves the connection as it was."""
    assert run_query(staging.dsn(), driver) == 1


def test_a_guard_that_reports_lets_through(production: PostgresServer, guard: IdentityGuard) -> None:
    """In report mode the line is written and the connection works."""
    guard.install(Policy(corpus_book()), "report")
    assert run_query(production.dsn()) == 1


def test_a_hermetic_process_may_use_its_unmarked_database_but_not_production(
    staging: PostgresServer, production: PostgresServer, guard: IdentityGuard
) -> None:
    """A scratch database needs no marker; a database that says it is production is refused all the same."""
    staging.execute("CREATE DATABASE scratch", database="postgres")
    with pytest.raises(IdentityRefused):
        run_query(staging.dsn(database="scratch"))
    guard.install(Policy(corpus_book("test"), hermetic=True), "enforce")
    assert run_query(staging.dsn(database="scratch")) == 1
    with pytest.raises(IdentityRefused):
        run_query(production.dsn())


def test_a_login_that_the_assertion_refused_is_told_in_plain_words(
    production: PostgresServer, guard: IdentityGuard
) -> None:
    """SQLAlchemy's own error gives way to the refusal, which names no host."""
    option = assertion.startup_option("staging")
    with pytest.raises(IdentityRefused) as caught:
        run_query(production.dsn(options=option))
    assert caught.value.code == "ASSERTION_REFUSED"
    assert "127.0.0.77" not in str(caught.value)


def test_a_pooled_connection_is_asked_again_now_and_then(
    staging: PostgresServer, production: PostgresServer, guard: IdentityGuard, clock: Clock
) -> None:
    """Behind a pooler another server can take over while the connection stays open."""
    with server_folder() as folder, pooler(staging.host, staging.port, folder, users=[USER]) as port:
        url = staging.dsn(host="127.0.0.1", port=port).replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url, poolclass=StaticPool)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        staging.execute("UPDATE understudy_environment SET environment = 'production'")
        try:
            clock.now += RECHECK_SECONDS - 1
            engine.connect().close()
            clock.now += 2
            with pytest.raises(IdentityRefused):
                engine.connect()
        finally:
            staging.execute("UPDATE understudy_environment SET environment = 'staging'")
            with suppress(SQLAlchemyError):
                engine.dispose()


def test_a_guard_whose_listener_was_taken_away_says_so(guard: IdentityGuard) -> None:
    """The self-test goes through a pool, so a listener that is gone cannot hide."""
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    guard.self_test()
    event.remove(Pool, "connect", guard._connected)
    event.remove(Pool, "checkout", guard._checked_out)
    with pytest.raises(GuardInactive):
        guard.self_test()
    event.listen(Pool, "connect", guard._connected)
    event.listen(Pool, "checkout", guard._checked_out)


def test_a_guard_without_its_rules_says_so(guard: IdentityGuard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that let production through are found before a connection is."""
    for rule in list(identity.RULES):
        monkeypatch.delitem(identity.RULES, rule)
    with pytest.raises(GuardInactive):
        guard.self_test()


def test_a_guard_that_is_not_installed_says_so() -> None:
    """Being there is not being in force."""
    with pytest.raises(GuardInactive):
        IdentityGuard().self_test()


LATE = """
import sys
from env_config.guards.drivers import imports
from env_config.guards.identity_guard import GUARD
from env_config.policy import Policy
from tests.env_config.books import corpus_book
policy = Policy(corpus_book())
imports.GUARD.install(policy, "enforce")
GUARD.install(policy, "enforce")
assert "sqlalchemy" not in sys.modules and GUARD.waiting_for
GUARD.self_test()
import sqlalchemy
engine = sqlalchemy.create_engine(sys.argv[1])
assert not GUARD.waiting_for
GUARD.self_test()
try:
    engine.connect()
except PermissionError as refusal:
    print(refusal.code)
"""


def test_sqlalchemy_may_be_imported_after_the_guard(production: PostgresServer) -> None:
    """The guard waits for the import and never causes it."""
    url = production.dsn().replace("postgresql:", "postgresql+psycopg:")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", LATE, url], cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert done.stdout == "IDENTITY_PROD\n", done.stderr


# ----------------------------------------------------------------------------------------------------------------- TLS


@pytest.fixture
def vouched(
    tmp_path: Path, production: PostgresServer, staging: PostgresServer
) -> Iterator[tuple[Forwarder, Forwarder, Path]]:
    """Both servers behind TLS, each with a certificate of its own name that clients trust."""
    ours = make_certificate(tmp_path, "stage-db.hackney.test")
    theirs = make_certificate(tmp_path, "prod-db.hackney.test")
    roots = tmp_path / "roots.crt"
    roots.write_bytes(ours[0].read_bytes() + theirs[0].read_bytes())
    with (
        Forwarder(staging.host, staging.port, certificate=ours) as right,
        Forwarder(production.host, production.port, certificate=theirs) as wrong,
    ):
        yield right, wrong, roots


def parameters(port: int, roots: Path, driver: str) -> dict[str, Any]:
    """What the book of staging says of a service behind a tunnel on this port."""
    service = replace(
        corpus_book().services["social-care-db"], tunnel=("127.0.0.1", port), user=USER, database=DATABASE,
        options={"sslrootcert": str(roots)}, identity=IdentityPolicy(assertion="tls"),
    )  # fmt: skip
    return assertion.arguments(service, "staging", driver)


def connect(driver: str, arguments: dict[str, Any]) -> None:
    if driver == "asyncpg":
        import asyncio

        async def ask() -> None:
            await (await pytest.importorskip("asyncpg").connect(**arguments)).close()

        asyncio.run(ask())
    else:
        name = {"pg8000": "pg8000.dbapi"}.get(driver, driver)
        pytest.importorskip(name).connect(**arguments).close()


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "asyncpg", "pg8000"])
def test_the_certificate_is_checked_for_the_books_host_behind_a_tunnel(
    driver: str, vouched: tuple[Forwarder, Forwarder, Path], production: PostgresServer
) -> None:
    """The right server passes, and one whose certificate is as valid but names production does not."""
    right, wrong, roots = vouched
    connect(driver, parameters(right.port, roots, driver))
    before = production.sessions()
    with pytest.raises(Exception) as caught:
        connect(driver, parameters(wrong.port, roots, driver))
    refusal = assertion.explain(caught.value)
    assert refusal is not None and refusal.code == "TLS_NAME"
    assert "prod-db" not in str(refusal)
    assert production.sessions() == before


@pytest.mark.parametrize("driver", ["psycopg", "psycopg-async", "asyncpg"])
def test_any_connection_can_be_asked_by_hand(driver: str, production: PostgresServer, staging: PostgresServer) -> None:
    """What SQLAlchemy does not open is asked with one call, synchronous or not."""
    import asyncio

    policy = Policy(corpus_book())

    async def ask(dsn: str) -> None:
        library = pytest.importorskip("asyncpg") if driver == "asyncpg" else psycopg.AsyncConnection
        connection = await library.connect(dsn)
        try:
            await check_async(connection, policy)
        finally:
            await connection.close()

    def by_hand(dsn: str) -> None:
        if driver != "psycopg":
            return asyncio.run(ask(dsn))
        with psycopg.connect(dsn) as connection:
            return check(connection, policy)

    by_hand(staging.dsn())
    with pytest.raises(IdentityRefused) as caught:
        by_hand(production.dsn())
    assert caught.value.code == "IDENTITY_PROD"


def test_an_unknown_error_of_a_driver_is_not_explained_away() -> None:
    """A wrong password is no refusal of this library."""
    assert assertion.explain(psycopg.OperationalError("password authentication failed")) is None


def test_the_own_address_is_taken_from_the_connection(staging: PostgresServer, guard: IdentityGuard) -> None:
    """A snapshot that was stamped anew passes at the address the book knows, and nowhere else."""
    book = corpus_book()
    listed = replace(book.foreign[0], system_identifiers=frozenset({staging.system_identifier}))
    own = replace(book.own, endpoints=(Endpoint("stage-db.hackney.test", staging.port, (staging.host,)),))
    guard.install(Policy(replace(book, own=own, foreign=(listed,))), "enforce")
    assert run_query(staging.dsn()) == 1
    with Forwarder(staging.host, staging.port) as elsewhere, pytest.raises(IdentityRefused) as caught:
        run_query(staging.dsn(host=elsewhere.host, port=elsewhere.port))
    assert caught.value.code == "IDENTITY_PROD"
