"""Arithmetic on columns, brought to the form ``factor * column + … + constant``; moments are microseconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from ...catalog import DataType, Kind
from . import moments
from .constants import DAYS, NUMBERS, evaluate, fit, is_constant
from .frame import Frame
from .model import Constant
from .tree import Apply, Cast, Literal, NotUnderstood, Tree

NUMBER, MOMENT, SPAN, CLOCK = "number", "moment", "span", "time"
_DAY_LENGTH = len("2000-01-01")
_YEAR_ZERO = Literal("0000-01-01")
"""What MariaDB counts days from."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum whose constant lies between ``low`` and ``high`` (they differ for *now* and for months).

    Attributes:
        measure: what the sum is: a number, a moment, a span or a time of day.
        unit: how many microseconds a number added to it, or compared with it, counts for.
    """

    measure: str
    factors: tuple[tuple[str, Fraction], ...]
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    unit: Fraction = Fraction(1)

    def times(self, factor: Fraction) -> Linear:
        """The sum multiplied by a constant."""
        ends = sorted((self.low * factor, self.high * factor))
        factors = tuple((name, share * factor) for name, share in self.factors)
        return replace(self, factors=factors, low=ends[0], high=ends[1])

    def plus(self, other: Linear, measure: str) -> Linear:
        """Two sums added up; a plain number counts in the other's unit."""
        one, two = self, other
        if one.measure == NUMBER != two.measure:
            one = one.times(two.unit)
        elif two.measure == NUMBER != one.measure:
            two = two.times(one.unit)
        shares: dict[str, Fraction] = {}
        for name, share in (*one.factors, *two.factors):
            shares[name] = shares.get(name, Fraction(0)) + share
        factors = tuple((name, share) for name, share in shares.items() if share)
        unit = max(self.unit, other.unit)
        return Linear(measure, factors, one.low + two.low, one.high + two.high, unit)


def linear(frame: Frame, tree: Tree) -> Linear:
    """The tree as a sum.

    Raises:
        NotUnderstood: it is none.
    """
    column = frame.plain(tree)
    if column is not None:
        return _of_column(frame, column.name)
    if isinstance(tree, Cast) and tree.type == "interval" and isinstance(tree.of, Literal):
        low, high = moments.read_interval(str(tree.of.value))
        return Linear(SPAN, (), low, high)
    if is_constant(tree) and not (isinstance(tree, Apply) and tree.operator in _OPERATIONS):
        return _of_constant(tree)
    if isinstance(tree, Cast) and tree.type in ("timestamp", "timestamptz", "numeric", "float"):
        return linear(frame, tree.of)
    if isinstance(tree, Cast) and tree.type == "date" and _is_clock(tree.of):
        return _now(frame, days=True)
    if isinstance(tree, Apply) and tree.operator in _OPERATIONS:
        return _OPERATIONS[tree.operator](frame, tree)
    if isinstance(tree, Apply):
        raise NotUnderstood(f"{tree.operator} is not understood")
    raise NotUnderstood("such arithmetic is not understood")


def _is_clock(tree: Tree) -> bool:
    if isinstance(tree, Apply) and tree.operator in ("at time zone", "timezone"):
        return _is_clock(tree.parts[-1 if tree.operator == "timezone" else 0])
    return isinstance(tree, Apply) and tree.operator in ("now", "today", "transaction_timestamp", "statement_timestamp")


def _of_column(frame: Frame, name: str) -> Linear:
    type_ = frame.types[name]
    if type_.dimensions:
        raise NotUnderstood("arithmetic on arrays is not understood")
    one = ((name, Fraction(1)),)
    if type_.kind in NUMBERS:
        return Linear(NUMBER, one)
    if type_.kind in DAYS:
        return Linear(MOMENT, one, unit=moments.DAY if type_.kind is Kind.DATE else Fraction(1))
    if type_.kind is Kind.TIME:
        return Linear(CLOCK, one)
    if type_.kind is Kind.INTERVAL:
        return Linear(SPAN, one)
    raise NotUnderstood(f"arithmetic on {type_.kind.value} is not understood")


def _of_constant(tree: Tree) -> Linear:
    value = evaluate(tree)
    if isinstance(value, str):
        value = _read(value)
    if isinstance(value, timedelta):
        measure = SPAN
    elif isinstance(value, date):
        measure = MOMENT
    elif isinstance(value, time):
        measure = CLOCK
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return Linear(NUMBER, (), Fraction(value), Fraction(value))
    else:
        raise NotUnderstood("arithmetic with such a constant is not understood")
    at = moments.position(value)
    unit = moments.DAY if isinstance(value, date) and not isinstance(value, datetime) else Fraction(1)
    return Linear(measure, (), at, at, unit)


def _read(text: str) -> Constant:
    """A text in arithmetic is the day, moment or number that it says."""
    if re.match(r"\d{4}-\d\d-\d\d", text):
        moment = moments.read_moment(text)
        return moment.date() if len(text) == _DAY_LENGTH else moment
    return fit(text, DataType(Kind.NUMERIC, "numeric"))


def _now(frame: Frame, *, days: bool) -> Linear:
    low, high = moments.position(frame.earliest), moments.position(frame.latest)
    if days:
        low, high = low // moments.DAY * moments.DAY, high // moments.DAY * moments.DAY
    return Linear(MOMENT, (), low, high, moments.DAY if days else Fraction(1))


