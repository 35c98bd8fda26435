"""Taking rows out by their values, and nobody else's with them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import cast

import psycopg
import pyarrow as pa

from ....catalog import ForeignKey, Kind, Table
from ....rejections import Reason, Rejection, RowsRejected
from ..names import qualified, quoted
from .channel import Channel
from .copying import rejection_at
from .rejections import rejection_of
from .staging import staged

# Types of the server's own with an equality that no search path hides; the others are compared as texts.
_COMPARED = frozenset(
    {
        *(Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT, Kind.BOOLEAN, Kind.TEXT, Kind.CHAR, Kind.BYTES, Kind.UUID, Kind.ENUM),
        *(Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.INET, Kind.CIDR, Kind.MACADDR, Kind.BIT),
    }
)

# Foreign keys to a table under which deleting its row would delete or change the row that refers to it.
_CASCADES = """
SELECT c.conname, n.nspname, t.relname,
  ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place),
  ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY k.place)
FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE c.contype = 'f' AND c.conparentid = 0 AND c.confdeltype IN ('c', 'n', 'd') AND c.confrelid = %s::regclass
"""


@dataclass(frozen=True, slots=True)
class _Cascade:
    name: str
    schema: str
    table: str
    columns: list[str]
    target_columns: list[str]


@dataclass(frozen=True, slots=True)
class _Going:
    """Rows of a table that are to be deleted: the stage holds their values in the batch's columns."""

    table: Table
    keys: pa.RecordBatch
    stage: str


def delete(channel: Channel, table: Table, keys: pa.RecordBatch) -> int:
    """Delete the rows that match ``keys``: all that do where their columns are unique, else as many as are given.

    Raises:
        RowsRejected: others' rows refer to them, even where the foreign key says that those should go or change too.
    """
    with channel.attempt(lambda error: rejection_at(error, table, keys)), staged(channel, table, keys) as stage:
        going = _Going(table, keys, stage)
        _refuse_cascades(channel, [going])
        return channel.run(_deletion(going)).rowcount


def delete_together(channel: Channel, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> tuple[int, ...]:
    """Delete rows of several tables in one statement, after which alone their foreign keys are looked at.

    Raises:
        RowsRejected: as :func:`delete`, for all of the tables.
    """
    with channel.attempt(partial(_explained, parts=parts)), ExitStack() as stages:
        going = [
            _Going(table, keys, stages.enter_context(staged(channel, table, keys, slot=slot)))
            for slot, (table, keys) in enumerate(parts)
        ]
        _refuse_cascades(channel, going)
        deletions = ", ".join(f"part_{slot} AS ({_deletion(one)} RETURNING 1)" for slot, one in enumerate(going))
        counts = ", ".join(f"(SELECT count(*) FROM part_{slot})" for slot in range(len(going)))
        (found,) = channel.rows(f"WITH {deletions} SELECT {counts}")
        return tuple(int(str(rows)) for rows in found)


def delete_consequences(channel: Channel, table: Table, key: ForeignKey, target: Table, keys: pa.RecordBatch) -> int:
    """Delete rows that refer to the given ones and were written by the same (sub)transaction, so by a trigger.

    A row that somebody has changed since carries the number of that change, and stays.

    Raises:
        RowsRejected: others' rows refer to them.
    """
    pairs = zip(key.columns, key.target_columns, strict=True)
    refers = " AND ".join(f"r.{quoted(own)} = t.{quoted(theirs)}" for own, theirs in pairs)
    with channel.attempt(lambda error: rejection_at(error, target, keys)), staged(channel, target, keys) as stage:
        return channel.run(
            f"DELETE FROM {qualified(table.name)} AS r USING {qualified(target.name)} AS t, {stage} AS k "
            f"WHERE {refers} AND r.xmin = t.xmin AND {_same(target, keys, 't')}"
        ).rowcount


def present(channel: Channel, table: Table, keys: pa.RecordBatch) -> int:
    """How many of ``keys`` there is a row for; nothing stays behind."""
    with channel.attempt(keep=False), staged(channel, table, keys) as stage:
        found = f"EXISTS (SELECT FROM {qualified(table.name)} AS t WHERE {_same(table, keys, 't')})"
        ((rows,),) = channel.rows(f"SELECT count(*) FROM {stage} AS k WHERE {found}")
    return int(str(rows))


def _explained(error: psycopg.Error, parts: Sequence[tuple[Table, pa.RecordBatch]]) -> Rejection:
    plain = rejection_of(error)
    told = (rejection_at(error, table, keys) for table, keys in parts)
    return next((rejection for rejection in told if rejection.column or rejection.reason != plain.reason), plain)


def _deletion(going: _Going) -> str:
    target = qualified(going.table.name)
    if _identifies(going.table, going.keys.schema.names):
        return f"DELETE FROM {target} AS t USING {going.stage} AS k WHERE {_same(going.table, going.keys, 't')}"
    return _counted(target, going.stage, going.keys.schema.names)


def _same(table: Table, keys: pa.RecordBatch, row: str) -> str:
    """The condition that ``row`` has the values of ``k``; hashable, so that many are found at once.

    Where a null may have to match a null, columns are compared as arrays of texts: those are equal null for null.
    """
    loose = [name for name, column in zip(keys.schema.names, keys.columns, strict=True) if _loose(table, name, column)]
    plain = [f"{row}.{quoted(name)} = k.{quoted(name)}" for name in keys.schema.names if name not in loose]
    return " AND ".join(plain + ([f"{_texts(row, loose)} = {_texts('k', loose)}"] if loose else []))


def _loose(table: Table, name: str, values: pa.Array) -> bool:
    return bool(values.null_count) or table.column(name).type.kind not in _COMPARED


def _texts(alias: str, names: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(f'{alias}.{quoted(name)}::text' for name in names)}]"


