"""What the database side asks of a database; each folder in ``databases`` answers it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa
from sqlalchemy import Engine

from generators.spec import TableSpec

from .capabilities import Capabilities

ENVIRONMENT_TABLE = "understudy_environment"
"""Says which environment a database belongs to."""

BOOKKEEPING_TABLES = (ENVIRONMENT_TABLE, "understudy_manifest", "understudy_chunk")
"""Understudy's own tables in a target: they do not count when it is asked whether a database is empty."""


class BulkSession(Protocol):
    """One connection that moves Arrow batches inside explicit transactions."""

    def append(self, table: TableSpec, batch: pa.RecordBatch) -> None:
        """Insert rows; the batch has the table's stored columns. Not committed."""

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        """Run one statement with ``?`` placeholders in the same transaction. Not committed."""

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement with ``?`` placeholders in the same transaction and return its few rows. Not committed."""

    def read(
        self, table: TableSpec, columns: tuple[str, ...] = (), *, from_key: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows as they stand in the database, in the Arrow types of the table's definition, in bounded memory.

        With ``from_key``, only those whose (single, whole-number) primary key is at least that.
        """

    def delete(self, table: TableSpec, keys: pa.RecordBatch) -> int:
        """Delete the rows with the given primary keys and say how many there were. Not committed."""

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class Database(Protocol):
    """A target, opened by URL; holds no connection until it needs one."""

    capabilities: Capabilities
    location: str
    """Where it is, without any secret: for messages and the manifest."""

    trusted: bool
    """True for databases that can only be local test databases: the embedded one and SQLite files."""

    def engine(self) -> Engine:
        """The SQLAlchemy engine for DDL, bookkeeping and queries."""

    def session(self) -> BulkSession:
        """A new bulk connection."""

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the right to write dataset ``name`` here; raises TargetBusy if somebody has it."""

    def columns_of(self, table: str) -> tuple[str, ...]:
        """The columns of an existing table in order; empty if there is no such table."""

    def is_empty(self) -> bool:
        """True if the database holds no table at all besides Understudy's own bookkeeping."""

    def identifier(self, name: str) -> str:
        """A name quoted for SQL."""

    def environment_setting(self) -> str | None:
        """What the marker table says, or None where there is no marker; several rows are joined by commas."""

    def close(self) -> None: ...
