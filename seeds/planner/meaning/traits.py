"""What a column's type allows, as far as rules ask: its family, and how much it has room for."""

from __future__ import annotations

import re
from dataclasses import replace

from generators.spec import GeneratorSpec

from ...catalog import Column, DataType, Kind

_FAMILIES = {
    Kind.TEXT: "text", Kind.CHAR: "text", Kind.INTEGER: "integer", Kind.YEAR: "integer", Kind.NUMERIC: "number",
    Kind.FLOAT: "number", Kind.MONEY: "number", Kind.BOOLEAN: "boolean", Kind.DATE: "date", Kind.TIME: "time",
    Kind.TIMESTAMP: "moment", Kind.TIMESTAMPTZ: "moment", Kind.BYTES: "bytes", Kind.UUID: "uuid", Kind.JSON: "json",
    Kind.INET: "inet", Kind.CIDR: "cidr", Kind.MACADDR: "macaddr", Kind.POINT: "point", Kind.GEOMETRY: "geometry",
}  # fmt: skip
FAMILIES = frozenset(_FAMILIES.values())
_LITERAL = re.compile(r"^\(?(?:N|_utf8mb4)?'((?:[^']|'')*)'\)?(::.*)?$", re.DOTALL)
_UNSIZED_DECIMALS = 2


def family(column: Column) -> str:
    """The family of types that rules speak of; ``other`` where a name cannot tell how to fill it."""
    return _FAMILIES.get(column.type.kind, "other")


def room(column: Column) -> float:
    """The most characters, or the largest number, that fits into the column."""
    kind = column.type
    if family(column) == "text":
        return kind.size if kind.size is not None else float("inf")
    if kind.kind is Kind.INTEGER and kind.high is not None:
        return kind.high
    if kind.kind is Kind.YEAR:
        return 2155
    if kind.precision is not None:
        return _largest(kind)
    return float("inf")


def _largest(kind: DataType) -> float:
    digits = (kind.precision or 0) - (kind.scale or 0)
    return float(10 ** max(digits, 0) - (1 if digits > 0 else 0))


def default_text(column: Column) -> str:
    """The text that the column's default is, if it is a literal."""
    match = _LITERAL.match(column.default.strip())
    return match[1].replace("''", "'") if match else ""


def fitted_number(spec: GeneratorSpec, column: Column) -> GeneratorSpec:
    """A range of numbers cut to what the column's type holds, in its own digits."""
    if spec.name not in ("integer", "number"):
        return spec
    name = "integer" if family(column) == "integer" else "number"
    decimals = _decimals(column, int(str(spec.parameters.get("decimals", 0))))
    limit = room(column)
    low, high = (_within(spec.parameters.get(end, 0), limit, column) for end in ("min_value", "max_value"))
    if name == "integer" or not decimals:
        low, high = int(low), int(high)
    parameters: dict[str, object] = {"min_value": low, "max_value": high}
    if name == "number":
        parameters["decimals"] = decimals
    return replace(spec, name=name, parameters=parameters)


def _decimals(column: Column, wanted: int) -> int:
    kind = column.type
    if kind.kind is Kind.NUMERIC and kind.precision is not None:
        return min(wanted, kind.scale or 0)
    return min(wanted, _UNSIZED_DECIMALS) if kind.kind is Kind.MONEY else wanted


def _within(value: object, limit: float, column: Column) -> float:
    number = float(str(value))
    lowest = column.type.low if column.type.low is not None else -limit
    return max(min(number, limit), lowest)
