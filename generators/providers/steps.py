"""Ordered values as whole numbers of their type's smallest step, so that one arithmetic serves all of them.

The step is 1 for whole numbers, one unit of the last decimal for exact ones, a day for dates, a microsecond for moments
and a millionth for floating point. Exact numbers of more than 18 digits are worked on with fewer decimals, since
a step must fit 64 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..spec import ColumnType
from .core import days, scaled_decimal
from .draws import I64
from .literals import read_literal

ORDERED = ("integer", "bigint", "smallint", "numeric", "double", "date", "timestamp", "timestamptz")
"""Types with an order and a step."""

DAY_STEPS = 86_400_000_000
_FARTHEST = 1 << 62
_DIGITS = 18
_FRACTION = 6
_REAL = 1_000_000
_WHOLE = {"smallint": 1 << 15, "integer": 1 << 31, "bigint": 1 << 63}
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31


@dataclass(frozen=True, slots=True)
class Scale:
    """How a column type counts: ``decimals`` are those worked on, ``dropped`` those that are not."""

    kind: ColumnType
    decimals: int = 0
    dropped: int = 0

    @property
    def unit(self) -> int:
        """Steps to one of what people count in: 1, or a day."""
        match self.kind.name:
            case "timestamp" | "timestamptz":
                return DAY_STEPS
            case "double":
                return _REAL
            case _:
                return int(10**self.decimals)

    @property
    def bounds(self) -> tuple[int, int]:
        """The smallest and the largest step of the type, or of what 64 bits leave of it."""
        name = self.kind.name
        if name in _WHOLE:
            return -_WHOLE[name], _WHOLE[name] - 1
        if name == "numeric":
            most = min(10 ** (self.kind.arguments[0] - self.dropped) - 1, _FARTHEST)
            return -most, most
        if name == "double":
            return -_FARTHEST, _FARTHEST
        step = 1 if name == "date" else DAY_STEPS
        return _FIRST_DAY * step, (_LAST_DAY + 1) * step - 1

    def shift(self, steps: int, *, up: bool) -> int:
        """Steps of the type as steps worked on, rounded outwards from what they bound."""
        if not self.dropped:
            return steps
        quotient, rest = divmod(steps, int(10**self.dropped))
        return quotient + (1 if up and rest else 0)

    def of_literal(self, written: Any, *, up: bool) -> int:
        """A written constant in steps, rounded up or down to the next one."""
        low, high = self.bounds
        match self.kind.name:
            case "date":
                moment = read_literal(written, ColumnType("timestamp"))
                whole: int = days(moment.date())
                return whole + (
                    1 if up and (moment.hour or moment.minute or moment.second or moment.microsecond) else 0
                )
            case "timestamp" | "timestamptz":
                moment = read_literal(written, ColumnType("timestamp"))
                seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
                return int(days(moment.date()) * DAY_STEPS + seconds * 1_000_000 + moment.microsecond)
            case _:
                exact = read_literal(written, ColumnType("numeric", (38, 0))) * self.unit
                rounded = exact.to_integral_value(rounding=ROUND_CEILING if up else ROUND_FLOOR)
                return int(min(max(rounded, Decimal(low)), Decimal(high)))

    def of_values(self, values: pa.Array, *, up: bool) -> I64:
        """A column of any ordered type in steps, rounded up or down to the next one; anything where it is null.

        Raises:
            ValueError: if the column's type has no order that compares with this one.
        """
        source = values.type
        if pa.types.is_date(source) or pa.types.is_timestamp(source):
            return self._of_times(values, up=up)
        if self.kind.name in ("date", "timestamp", "timestamptz"):
            raise ValueError(f"{source} does not compare with {self.kind}")
        if pa.types.is_integer(source):
            numbers = np.asarray(values.cast(pa.int64()).fill_null(0))
            return self._clipped(numbers.astype(np.float64) * self.unit, numbers, self.unit)
        if pa.types.is_decimal(source):
            return self._of_decimals(values, up=up)
        if pa.types.is_floating(source):
            return self._of_reals(np.asarray(values.cast(pa.float64()).fill_null(0.0)), up=up)
        raise ValueError(f"{source} does not compare with {self.kind}")

    def _clipped(self, guess: NDArray[np.float64], numbers: I64, factor: int) -> I64:
        """``numbers * factor``, held at the largest step where it would overflow."""
        safe = np.abs(guess) < _FARTHEST
        scaled: I64 = np.where(safe, numbers, 0) * np.int64(factor) if factor > 1 else numbers
        if factor == 1 or safe.all():
            return scaled
        return np.where(safe, scaled, np.where(numbers > 0, _FARTHEST, -_FARTHEST))

    def _of_reals(self, numbers: NDArray[np.float64], *, up: bool) -> I64:
        low, high = (max(min(bound, _FARTHEST), -_FARTHEST) for bound in self.bounds)
        steps = np.clip(np.round(numbers * self.unit), low, high)
        # The nearest step may lie on the wrong side by the last bit, which dividing back shows exactly.
        wrong = steps / self.unit < numbers if up else steps / self.unit > numbers
        moved: I64 = (steps + np.where(wrong, 1.0 if up else -1.0, 0.0)).astype(np.int64)
        return moved

    def _of_decimals(self, values: pa.Array, *, up: bool) -> I64:
        words = np.frombuffer(values.buffers()[1], dtype="<i8").reshape(-1, 2)
        words = words[values.offset : values.offset + len(values)]
        numbers, fits = words[:, 0].copy(), words[:, 1] == words[:, 0] >> 63
        if not fits.all():
            numbers = np.where(fits, numbers, np.where(words[:, 1] < 0, -_FARTHEST, _FARTHEST))
        target = 0 if self.kind.name in _WHOLE else _FRACTION if self.kind.name == "double" else self.decimals
        excess = values.type.scale - target
        if excess <= 0:
            return self._clipped(numbers.astype(np.float64) * 10.0**-excess, numbers, 10**-excess)
        divisor = np.int64(10 ** min(excess, _DIGITS))
        return -(-numbers // divisor) if up else numbers // divisor

    def _of_times(self, values: pa.Array, *, up: bool) -> I64:
        source = values.type
        if pa.types.is_date(source):
            whole = np.asarray(values.cast(pa.date32()).cast(pa.int32()).fill_null(0)).astype(np.int64)
            if self.kind.name == "date":
                return whole
            steps, unit = whole, DAY_STEPS
        else:
            steps = np.asarray(values.cast(pa.timestamp("us", source.tz)).cast(pa.int64()).fill_null(0))
            unit = 1
        if self.kind.name == "date":
            return -(-steps // DAY_STEPS) if up else steps // DAY_STEPS
        if self.kind.name not in ("timestamp", "timestamptz"):
            raise ValueError(f"{source} does not compare with {self.kind}")
        return steps * unit

    def to_values(self, steps: I64, mask: NDArray[np.bool_] | None = None) -> pa.Array:
        """Steps as the column's values; null where ``mask`` holds."""
        match self.kind.name:
            case "numeric":
                whole = scaled_decimal(steps, self.decimals).cast(self.kind.arrow)
                return whole if mask is None else _masked(whole, mask)
            case "double":
                return pa.array(steps / _REAL, mask=mask)
            case "date":
                return pa.array(steps.astype(np.int32), mask=mask).cast(pa.date32())
            case "timestamp" | "timestamptz":
                return pa.array(steps, mask=mask).cast(self.kind.arrow)
            case _:
                return pa.array(steps, mask=mask).cast(self.kind.arrow)


def _masked(values: pa.Array, mask: NDArray[np.bool_]) -> pa.Array:
    return values.take(pa.array(np.arange(len(values)), mask=mask)) if mask.any() else values


def scale_of(kind: ColumnType) -> Scale:
    """The scale that a column type counts on.

    Raises:
        ValueError: for a type without an order.
    """
    if kind.array or kind.name not in ORDERED:
        raise ValueError(f"{kind} has no order")
    if kind.name != "numeric":
        return Scale(kind)
    precision, decimals = kind.arguments
    kept = decimals if precision <= _DIGITS else min(decimals, _FRACTION)
    return Scale(kind, kept, decimals - kept)
