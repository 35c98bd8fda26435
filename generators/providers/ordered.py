"""Values of ordered types between bounds, which constants and other columns give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import ParameterError
from ..kernels import bounded_between
from ..spec import ColumnType
from .definition import Rows, generator, parameter
from .draws import I64
from .literals import is_number
from .steps import DAY_STEPS, ORDERED, Scale, scale_of

_WIDEST = 1 << 62
_DEFAULT_DAYS, _DEFAULT_UNITS = 365, 1000
_MANY = 1 << 40
_SECOND = 1_000_000
_TIMES = ("date", "timestamp", "timestamptz")


# --------------------------------------------------------------------------------------------------------- between


@dataclass(frozen=True, slots=True)
class BetweenEnds:
    lows: Any = parameter(
        "list",
        "the lower ends: each {value: constant} or {column: name}, with plus: steps if it is moved by so many of the "
        "type's smallest steps",
        default=(),
    )
    highs: Any = parameter("list", "the upper ends, written alike", default=())
    span: int = parameter(
        "integer", "steps from the other end where one is missing; 0 is a thousand, or a year of 365 days", default=0,
        minimum=0,
    )  # fmt: skip
    start: Any = parameter("any", "the lower end where both are missing", default="")

    def __post_init__(self) -> None:
        for end in (*self.lows, *self.highs):
            known = isinstance(end, Mapping) and set(end) <= {"value", "column", "plus"}
            if not known or ("value" in end) == ("column" in end):
                raise ValueError(f"an end is {{value: constant}} or {{column: name}}, perhaps with plus, got {end!r}")
            if not isinstance(end.get("plus", 0), int):
                raise ValueError(f"plus is a whole number of steps, got {end['plus']!r}")

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that the ends name."""
        return tuple(str(end["column"]) for end in (*self.lows, *self.highs) if "column" in end)


@generator(
    "between",
    output=ORDERED,
    parameters=BetweenEnds,
    examples=({"lows": [{"value": 1}, {"column": "size", "plus": 1}], "highs": [{"value": 12}]},),
)
def between(rows: Rows, parameters: BetweenEnds) -> pa.Array:
    """Values between the largest of some lower ends and the smallest of some upper ends, ends included.

    A column that is null in a row is no end there; where the lower end lies above the upper one, the value is the lower.
    """
    scale = scale_of(rows.type)
    low, no_low = _end(rows, scale, parameters.lows, up=True)
    high, no_high = _end(rows, scale, parameters.highs, up=False)
    low, high = _completed(rows, scale, parameters, (low, no_low), (high, no_high))
    least, most = scale.bounds
    low = np.clip(low, least, most)
    # Intervals wider than half of what 64 bits hold are cut, so that their width can be counted.
    with_room = low < np.int64(_WIDEST)
    high = np.where(with_room & (low < 0), np.minimum(high, low + _WIDEST), high)
    return scale.to_values(bounded_between(rows.bits(), low, np.minimum(high, most)))


def _end(rows: Rows, scale: Scale, ends: Any, *, up: bool) -> tuple[I64, NDArray[np.bool_]]:
    """The tightest of the ends on each row, and where there is none."""
    tightest = np.zeros(rows.count, dtype=np.int64)
    missing = np.ones(rows.count, dtype=np.bool_)
    keep = np.maximum if up else np.minimum
    for end in ends:
        steps, present = _steps(rows, scale, end, up=up)
        joined = np.where(missing, steps, keep(tightest, steps))
        tightest = np.where(present, joined, tightest)
        missing &= ~present
    return tightest, missing


def _steps(rows: Rows, scale: Scale, end: Mapping[str, Any], *, up: bool) -> tuple[I64, NDArray[np.bool_]]:
    moved = scale.shift(int(end.get("plus", 0)), up=up)
    try:
        if "value" in end:
            steps = np.full(rows.count, scale.of_literal(end["value"], up=up), dtype=np.int64)
            return _moved(steps, moved), np.ones(rows.count, dtype=np.bool_)
        values = rows.column(end["column"])
        return _moved(scale.of_values(values, up=up), moved), np.asarray(values.is_valid())
    except ValueError as error:
        raise ParameterError(str(error), where=(rows.path,)) from None


