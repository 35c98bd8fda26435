"""Columns, tables and catalogues in a line each, for tests that need no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from seeds.catalog import Catalog, Column, DataType, ForeignKey, Kind, Table, TableName, UniqueKey

INT4, INT8, INT2 = (
    DataType(Kind.INTEGER, name, name, low=-(2**bits), high=2**bits - 1)
    for name, bits in (("int4", 31), ("int8", 63), ("int2", 15))
)
TEXT, BOOLEAN, DATE, UUID = (
    DataType(kind, kind.value, kind.value) for kind in (Kind.TEXT, Kind.BOOLEAN, Kind.DATE, Kind.UUID)
)
MOMENT = DataType(Kind.TIMESTAMPTZ, "timestamptz", "timestamptz")
DOUBLE = DataType(Kind.FLOAT, "double precision", "float8")
ENUM = DataType(Kind.ENUM, "mood", "mood", labels=("a", "b"))


def varchar(size: int) -> DataType:
    return DataType(Kind.TEXT, f"varchar({size})", "varchar", size=size)


def numeric(precision: int, scale: int) -> DataType:
    return DataType(Kind.NUMERIC, f"numeric({precision},{scale})", "numeric", precision=precision, scale=scale)


def table(
    name: str,
    columns: Mapping[str, DataType],
    *,
    key: Iterable[str] = (),
    unique: Iterable[Iterable[str]] = (),
    schema: str = "",
) -> Table:
    """A table with plain columns; ``key`` is its primary key."""
    keys = [UniqueKey("pk", tuple(key), primary=True)] if key else []
    keys += [UniqueKey("uq", tuple(names)) for names in unique]
    return Table(TableName(schema, name), tuple(Column(one, kind) for one, kind in columns.items()), tuple(keys))


def referring(made: Table, columns: Iterable[str], target: Table, target_columns: Iterable[str]) -> Table:
    """The table with a declared foreign key more."""
    key = ForeignKey("fk", tuple(columns), target.name, tuple(target_columns))
    return replace(made, foreign_keys=(*made.foreign_keys, key))


def catalog(*tables: Table) -> Catalog:
    return Catalog("postgres", "15", {one.name.key: one for one in tables})
