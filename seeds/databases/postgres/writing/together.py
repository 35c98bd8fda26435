"""Rows of tables that refer to one another in a circle, none of which can come first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from enum import Enum
from functools import partial

import psycopg
import pyarrow as pa

from ....catalog import ForeignKey, Table
from ....rejections import Reason, Rejection, RowsRejected
from ..names import DEFAULT_SCHEMA, qualified, quoted
from .channel import Channel
from .copying import rejection_at
from .rejections import rejection_from, rejection_of
from .staging import insertion, put_in, staged
from .traits import Traits

Part = tuple[Table, pa.RecordBatch]


class Way(Enum):
    """How the rows go in."""

    STATEMENT = "one statement puts all of them in"
    BACKWARDS = "the same with its parts the other way round, for triggers that look for the others' rows"
    DEFERRED = "one after the other, under foreign keys that wait until all are in"


_OTHER_WAY_MAY_HELP = (Reason.FOREIGN_KEY, Reason.TRIGGER)
_UNSUPPORTED = "0A000"


class Together:
    """Remembers which way a group of tables wants."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._ways: dict[frozenset[str], Way] = {}

    def append(self, parts: Sequence[Part], traits: Traits) -> None:
        """Put all rows in.

        Raises:
            RowsRejected: none is in then.
        """
        group = frozenset(table.name.key for table, _ in parts)
        first: RowsRejected | None = None
        for way in [self._ways[group]] if group in self._ways else Way:
            try:
                self._append(parts, traits, way)
            except RowsRejected as refused:
                first = first or refused
                if refused.rejection.reason not in _OTHER_WAY_MAY_HELP and refused.rejection.sqlstate != _UNSUPPORTED:
                    break
            else:
                self._ways[group] = way
                return
        if first:
            raise first

    def _append(self, parts: Sequence[Part], traits: Traits, way: Way) -> None:
        deferred = traits.deferred_of([table.name for table, _ in parts])
        checks = testable(self._channel, deferred)
        with self._channel.attempt(lambda error: _explained(error, parts)):
            if way is Way.DEFERRED:
                self._one_by_one(parts, traits, deferred)
            else:
                self._at_once(parts[::-1] if way is Way.BACKWARDS else parts)
            if checks:
                self._channel.run(tested(checks))

    def _at_once(self, parts: Sequence[Part]) -> None:
        """Foreign keys are looked at when the statement has ended, with the rows of all its parts."""
        with ExitStack() as stages:
            inserts = []
            for slot, (table, batch) in enumerate(parts):
                stage = stages.enter_context(staged(self._channel, table, batch, slot=slot))
                inserts.append(f"part_{slot} AS ({insertion(table, batch, stage)})")
            self._channel.run(f"WITH {', '.join(inserts)} SELECT 1")

    def _one_by_one(self, parts: Sequence[Part], traits: Traits, deferred: tuple[str, ...]) -> None:
        """Foreign keys within the group wait for the end; they are as they were before the transaction can end.

        A table cannot be altered while checks wait on it, so those that wait anyway are made first.
        """
        group = {table.name for table, _ in parts}
        keys = [(table, key) for table, _ in parts for key in table.foreign_keys if key.target in group]
        altered = [(table, key) for table, key in keys if not key.deferred]
        if deferred:
            self._channel.run(tested(deferred))
        for table, key in altered:
            self._channel.run(_alteration(table, key, "DEFERRABLE INITIALLY DEFERRED"))
        for table, batch in parts:
            with self._channel.attempt(partial(rejection_at, table=table, batch=batch)):
                put_in(self._channel, traits, table, batch)
        names = [f"{quoted(table.name.schema or DEFAULT_SCHEMA)}.{quoted(key.name)}" for table, key in altered]
        self._channel.run(f"SET CONSTRAINTS {', '.join([*names, *deferred])} IMMEDIATE")
        for table, key in altered:
            self._channel.run(_alteration(table, key, "DEFERRABLE" if key.deferrable else "NOT DEFERRABLE"))


def testable(channel: Channel, constraints: Sequence[str]) -> tuple[str, ...]:
    """The constraints that hold as things stand: others' rows that wait for theirs would be taken for refused."""
    if not constraints:
        return ()
    try:
        with channel.attempt():
            channel.run(tested(constraints))
    except RowsRejected:
        return ()
    return tuple(constraints)


def tested(constraints: Sequence[str]) -> str:
    """Statements that check deferred constraints now, and let them wait for the commit again."""
    names = ", ".join(constraints)
    return f"SET CONSTRAINTS {names} IMMEDIATE; SET CONSTRAINTS {names} DEFERRED"


def _alteration(table: Table, key: ForeignKey, kind: str) -> str:
    return f"ALTER TABLE {qualified(table.name)} ALTER CONSTRAINT {quoted(key.name)} {kind}"


def _explained(error: psycopg.Error, parts: Sequence[Part]) -> Rejection:
    plain = rejection_of(error)
    told = (rejection_from(error, table) for table, _ in parts)
    return next((rejection for rejection in told if rejection != plain), plain)
