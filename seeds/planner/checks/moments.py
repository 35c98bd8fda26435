"""Dates, moments and spans of SQL, as exact positions on a line of microseconds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

from .tree import NotUnderstood

SECOND = Fraction(1_000_000)
DAY = 86_400 * SECOND
_START = datetime(1, 1, 1)  # noqa: DTZ001 - moments are UTC without saying so
_UNITS = {"microsecond": Fraction(1), "millisecond": Fraction(1000), "second": SECOND, "sec": SECOND, "s": SECOND,
          "minute": 60 * SECOND, "min": 60 * SECOND, "hour": 3600 * SECOND, "h": 3600 * SECOND, "day": DAY, "d": DAY,
          "week": 7 * DAY}  # fmt: skip
_MONTHS = {"month": 1, "mon": 1, "quarter": 3, "year": 12, "y": 12, "decade": 120, "century": 1200}
_CLOCK = re.compile(r"([+-]?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?$")
_AMOUNT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([a-z]+)")
_ISO = re.compile(r"p(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?)?$")


def read_interval(text: str) -> tuple[Fraction, Fraction]:
    """The shortest and longest that an interval can be, in microseconds: months have 28 to 31 days.

    Raises:
        NotUnderstood: it is written in a way not known here.
    """
    words = text.strip().lower()
    sign = -1 if words.endswith(" ago") else 1
    words = words.removesuffix(" ago").removeprefix("@ ").strip()
    months, exact = _iso(words) if words.startswith("p") else _spelled(words)
    low, high = _months(sign * months)
    return low + sign * exact, high + sign * exact


def _iso(words: str) -> tuple[int, Fraction]:
    match = _ISO.match(words)
    if match is None:
        raise NotUnderstood(f"the interval {words!r} is not understood")
    years, months, weeks, days, hours, minutes, seconds = (Fraction(part or 0) for part in match.groups())
    exact = (weeks * 7 + days) * DAY + (hours * 3600 + minutes * 60 + seconds) * SECOND
    return int(years * 12 + months), exact


def _spelled(words: str) -> tuple[int, Fraction]:
    months, exact, rest = 0, Fraction(0), words
    for amount, unit in _AMOUNT.findall(words):
        name = unit if unit in _UNITS or unit in _MONTHS else unit.rstrip("s")
        name = {"centurie": "century"}.get(name, name)
        if name in _MONTHS:
            months += int(Fraction(amount) * _MONTHS[name])
        elif name in _UNITS:
            exact += Fraction(amount) * _UNITS[name]
        else:
            raise NotUnderstood(f"the interval {words!r} is not understood")
    rest = _AMOUNT.sub("", words).strip()
    if rest:
        exact += _clock(rest)
    return months, exact


def _clock(text: str) -> Fraction:
    match = _CLOCK.match(text)
    if match is None:
        if re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
            return Fraction(text) * SECOND
        raise NotUnderstood(f"the interval {text!r} is not understood")
    sign, hours, minutes, seconds = match.groups()
    exact = (int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds or 0)) * SECOND
    return -exact if sign == "-" else exact


def _months(count: int) -> tuple[Fraction, Fraction]:
    """So many months are between so many days; whole years are counted as years."""
    years, months = divmod(abs(count), 12)
    low, high = (365 * years + 28 * months) * DAY, (366 * years + 31 * months) * DAY
    return (low, high) if count >= 0 else (-high, -low)


def read_date(text: str) -> date:
    """The day that a text says.

    Raises:
        NotUnderstood: it says none.
    """
    return read_moment(text).date()


def read_moment(text: str) -> datetime:
    """The moment that a text says, in UTC; endless ones are the calendar's ends."""
    words = text.strip()
    if words.lower() in ("infinity", "-infinity"):
        return datetime.max if not words.startswith("-") else datetime.min  # noqa: DTZ901 - ends of the calendar
    if re.fullmatch(r".*[ T]\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d", words):
        words += ":00"
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as error:
        raise NotUnderstood(f"the moment {text!r} is not understood") from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def read_time(text: str) -> time:
    """The time of day that a text says."""
    words = text.strip()
    if words.startswith("24:00"):
        return time.max
    try:
        return time.fromisoformat(words).replace(tzinfo=None)
    except ValueError as error:
        raise NotUnderstood(f"the time {text!r} is not understood") from error


def position(moment: date | datetime | time | timedelta) -> Fraction:
    """Where a day's start, a moment, a time of day or a span lies, in microseconds."""
    if isinstance(moment, datetime):
        return _microseconds(moment.replace(tzinfo=None) - _START)
    if isinstance(moment, date):
        return (moment.toordinal() - 1) * DAY
    if isinstance(moment, time):
        clock = moment.hour * 3600 + moment.minute * 60 + moment.second
        return clock * SECOND + moment.microsecond
    return _microseconds(moment)


def _microseconds(span: timedelta) -> Fraction:
    return span.days * DAY + span.seconds * SECOND + span.microseconds


def moment_at(place: Fraction) -> datetime:
    """The moment at a position; beyond the calendar it is the calendar's end."""
    try:
        return _START + timedelta(microseconds=int(place))
    except OverflowError:
        return datetime.max if place > 0 else datetime.min  # noqa: DTZ901 - ends of the calendar


def span_of(place: Fraction) -> timedelta:
    """The span of so many microseconds."""
    return timedelta(microseconds=int(place))


def time_at(place: Fraction) -> time:
    """The time of day at a position."""
    clamped = min(max(int(place), 0), int(DAY) - 1)
    seconds, micro = divmod(clamped, 1_000_000)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, micro)
