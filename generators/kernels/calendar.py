"""Proleptic Gregorian arithmetic on days since 1970-01-01, by NumPy's datetime64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]


def _months(days: I64) -> tuple[I64, I64]:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    return months.astype(np.int64), (dates - months.astype("datetime64[D]")).astype(np.int64)


def year_of(days: I64) -> I64:
    """The calendar year of each day."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def civil_from_days(days: I64) -> tuple[I64, I64, I64]:
    """Year, month (1 to 12) and day of the month (1 to 31) of each day."""
    months, offset = _months(days)
    return months // 12 + 1970, months % 12 + 1, offset + 1


def days_from_civil(years: I64, months: I64, days: I64) -> I64:
    """Days since 1970-01-01; a day beyond the month's end is moved back to it."""
    return _day_in_month((years - 1970) * 12 + months - 1, days - 1)


def add_months(days: I64, months: I64 | int) -> I64:
    """The same day of the month so many months later, or the month's last day where it has no such day."""
    start, offset = _months(days)
    return _day_in_month(start + months, offset)


def _day_in_month(months: I64, offset: I64) -> I64:
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    day: I64 = np.minimum(first + offset, after - 1)
    return day
