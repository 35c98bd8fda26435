"""A PostgreSQL database as a target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256

import psycopg
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from ...capabilities import Capabilities
from ...catalog import Catalog
from ...errors import TargetBusy, TargetError
from ...ports import BOOKKEEPING_TABLES, ENVIRONMENT_TABLE
from . import address
from .catalogue import read_catalog
from .refusals import refusals
from .session import PostgresSession, quoted
from .writer import PostgresWriter

OLDEST = 13

# Every relation that holds rows, in any schema, except the server's own and those that came with an extension.
_RELATIONS = """
SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%' AND NOT c.relname = ANY (:ours)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


# A marker speaks for the whole database, whichever schema it is in and whatever this login's search path is.
_MARKERS = """
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relname = :name AND c.relkind IN ('r', 'p', 'f', 'm', 'v') AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname <> 'information_schema'
ORDER BY pg_catalog.pg_table_is_visible(c.oid) DESC, n.nspname
"""

_SETTING = re.compile(r"current_setting\('(\w+\.\w+)'(?:::text)?\)\)?::(?:integer|bigint|smallint)")


def _settings_read(catalog: Catalog) -> set[str]:
    """Names of the settings without which the default of a column raises, where a whole number will do."""
    defaults = (column.default for table in catalog.tables.values() for column in table.columns if column.default)
    return {name for default in defaults for name in _SETTING.findall(default)}


class PostgresDatabase:
    """A database on a PostgreSQL server, 13 or newer; connects when first used.

    Args:
        url: any spelling of its address, see :func:`address.parse`.
        trusted: true only for the embedded server.
        location: how to call it in messages; the default is the address without its password.

    Raises:
        TargetError: for an address that cannot be read.
    """

    capabilities = Capabilities(concurrent_writers=True, arrays=True, transactional_ddl=True, default_connections=2)

    def __init__(self, url: str, *, trusted: bool = False, location: str = "") -> None:
        self._url = address.parse(url)
        self._engine: Engine | None = None
        self.trusted = trusted
        self.location = location or address.location(self._url)

    def __repr__(self) -> str:
        return f"PostgresDatabase({self.location!r})"

    def engine(self) -> Engine:
        """The engine, after the first call has seen that a server of a supported version answers.

        Raises:
            TargetUnavailable: nothing answers.
            TargetError: the server is too old, or refuses the user or the database.
        """
        if self._engine is None:
            with self._connection() as connection:
                self._check_version(connection.info.server_version)
            arguments = {"application_name": address.APPLICATION}
            self._engine = create_engine(self._url, poolclass=NullPool, connect_args=arguments)
        return self._engine

    def session(self) -> PostgresSession:
        self.engine()
        return PostgresSession(address.conninfo(self._url), self.location)

    def session_for(self, catalog: Catalog) -> Mapping[str, str]:
        """What triggers and defaults rely on: schemas at the end of the search path, and settings that defaults read.

        A setting that a default reads (a tenant's number, mostly) is 1, the key of the first row made.
        """
        settings = dict.fromkeys(_settings_read(catalog), "1")
        schemas = sorted({table.name.schema or "public" for table in catalog.tables.values()} - {"public"})
        path = ['"$user"', "public", *(quoted(schema) for schema in schemas)]
        return settings | ({"search_path": ", ".join(path)} if schemas else {})

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold an advisory lock on a connection of its own: the server lets go of it when this process dies."""
        key = int.from_bytes(sha256(f"understudy/{name}".encode()).digest()[:8], "big", signed=True)
        with self._connection() as connection:
            with refusals(self.location):
                row = connection.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()
            if row is None or not row[0]:
                raise TargetBusy(
                    f"{self.location}: {name!r} is being written by another process",
                    hint="wait until it has finished, then run the same command again",
                )
            yield

    def columns_of(self, table: str) -> tuple[str, ...]:
        with refusals(self.location):
            inspector = inspect(self.engine())
            if not inspector.has_table(table):
                return ()
            return tuple(str(column["name"]) for column in inspector.get_columns(table))

    def is_empty(self) -> bool:
        with refusals(self.location), self.engine().connect() as connection:
            return not connection.scalar(text(_RELATIONS), {"ours": list(BOOKKEEPING_TABLES)})

    def catalog(self, *, schemas: tuple[str, ...] = ()) -> Catalog:
        """Everything about the tables in the given schemas, or in all but the server's own and extensions'.

        Nothing is written, and everything is seen at one moment.
        """
        self.engine()
        with self._connection() as connection, refusals(self.location):
            return read_catalog(connection, schemas)

    def writer(self) -> PostgresWriter:
        self.engine()
        return PostgresWriter(address.conninfo(self._url), self.location)

    def identifier(self, name: str) -> str:
        return quoted(name)

    def environment_setting(self) -> str | None:
        with refusals(self.location), self.engine().connect() as connection:
            markers = connection.scalars(text(_MARKERS), {"name": ENVIRONMENT_TABLE}).all()
            found = [
                str(name)
                for marker in markers
                for name in connection.execute(text(f"SELECT environment FROM {marker}")).scalars()
            ]
        return ", ".join(dict.fromkeys(found)) if found else None

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        with refusals(self.location):
            connection = psycopg.connect(address.conninfo(self._url), autocommit=True)
        try:
            yield connection
        finally:
            connection.close()

    def _check_version(self, number: int) -> None:
        if number // 10_000 < OLDEST:
            raise TargetError(
                f"{self.location}: the server is PostgreSQL {number // 10_000}, and {OLDEST} is the oldest supported",
                code="TARGET_TOO_OLD",
                hint=f"use PostgreSQL {OLDEST} or newer; without a URL, the embedded server is used",
            )
