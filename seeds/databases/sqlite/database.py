"""A SQLite file as a target."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from sqlalchemy import URL, Connection, Engine, bindparam, create_engine, event, text
from sqlalchemy.pool import NullPool

from ...capabilities import Capabilities
from ...catalog import Catalog
from ...errors import TargetBusy, TargetError
from ...ports import BOOKKEEPING_TABLES, ENVIRONMENT_TABLE
from ..file_lock import file_lock
from .address import file_of
from .catalogue import read_catalog
from .refusals import refusals
from .session import BUSY_SECONDS, SqliteSession, quoted
from .writer import SqliteWriter

_RELATIONS = text(
    "SELECT COUNT(*) FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
    "AND name NOT IN :ours"
).bindparams(bindparam("ours", expanding=True))


class SqliteDatabase:
    """A database file; made when something is first written to it, never by looking.

    Args:
        url: an address such as ``sqlite:///borough.db``.

    Raises:
        TargetError: for an address that names no file.
    """

    capabilities = Capabilities(concurrent_writers=False, arrays=False, transactional_ddl=True, default_connections=1)
    trusted = True

    def __init__(self, url: str) -> None:
        self._path = file_of(url)
        self._engine: Engine | None = None
        self.location = str(self._path)

    def __repr__(self) -> str:
        return f"SqliteDatabase({self.location!r})"

    def engine(self) -> Engine:
        if self._engine is None:
            address = URL.create("sqlite+pysqlite", database=str(self._path))
            engine = create_engine(address, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", _prepare)
            event.listen(engine, "begin", _begin)
            self._engine = engine
        return self._engine

    def session(self) -> SqliteSession:
        return SqliteSession(self._path)

    def writer(self) -> SqliteWriter:
        """A new connection that fills tables as they are."""
        return SqliteWriter(self._path)

    def catalog(self, *, schemas: tuple[str, ...] = ()) -> Catalog:
        """Everything there is to know of the file's tables.

        Raises:
            TargetError: if another schema than ``main`` is asked for: a file has no other.
        """
        others = [name for name in schemas if name != "main"]
        if others:
            raise TargetError(f"{self.location} has no schema {', '.join(map(repr, others))}: a file has only 'main'")
        return read_catalog(self._path)

    def session_for(self, catalog: Catalog) -> Mapping[str, str]:
        """Nothing: a file has one schema, and no session settings."""
        return {}

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock file beside the database; one for all datasets, since SQLite has one writer."""
        with ExitStack() as held:
            try:
                held.enter_context(file_lock(self._path.with_name(f"{self._path.name}-understudy-lock")))
            except TimeoutError as error:
                raise TargetBusy(
                    f"{self.location}: another process is writing here, so {name!r} must wait",
                    hint="wait until it has finished, then run the same command again",
                ) from error
            except OSError as error:
                raise TargetError(str(error), code="TARGET_ACCESS_DENIED") from error
            yield

    def columns_of(self, table: str) -> tuple[str, ...]:
        with self._looking() as connection:
            if connection is None:
                return ()
            return tuple(connection.scalars(text("SELECT name FROM pragma_table_info(:table)"), {"table": table}))

    def is_empty(self) -> bool:
        with self._looking() as connection:
            return connection is None or not connection.scalar(_RELATIONS, {"ours": list(BOOKKEEPING_TABLES)})

    def identifier(self, name: str) -> str:
        return quoted(name)

    def environment_setting(self) -> str | None:
        if not self.columns_of(ENVIRONMENT_TABLE):
            return None
        with self._looking() as connection:
            assert connection is not None
            found = connection.scalars(text(f"SELECT environment FROM {ENVIRONMENT_TABLE}")).all()
        return ", ".join(str(name) for name in found) if found else None

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def _looking(self) -> Iterator[Connection | None]:
        """A connection to look at the file with; None where there is none, since connecting would make one."""
        if not self._path.exists():
            yield None
            return
        with refusals(self.location), self.engine().connect() as connection:
            yield connection


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    """Begin at once: Python's driver would wait for the first INSERT, and leave DDL before it outside."""
    connection.exec_driver_sql("BEGIN")
