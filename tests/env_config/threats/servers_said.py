"""Cases in which only the server can say who it is: real clusters, a tunnel, a pooler, a certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from env_config.book.model import Book, IdentityPolicy, Service
from env_config.guards import assertion, postgres
from env_config.guards.identity import judge_identity
from env_config.verdict import DENY, Judgement, Reason
from tests.env_config.passages import Forwarder, make_certificate, pooler
from tests.env_config.servers import PostgresServer, server_folder

from .corpus import Case, Outcome, UnknownToTheRunner, only
from .places import outcome, process_env
from .world import World

LIVE = frozenset({"pgbouncer", "pooler", "role"})
"""What a state needs a real server for."""
TUNNEL_FIELDS = {"dsn", "url", "host", "port", "local", "remote", "listen", "target", "via", "tunnel", "command"}


def through_tunnel(case: Case, world: World, production: PostgresServer, folder: Path) -> Outcome:
    """Reach production through a forwarder on this machine, with every layer that may notice."""
    if not isinstance(case.input, str):
        case.fields(TUNNEL_FIELDS)
    together = _asserted(world, production) + _certified(world, production, folder)
    with Forwarder(production.host, production.port) as tunnel:
        dsn = production.dsn(host=tunnel.host, port=tunnel.port, sslmode="disable")
        together += _identified(case, world, production, dsn)
    return outcome(together)


def through_socket(case: Case, world: World, production: PostgresServer) -> Outcome:
    """Judge the string; then reach production through its unix socket, which has no address at all."""
    written = world.policy(case.environment).judge_text(_string(case), "dsn", process_env(case, world))
    return outcome(written + _identified(case, world, production, production.socket_dsn()))


def said_by_state(case: Case, world: World, production: PostgresServer) -> Outcome:
    """A string: connect with its options through a tunnel. A mapping: through a pooler, or as a role."""
    if isinstance(case.input, str):
        return _with_options(case, world, production)
    given = case.fields(LIVE)
    if "role" in given:
        return _by_role(world, production, str(given["role"]))
    return _pooled(case, world, production)


def named_by_certificate(case: Case, world: World, production: PostgresServer, folder: Path) -> Outcome:
    """Connect with the given TLS mode through a front end whose certificate names production's host, or the one given."""
    words = case.input
    if isinstance(words, str):
        words = dict(word.partition("=")[::2] for word in words.split())
    options = only(words, {"host", "hostaddr", "sslmode", "port", "dbname", "user", "certificate"}, case.id)
    mode = str(options.get("sslmode", "verify-full"))
    host = str(options.get("host", "stage-db.hackney.test"))
    named = str(options.get("certificate", ""))
    return outcome(_certified(world, production, folder, host=host, mode=mode, named=named))


# ------------------------------------------------------------------------------------------------------------- inside


def _string(case: Case) -> str:
    if not isinstance(case.input, str):
        raise UnknownToTheRunner(f"{case.id}: {case.kind} wants a string, not {case.input!r}")
    return case.input


def _book(world: World, case: Case, server: PostgresServer) -> Book:
    """The book of the case's environment, with the real cluster's identifier on production's list."""
    book = world.books[case.environment]
    listed = frozenset({server.system_identifier})
    foreign = tuple(replace(one, system_identifiers=listed) if one.protected else one for one in book.foreign)
    return replace(book, foreign=foreign)


def _identified(case: Case, world: World, server: PostgresServer, dsn: str) -> Judgement:
    """Let the connection happen, then ask the server who it is; the book knows its identifier, or only its marker."""
    with psycopg.connect(dsn) as connection:
        book = _book(world, case, server)
        facts = postgres.read_facts(connection)
    unlisted = world.books[case.environment]
    return judge_identity(facts, book) + judge_identity(facts, unlisted)


