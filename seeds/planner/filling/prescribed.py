"""Values that a plan prescribes: few ones for columns that must agree, intervals of its own for each row."""

from __future__ import annotations

import re
from datetime import date

from generators.spec import ColumnType, GeneratorSpec

from ...catalog import Column, DataType, Kind
from ..values import Realised, engine_type

_WIDTHS = {"date": 30, "timestamp": 30 * 86_400_000_000, "timestamptz": 30 * 86_400_000_000}


def slot(column: Column, end: str, as_of: date) -> Realised:
    """An interval, or one of its ends, that no other row's overlaps."""
    kind: DataType = column.type.element or column.type if end == "both" else column.type
    engine = engine_type(kind)
    start: object = f"{as_of.year - 20}-01-01" if engine.name in _WIDTHS else 1
    if engine.name.startswith("timestamp"):
        start = f"{start}T00:00:00"
    parameters: dict[str, object] = {"of": engine.name, "start": start, "width": _WIDTHS.get(engine.name, 10)}
    if end == "both":
        return Realised(GeneratorSpec("slot_range", parameters), ColumnType("text"), None, "an interval of its own", ())
    generator = GeneratorSpec("slot_value", {**parameters, "end": end})
    return Realised(generator, engine, None, "one end of an interval of its own", ())


_LITERAL = re.compile(r"^'(?P<text>(?:[^']|'')+)'(?:::[\w\s\[\]().\"]+)?$")


def default_of(column: Column) -> GeneratorSpec | None:
    """The constant that a text or document column has by default: what its service expects to find there most."""
    if column.type.kind not in (Kind.TEXT, Kind.CHAR, Kind.JSON) or column.type.dimensions:
        return None
    match = _LITERAL.match(column.default)
    return GeneratorSpec("constant", {"value": match["text"].replace("''", "'")}) if match else None


def few(column: Column) -> tuple[int | str, ...] | None:
    """Few values for a column that rows of other tables have to agree in; none where its kind does not allow it."""
    if column.type.kind in (Kind.INTEGER, Kind.NUMERIC):
        given = column.default.strip("'()").split("'")[0]
        return (int(given),) if given.isdigit() else (1, 2, 3)
    if column.type.kind in (Kind.TEXT, Kind.CHAR) and (column.type.size or 1) >= 1:
        return ("A", "B", "C")
    return None
