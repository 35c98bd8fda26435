"""Rows that stand in the tables already: how many, and the values of their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.rows import tuple_row
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader

from ....catalog import KEYS_READ, Column, ExistingRows, Kind, Table
from ..names import qualified, quoted
from .source import Source

_AT_ONCE = 100
"""Tables whose rows are counted in one query."""

_NATIVE = frozenset(
    {Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT, Kind.BOOLEAN, Kind.UUID, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ}
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A table whose rows are to be looked at.

    Attributes:
        table: the table, without them.
        estimate: the server's guess at how many there are.
        wanted: columns that other tables' foreign keys point at.
    """

    table: Table
    estimate: int
    wanted: frozenset[str]

    @property
    def rows_from(self) -> str:
        """What to select from: never the rows of heirs, always those of partitions."""
        return ("" if self.table.kind == "partitioned" else "ONLY ") + qualified(self.table.name)

    def key_columns(self) -> tuple[Column, ...]:
        """The columns to be read, in the table's order: of keys, of what refers to them, and of what must not overlap."""
        names = self.wanted.union(*(key.columns for key in self.table.keys))
        names = names.union(*(exclusion.reads for exclusion in self.table.exclusions))
        return tuple(column for column in self.table.columns if column.name in names)

    def order(self) -> tuple[str, ...]:
        """The columns that put the rows in order: the primary key or first key of plain columns, then the others."""
        plain = [key for key in self.table.keys if not key.expressions and not key.predicate]
        first = plain[0].columns if plain else ()
        return tuple(quoted(name) for name in dict.fromkeys([*first, *(column.name for column in self.key_columns())]))


def read_existing(source: Source, standings: Sequence[Standing]) -> dict[str, ExistingRows]:
    """The rows that stand in each of the tables that has any, by the table's key.

    A table that this session may not read, or whose policies fail for it, counts as empty.
    """
    found: dict[str, ExistingRows] = {}
    for start in range(0, len(standings), _AT_ONCE):
        batch = standings[start : start + _AT_ONCE]
        for position, count in _counts(source, batch).items():
            if count:
                found[batch[position].table.name.key] = _existing(source, batch[position], count)
    return found


def _counts(source: Source, batch: Sequence[Standing]) -> dict[int, int]:
    counted = _count_together(source, batch, range(len(batch)))
    if counted is not None:
        return counted
    counts: dict[int, int] = {}
    for position in range(len(batch)):
        counts |= _count_together(source, batch, (position,)) or {}
    return counts


def _count_together(source: Source, batch: Sequence[Standing], positions: Sequence[int]) -> dict[int, int] | None:
    """Rows of each table, by position; None if one of them cannot be read."""
    limit = KEYS_READ + 1
    query = " UNION ALL ".join(
        f"SELECT {position}, (SELECT count(*) FROM (SELECT FROM {batch[position].rows_from} LIMIT {limit}) AS s)"
        for position in positions
    )
    rows = _rows(source, query)
    if rows is None:
        return None
    return {position: int(str(count)) for position, count in rows if isinstance(position, int)}


def _existing(source: Source, standing: Standing, count: int) -> ExistingRows:
    columns = standing.key_columns()
    whole = [column for column in columns if _is_whole(column)]
    if count > KEYS_READ:
        return ExistingRows(max(count, standing.estimate), largest=_maxima(source, standing, whole))
    values = _values(source, standing, columns)
    return ExistingRows(count, values, _known({column.name: _most(values, column.name) for column in whole}))


def _values(source: Source, standing: Standing, columns: Sequence[Column]) -> dict[str, tuple[object, ...]]:
    if not columns:
        return {}
    selected = ", ".join(quoted(column.name) + ("" if _is_native(column) else "::text") for column in columns)
    order = ", ".join(standing.order())
    rows = _rows(source, f"SELECT {selected} FROM {standing.rows_from} ORDER BY {order} LIMIT {KEYS_READ}")
    if rows is None:
        return {}
    return {column.name: tuple(row[place] for row in rows) for place, column in enumerate(columns)}


def _maxima(source: Source, standing: Standing, whole: Sequence[Column]) -> dict[str, int]:
    if not whole:
        return {}
    selected = ", ".join(f"max({quoted(column.name)})" for column in whole)
    rows = _rows(source, f"SELECT {selected} FROM {standing.rows_from}") or [()]
    return _known({column.name: _whole(value) for column, value in zip(whole, rows[0], strict=False)})


def _is_native(column: Column) -> bool:
    return column.type.kind in _NATIVE and column.type.dimensions == 0


def _is_whole(column: Column) -> bool:
    kind = column.type
    return _is_native(column) and (kind.kind is Kind.INTEGER or (kind.kind is Kind.NUMERIC and kind.scale == 0))


def _known(numbers: Mapping[str, int | None]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number is not None}


def _most(values: Mapping[str, Sequence[object]], name: str) -> int | None:
    return max((whole for value in values.get(name, ()) if (whole := _whole(value)) is not None), default=None)


def _whole(value: object) -> int | None:
    """The value as a whole number; None for null, and for a numeric's NaN and infinities."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, Decimal) and value.is_finite() else None


def _rows(source: Source, query: str) -> list[tuple[object, ...]] | None:
    """The query's rows; None if the server will not show them to this session."""
    try:
        with source.aside(), source.connection.cursor(row_factory=tuple_row) as cursor:
            for name, loader in _LOADERS.items():
                cursor.adapters.register_loader(name, loader)
            return cursor.execute(query).fetchall()
    except psycopg.DatabaseError:
        if source.connection.broken:
            raise
        return None


class _Lenient(Loader):
    """Leaves what Python has no word for (infinity, years before Christ) the text that it is."""

    inner: type[Loader]

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._loader = self.inner(oid, context)

    def load(self, data: Buffer) -> object:
        try:
            loaded: object = self._loader.load(data)
        except psycopg.DataError:
            return bytes(data).decode()
        return loaded


class _Day(_Lenient):
    inner = DateLoader


class _Moment(_Lenient):
    inner = TimestampLoader


class _MomentInZone(_Lenient):
    inner = TimestamptzLoader


_LOADERS = {"date": _Day, "timestamp": _Moment, "timestamptz": _MomentInZone}