def _moved(steps: I64, by: int) -> I64:
    """Steps moved by a constant, held where they would leave 64 bits."""
    if not by:
        return steps
    limits = np.iinfo(np.int64)
    return np.minimum(steps, limits.max - by) + by if by > 0 else np.maximum(steps, limits.min - by) + by


def _completed(
    rows: Rows,
    scale: Scale,
    parameters: BetweenEnds,
    lower: tuple[I64, NDArray[np.bool_]],
    upper: tuple[I64, NDArray[np.bool_]],
) -> tuple[I64, I64]:
    """Both ends, a missing one put ``span`` away from the other."""
    (low, no_low), (high, no_high) = lower, upper
    span = parameters.span or scale.unit * (_DEFAULT_DAYS if scale.kind.name == "date" else _default_units(scale))
    if no_low.any():
        begin = _begin(rows, scale, parameters, span)
        below = _moved(high, -span)
        if not parameters.span and scale.kind.name not in _TIMES:
            below = np.where(high >= 0, np.maximum(below, 0), below)  # plain numbers are seldom negative
        low = np.where(no_low, np.where(no_high, begin, below), low)
    if no_high.any():
        high = np.where(no_high, _moved(low, span), high)
    return low, high


def _default_units(scale: Scale) -> int:
    return _DEFAULT_DAYS if scale.kind.name in _TIMES else _DEFAULT_UNITS


def _begin(rows: Rows, scale: Scale, parameters: BetweenEnds, span: int) -> int:
    """Where values begin if nothing bounds them: as written, else a span before the epoch, or nought."""
    if parameters.start != "":
        return scale.of_literal(parameters.start, up=True)
    if scale.kind.name not in _TIMES:
        return 0
    return rows.epoch * (1 if scale.kind.name == "date" else DAY_STEPS) - span


# -------------------------------------------------------------------------------------------------- unique between


@dataclass(frozen=True, slots=True)
class UniqueBetween:
    low: Any = parameter("any", "the smallest value; its decimals are the step between values")
    high: Any = parameter("any", "the largest value")

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"high {self.high!r} is below low {self.low!r}")

    @property
    def scale(self) -> Scale:
        """The scale on which both ends are whole: what they are written in, not what the column holds."""
        texts = (str(self.low), str(self.high))
        if all(is_number(text) for text in texts):
            decimals = max(0, *(-int(Decimal(text).as_tuple().exponent) for text in texts))
            return scale_of(ColumnType("numeric", (18, min(decimals, 9))))
        return scale_of(ColumnType("date" if all(len(text) == len("2026-04-06") for text in texts) else "timestamp"))

    @property
    def step(self) -> int:
        """How many of the scale's steps lie between neighbours: moments are whole seconds if there are enough."""
        return _SECOND if self.scale.kind.name == "timestamp" and self._width >= _MANY else 1

    @property
    def size(self) -> int:
        """How many values there are."""
        return min(self._width // self.step + 1, _WIDEST) if self._width >= 0 else 0

    @property
    def _width(self) -> int:
        return self.scale.of_literal(self.high, up=False) - self.scale.of_literal(self.low, up=True)


@generator(
    "unique_between",
    output=ORDERED,
    parameters=UniqueBetween,
    capacity=lambda parameters: parameters.size,
    examples=({"low": 1, "high": 500_000},),
)
def unique_between(rows: Rows, parameters: UniqueBetween) -> pa.Array:
    """Values of an ordered type between two constants, each at most once, in scrambled order.

    The step between neighbours is the last decimal that the constants are written with, a day, or for moments a second
    (a microsecond where the interval is short).
    """
    index = rows.unique_index(parameters.size).view(np.int64)
    steps = index * parameters.step + parameters.scale.of_literal(parameters.low, up=True)
    made = parameters.scale.to_values(steps)
    if pa.types.is_timestamp(made.type) and rows.type.name == "timestamptz":
        return made.cast(pa.int64()).cast(rows.type.arrow)
    return made.cast(rows.type.arrow)
