"""Constant expressions are worked out, and put in the type of the column that they are compared with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import isfinite
from uuid import UUID

from ...catalog import DataType, Kind
from . import moments
from .model import Constant
from .tree import Apply, Cast, Literal, Name, NotUnderstood, Tree, walk

Plain = Constant | list["Plain"] | None
"""What a constant expression comes to: a value, a list of them (an array or row), or null."""

MOVING = ("now", "today", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "curdate", "sysdate",
          "unix_timestamp", "random", "localtimestamp")  # fmt: skip

TEXTS = (Kind.TEXT, Kind.CHAR)
NUMBERS = (Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT, Kind.MONEY, Kind.YEAR)
DAYS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)


def is_constant(tree: Tree) -> bool:
    """Whether the tree reads no column and no clock."""
    return not any(
        isinstance(node, Name) or (isinstance(node, Apply) and node.operator in MOVING) for node in walk(tree)
    )


def evaluate(tree: Tree) -> Plain:
    """What a constant expression comes to.

    Raises:
        NotUnderstood: it is no constant, or holds an operation that is not worked out here.
    """
    if isinstance(tree, Literal):
        return tree.value
    if isinstance(tree, Cast):
        return _converted(evaluate(tree.of), tree.type, tree.array)
    if isinstance(tree, Name):
        raise NotUnderstood(f"a constant was expected, not {tree.name}")
    return _applied(tree)


def _applied(tree: Apply) -> Plain:
    if tree.operator in MOVING:
        raise NotUnderstood("the clock is read where a constant was expected")
    parts = [evaluate(part) for part in tree.parts]
    if tree.operator in ("array", "row"):
        return list(parts)
    if any(part is None for part in parts):
        return None
    if tree.operator == "neg" and isinstance(parts[0], (int, Decimal, float)):
        return -parts[0]
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) == len(parts) and tree.operator in _TEXT_OPERATIONS:
        return _TEXT_OPERATIONS[tree.operator](texts)
    if tree.operator in _ARITHMETIC and len(parts) == 2:
        return _arithmetic(tree.operator, parts[0], parts[1])
    raise NotUnderstood(f"{tree.operator} of constants is not worked out")


_TEXT_OPERATIONS: dict[str, Callable[[list[str]], str]] = {
    "||": "".join, "concat": "".join, "lower": lambda texts: texts[0].lower(), "upper": lambda texts: texts[0].upper(),
    "trim": lambda texts: texts[0].strip(" "),
}  # fmt: skip
_ARITHMETIC = {"+", "-", "*"}


def _arithmetic(operator: str, left: Plain, right: Plain) -> Plain:
    if isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return {"+": left + right, "-": left - right, "*": left * right}[operator]
    raise NotUnderstood("arithmetic on such constants is not worked out")


def _converted(value: Plain, family: str, array: bool) -> Plain:
    if value is None:
        return None
    if array and isinstance(value, str):
        return [_converted(item, family, False) for item in read_array(value)]
    if isinstance(value, list):
        return [_converted(item, family, False) for item in value]
    reader = _READERS.get(family)
    return reader(value) if reader is not None else value


def _number(value: Constant) -> Constant:
    if isinstance(value, str):
        return _decimal(value)
    return value


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text.strip().replace(",", "").lstrip("$£€"))
    except InvalidOperation as error:
        raise NotUnderstood(f"the number {text!r} is not understood") from error
    if not number.is_finite():
        raise NotUnderstood(f"the number {text!r} is not finite")
    return number


def _integer(value: Constant) -> Constant:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (str, int, Decimal)):
        number = _decimal(value) if isinstance(value, str) else Decimal(value)
        return int(number.to_integral_value())
    return value


def _written(value: Constant) -> Constant:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _truth(value: Constant) -> Constant:
    if isinstance(value, str):
        words = value.strip().lower()
        if words in ("t", "true", "y", "yes", "on", "1"):
            return True
        if words in ("f", "false", "n", "no", "off", "0"):
            return False
        raise NotUnderstood(f"{value!r} is no truth value")
    return bool(value)


def _day(value: Constant) -> Constant:
    if isinstance(value, datetime):
        return value.date()
    return moments.read_date(value) if isinstance(value, str) else value


def _moment(value: Constant) -> Constant:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - moments are UTC without saying so
    return moments.read_moment(value) if isinstance(value, str) else value


def _span(value: Constant) -> Constant:
    if not isinstance(value, str):
        return value
    low, high = moments.read_interval(value)
    if low != high:
        raise NotUnderstood("an interval of months has no fixed length")
    return moments.span_of(low)


_READERS: dict[str, Callable[[Constant], Constant]] = {
    "integer": _integer, "numeric": _number, "float": _number, "money": _number, "text": _written, "boolean": _truth,
    "date": _day, "timestamp": _moment, "timestamptz": _moment, "interval": _span,
    "time": lambda value: moments.read_time(value) if isinstance(value, str) else value,
}  # fmt: skip


def read_array(text: str) -> list[str | None]:
    """The elements of a one-dimensional PostgreSQL array literal.

    Raises:
        NotUnderstood: it is no such literal.
    """
    body = text.strip()
    if not (body.startswith("{") and body.endswith("}")) or "{" in re.sub(r'"(\\.|[^"\\])*"', "", body[1:-1]):
        raise NotUnderstood(f"the array {text!r} is not understood")
    items = re.findall(r'\s*("(?:\\.|[^"\\])*"|[^,"]*)\s*(?:,|$)', body[1:-1])
    if body[1:-1].strip() == "":
        return []
    if items and items[-1] == "" and not body[1:-1].rstrip().endswith(","):
        items.pop()
    return [_element(item) for item in items]


def _element(item: str) -> str | None:
    if item.startswith('"'):
        return re.sub(r"\\(.)", r"\1", item[1:-1])
    return None if item.strip().upper() == "NULL" else item.strip()


def fit(value: Plain, type_: DataType) -> Constant:
    """The value in the column's own type, as the model keeps it; a number may keep more places than the type has.

    Raises:
        NotUnderstood: the value means nothing in that type.
    """
    if value is None or isinstance(value, list):
        raise NotUnderstood("a plain constant was expected")
    if type_.dimensions:
        raise NotUnderstood("a whole array compared with a constant is not understood")
    fitter = _FITTERS.get(type_.kind)
    fitted = fitter(value) if fitter is not None else _spelling(value)
    if isinstance(fitted, str) and type_.kind is Kind.CHAR:
        return fitted.rstrip(" ")
    return fitted


def _whole(value: Constant) -> Constant:
    number = _as_decimal(value)
    return int(number) if number == number.to_integral_value() else number


def _as_decimal(value: Constant) -> Decimal:
    if isinstance(value, str):
        return _decimal(value)
    if isinstance(value, (bool, int, Decimal)):
        return Decimal(value)
    if isinstance(value, float) and isfinite(value):
        return Decimal(repr(value))
    raise NotUnderstood(f"{value!r} is no number")


def _spelling(value: Constant) -> str:
    written = _written(value)
    if isinstance(written, str):
        return written
    raise NotUnderstood(f"{value!r} is no text")


def _document(value: Constant) -> str:
    text = _spelling(value)
    try:
        json.loads(text)
    except ValueError as error:
        raise NotUnderstood(f"{text!r} is no JSON document") from error
    return text


def _uuid(value: Constant) -> str:
    try:
        return str(UUID(_spelling(value)))
    except ValueError as error:
        raise NotUnderstood(f"{value!r} is no UUID") from error


def _typed(*kinds: type) -> Callable[[Constant], Constant]:
    readers: dict[type, Callable[[Constant], Constant]] = {
        date: _day, datetime: _moment, time: _READERS["time"], timedelta: _span,
    }  # fmt: skip

    def read_as(value: Constant) -> Constant:
        made = readers[kinds[0]](value)
        if type(made) is not kinds[0]:
            raise NotUnderstood(f"{value!r} is no {kinds[0].__name__}")
        return made

    return read_as


_FITTERS: dict[Kind, Callable[[Constant], Constant]] = {
    Kind.INTEGER: _whole, Kind.YEAR: _whole, Kind.NUMERIC: _as_decimal, Kind.MONEY: _as_decimal,
    Kind.FLOAT: lambda value: float(_as_decimal(value)), Kind.BOOLEAN: _truth, Kind.JSON: _document, Kind.UUID: _uuid,
    Kind.DATE: _typed(date), Kind.TIMESTAMP: _typed(datetime), Kind.TIMESTAMPTZ: _typed(datetime),
    Kind.TIME: _typed(time), Kind.INTERVAL: _typed(timedelta),
}  # fmt: skip


def place(value: Constant) -> Fraction:
    """Where an ordered constant lies on the number line; moments are in microseconds."""
    if isinstance(value, (date, datetime, time, timedelta)):
        return moments.position(value)
    if isinstance(value, str):
        raise NotUnderstood("texts are not ordered here")
    return Fraction(value)
