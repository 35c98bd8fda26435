"""The identity layer in force: every database connection of SQLAlchemy is asked who is there, at once and now and then.

Other code asks with :func:`check` or :func:`check_async`, for instance as the ``configure`` of a connection pool.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..errors import Refusal
from ..verdict import DENY, REFUSE, Judgement, Reason
from .checkpoint import Checkpoint
from .drivers import imports
from .identity import ServerFacts, demanded, is_own_address, judge_identity, service_at
from .login_errors import explain
from .self_test import RULE, Judge, expect_refusal, inactive

POSTGRESQL = frozenset({"psycopg", "psycopg2", "asyncpg", "pg8000", "adbc_driver_manager"})
MYSQL = frozenset({"pymysql", "MySQLdb"})
RECHECK_SECONDS = 60.0
"""A pooler can put another server behind a connection that stays open; asking again costs 0.2 ms."""
SENTINEL = "env-config-sentinel"

_LIBRARIES = ("sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.mysql")
"""Imported by the first engine that needs one, when all of SQLAlchemy is there."""
_KEY = "env_config.identity"


def peer_of(connection: Any) -> tuple[str, int | None]:
    """The other end of a driver's connection: a numeric address and port, or a socket's path; empty if it does not tell."""
    transport = getattr(connection, "_transport", None)
    held = getattr(connection, "_usock", None) or getattr(connection, "_sock", None)
    try:
        if transport is not None:
            found = transport.get_extra_info("peername")
        elif isinstance(held, socket.socket):
            found = held.getpeername()
        else:
            found = _peer_of_descriptor(connection.fileno())
    except (AttributeError, OSError, TypeError):
        return "", None
    if isinstance(found, tuple):
        return str(found[0]), int(found[1])
    return str(found or "@"), None


def _peer_of_descriptor(descriptor: int) -> Any:
    borrowed = socket.socket(fileno=descriptor)
    try:
        return borrowed.getpeername()
    finally:
        borrowed.detach()


def judge_server(facts: ServerFacts, policy: Judge, host: str, port: int | None, address: str) -> Judgement:
    """What the book demands of the service that stands there, held against what the server says."""
    if facts.system_identifier == SENTINEL:
        return Judgement((Reason("IDENTITY_PROD", DENY, RULE, "", "the guard's own test"),))
    book = policy.book_at(host, port, address)
    service = service_at(book, host, port, address)
    judgement = judge_identity(facts, book, service)
    return demanded(judgement, service, hermetic=policy.hermetic)


def judge_connection(connection: Any, policy: Judge) -> Judgement:
    """Ask the server behind a DB-API connection that is in no transaction; other systems than PostgreSQL and MySQL pass."""
    driver = _driver_connection(connection)
    system = _system_of(driver)
    if not system:
        return Judgement()
    host, (address, port) = _host_of(driver), peer_of(driver)
    book = policy.book_at(host, port, address)
    service = service_at(book, host, port, address)
    if service is None and any(one.kind == "redshift" and port == one.port for one in book.services.values()):
        return Judgement()  # it speaks PostgreSQL's protocol and can carry no marker
    here = is_own_address(book, host, port, address)
    try:
        facts = _read(connection, system, here)
    except Refusal:
        raise
    except Exception as error:  # noqa: BLE001 - every driver has its own
        words = f"the server cannot be asked who it is ({type(error).__name__})"
        return demanded(Judgement((Reason("IDENTITY_UNKNOWN", REFUSE, "unreadable", address, words),)), service)
    return judge_server(facts, policy, host, port, address)


def check(connection: Any, policy: Judge) -> None:
    """Ask the server behind a connection who it is.

    Args:
        connection: a DB-API connection in no transaction.
        policy: of this process, ``env_config.process().policy``.

    Raises:
        IdentityRefused: it is production, a copy of it, or does not say.
    """
    judge_connection(connection, policy).enforce(environment=policy.book.environment)


async def check_async(connection: Any, policy: Judge) -> None:
    """The same for asyncpg and for psycopg's asynchronous connections.

    Raises:
        IdentityRefused: it is production, a copy of it, or does not say.
    """
    from .postgres import read_facts_async

    host, (address, port) = _host_of(connection), peer_of(connection)
    here = is_own_address(policy.book_at(host, port, address), host, port, address)
    facts = await read_facts_async(connection, at_own_address=here)
    judge_server(facts, policy, host, port, address).enforce(environment=policy.book.environment)


class IdentityGuard:
    """Listens to SQLAlchemy's pools; waits where SQLAlchemy has not been imported yet."""

    name = "identity"
    layer = "identity"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.mode = "off"
        self._clock = clock
        self._checkpoint: Checkpoint | None = None
        self._listening = False

    @property
    def installed(self) -> bool:
        return self._checkpoint is not None

    @property
    def waiting_for(self) -> str:
        """What is still to happen before it can bite."""
        return "" if self._listening else "waits for SQLAlchemy's first engine"

    def install(self, policy: Judge, mode: str) -> None:
        """Listen from now on."""
        self.mode = mode
        self._checkpoint = Checkpoint(policy, mode)
        for library in _LIBRARIES:
            imports.GUARD.when_imported(library, self._arrived)
        if imports.loaded("sqlalchemy"):
            self._listen()

    def remove(self) -> None:
        for library in _LIBRARIES:
            imports.GUARD.forget(library)
        if self._listening:
            for target, name, listener in self._listeners():
                sys.modules["sqlalchemy"].event.remove(target, name, listener)
        self._checkpoint, self._listening = None, False

    def self_test(self) -> None:
        """A connection that says it is the sentinel is refused by a pool, and production's own marker by the rules."""
        if self._checkpoint is None:
            raise inactive(self.name, "it is not installed")
        book = self._checkpoint.judge.book
        for rules in book.environments.values():
            facts = ServerFacts(marker=rules.name, setting=rules.name, setting_read=True)
            if rules.protected and rules.name != book.environment and judge_identity(facts, book).allowed:
                raise inactive(self.name, "the rules let a database through that says it is production")
        if self._listening:
            pool = sys.modules["sqlalchemy.pool"].NullPool(_Sentinel)
            expect_refusal(self.name, pool.connect)

    # ----------------------------------------------------------------------------------------------------------- inside

    def _arrived(self, module: ModuleType) -> None:
        self._listen()

    def _listen(self) -> None:
        if not self._listening:
            for target, name, listener in self._listeners():
                sys.modules["sqlalchemy"].event.listen(target, name, listener)
            self._listening = True

    def _listeners(self) -> tuple[tuple[Any, str, Callable[..., None]], ...]:
        from sqlalchemy import Engine
        from sqlalchemy.pool import Pool

        return (
            (Pool, "connect", self._connected),
            (Pool, "checkout", self._checked_out),
            (Engine, "handle_error", self._failed),
        )

    def _connected(self, connection: Any, record: Any) -> None:
        try:
            self._examine(connection, record)
        except Refusal:
            connection.close()
            raise

    def _checked_out(self, connection: Any, record: Any, proxy: Any) -> None:
        seen = record.info.get(_KEY)
        if (
            seen is None
            or seen[0] != peer_of(_driver_connection(connection))
            or self._clock() - seen[1] > RECHECK_SECONDS
        ):
            self._examine(connection, record)

    def _examine(self, connection: Any, record: Any) -> None:
        if self._checkpoint is not None:
            self._checkpoint.decide(judge_connection(connection, self._checkpoint.judge))
            record.info[_KEY] = peer_of(_driver_connection(connection)), self._clock()

    def _failed(self, context: Any) -> None:
        """A login that the assertion refused says so in the library's words."""
        refusal = explain(context.original_exception)
        if refusal is not None and self.mode == "enforce":
            raise refusal from None


