"""Columns as a catalogue has them, and the rows that the engine makes of what was realised for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from generators import Run, compile_dataset, generate
from generators.spec import ColumnSpec, DatasetSpec, GeneratorSpec, SizeSpec, TableSpec
from seeds.catalog import Column, DataType, Kind
from seeds.planner.checks.model import Domain, Nullity, World
from seeds.planner.values import Realised, Uniqueness, order_columns, propagate, realise

DAY = date(2026, 4, 6)

SMALL = DataType(Kind.INTEGER, "smallint", "int2", low=-(2**15), high=2**15 - 1)
INT = DataType(Kind.INTEGER, "integer", "int4", low=-(2**31), high=2**31 - 1)
BIG_UNSIGNED = DataType(Kind.INTEGER, "bigint unsigned", "bigint", low=0, high=2**64 - 1)
AMOUNT = DataType(Kind.NUMERIC, "numeric(10,2)", "numeric", precision=10, scale=2)
SHARE = DataType(Kind.NUMERIC, "numeric(3,2)", "numeric", precision=3, scale=2)
REAL = DataType(Kind.FLOAT, "real", "float4")
DATE = DataType(Kind.DATE, "date", "date")
MOMENT = DataType(Kind.TIMESTAMP, "timestamp", "timestamp")
ZONED = DataType(Kind.TIMESTAMPTZ, "timestamptz", "timestamptz")
TIME = DataType(Kind.TIME, "time", "time")
TEXT = DataType(Kind.TEXT, "text", "text")
CITEXT = DataType(Kind.TEXT, "citext", "citext", case_insensitive=True)
TRUTH = DataType(Kind.BOOLEAN, "boolean", "bool")
MOOD = DataType(Kind.ENUM, "mood", "mood", labels=("sad", "calm", "happy"))
JSONB = DataType(Kind.JSON, "jsonb", "jsonb")
TEXTS = DataType(Kind.TEXT, "text[]", "text", dimensions=1)


def varchar(size: int) -> DataType:
    """``varchar(size)``."""
    return DataType(Kind.TEXT, f"varchar({size})", "varchar", size=size)


def realised(
    data_type: DataType,
    domain: Domain | None = None,
    *,
    meaning: GeneratorSpec | None = None,
    unique: Uniqueness | None = None,
    nullable: bool = False,
) -> Realised:
    """What is realised for one column of its own."""
    column = Column("value", data_type, nullable=nullable)
    return realise(column, domain or Domain(null=Nullity.NEVER), meaning=meaning, unique=unique, as_of=DAY)


def values_of(found: Realised, rows: int = 200) -> list[object]:
    """Values that the engine makes for it."""
    assert found.generator is not None
    return [row["value"] for row in _rows([ColumnSpec("value", found.type, found.generator, nullable=True)], rows)]


def world_rows(
    types: Mapping[str, DataType],
    world: World,
    *,
    rows: int = 200,
    nulls: Collection[str] = (),
    first: Mapping[str, GeneratorSpec] | None = None,
) -> list[dict[str, object]]:
    """Rows of a world: propagated, ordered, realised column by column and generated.

    Args:
        types: the columns' types, in the table's order.
        world: what they keep.
        rows: how many.
        nulls: columns of which every third value is missing.
        first: columns that are made beforehand, by their own generators.
    """
    given = dict(first or {})
    narrowed = propagate(world, types, first=tuple(given))
    made = [ColumnSpec(name, realised(types[name]).type, spec, nullable=True) for name, spec in given.items()]
    done = set(given)
    for name in order_columns(narrowed, tuple(types), first=tuple(given)):
        if name in given:
            continue
        relations = tuple(
            item
            for item in narrowed.relations
            if name in (item.left, item.right) and {item.left, item.right} - {name} <= done
        )
        sums = tuple(
            item
            for item in narrowed.sums
            if name in (named := {term for _, term in item.terms}) and named - {name} <= done
        )
        found = realise(
            Column(name, types[name]), narrowed.domains[name], meaning=None, relations=relations, sums=sums, as_of=DAY
        )  # fmt: skip
        assert found.generator is not None
        made.append(ColumnSpec(name, found.type, found.generator, nullable=True, nulls=0.3 if name in nulls else 0.0))
        done.add(name)
    return _rows(made, rows)


def _rows(columns: list[ColumnSpec], rows: int) -> list[dict[str, object]]:
    table = TableSpec("row", tuple(columns))
    dataset = compile_dataset(DatasetSpec("sample", 1, DAY, SizeSpec("rows", "row", rows), (table,)))
    batches = [item.batch for item in generate(Run(dataset, 11, rows, DAY, DAY))]
    return [row for batch in batches for row in batch.to_pylist()]
