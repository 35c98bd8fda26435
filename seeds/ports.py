"""What the database side asks of a database; each folder in ``databases`` answers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa
from sqlalchemy import Engine

from generators.spec import TableSpec

from .capabilities import Capabilities
from .catalog import Catalog, ForeignKey, Table
from .rejections import Rejection

ENVIRONMENT_TABLE = "understudy_environment"
"""Says which environment a database belongs to."""

BOOKKEEPING_TABLES = (
    ENVIRONMENT_TABLE, "understudy_manifest", "understudy_chunk", "understudy_fill", "understudy_fill_table",
)  # fmt: skip
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


class RowWriter(Protocol):
    """One connection that fills tables as they are, every constraint and trigger on; nothing commits by itself.

    Values come as Arrow columns of numbers, booleans, dates, moments, exact decimals and texts; a text is read by the
    database as the column's own type (``'{a,b}'`` for an array, ``'[2020-01-01,2020-02-01)'`` for a range). A column
    that is absent from the batch gets its default.
    """

    def append(self, table: Table, batch: pa.RecordBatch) -> None:
        """Put all rows in, as fast as the database can.

        Raises:
            RowsRejected: nothing of the batch is in then, and the transaction goes on.
        """

    def append_together(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> None:
        """Put rows into several tables whose foreign keys form a cycle, so that they hold at the end.

        Raises:
            RowsRejected: as :meth:`append`, for all of the tables.
        """

    def append_accepted(self, table: Table, batch: pa.RecordBatch, *, limit: int) -> list[Rejection]:
        """Put in those rows that the database takes, and say of each other row (by position) why not.

        Halves the batch until the refused rows stand alone; gives up, keeping what is in, after ``limit`` refusals,
        and then reports every row not tried as refused with the last reason.
        """

    def update(self, table: Table, keys: tuple[str, ...], batch: pa.RecordBatch) -> None:
        """Set the batch's other columns in the rows that have its values in the columns ``keys``.

        Raises:
            RowsRejected: nothing is changed then.
        """

    def violations(self, table: Table, batch: pa.RecordBatch, predicate: str) -> list[int]:
        """Positions of the rows for which a predicate over the table's columns is false; nothing stays behind."""

    def advance_sequences(self, table: Table) -> None:
        """Let the next value of each identity column or sequence lie above every value present."""

    def count(self, table: Table) -> int:
        """How many rows there are, in this transaction's eyes."""

    def delete(self, table: Table, keys: pa.RecordBatch) -> int:
        """Delete the rows that have the given values in the batch's columns (null matches null); say how many.

        Raises:
            RowsRejected: if others' rows refer to them; nothing is deleted then.
        """

    def delete_together(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> tuple[int, ...]:
        """Delete rows of several tables whose foreign keys form a cycle; say how many of each.

        Raises:
            RowsRejected: as :meth:`delete`, for all of the tables.
        """

    def delete_consequences(self, table: Table, key: ForeignKey, target: Table, keys: pa.RecordBatch) -> int:
        """Delete rows of ``table`` that refer to the given rows of ``target`` and came with them; say how many.

        Only rows go of which the database itself proves that one statement wrote them and the row they refer to: what
        a trigger did. Where a database keeps no such proof, none go.

        Raises:
            RowsRejected: if others' rows refer to them; nothing is deleted then.
        """

    def present(self, table: Table, keys: pa.RecordBatch) -> int:
        """How many of the given values in the batch's columns there is a row for; nothing is changed."""

    def set_session(self, settings: Mapping[str, str]) -> None:
        """Session settings that hold until the writer is closed, such as ``app.current_tenant``."""

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        """Run one statement with ``?`` placeholders in the same transaction."""

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement with ``?`` placeholders and return its few rows."""

    def commit(self) -> None:
        """Keep what was put in.

        Raises:
            RowsRejected: if a deferred constraint does not hold; the whole transaction is undone then.
        """

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class Fillable(Database, Protocol):
    """A database whose catalogue can be read and whose tables can be filled as they are."""

    def catalog(self, *, schemas: tuple[str, ...] = ()) -> Catalog:
        """Everything there is to know of the tables in the given schemas, or in all but the server's own."""

    def session_for(self, catalog: Catalog) -> Mapping[str, str]:
        """Settings under which triggers and defaults find what they name, whatever schema the tables are in."""

    def writer(self) -> RowWriter:
        """A new connection that fills tables."""