GUARD = IdentityGuard()
"""The process's one."""


class _Sentinel:
    """A connection of nobody: it answers both questions with the sentinel."""

    autocommit = True
    env_config_system = "postgresql"

    def cursor(self) -> _Sentinel:
        return self

    def execute(self, statement: str) -> None:
        """Nothing to run."""

    def fetchone(self) -> tuple[str]:
        empty = dict.fromkeys(("settings", "configurations", "address", "port", "rows"))
        facts = {"database": "", "oid": "0", "in_recovery": False, "marker": False, "identifier": SENTINEL}
        return (json.dumps({**empty, **facts}),)

    def rollback(self) -> None:
        """Nothing to undo."""

    def close(self) -> None:
        """Nothing to close."""


def _driver_connection(connection: Any) -> Any:
    """The driver's own connection behind SQLAlchemy's adapters for asynchronous drivers."""
    return getattr(connection, "driver_connection", None) or getattr(connection, "_connection", None) or connection


def _system_of(driver: Any) -> str:
    if hasattr(driver, "env_config_system"):
        return str(driver.env_config_system)
    root = type(driver).__module__.partition(".")[0]
    return "postgresql" if root in POSTGRESQL else "mysql" if root in MYSQL else ""


def _host_of(driver: Any) -> str:
    """The name that the client was told, where the driver keeps it."""
    found = getattr(getattr(driver, "info", None), "host", None) or getattr(driver, "host", None)
    return found if isinstance(found, str) else ""


def _read(connection: Any, system: str, here: bool) -> ServerFacts:
    if system == "mysql":
        from .mysql import read_facts as read_mysql

        return read_mysql(connection, at_own_address=here)
    from .postgres import read_facts

    return read_facts(connection, at_own_address=here)