def _asserted(world: World, server: PostgresServer) -> Judgement:
    """The library's own connection string for staging, led to production by a tunnel: the server must refuse it."""
    with Forwarder(server.host, server.port) as tunnel:
        service = Service(
            "social-care-db",
            "postgresql",
            host=tunnel.host,
            port=tunnel.port,
            database="social_care",
            user="app",
            identity=IdentityPolicy(tls="off"),
        )
        dsn = assertion.connection_string(service, "staging", "psycopg", {})
        return _refused_by_server(server, lambda: psycopg.connect(dsn))


def _refused_by_server(server: PostgresServer, connect: Callable[[], Any]) -> Judgement:
    before = server.sessions()
    try:
        connect().close()
    except Exception as error:  # noqa: BLE001 - each driver has its own; what it says is what counts
        refusal = assertion.explain(error, environment="staging")
        assert refusal is not None, f"the login failed for another reason: {error}"
        assert server.sessions() == before, "production let the login in"
        return Judgement((Reason(refusal.code, DENY, refusal.rule),))
    return Judgement()


def _certified(
    world: World,
    server: PostgresServer,
    folder: Path,
    *,
    host: str = "stage-db.hackney.test",
    mode: str = "verify-full",
    named: str = "",
) -> Judgement:
    """A front end that shows production's certificate, reached under staging's name."""
    name = named or str(world.fixture["production"]["endpoints"][0]["host"])
    certificate = make_certificate(folder, name)
    with Forwarder(server.host, server.port, certificate=certificate) as front:
        dsn = (
            f"host={host} hostaddr={front.host} port={front.port} user=app dbname=social_care "
            f"sslmode={mode} sslrootcert={certificate[0]}"
        )
        return _refused_by_server(server, lambda: psycopg.connect(dsn))


def _with_options(case: Case, world: World, production: PostgresServer) -> Outcome:
    text = _string(case)
    with Forwarder(production.host, production.port) as tunnel:
        if "://" in text:
            query = text.partition("?")[2]
            dsn = production.dsn(host=tunnel.host, port=tunnel.port, sslmode="disable") + f"&{query}"
        else:
            dsn = f"host={tunnel.host} port={tunnel.port} user=app dbname=social_care sslmode=disable "
            dsn += text.replace("options=", "options='", 1) + "'" if text.startswith("options=") else text
        together = Judgement()
        try:
            psycopg.connect(dsn).close()
        except psycopg.OperationalError as error:
            refusal = assertion.explain(error, environment=case.environment)
            assert refusal is not None, f"{case.id}: the login failed for another reason: {error}"
            together += Judgement((Reason(refusal.code, DENY, refusal.rule),))
        else:
            together += _identified(case, world, production, dsn)
    return outcome(together)


def _by_role(world: World, production: PostgresServer, role: str) -> Outcome:
    dsn = production.dsn(options=f"-c role={role}")
    return outcome(_refused_by_server(production, lambda: psycopg.connect(dsn)))


def _pooled(case: Case, world: World, production: PostgresServer) -> Outcome:
    """PgBouncer in front of production: it refuses the assertion, or drops it and the marker is read instead."""
    ignoring = "options" in str(case.input.get("pgbouncer", case.input.get("pooler")))
    with (
        server_folder() as folder,
        pooler(production.host, production.port, folder, users=["app"], ignore_options=ignoring) as port,
    ):
        service = Service(
            "social-care-db",
            "postgresql",
            host="127.0.0.1",
            port=port,
            database="social_care",
            user="app",
            identity=IdentityPolicy(tls="off"),
        )
        dsn = assertion.connection_string(service, case.environment, "psycopg", {})
        if not ignoring:
            return outcome(_refused_by_server(production, lambda: psycopg.connect(dsn)))
        return outcome(_identified(case, world, production, dsn))


def dispatch(case: Case, world: World, production: PostgresServer, folder: Path) -> Outcome:
    """Run a case that needs a real cluster."""
    runners: Mapping[str, Callable[[], Outcome]] = {
        "tunnel": lambda: through_tunnel(case, world, production, folder),
        "dsn": lambda: through_socket(case, world, production),
        "db_state": lambda: said_by_state(case, world, production),
        "tls": lambda: named_by_certificate(case, world, production, folder),
    }
    return runners[case.kind]()
