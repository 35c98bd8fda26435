"""Partition keys that are numbers made of a moment, such as ``to_days(c)``: bounds on them as bounds on the moment.

An expression that never falls as its moment rises has, for each number, a first moment at which it reaches it; that
is found by halving, whatever the expression is put together from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

Number = Callable[[datetime], int]

_EXTRACT = re.compile(r"\bextract\s*\(\s*(\w+)\s+from\s+", re.IGNORECASE)
_QUOTED = re.compile(r"`((?:[^`]|``)*)`")
_MOMENT = "moment"
_DAYS_BEFORE = 365  # the databases count days from the year 0, Python from the year 1
_FUNCTIONS: dict[str, Number] = {
    "to_days": lambda at: at.toordinal() + _DAYS_BEFORE,
    "to_seconds": lambda at: (at.toordinal() + _DAYS_BEFORE) * 86_400 + at.hour * 3600 + at.minute * 60 + at.second,
    "year": lambda at: at.year,
    "quarter": lambda at: (at.month + 2) // 3,
    "month": lambda at: at.month,
    "day": lambda at: at.day,
    "dayofmonth": lambda at: at.day,
    "dayofyear": lambda at: at.timetuple().tm_yday,
    "year_month": lambda at: at.year * 100 + at.month,
}
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()
_TRIED = tuple(
    datetime.fromisoformat(f"{year}-01-01 {hour:02}:30") + timedelta(days=day)
    for year in (1969, 1999, 2023)
    for day in range(3 * 365 + 2)
    for hour in (0, 18)
)
"""Moments through whole years, leap years among them, on which it is seen whether an expression ever falls."""


@dataclass(frozen=True, slots=True)
class MomentKey:
    """A number that rises with a column's moment.

    Attributes:
        column: the column's name.
        number: what the expression makes of a moment.
    """

    column: str
    number: Number

    def reaches(self, number: int) -> datetime | None:
        """The first moment, to the second, whose number is at least this; None where there is none."""
        low, high = _FIRST, _LAST + 1
        while low < high:
            middle = (low + high) // 2
            last_second = datetime.fromordinal(middle) + timedelta(days=1, seconds=-1)
            low, high = (low, middle) if self.number(last_second) >= number else (middle + 1, high)
        if low > _LAST:
            return None
        day, first, last = datetime.fromordinal(low), 0, 86_399
        while first < last:
            middle = (first + last) // 2
            reached = self.number(day + timedelta(seconds=middle)) >= number
            first, last = (first, middle) if reached else (middle + 1, last)
        return day + timedelta(seconds=first)


@lru_cache(maxsize=256)
def moment_key(text: str) -> MomentKey | None:
    """What an expression over one moment counts; None where it is another, or falls anywhere."""
    columns = {name.replace("``", "`") for name in _QUOTED.findall(text)}
    if len(columns) != 1:
        return None
    plain = _EXTRACT.sub(lambda found: f"{found[1]}(", _QUOTED.sub(_MOMENT, text))
    try:
        number = _compiled(ast.parse(plain.lower().strip(), mode="eval").body)
        numbers = [number(at) for at in _TRIED]
    except (SyntaxError, ValueError, ArithmeticError):
        return None
    each = [numbers[place : place + 2 * (3 * 365 + 2)] for place in range(0, len(numbers), 2 * (3 * 365 + 2))]
    rises = all(one <= other for run in each for one, other in pairwise(run))
    return MomentKey(columns.pop(), number) if rises and numbers[0] < numbers[-1] else None


def _compiled(node: ast.expr) -> Number:
    """An expression of known functions, whole numbers, sums and products.

    Raises:
        ValueError: anything else is in it.
    """
    match node:
        case ast.Constant(value=int() as value):
            return lambda _: value
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id="moment")], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name]
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as operator, right=right):
            one, other = _compiled(left), _compiled(right)
            if isinstance(operator, ast.Add):
                return lambda at: one(at) + other(at)
            if isinstance(operator, ast.Sub):
                return lambda at: one(at) - other(at)
            return lambda at: one(at) * other(at)
    raise ValueError
