"""A table with a column of most types, and what its checks are compiled into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seeds.catalog import Check, Column, DataType, Kind, Table, TableName
from seeds.planner.checks import compile_checks
from seeds.planner.checks.model import Component, Domain, Nullity, RowModel

INTEGER = DataType(Kind.INTEGER, "integer", base="int4", low=-(2**31), high=2**31 - 1)
NUMERIC = DataType(Kind.NUMERIC, "numeric(10,2)", base="numeric", precision=10, scale=2)
TEXT = DataType(Kind.TEXT, "text", base="text")
BOOLEAN = DataType(Kind.BOOLEAN, "boolean", base="bool")
DATE = DataType(Kind.DATE, "date", base="date")
MOMENT = DataType(Kind.TIMESTAMPTZ, "timestamp with time zone", base="timestamptz")
MOOD = DataType(Kind.ENUM, "mood", base="mood", labels=("glad", "calm", "sad"))

TYPES: Mapping[str, DataType] = {
    "a": INTEGER,
    "b": INTEGER,
    "c": INTEGER,
    "net": NUMERIC,
    "discount": NUMERIC,
    "gross": NUMERIC,
    "x": TEXT,
    "y": DataType(Kind.TEXT, "character varying(40)", base="varchar", size=40),
    "code": DataType(Kind.CHAR, "character(6)", base="bpchar", size=6),
    "p": BOOLEAN,
    "q": BOOLEAN,
    "mood": MOOD,
    "day": DATE,
    "until": DATE,
    "starts": MOMENT,
    "ends": MOMENT,
    "tags": DataType(Kind.TEXT, "text[]", base="text", dimensions=1),
    "marks": DataType(Kind.INTEGER, "integer[]", base="int4", dimensions=1),
    "doc": DataType(Kind.JSON, "jsonb", base="jsonb"),
    "during": DataType(Kind.RANGE, "daterange", base="daterange", element=DATE),
    "raw": DataType(Kind.BYTES, "bytea", base="bytea"),
    "uid": DataType(Kind.UUID, "uuid", base="uuid"),
    "lasts": DataType(Kind.INTERVAL, "interval", base="interval"),
}


def sample(*predicates: str, not_null: Iterable[str] = (), types: Mapping[str, DataType] = TYPES) -> Table:
    """The table with these checks, called c0, c1, …; columns may be null unless named."""
    required = frozenset(not_null)
    return Table(
        TableName("", "sample"),
        tuple(Column(name, type_, nullable=name not in required) for name, type_ in types.items()),
        checks=tuple(Check(f"c{number}", text) for number, text in enumerate(predicates)),
    )


def compiled(*predicates: str, not_null: Iterable[str] = (), dialect: str = "postgres") -> RowModel:
    """What these checks are compiled into, all of it understood."""
    model = compile_checks(sample(*predicates, not_null=not_null), dialect)
    assert not model.opaque, model.opaque
    return model


def component(model: RowModel, column: str) -> Component:
    """The component that a column is in."""
    return next(one for one in model.components if column in one.columns)


def only(column: str, *predicates: str, not_null: Iterable[str] = (), dialect: str = "postgres") -> Domain:
    """The column's domain in the only world there is."""
    (world,) = component(compiled(*predicates, not_null=not_null, dialect=dialect), column).worlds
    return world.domains[column]


def nulls(component: Component) -> set[tuple[str, ...]]:
    """For each world, the columns that are always null in it."""
    return {
        tuple(name for name in component.columns if world.domains[name].null is Nullity.ALWAYS)
        for world in component.worlds
    }
