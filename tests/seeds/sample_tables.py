"""Two small tables with a column of every type, and rows for them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from generators.spec import CheckSpec, ColumnSpec, ForeignKeySpec, GeneratorSpec, TableSpec, UniqueSpec, parse_type

NOW = datetime(2025, 4, 1, 9, 30, tzinfo=UTC)

TYPES = {
    "id": "bigint",
    "small": "smallint",
    "whole": "integer",
    "ratio": "double",
    "flag": "boolean",
    "day": "date",
    "moment": "timestamp",
    "instant": "timestamptz",
    "words": "text",
    "facts": "json",
    "token": "uuid",
    "short": "varchar(5)",
    "fixed": "char(4)",
    "money": "numeric(10,2)",
    "exact": "numeric(30,4)",
    "tags": "text[]",
    "counts": "integer[]",
    "prices": "numeric(6,2)[]",
    "tokens": "uuid[]",
    "days": "date[]",
}
FULL: dict[str, Any] = {
    "id": 1,
    "small": -2,
    "whole": 3,
    "ratio": 0.1,
    "flag": True,
    "day": date(2024, 2, 29),
    "moment": datetime(2024, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001 (a column without a zone)
    "instant": datetime(2024, 7, 2, 3, 4, 5, 678900, tzinfo=UTC),
    "words": 'Zoë O\'Hara \\ "x"\n%?',
    "facts": '{"b": 1,  "a": [2.50]}',
    "token": UUID(int=7).bytes,
    "short": "ab",
    "fixed": "xy",
    "money": Decimal("-12.50"),
    "exact": Decimal("12345678901234567890123456.7891"),
    "tags": ["p", None, "q,r"],
    "counts": [1, 2],
    "prices": [Decimal("1.25"), None],
    "tokens": [UUID(int=8).bytes],
    "days": [date(2020, 1, 1)],
}
EMPTY: dict[str, Any] = dict.fromkeys(FULL) | {"id": 2, "tags": [], "prices": []}
NULLS: dict[str, Any] = dict.fromkeys(FULL) | {"id": 3}


def column(name: str, kind: str, *, nullable: bool = False, description: str = "") -> ColumnSpec:
    """A column; how its values come about does not matter here."""
    return ColumnSpec(name, parse_type(kind), GeneratorSpec("none"), nullable=nullable, description=description)


PLACE = TableSpec(
    "place",
    (
        column("id", "bigint"),
        column("code", "varchar(8)"),
        column("size", "integer"),
        column("parent", "bigint", nullable=True),
    ),
    primary_key=("id",),
    unique=(UniqueSpec(("code",)),),
    foreign_keys=(ForeignKeySpec("parent", "place", "id"),),
    checks=(CheckSpec("place_size_is_positive", "size > 0"),),
    indexes=(("parent",),),
    description="Where somebody lives.",
)
EVERYTHING = TableSpec(
    "everything",
    tuple(column(name, kind, nullable=name != "id") for name, kind in TYPES.items()),
    primary_key=("id",),
)


def schema_of(table: TableSpec) -> pa.Schema:
    """The Arrow schema of a table's rows."""
    return pa.schema([pa.field(item.name, item.type.arrow) for item in table.stored_columns])


def rows_of(table: TableSpec, *rows: dict[str, Any]) -> pa.RecordBatch:
    """A batch of rows, nulls where nothing is given."""
    return pa.RecordBatch.from_pylist([*rows], schema=schema_of(table))


def places(*keys: int) -> pa.RecordBatch:
    """Places without parents."""
    return rows_of(PLACE, *({"id": key, "code": f"c{key}", "size": 1} for key in keys))
