"""Which of the engine's types carries a column's values to the database."""

from __future__ import annotations

from generators.spec import ColumnType

from ...catalog import DataType, Kind

TEXT = ColumnType("text")
_DIGITS = 38
_FRACTION = 18
_SAME = {
    Kind.BOOLEAN: "boolean",
    Kind.FLOAT: "double",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamp",
    Kind.TIMESTAMPTZ: "timestamptz",
    Kind.YEAR: "smallint",
}


def engine_type(data_type: DataType) -> ColumnType:
    """The engine's type of a column: whole and exact numbers by range, dates and moments, and text for all else."""
    if data_type.dimensions:
        return TEXT
    match data_type.kind:
        case Kind.INTEGER:
            name = _whole(data_type)
            return ColumnType(name, digits(data_type) if name == "numeric" else ())
        case Kind.NUMERIC | Kind.MONEY:
            return ColumnType("numeric", digits(data_type))
        case kind if kind in _SAME:
            return ColumnType(_SAME[kind])
        case _:
            return TEXT


def _whole(data_type: DataType) -> str:
    low, high = whole_range(data_type)
    for name, bits in (("smallint", 15), ("integer", 31), ("bigint", 63)):
        if low >= -(1 << bits) and high < 1 << bits:
            return name
    return "numeric"


def whole_range(data_type: DataType) -> tuple[int, int]:
    """The smallest and largest whole number that the type holds."""
    if data_type.kind is Kind.YEAR:
        return 1901, 2155
    low = -(1 << 63) if data_type.low is None else data_type.low
    return low, (1 << 63) - 1 if data_type.high is None else data_type.high


def digits(data_type: DataType) -> tuple[int, int]:
    """Precision and scale of a number as the engine holds it: at most 38 digits, 18 of them after the point."""
    if data_type.kind is Kind.INTEGER:
        return 20, 0
    if data_type.kind is Kind.MONEY:
        return 19, 2
    if data_type.precision is None:
        return 18, 4
    scale = data_type.scale or 0
    if scale < 0:
        return min(data_type.precision, _DIGITS), 0
    # A scale beyond the precision is a number below one with leading zeros: they take places here.
    precision, kept = max(data_type.precision, scale), min(scale, _FRACTION)
    return min(precision - (scale - kept), _DIGITS) or 1, kept
