"""The functions of the expression language, over whole columns; each takes the number of rows, then its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import ExpressionError
from ..kernels import add_months, civil_from_days
from ..providers.core import scaled_decimal
from .numbers import Value, alike

I64 = NDArray[np.int64]

_FIRST_DAY = -719_162
_LAST_DAY = 2_932_896
_MOST_MONTHS = 12 * 10_000
"""0001-01-01 and 9999-12-31, which every database and Python hold; and more months than lie between them."""


def whole_numbers(value: Value, rows: int) -> I64:
    """Numbers without their fraction, one a row; a null counts as 0, to be masked afterwards.

    Raises:
        ExpressionError: if they are no numbers.
    """
    if not (pa.types.is_integer(value.type) or pa.types.is_decimal(value.type) or pa.types.is_floating(value.type)):
        if not pa.types.is_null(value.type):
            raise ExpressionError(f"a number is needed, not a {value.type}")
    elif not pa.types.is_integer(value.type):
        value = pc.trunc(value)
    return _filled(value.cast(pa.int64()), rows)


def _day_numbers(value: Value, rows: int) -> I64:
    """Days since 1970-01-01, one a row; a null counts as 0, to be masked afterwards."""
    if pa.types.is_timestamp(value.type):
        value = value.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    if not (pa.types.is_date32(value.type) or pa.types.is_null(value.type)):
        raise ExpressionError(f"a date is needed, not a {value.type}", hint="a constant date is date('2026-04-06')")
    return _filled(value.cast(pa.int32()).cast(pa.int64()), rows)


def _filled(value: Value, rows: int) -> I64:
    if isinstance(value, pa.Scalar):  # one number stands for all rows: NumPy stretches it where it meets a column
        return np.array([value.as_py() or 0], dtype=np.int64)
    return np.asarray(pc.fill_null(value, 0))


def masked(values: pa.Array, *sources: Value) -> Value:
    """``values``, null wherever any of the sources is; one value for all rows if every source is one."""
    if len(values) == 1 and all(isinstance(source, pa.Scalar) for source in sources):
        return values[0] if all(source.is_valid for source in sources) else pa.scalar(None, values.type)
    for source in sources:
        if isinstance(source, pa.Scalar):
            if not source.is_valid:
                return pa.nulls(len(values), values.type)
        elif source.null_count:
            values = pc.if_else(source.is_valid(), values, pa.scalar(None, values.type))
    return values


def _dates(numbers: I64, *sources: Value) -> Value:
    if len(numbers) and numbers.min() >= _FIRST_DAY and numbers.max() <= _LAST_DAY:
        return masked(pa.array(numbers.astype(np.int32)).cast(pa.date32()), *sources)
    outside = (numbers < _FIRST_DAY) | (numbers > _LAST_DAY)
    array = pa.array(np.where(outside, 0, numbers).astype(np.int32), mask=outside)
    return masked(array.cast(pa.date32()), *sources)


def _add_days(rows: int, day: Value, count: Value) -> Value:
    steps = np.clip(whole_numbers(count, rows), -(1 << 40), 1 << 40)
    return _dates(_day_numbers(day, rows) + steps, day, count)


def _add_months(rows: int, day: Value, months: Value, factor: int = 1) -> Value:
    steps = np.clip(whole_numbers(months, rows), -_MOST_MONTHS, _MOST_MONTHS) * factor
    return _dates(add_months(_day_numbers(day, rows), steps), day, months)


def _add_years(rows: int, day: Value, years: Value) -> Value:
    return _add_months(rows, day, years, 12)


def _civil(place: int) -> Callable[[int, Value], Value]:
    def part(rows: int, day: Value) -> Value:
        return masked(pa.array(civil_from_days(_day_numbers(day, rows))[place]), day)

    return part


def _age(rows: int, born: Value, at: Value) -> Value:
    (y0, m0, d0), (y1, m1, d1) = (civil_from_days(_day_numbers(value, rows)) for value in (born, at))
    return masked(pa.array(y1 - y0 - ((m1 < m0) | ((m1 == m0) & (d1 < d0)))), born, at)


def _days_between(rows: int, start: Value, end: Value) -> Value:
    return masked(pa.array(_day_numbers(end, rows) - _day_numbers(start, rows)), start, end)


def _weekday(rows: int, day: Value) -> Value:
    return masked(pa.array((_day_numbers(day, rows) + 3) % 7), day)


def _start_of_week(rows: int, day: Value) -> Value:
    numbers = _day_numbers(day, rows)
    return _dates(numbers - (numbers + 3) % 7, day)


def _money(rows: int, pence: Value) -> Value:
    return masked(scaled_decimal(_filled(_nearest(pence), rows), 2), pence)


def _concat(_: int, *parts: Value) -> Value:
    return pc.binary_join_element_wise(*(part.cast(pa.string()) for part in parts), "")


def _coalesce(rows: int, *values: Value) -> Value:
    typed = [value for value in values if not pa.types.is_null(value.type)]
    return pc.coalesce(*typed) if typed else pa.nulls(rows)


def _largest(_: int, *values: Value) -> Value:
    return pc.max_element_wise(*alike(values), skip_nulls=False)


def _smallest(_: int, *values: Value) -> Value:
    return pc.min_element_wise(*alike(values), skip_nulls=False)


def _floor(_: int, value: Value) -> Value:
    return value.cast(pa.int64()) if pa.types.is_integer(value.type) else pc.cast(pc.floor(value), pa.int64())


def _integer(_: int, value: Value) -> Value:
    if pa.types.is_integer(value.type) or pa.types.is_boolean(value.type):
        return value.cast(pa.int64())
    return pc.cast(pc.trunc(value), pa.int64())


def _nearest(value: Value) -> Value:
    if pa.types.is_integer(value.type):
        return value.cast(pa.int64())
    return pc.cast(pc.round(value, round_mode="half_to_even"), pa.int64())


CALLS: dict[str, Callable[..., Any]] = {
    "abs": lambda _, value: pc.abs_checked(value),
    "add_days": _add_days,
    "add_months": _add_months,
    "add_years": _add_years,
    "age": _age,
    "coalesce": _coalesce,
    "concat": _concat,
    "day": _civil(2),
    "days_between": _days_between,
    "floor": _floor,
    "greatest": _largest,
    "int": _integer,
    "is_null": lambda _, value: pc.is_null(value),
    "least": _smallest,
    "length": lambda _, value: pc.cast(pc.utf8_length(value), pa.int64()),
    "lower": lambda _, value: pc.utf8_lower(value),
    "money": _money,
    "month": _civil(1),
    "round": lambda _, value: _nearest(value),
    "start_of_week": _start_of_week,
    "upper": lambda _, value: pc.utf8_upper(value),
    "weekday": _weekday,
    "year": _civil(0),
}
