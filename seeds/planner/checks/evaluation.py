"""What a formula comes to for one row, in Python's own numbers and texts: the engine's generator written a second time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from .tree import Apply, Literal, Name, Tree


def evaluated(tree: Tree, row: Mapping[str, object]) -> Any:
    """The formula's value; null as soon as something that it reads is."""
    if isinstance(tree, Name):
        return row.get(tree.name)
    if isinstance(tree, Literal):
        return tree.value
    assert isinstance(tree, Apply)
    parts = [evaluated(part, row) for part in tree.parts]
    return None if None in parts else _OPERATIONS[tree.operator](*parts)


def _number(value: Any) -> Fraction:
    return Fraction(value)


def _round(value: Any, places: Any) -> Fraction:
    unit = Decimal(1).scaleb(-int(places))
    exact = Fraction(value)
    down = Decimal(exact.numerator) / Decimal(exact.denominator)
    return Fraction(down.quantize(unit, ROUND_HALF_UP))


def _quotient(over: Any, under: Any, places: Any) -> Fraction | None:
    return _round(_number(over) / _number(under), places) if under else None


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: _number(a) + _number(b), "-": lambda a, b: _number(a) - _number(b),
    "*": lambda a, b: _number(a) * _number(b), "round": _round, "quotient": _quotient, "length": len,
    "concat": lambda *parts: "".join(map(_text, parts)), "lower": str.lower, "upper": str.upper,
    "trim": lambda text: text.strip(" "), "slice": lambda text, start, stop: text[start:stop],
    "pad": lambda text, size, sign: _text(text).rjust(size, sign)[:size],
    "replace": str.replace, "replace_pattern": lambda text, old, new: re.sub(old, new, text),
    "year": lambda day: day.year, "month": lambda day: day.month, "day": lambda day: day.day, "date": _day,
    "start_of_month": lambda day: _day(day).replace(day=1),
    "start_of_year": lambda day: _day(day).replace(month=1, day=1),
    "days_between": lambda start, end: (end - start).days, "span": lambda start, end: end - start,
    "after": lambda start, count, step: start + timedelta(microseconds=int(count) * step),
}  # fmt: skip
