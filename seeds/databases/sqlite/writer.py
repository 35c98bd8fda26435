"""Filling tables as they are: prepared INSERTs inside savepoints, every constraint and trigger on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from ...catalog import ForeignKey, Table
from ...errors import SeedError, TargetError
from ...rejections import Reason, Rejection, RowsRejected
from ..acceptance import append_each
from ..row_order import EndlessCircle, Part, ordered
from .refusals import refusals
from .session import BUSY_SECONDS, quoted
from .writer_deletions import delete, delete_together, present
from .writer_refusals import dangling, rejection
from .writer_statements import POSITION, STAGED, Taken, columns_of, insertion, staging_of

_REFUSED = (sqlite3.Error, OverflowError)


class SqliteWriter:
    """One connection; nothing is committed until :meth:`commit`.

    SQLite checks a foreign key when its statement ends, which is after each row. For rows that refer to each other
    checking is put off (``PRAGMA defer_foreign_keys``) until all of them are there, and is done then for each row.
    """

    def __init__(self, path: Path) -> None:
        self._location = str(path)
        with refusals(self._location):
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA ignore_check_constraints = OFF")

    def __repr__(self) -> str:
        return f"SqliteWriter({self._location!r})"

    def append(self, table: Table, batch: pa.RecordBatch) -> None:
        """Put all rows in; rows that refer to others of the batch may come before them."""
        if any(key.target == table.name for key in table.foreign_keys):
            self.append_together([(table, batch)])
            return
        with self._whole(table):
            self._insert(table, columns_of(table, batch), batch.num_rows)

    def append_together(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> None:
        """Put rows of several tables in, and look at their foreign keys at the end."""
        if not parts:
            return
        with self._whole(parts[0][0]):
            self._connection.execute("PRAGMA defer_foreign_keys = ON")
            try:
                held = [(table, columns_of(table, batch), batch.num_rows) for table, batch in parts]
                for table, columns, rows in held:
                    self._insert(table, columns, rows)
                for table, columns, _ in held:
                    for key in table.foreign_keys:
                        self._check_reference(table, columns, key)
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("PRAGMA defer_foreign_keys = OFF")

    def append_accepted(self, table: Table, batch: pa.RecordBatch, *, limit: int) -> list[Rejection]:
        """Put in the rows that are taken, each after the rows of the batch that it refers to."""
        places = self._places(table, batch)
        as_given = places == list(range(batch.num_rows))
        sorted_batch = batch if as_given else batch.take(pa.array(places, pa.int64()))
        refused = append_each(
            lambda start, stop: self.append(table, sorted_batch.slice(start, stop - start)), batch.num_rows, limit=limit
        )
        moved = (replace(item, position=places[item.position]) for item in refused)
        return sorted(moved, key=lambda item: item.position)

    def update(self, table: Table, keys: tuple[str, ...], batch: pa.RecordBatch) -> None:
        """Set the batch's other columns in the rows that have its values in ``keys``."""
        columns = columns_of(table, batch)
        others = [name for name in columns if name not in keys]
        values = ", ".join(f"{quoted(name)} = ?" for name in others)
        same = " AND ".join(f"{quoted(name)} = ?" for name in keys)
        rows = zip(*(columns[name] for name in (*others, *keys)), strict=True)
        with self._whole(table):
            self._connection.executemany(f"UPDATE {quoted(table.name.name)} SET {values} WHERE {same}", rows)

    def violations(self, table: Table, batch: pa.RecordBatch, predicate: str) -> list[int]:
        """Evaluate the predicate in a temporary table of the same columns, without keys and checks."""
        self._begin()
        with refusals(self._location):
            self._connection.execute("SAVEPOINT understudy_staging")
            try:
                self._connection.execute(staging_of(table))
                self._stage(columns_of(table, batch))
                found = self._connection.execute(
                    f"SELECT {POSITION} FROM {STAGED} WHERE NOT ({predicate}) ORDER BY {POSITION}"
                ).fetchall()
            finally:
                self._connection.execute("ROLLBACK TO understudy_staging")
                self._connection.execute("RELEASE understudy_staging")
        return [position for (position,) in found]

    def advance_sequences(self, table: Table) -> None:
        """Nothing to do: the next row number lies above every one present, and above every one ever with AUTOINCREMENT."""

    def count(self, table: Table) -> int:
        ((rows,),) = self.fetch(f"SELECT COUNT(*) FROM {quoted(table.name.name)}")
        return int(str(rows))

    def delete(self, table: Table, keys: pa.RecordBatch) -> int:
        """Delete in one statement, so that rows of the table that refer to each other can go together."""
        if not keys.num_rows:
            return 0
        with self._whole(table):
            return delete(self._connection, table, columns_of(table, keys))

    def delete_together(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> tuple[int, ...]:
        """Delete rows of tables whose foreign keys form a cycle; they are looked at when all are gone."""
        if not parts:
            return ()
        with self._whole(parts[0][0]):
            return delete_together(self._connection, [(table, columns_of(table, keys)) for table, keys in parts])

    def delete_consequences(self, table: Table, key: ForeignKey, target: Table, keys: pa.RecordBatch) -> int:
        """None: no row says here which transaction wrote it."""
        return 0

    def present(self, table: Table, keys: pa.RecordBatch) -> int:
        """How many of the given values there is a row for."""
        if not keys.num_rows:
            return 0
        with self._whole(table):
            return present(self._connection, table, columns_of(table, keys))

    def set_session(self, settings: Mapping[str, str]) -> None:
        """SQLite has no session settings.

        Raises:
            TargetError: if one is given.
        """
        if settings:
            raise TargetError(
                f"SQLite has no session settings such as {next(iter(settings))!r}", code="SETTING_REFUSED"
            )

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        self._begin()
        with refusals(self._location):
            self._connection.execute(statement, parameters)

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        self._begin()
        with refusals(self._location):
            return self._connection.execute(statement, parameters).fetchall()

    def commit(self) -> None:
        """Keep what was put in; foreign keys declared as deferred are checked here."""
        if not self._connection.in_transaction:
            return
        try:
            self._connection.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            self._connection.execute("ROLLBACK")
            words = "a deferred foreign key does not hold"
            raise RowsRejected(
                Rejection(Reason.FOREIGN_KEY, words, sqlstate=getattr(error, "sqlite_errorname", ""))
            ) from error
        except sqlite3.Error as error:
            with refusals(self._location):
                raise error

    def rollback(self) -> None:
        with refusals(self._location):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Give the file back; what was not committed is gone."""
        self._connection.close()

    def _begin(self) -> None:
        with refusals(self._location):
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")

    def _insert(self, table: Table, columns: Mapping[str, Sequence[object]], rows: int) -> None:
        """Insert rows and see that all of them are there: a trigger can make SQLite ignore one in silence."""
        taken = Taken()
        if columns:
            values: Iterator[tuple[object, ...]] = zip(*columns.values(), strict=True)
        else:
            values = iter([()] * rows)
        try:
            done = self._connection.executemany(insertion(quoted(table.name.name), columns), taken.each(values))
        except _REFUSED as error:
            self._say_reference(error, table, columns, taken.last)
            raise self._refused(error, table, taken.last) from error
        if rows and table.triggers and done.rowcount < rows:
            words = "a trigger ignored rows"
            raise RowsRejected(Rejection(Reason.TRIGGER, words, table=table.name.key))

    def _stage(self, columns: Mapping[str, Sequence[object]]) -> None:
        """Put rows into the temporary table, except those with a number that SQLite cannot hold."""
        statement = insertion(STAGED, {POSITION: (), **columns})
        for position, values in enumerate(zip(*columns.values(), strict=True)):
            with suppress(OverflowError):
                self._connection.execute(statement, (position, *values))

    def _check_reference(self, table: Table, columns: Mapping[str, Sequence[object]], key: ForeignKey) -> None:
        """Look each row's reference up, as SQLite would have done had it not been put off."""
        if not all(name in columns for name in key.columns):
            if any(table.column(name).default for name in key.columns):
                self._check_table(table, key)
            return
        same = " AND ".join(f"{quoted(name)} = ?" for name in key.target_columns)
        query = f"SELECT 1 FROM {quoted(key.target.name)} WHERE {same}"
        for row, values in enumerate(zip(*(columns[name] for name in key.columns), strict=True)):
            if None not in values and self._connection.execute(query, values).fetchone() is None:
                raise RowsRejected(dangling(table, key, row))

    def _say_reference(self, error: Exception, table: Table, columns: Mapping[str, Sequence[object]], row: int) -> None:
        """Raise the refusal of a row with the name of the foreign key that does not hold, which SQLite does not tell."""
        if getattr(error, "sqlite_errorname", "") != "SQLITE_CONSTRAINT_FOREIGNKEY":
            return
        alone = {name: values[row : row + 1] for name, values in columns.items()}
        for key in table.foreign_keys:
            try:
                self._check_reference(table, alone, key)
            except RowsRejected as refused:
                raise RowsRejected(replace(refused.rejection, position=row)) from error

    def _check_table(self, table: Table, key: ForeignKey) -> None:
        if self._connection.execute(f"PRAGMA foreign_key_check({quoted(table.name.name)})").fetchone() is not None:
            raise RowsRejected(dangling(table, key, -1))

    def _places(self, table: Table, batch: pa.RecordBatch) -> list[int]:
        if any(key.target == table.name for key in table.foreign_keys):
            try:
                return [row for _, row in ordered([Part(table, columns_of(table, batch), batch.num_rows)]).rows]
            except EndlessCircle:
                pass  # rows of a circle go in together or not at all, in whatever order
        return list(range(batch.num_rows))

    def _refused(self, error: Exception, table: Table, position: int) -> Exception:
        refused = rejection(error, table, position)
        if refused is not None:
            return RowsRejected(refused)
        try:
            with refusals(self._location):
                raise error
        except SeedError as refusal:
            return refusal

    @contextmanager
    def _whole(self, table: Table) -> Iterator[None]:
        """Everything inside, or nothing.

        Raises:
            TargetError: a trigger ended the whole transaction (``RAISE(ROLLBACK)``).
        """
        self._begin()
        self._connection.execute("SAVEPOINT understudy")
        try:
            yield
        except BaseException as error:
            if not self._connection.in_transaction:
                raise TargetError(
                    f"{self._location}: a trigger of {table.name.key} ended the transaction", code="STATEMENT_FAILED"
                ) from error
            self._connection.execute("ROLLBACK TO understudy")
            self._connection.execute("RELEASE understudy")
            if isinstance(error, sqlite3.Error):
                raise self._refused(error, table, -1) from error
            raise
        self._connection.execute("RELEASE understudy")
