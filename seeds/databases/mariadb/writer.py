"""Filling tables as they are: multi-row INSERTs inside savepoints, every constraint and trigger on.

``LOAD DATA LOCAL`` would be faster, up to twice as fast, but it turns what the server refuses into warnings and leaves
those rows out, and a client that allows it lets the server read any of its files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa

from ...catalog import ForeignKey, Table, TableName
from ...errors import TargetError
from ...rejections import Reason, Rejection, RowsRejected
from ..acceptance import append_each
from ..row_order import EndlessCircle, Order, Part, clearable, ordered, refers_to_any
from .changes import Changes
from .connection import MariadbConnection, quoted
from .statements import POSITION, STAGED, moved, nothing_for, place_of, runs_of, staging_of, without
from .values import Sent

_SETTING = re.compile(r"@?[A-Za-z_][A-Za-z0-9_.$]*")
_KEPT_ON = frozenset(("sql_mode", "foreign_key_checks", "unique_checks", "check_constraint_checks", "autocommit"))


class MariadbWriter:
    """One connection; nothing is committed until :meth:`commit`.

    InnoDB checks each foreign key when its row goes in, so a batch whose rows refer to each other is sorted first; a
    reference that closes a circle goes in as null and is set in the same savepoint, if it may be null.

    What :meth:`rollback` should take back of a table without transactions, such as MyISAM's, stays there.
    """

    def __init__(self, connection: MariadbConnection) -> None:
        self._connection = connection
        self._changes = Changes(connection)

    def __repr__(self) -> str:
        return f"MariadbWriter({self._connection.location!r})"

    def append(self, table: Table, batch: pa.RecordBatch) -> None:
        """Put all rows in; rows that refer to others of the batch may come before them."""
        self.append_together([(table, batch)])

    def append_together(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> None:
        """Put rows of several tables in, each after the rows that it refers to."""
        columns = [self._changes.sent(table, batch) for table, batch in parts]
        with self._changes.whole():
            order = _order(parts, columns)
            for part, rows in runs_of(order):
                cleared = {row: order.late[part, row] for row in rows if (part, row) in order.late}
                self._changes.insert(parts[part][0], without(parts[part][0], columns[part], cleared), rows)
            for (part, row), keys in order.late.items():
                self._set_references(parts[part][0], columns[part], row, keys)

    def append_accepted(self, table: Table, batch: pa.RecordBatch, *, limit: int) -> list[Rejection]:
        """Put in the rows that are taken, each after the rows of the batch that it refers to."""
        as_given = list(range(batch.num_rows))
        try:
            places = [row for _, row in _order([(table, batch)], [self._changes.sent(table, batch)]).rows]
        except RowsRejected:
            places = as_given
        sorted_batch = batch if places == as_given else batch.take(pa.array(places, pa.int64()))
        refused = append_each(
            lambda start, stop: self.append(table, sorted_batch.slice(start, stop - start)),
            batch.num_rows,
            limit=limit,
        )
        return sorted((moved(item, places[item.position]) for item in refused), key=lambda item: item.position)

    def update(self, table: Table, keys: tuple[str, ...], batch: pa.RecordBatch) -> None:
        """Set the batch's other columns in the rows that have its values in ``keys``, row by row."""
        columns = self._changes.sent(table, batch)
        with self._changes.whole():
            for row in range(batch.num_rows):
                self._changes.update(table, columns, keys, row)

    def violations(self, table: Table, batch: pa.RecordBatch, predicate: str) -> list[int]:
        """Evaluate the predicate in a temporary table of the same columns, without keys, checks and NOT NULL.

        A row whose values the types do not take is not among the violations: appending it says why.
        """
        self._connection.execute(staging_of(table))
        try:
            positions = Sent("%s", range(batch.num_rows))
            columns = {POSITION: positions, **nothing_for(table, batch), **self._changes.sent(table, batch)}
            append_each(
                lambda start, stop: self._stage(table, columns, range(start, stop)),
                batch.num_rows,
                limit=batch.num_rows,
            )
            found = self._connection.fetch(
                f"SELECT {POSITION} FROM {STAGED} WHERE NOT ({predicate}) ORDER BY {POSITION}"
            )
        finally:
            self._connection.execute(f"DROP TEMPORARY TABLE {STAGED}")
        return [int(str(position)) for (position,) in found]

    def advance_sequences(self, table: Table) -> None:
        """Move the sequences of defaults; InnoDB keeps AUTO_INCREMENT above every value put in by itself."""
        for column in table.columns:
            if column.sequence:
                top = self._connection.fetch(f"SELECT MAX({quoted(column.name)}) FROM {place_of(table)}")[0][0]
                if isinstance(top, int):
                    self._connection.fetch(f"SELECT SETVAL({column.sequence}, {top})")

    def count(self, table: Table) -> int:
        ((rows,),) = self._connection.fetch(f"SELECT COUNT(*) FROM {place_of(table)}")
        return int(str(rows))

    def delete(self, table: Table, keys: pa.RecordBatch) -> int:
        """Delete by key; where rows of the table itself refer to them, those references are taken out first."""
        conditions = list(self._changes.conditions(table, keys))
        try:
            with self._changes.whole():
                return self._changes.delete(table, conditions)
        except RowsRejected as refused:
            own = [key for key in table.foreign_keys if key.target == table.name]
            names = list(dict.fromkeys(name for key in own for name in clearable(table, key)))
            if refused.rejection.reason is not Reason.FOREIGN_KEY or not names:
                raise
        with self._changes.whole():
            self._changes.clear(table, names, conditions)
            return self._changes.delete(table, conditions)

    def delete_together(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> tuple[int, ...]:
        """Delete rows of tables that refer to one another; references that may be null are taken out first."""
        group = {table.name for table, _ in parts}
        with self._changes.whole():
            for table, keys in parts:
                own = [key for key in table.foreign_keys if key.target in group]
                names = list(dict.fromkeys(name for key in own for name in clearable(table, key)))
                if names:
                    self._changes.clear(table, names, list(self._changes.conditions(table, keys)))
            return self._one_by_one(parts)

    def delete_consequences(self, table: Table, key: ForeignKey, target: Table, keys: pa.RecordBatch) -> int:
        """None: no row says here which transaction wrote it."""
        return 0

    def present(self, table: Table, keys: pa.RecordBatch) -> int:
        """How many of the given values there is a row for."""
        return self._changes.present(table, keys)

    def set_session(self, settings: Mapping[str, str]) -> None:
        """Set session variables, or user variables where the name begins with ``@``.

        Raises:
            TargetError: for a name that is none, or a setting that would check less than the server does.
        """
        for name, value in settings.items():
            if not _SETTING.fullmatch(name) or name.lower() in _KEPT_ON:
                raise TargetError(f"{name!r} is no session setting to change here", code="SETTING_REFUSED")
            scope = "" if name.startswith("@") else "SESSION "
            number = re.fullmatch(r"-?\d+", value) and not name.startswith("@")
            self.execute(f"SET {scope}{name} = {value if number else self._connection.literal(value)}")

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        self._connection.execute(statement, parameters)

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        return self._connection.fetch(statement, parameters)

    def commit(self) -> None:
        """Keep what was put in; every constraint has been checked by then."""
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()

    def _one_by_one(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> tuple[int, ...]:
        """Delete each part after those that refer to it, whichever these are."""
        deleted: dict[int, int] = {}
        while len(deleted) < len(parts):
            refusal, before = None, len(deleted)
            for place, (table, keys) in enumerate(parts):
                if place not in deleted:
                    try:
                        deleted[place] = self.delete(table, keys)
                    except RowsRejected as refused:
                        refusal = refused
            if refusal is not None and len(deleted) == before:
                raise refusal
        return tuple(deleted[place] for place in range(len(parts)))

    def _stage(self, table: Table, columns: Mapping[str, Sent], rows: Sequence[int]) -> None:
        with self._changes.whole():
            self._changes.insert(table, columns, rows, into=STAGED)

    def _set_references(self, table: Table, columns: Mapping[str, Sent], row: int, keys: Sequence[ForeignKey]) -> None:
        primary = table.primary_key
        if primary is None or not all(name in columns for name in primary.columns):
            words = "rows refer to each other in a circle, and there is no primary key to find them by"
            raise RowsRejected(Rejection(Reason.FOREIGN_KEY, words, table=table.name.key))
        names = dict.fromkeys((*primary.columns, *(name for key in keys for name in clearable(table, key))))
        self._changes.update(table, {name: columns[name] for name in names}, primary.columns, row)


def _order(parts: Sequence[tuple[Table, pa.RecordBatch]], columns: Sequence[Mapping[str, Sent]]) -> Order:
    """The rows in an order in which they can go in.

    Raises:
        RowsRejected: if there is none.
    """
    names: set[TableName] = {table.name for table, _ in parts}
    if not any(refers_to_any(table, names) for table, _ in parts):
        return Order(tuple((part, row) for part, (_, batch) in enumerate(parts) for row in range(batch.num_rows)), {})
    held = [
        Part(table, {name: item.values for name, item in sent.items()}, batch.num_rows)
        for (table, batch), sent in zip(parts, columns, strict=True)
    ]
    try:
        return ordered(held)
    except EndlessCircle as circle:
        words = f"rows refer to each other in a circle through {circle}, which may not be null, and this database "
        refused = Rejection(
            Reason.FOREIGN_KEY,
            words + "checks foreign keys row by row",
            constraint=circle.key.name,
            table=circle.table.name.key,
        )
        raise RowsRejected(refused) from circle
