"""Values that a plan prescribes: few ones for columns that must agree, and defaults."""

from __future__ import annotations

import re

from generators.spec import GeneratorSpec

from ...catalog import Column, Kind

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
