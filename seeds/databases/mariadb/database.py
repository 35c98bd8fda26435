"""A MariaDB or MySQL database as a target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256

from sqlalchemy import Engine, bindparam, create_engine, text
from sqlalchemy.pool import NullPool

from ...capabilities import Capabilities
from ...catalog import Catalog
from ...errors import TargetBusy, TargetError
from ...ports import BOOKKEEPING_TABLES, ENVIRONMENT_TABLE
from . import address
from .catalogue import read_catalog
from .connection import MariadbConnection, is_mariadb, quoted
from .dialect import adapt
from .refusals import refusals
from .session import MariadbSession
from .writer import MariadbWriter

OLDEST_MARIADB = (10, 6)
OLDEST_MYSQL = (8, 0)

_COLUMNS = text(
    "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :name "
    "ORDER BY ORDINAL_POSITION"
)
_RELATIONS = text(
    "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT IN :ours"
).bindparams(bindparam("ours", expanding=True))


class MariadbDatabase:
    """A database on a MariaDB server, 10.6 or newer, or a MySQL server, 8.0 or newer; connects when first used.

    Args:
        url: any spelling of its address, see :func:`address.parse`.

    Raises:
        TargetError: for an address that cannot be read, or names no database.
    """

    capabilities = Capabilities(concurrent_writers=True, arrays=False, transactional_ddl=False, default_connections=2)
    trusted = False

    def __init__(self, url: str) -> None:
        self._url = address.parse(url)
        self._engine: Engine | None = None
        self.location = address.location(self._url)

    def __repr__(self) -> str:
        return f"MariadbDatabase({self.location!r})"

    def engine(self) -> Engine:
        """The engine, after the first call has seen that a server of a supported version answers.

        Raises:
            TargetUnavailable: nothing answers.
            TargetError: the server is too old, or refuses the user or the database.
        """
        if self._engine is None:
            with self._connected() as connection:
                ((version,),) = connection.fetch("SELECT VERSION()")
            self._check_version(str(version))
            arguments = {"program_name": address.APPLICATION}
            self._engine = adapt(create_engine(self._url, poolclass=NullPool, connect_args=arguments))
        return self._engine

    def session(self) -> MariadbSession:
        self.engine()
        return MariadbSession(address.arguments(self._url), self.location)

    def writer(self) -> MariadbWriter:
        """A new connection that fills tables as they are."""
        self.engine()
        return MariadbWriter(MariadbConnection(address.arguments(self._url), self.location))

    def catalog(self, *, schemas: tuple[str, ...] = ()) -> Catalog:
        """Everything there is to know of the tables of the URL's database.

        Raises:
            TargetError: if other schemas are asked for: another database is another target here.
        """
        others = [name for name in schemas if name != self._url.database]
        if others:
            raise TargetError(
                f"{self.location} is one database, and {', '.join(map(repr, others))} another",
                hint="name the database in the URL",
            )
        self.engine()
        with self._connected() as connection:
            return read_catalog(connection)

    def session_for(self, catalog: Catalog) -> Mapping[str, str]:
        """Nothing: triggers and defaults find what they name in their own database."""
        return {}

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a named lock on a connection of its own: the server lets go of it when this process dies."""
        digest = sha256(f"{self._url.database}/{name}".encode()).hexdigest()  # such locks are the whole server's
        with self._connected() as connection:
            ((held,),) = connection.fetch("SELECT GET_LOCK(?, 0)", (f"understudy/{digest[:40]}",))
            if held != 1:
                raise TargetBusy(
                    f"{self.location}: {name!r} is being written by another process",
                    hint="wait until it has finished, then run the same command again",
                )
            yield

    def columns_of(self, table: str) -> tuple[str, ...]:
        with refusals(self.location), self.engine().connect() as connection:
            return tuple(str(name) for name in connection.scalars(_COLUMNS, {"name": table}))

    def is_empty(self) -> bool:
        with refusals(self.location), self.engine().connect() as connection:
            return not connection.scalar(_RELATIONS, {"ours": list(BOOKKEEPING_TABLES)})

    def identifier(self, name: str) -> str:
        return quoted(name)

    def environment_setting(self) -> str | None:
        if not self.columns_of(ENVIRONMENT_TABLE):
            return None
        with refusals(self.location), self.engine().connect() as connection:
            found = connection.scalars(text(f"SELECT environment FROM {ENVIRONMENT_TABLE}")).all()
        return ", ".join(str(name) for name in found) if found else None

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def _connected(self) -> Iterator[MariadbConnection]:
        connection = MariadbConnection(address.arguments(self._url), self.location)
        try:
            yield connection
        finally:
            connection.close()

    def _check_version(self, version: str) -> None:
        mariadb = is_mariadb(version)
        found = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
        oldest = OLDEST_MARIADB if mariadb else OLDEST_MYSQL
        if found < oldest:
            name, number = "MariaDB" if mariadb else "MySQL", ".".join(map(str, oldest))
            raise TargetError(
                f"{self.location}: the server is {name} {version}, and {number} is the oldest supported",
                code="TARGET_TOO_OLD",
                hint=f"use MariaDB {'.'.join(map(str, OLDEST_MARIADB))} or MySQL {'.'.join(map(str, OLDEST_MYSQL))}, "
                "or newer",
            )
