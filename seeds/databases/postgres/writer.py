"""Fills PostgreSQL tables as they are: COPY with every constraint and trigger on, and what the server says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import psycopg
import pyarrow as pa

from ...catalog import ForeignKey, Table
from ...rejections import Reason, Rejection, RowsRejected
from .names import qualified
from .refusals import refusals
from .writing.accepting import Rows, Search
from .writing.channel import Channel, bound
from .writing.copying import rejection_at, taken
from .writing.defaults import Defaults
from .writing.deleting import delete, delete_consequences, delete_together, present
from .writing.orphans import orphans
from .writing.rejections import rejection_of
from .writing.sequences import advance
from .writing.staging import put_in
from .writing.together import Together, testable, tested
from .writing.traits import Traits, read_traits
from .writing.updating import update
from .writing.violations import Violations

_FOR_EVERY_ROW = (Reason.PERMISSION, Reason.GENERATED, Reason.DEFAULT)
_NOT_OF_ROWS = ("0A", "42")
"""Classes of codes that are about the statement, where they come without a row's position."""


class PostgresWriter:
    """One connection; nothing is committed until :meth:`commit`.

    Args:
        conninfo: libpq's connection string.
        location: how to call the target in messages.
    """

    def __init__(self, conninfo: str, location: str) -> None:
        self._location = location
        self._channel = Channel(conninfo, location)
        self._defaults = Defaults(self._channel)
        self._together = Together(self._channel)
        self._traits: Traits | None = None
        self._settings: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"PostgresWriter({self._location!r})"

    def append(self, table: Table, batch: pa.RecordBatch) -> None:
        """Put all rows in through COPY, or INSERT where COPY would go past rules or row security.

        Raises:
            RowsRejected: nothing of the batch is in then, and the transaction goes on. The rejection has the row's
                position where the server names it.
        """
        if batch.num_rows:
            with self._channel.attempt(self._explained(table, batch)):
                put_in(self._channel, self._known(), table, batch)

    def append_together(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> None:
        """Put rows into tables whose foreign keys form a cycle: they are checked when all are in.

        Raises:
            RowsRejected: as :meth:`append`, for all of the tables.
        """
        filled = [(table, batch) for table, batch in parts if batch.num_rows]
        if filled:
            self._together.append(filled, self._known())

    def append_accepted(self, table: Table, batch: pa.RecordBatch, *, limit: int) -> list[Rejection]:
        """Put in the rows that the server takes; constraints that wait for the commit are looked at at once."""
        traits = self._known()
        checks = testable(self._channel, traits.deferred_of([table.name]))

        def attempt(rows: Rows) -> Rejection | None:
            piece = taken(batch, rows)
            try:
                with self._channel.attempt(self._explained(table, piece)):
                    put_in(self._channel, traits, table, piece)
                    if checks:
                        self._channel.run(tested(checks))
            except RowsRejected as refused:
                return refused.rejection
            return None

        def suspects(rows: Rows, rejection: Rejection) -> Rows:
            return rows[orphans(self._channel, table, taken(batch, rows), rejection)]

        inward = any(key.target == table.name for key in table.foreign_keys)
        return Search(attempt, suspects, _hopeless, whole=inward, limit=limit).run(batch.num_rows)

    def violations(self, table: Table, batch: pa.RecordBatch, predicate: str) -> list[int]:
        """Positions of the rows for which the predicate is false, or cannot be evaluated; nothing stays behind.

        Raises:
            RowsRejected: the predicate itself cannot be understood.
        """
        return Violations(self._channel, self._defaults, table, batch).of(predicate) if batch.num_rows else []

    def advance_sequences(self, table: Table) -> None:
        """Let the next value of each identity column or sequence lie above every value present.

        Raises:
            RowsRejected: the user may not set one of them; none is changed then.
        """
        advance(self._channel, table, self._known())

    def count(self, table: Table) -> int:
        """How many rows there are, those of inheriting tables included, since triggers may put rows there."""
        ((rows,),) = self.fetch(f"SELECT count(*) FROM {qualified(table.name)}")
        return int(str(rows))

    def delete(self, table: Table, keys: pa.RecordBatch) -> int:
        """Delete the rows with the given values; of rows that are alike, only as many as are given.

        Raises:
            RowsRejected: if others' rows refer to them, even where those would be deleted or changed by the foreign
                key's own rule; nothing is deleted then.
        """
        return delete(self._channel, table, keys) if keys.num_rows else 0

    def delete_together(self, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> tuple[int, ...]:
        """Delete rows of tables whose foreign keys form a cycle, in one statement.

        Raises:
            RowsRejected: as :meth:`delete`, for all of the tables.
        """
        return delete_together(self._channel, parts) if any(keys.num_rows for _, keys in parts) else (0,) * len(parts)

    def delete_consequences(self, table: Table, key: ForeignKey, target: Table, keys: pa.RecordBatch) -> int:
        """Delete rows that refer to the given ones and have the same transaction's number as these.

        Raises:
            RowsRejected: if others' rows refer to them; nothing is deleted then.
        """
        return delete_consequences(self._channel, table, key, target, keys) if keys.num_rows else 0

    def present(self, table: Table, keys: pa.RecordBatch) -> int:
        """How many of the given values there is a row for."""
        return present(self._channel, table, keys) if keys.num_rows else 0

    def update(self, table: Table, keys: tuple[str, ...], batch: pa.RecordBatch) -> None:
        """Set the batch's other columns in the rows that have its values in ``keys``.

        Raises:
            RowsRejected: nothing is changed then.
        """
        if batch.num_rows:
            update(self._channel, table, keys, batch)

    def set_session(self, settings: Mapping[str, str]) -> None:
        """Settings that hold until the writer is closed, whatever is rolled back in between."""
        self._settings.update(settings)
        self._make_settings()

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        """Run one statement with ``?`` placeholders; a ``?`` inside quotes is left alone, as is one without values."""
        with refusals(self._location):
            self._channel.run(bound(statement) if parameters else statement, parameters)

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement with ``?`` placeholders and return its rows."""
        with refusals(self._location):
            return self._channel.rows(bound(statement) if parameters else statement, parameters)

    def commit(self) -> None:
        """Keep what was put in.

        Raises:
            RowsRejected: if a deferred constraint does not hold; the whole transaction is undone then.
        """
        with refusals(self._location):
            try:
                self._channel.commit()
            except psycopg.Error as error:
                # A deferred trigger may raise anything; only where the connection is gone is it not about the rows.
                if self._channel.broken():
                    raise
                self.rollback()
                raise RowsRejected(rejection_of(error)) from error

    def rollback(self) -> None:
        """Undo everything since the last commit; session settings stay."""
        with refusals(self._location):
            self._channel.rollback()
            self._make_settings()

    def close(self) -> None:
        """Give the connection back; what was not committed is gone."""
        with refusals(self._location):
            self._channel.close()

    def _explained(self, table: Table, batch: pa.RecordBatch) -> Callable[[psycopg.Error], Rejection]:
        def explain(error: psycopg.Error) -> Rejection:
            rejection = rejection_at(error, table, batch)
            if rejection.column or rejection.sqlstate.startswith("23"):
                return rejection
            for known in self._defaults.refusals_of(table, batch.schema.names):
                if known.sqlstate == rejection.sqlstate:
                    return replace(known, position=rejection.position)
            return rejection

        return explain

    def _known(self) -> Traits:
        if self._traits is None:
            with refusals(self._location):
                self._traits = read_traits(self._channel)
        return self._traits

    def _make_settings(self) -> None:
        """Make the settings, for good if no transaction could take them back."""
        if not self._settings:
            return
        self._traits = None
        self._defaults.forget()
        with refusals(self._location):
            alone = not self._channel.in_transaction()
            for name, value in self._settings.items():
                self._channel.run("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))
            if alone:
                self._channel.commit()


def _hopeless(rejection: Rejection) -> bool:
    """True for a refusal that every other row would meet too."""
    if rejection.reason is Reason.DEFAULT:
        return True
    return rejection.position < 0 and (
        rejection.reason in _FOR_EVERY_ROW or rejection.sqlstate.startswith(_NOT_OF_ROWS)
    )