_SUMS = {
    (NUMBER, NUMBER): NUMBER, (MOMENT, SPAN): MOMENT, (SPAN, MOMENT): MOMENT, (SPAN, SPAN): SPAN,
    (CLOCK, SPAN): CLOCK, (SPAN, CLOCK): CLOCK, (MOMENT, NUMBER): MOMENT, (NUMBER, MOMENT): MOMENT,
    (SPAN, NUMBER): SPAN, (NUMBER, SPAN): SPAN,
}  # fmt: skip
_DIFFERENCES = {
    (NUMBER, NUMBER): NUMBER, (MOMENT, MOMENT): SPAN, (MOMENT, SPAN): MOMENT, (SPAN, SPAN): SPAN,
    (CLOCK, CLOCK): SPAN, (CLOCK, SPAN): CLOCK, (MOMENT, NUMBER): MOMENT, (SPAN, NUMBER): SPAN,
    (NUMBER, SPAN): SPAN,
}  # fmt: skip


def difference(left: Linear, right: Linear) -> Linear:
    """One sum less another.

    Raises:
        NotUnderstood: they cannot be compared.
    """
    measure = _DIFFERENCES.get((left.measure, right.measure))
    if measure is None or _unitless(left, right):
        raise NotUnderstood(f"a {left.measure} less a {right.measure} is not understood")
    return left.plus(right.times(Fraction(-1)), measure)


def _unitless(left: Linear, right: Linear) -> bool:
    """A bare number beside a moment or span means something only where that counts in days or seconds."""
    mixed = NUMBER in (left.measure, right.measure) and left.measure != right.measure
    return mixed and max(left.unit, right.unit) == 1


def _add(frame: Frame, tree: Apply) -> Linear:
    left, right = (linear(frame, part) for part in tree.parts)
    measure = _SUMS.get((left.measure, right.measure))
    if measure is None or _unitless(left, right):
        raise NotUnderstood(f"a {left.measure} and a {right.measure} are not added up here")
    return left.plus(right, measure)


def _subtract(frame: Frame, tree: Apply) -> Linear:
    left, right = (linear(frame, part) for part in tree.parts)
    return difference(left, right)


def _age(frame: Frame, tree: Apply) -> Linear:
    """Of one moment: how long it is before the day that is today."""
    parts = [linear(frame, part) for part in tree.parts]
    return difference(*parts) if len(parts) == 2 else difference(_now(frame, days=True), parts[0])


def _multiply(frame: Frame, tree: Apply) -> Linear:
    left, right = (linear(frame, part) for part in tree.parts)
    if right.factors or right.measure != NUMBER:
        left, right = right, left
    if left.measure == SPAN and not left.factors and left.low == left.high and right.measure == NUMBER:
        return replace(right.times(left.low), measure=SPAN)
    if right.factors or right.measure != NUMBER or right.low != right.high:
        raise NotUnderstood("a product of columns is not understood")
    return left.times(right.low)


def _divide(frame: Frame, tree: Apply) -> Linear:
    left, right = (linear(frame, part) for part in tree.parts)
    whole = left.measure == NUMBER and all(frame.types[name].kind is Kind.INTEGER for name, _ in left.factors)
    if right.factors or right.measure != NUMBER or not right.low or (whole and not _exact(tree)):
        raise NotUnderstood("such a division is not understood")
    return left.times(1 / right.low)


def _exact(tree: Apply) -> bool:
    """Whether a division of whole numbers was made exact by a cast."""
    return any(isinstance(part, Cast) and part.type in ("numeric", "float") for part in tree.parts)


def _negate(frame: Frame, tree: Apply) -> Linear:
    inner = linear(frame, tree.parts[0])
    if inner.measure not in (NUMBER, SPAN):
        raise NotUnderstood("a negated moment is not understood")
    return inner.times(Fraction(-1))


def _seconds(frame: Frame, tree: Apply) -> Linear:
    unit, inner = tree.parts
    if unit != Literal("epoch"):
        raise NotUnderstood("a part of a moment in arithmetic is not understood")
    span = linear(frame, inner)
    if span.measure != SPAN:
        raise NotUnderstood("seconds since 1970 are not understood")
    return replace(span, unit=moments.SECOND)


def _days(frame: Frame, tree: Apply) -> Linear:
    """Days between two days; those since the year 0 are a day's own number."""
    if Apply("date", (_YEAR_ZERO,)) in tree.parts or _YEAR_ZERO in tree.parts:
        return linear(frame, tree.parts[0])
    return _subtract(frame, tree)


def _day(frame: Frame, tree: Apply) -> Linear:
    column = frame.plain(tree.parts[0])
    if column is None or frame.type(column).kind is not Kind.DATE:
        raise NotUnderstood("the day of such a value is not understood")
    return _of_column(frame, column.name)


_OPERATIONS: dict[str, Callable[[Frame, Apply], Linear]] = {
    "+": _add, "-": _subtract, "*": _multiply, "/": _divide, "neg": _negate, "extract": _seconds,
    "age": _age, "datediff": _days, "date": _day,
    "now": lambda frame, _: _now(frame, days=False), "today": lambda frame, _: _now(frame, days=True),
    "transaction_timestamp": lambda frame, _: _now(frame, days=False),
    "statement_timestamp": lambda frame, _: _now(frame, days=False),
    "clock_timestamp": lambda frame, _: _now(frame, days=False),
    "at time zone": lambda frame, tree: linear(frame, tree.parts[0]),
    "timezone": lambda frame, tree: linear(frame, tree.parts[-1]),
}  # fmt: skip