def _identifies(table: Table, names: Sequence[str]) -> bool:
    """Whether at most one row can have the same values."""
    return any(
        set(key.columns) <= set(names)
        and not key.expressions
        and not key.predicate
        and not any(table.column(column).nullable for column in key.columns)
        for key in table.keys
    )


def _counted(target: str, stage: str, names: Sequence[str]) -> str:
    """Of rows that are alike, those that came last, as many as are given."""
    return (
        f"WITH k AS (SELECT {_texts('s', names)} AS key, count(*) AS copies FROM {stage} AS s GROUP BY 1), "
        "chosen AS (SELECT t.tableoid AS part, t.ctid AS place, k.copies, row_number() OVER "
        f"(PARTITION BY k.key ORDER BY t.tableoid, t.ctid DESC) AS nth FROM {target} AS t "
        f"JOIN k ON {_texts('t', names)} = k.key) "
        f"DELETE FROM {target} AS t USING chosen AS c WHERE t.tableoid = c.part AND t.ctid = c.place AND c.nth <= c.copies"
    )


def _refuse_cascades(channel: Channel, parts: Sequence[_Going]) -> None:
    for part in parts:
        found = channel.rows(_CASCADES, (qualified(part.table.name),))
        for cascade in [_Cascade(*cast("tuple[str, str, str, list[str], list[str]]", row)) for row in found]:
            if channel.rows(_referring(cascade, part, parts)):
                raise RowsRejected(
                    Rejection(
                        reason=Reason.FOREIGN_KEY,
                        message=f'rows of table "{cascade.table}" refer to rows that were to be deleted',
                        constraint=cascade.name,
                        table=cascade.table,
                    )
                )


def _referring(cascade: _Cascade, part: _Going, parts: Sequence[_Going]) -> str:
    """One row that refers to a row about to go, and does not go itself."""
    pairs = zip(cascade.columns, cascade.target_columns, strict=True)
    refers = " AND ".join(f"r.{quoted(own)} = t.{quoted(theirs)}" for own, theirs in pairs)
    child = f"{quoted(cascade.schema)}.{quoted(cascade.table)}"
    going = f"EXISTS (SELECT FROM {part.stage} AS k WHERE {_same(part.table, part.keys, 't')})"
    too = [one for one in parts if qualified(one.table.name) == child]
    stays = "".join(
        f" AND NOT EXISTS (SELECT FROM {one.stage} AS k WHERE {_same(one.table, one.keys, 'r')})" for one in too
    )
    return f"SELECT 1 FROM {child} AS r JOIN {qualified(part.table.name)} AS t ON {refers} WHERE {going}{stays} LIMIT 1"
