"""Ordered types as a line of whole steps, so that bounds, gaps and offsets are plain integers for all of them.

A step is 1 for whole numbers, a unit of the last decimal for exact ones, a millionth for floating point, a day for
dates and a microsecond for moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from ...catalog import DataType, Kind
from ..checks.model import Bound, Domain
from .model import Interval
from .types import digits, engine_type, whole_range

SECOND = 1_000_000
DAY = 86_400 * SECOND
_FRACTION = 6
_EPOCH = date(1970, 1, 1)
_FIRST, _LAST = (date(1, 1, 1) - _EPOCH).days, (date(9999, 12, 31) - _EPOCH).days
_EXACT_FLOAT = 10**15


@dataclass(frozen=True, slots=True)
class Line:
    """An ordered type.

    Attributes:
        name: of the engine's type.
        scale: decimals of a number.
        whole: what the type itself can hold.
        least: the smallest difference that survives in the database: moments may be kept to the second.
    """

    name: str
    scale: int
    whole: Interval
    least: int = 1

    @property
    def unit(self) -> int:
        """Steps to what people count in: one, a day, or a second of moments."""
        if self.temporal:
            return 1 if self.name == "date" else SECOND
        return int(10**self.scale)

    @property
    def temporal(self) -> bool:
        return self.name in ("date", "timestamp", "timestamptz")

    def steps(self, value: object, *, up: bool) -> int:
        """A constant in steps, rounded up or down to the next one.

        Raises:
            ValueError: if it has no place on this line.
        """
        if self.temporal:
            return self._moment_steps(value, up=up)
        exact = _number(value).scaleb(self.scale)
        return int(exact.to_integral_value(rounding=ROUND_CEILING if up else ROUND_FLOOR))

    def _moment_steps(self, value: object, *, up: bool) -> int:
        moment = _moment(value)
        days = (moment.date() - _EPOCH).days
        inside = ((moment.hour * 60 + moment.minute) * 60 + moment.second) * SECOND + moment.microsecond
        if self.name == "date":
            return days + (1 if up and inside else 0)
        return days * DAY + inside

    def offset(self, value: object, *, up: bool) -> int:
        """A difference in steps.

        Raises:
            ValueError: if nothing of this line is so far apart.
        """
        if isinstance(value, timedelta):
            if not self.temporal:
                raise ValueError(f"{value!r} is no difference of numbers")
            micros = (value.days * 86_400 + value.seconds) * SECOND + value.microseconds
            if self.name != "date":
                return micros
            return -(-micros // DAY) if up else micros // DAY
        exact = _number(value)
        # A plain number added to a date counts days.
        scaled = exact.scaleb(self.scale) if self.name == "date" or not self.temporal else exact * DAY
        return int(scaled.to_integral_value(rounding=ROUND_CEILING if up else ROUND_FLOOR))

    def constant(self, steps: int) -> int | Decimal | float | date | datetime:
        """The value at a step, as Python has it."""
        match self.name:
            case "date":
                return _EPOCH + timedelta(days=steps)
            case "timestamp" | "timestamptz":
                return datetime(1970, 1, 1) + timedelta(microseconds=steps)  # noqa: DTZ001 — UTC, as the engine reads it
            case "double":
                return float(steps / 10**self.scale)
            case "numeric":
                return Decimal(steps).scaleb(-self.scale)
            case _:
                return steps

    def literal(self, steps: int) -> int | float | str:
        """The value at a step, as a plan writes it."""
        value = self.constant(steps)
        if isinstance(value, date):
            return value.isoformat()
        return f"{value:f}" if isinstance(value, Decimal) else value

    def low(self, bound: Bound | None) -> int | None:
        """The first step inside a lower bound."""
        if bound is None:
            return None
        first = self.steps(bound.value, up=True)
        return first + self.least if bound.open and first == self.steps(bound.value, up=False) else first

    def high(self, bound: Bound | None) -> int | None:
        """The last step inside an upper bound."""
        if bound is None:
            return None
        last = self.steps(bound.value, up=False)
        return last - self.least if bound.open and last == self.steps(bound.value, up=True) else last

    def interval(self, domain: Domain) -> Interval:
        """What a domain's bounds say; the type's own range is not in it.

        Raises:
            ValueError: if a bound has no place on this line.
        """
        return Interval(self.low(domain.low), self.high(domain.high))


def _number(value: object) -> Decimal:
    if isinstance(value, bool):
        return Decimal(int(value))
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is no finite number")
    return number


def _moment(value: object) -> datetime:
    """A date or moment without a zone; a zone's moment is told in UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return datetime.combine(value, time())
    raise ValueError(f"{value!r} is no date or moment")


def line_of(data_type: DataType) -> Line | None:
    """The line that a type's values lie on, if they do."""
    if data_type.dimensions:
        return None
    name = engine_type(data_type).name
    match data_type.kind:
        case Kind.INTEGER | Kind.YEAR:
            return Line(name, 0, Interval(*whole_range(data_type)))
        case Kind.NUMERIC | Kind.MONEY:
            precision, scale = digits(data_type)
            most = 10 ** (precision if data_type.precision is None else _own_digits(data_type, precision)) - 1
            return Line(name, scale, Interval(-most, most))
        case Kind.FLOAT:
            return Line(name, _FRACTION, Interval(-_EXACT_FLOAT, _EXACT_FLOAT))
        case Kind.DATE:
            return Line(name, 0, Interval(_FIRST, _LAST))
        case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            return Line(name, 0, Interval(_FIRST * DAY, (_LAST + 1) * DAY - 1), SECOND)
        case _:
            return None


def _own_digits(data_type: DataType, precision: int) -> int:
    """Digits that values really have: a scale beyond the precision only adds zeros in front of them."""
    own = data_type.precision or precision
    scale, kept = max(data_type.scale or 0, 0), digits(data_type)[1]
    return max(1, min(own - (scale - kept), precision))
