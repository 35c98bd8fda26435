"""PostgreSQL's ranges and multiranges: anywhere in the usual interval, or side by side where they must differ."""

from __future__ import annotations

from datetime import date, timedelta

from ...catalog import DataType, Kind
from .errors import Unrealisable
from .lines import DAY, SECOND, Line, line_of
from .listed import listed
from .model import Interval, Made, Task, made

_ELEMENTS = {
    "int4": "integer", "int8": "bigint", "numeric": "numeric", "date": "date", "timestamp": "timestamp",
    "timestamptz": "timestamptz",
}  # fmt: skip
_KINDS = {Kind.DATE: "date", Kind.TIMESTAMP: "timestamp", Kind.TIMESTAMPTZ: "timestamptz", Kind.NUMERIC: "numeric"}
_WIDTHS = {
    "date": 90,
    "timestamp": 3600 * SECOND,
    "timestamptz": 3600 * SECOND,
    "integer": 10,
    "bigint": 10,
    "numeric": 1000,
}
_SLOT_WIDTHS = {**_WIDTHS, "date": 28}
_OF_KINDS = {
    "integer": Kind.INTEGER, "bigint": Kind.INTEGER, "numeric": Kind.NUMERIC, "date": Kind.DATE,
    "timestamp": Kind.TIMESTAMP, "timestamptz": Kind.TIMESTAMPTZ,
}  # fmt: skip
_POINTS = 50
_YEARS = 5
_FAR_YEARS = 20
_LISTED = 2000


def span(task: Task) -> Made:
    """A generator of range literals.

    Raises:
        Unrealisable: for a range of a type that has no such literal here.
    """
    if task.domain.values is not None:
        return listed(task, task.domain.values, "the values that a constraint lists")
    of = _element(task)
    if task.data_type.kind is Kind.MULTIRANGE:
        return _several(task, of)
    if task.unique is not None:
        start = _literal(of, task.as_of, years=_FAR_YEARS)
        return made("slot_range", "ranges side by side", of=of, start=start, width=_SLOT_WIDTHS[of], bounds="[)")
    low, high = _ends(task, of)
    if task.domain.forms & {"low_unbounded", "high_unbounded"}:
        return _half(task, of, low, high)
    reason = "ranges in the last years or of usual numbers"
    return made(
        "range_literal", reason, of=of, low=low, high=high, width=_WIDTHS[of], bounds=_brackets(task.domain.forms)
    )  # fmt: skip


def _brackets(forms: frozenset[str]) -> str:
    """Which ends belong to a range; ranges of whole numbers and days are rewritten by the database."""
    return ("(" if "low_excluded" in forms else "[") + ("]" if "high_included" in forms else ")")


def _ends(task: Task, of: str) -> tuple[object, object]:
    """Where ranges lie: the usual interval, moved inside the domain's bounds."""
    low, high = _literal(of, task.as_of, years=_YEARS), _literal(of, task.as_of, years=0)
    if task.domain.low is None and task.domain.high is None:
        return low, high
    line = _line(of)
    try:
        usual = Interval(line.steps(low, up=True), line.steps(high, up=False))
        allowed = line.interval(task.domain).within(line.whole)
    except ValueError as error:
        raise Unrealisable(task.name, f"a bound cannot be read: {error}") from None
    inside, width = usual.within(allowed), (usual.high or 0) - (usual.low or 0)
    if inside.empty or inside.low == inside.high:
        first, last = allowed.low or 0, allowed.high or 0
        inside = (
            Interval(first, min(last, first + width)) if task.domain.low else Interval(max(first, last - width), last)
        )
    if inside.empty or inside.low == inside.high:
        raise Unrealisable(task.name, "its bounds leave no range")
    return line.literal(inside.low or 0), line.literal(inside.high or 0)


def _line(of: str) -> Line:
    """The line of a range's ends; exact numbers have the two decimals that such ranges are written with."""
    line = line_of(DataType(_OF_KINDS[of], of, precision=18, scale=2))
    assert line is not None
    return line


def _half(task: Task, of: str, low: object, high: object) -> Made:
    """Ranges without one end, or without both, listed."""
    line = _line(of)
    first, last = line.steps(low, up=True), line.steps(high, up=False)
    texts = []
    for place in range(first, last + 1, max((last - first) // _POINTS, 1)):
        begin = "(" if "low_unbounded" in task.domain.forms else f"[{line.literal(place)}"
        texts.append(f"{begin},{'' if 'high_unbounded' in task.domain.forms else line.literal(place + 1)})")
    return listed(task, texts, "ranges without an end")


def _element(task: Task) -> str:
    element = task.data_type.element or DataType(Kind.OTHER, "")
    found = _ELEMENTS.get(element.base) or _KINDS.get(element.kind)
    if element.kind is Kind.INTEGER and found is None:
        found = "bigint"
    if found is None:
        raise Unrealisable(task.name, f"ranges of {element.name or 'an unknown type'} cannot be written")
    return found


def _literal(of: str, as_of: date, *, years: int) -> object:
    if of in ("integer", "bigint", "numeric"):
        number = 1 if years else 1000
        return f"{number}.00" if of == "numeric" else number
    day = as_of - timedelta(days=365 * years)
    return day.isoformat() if of == "date" else f"{day.isoformat()}T00:00:00"


def _several(task: Task, of: str) -> Made:
    """Multiranges of one range each, listed: side by side, so that each occurs once at most where that is asked."""
    start = task.as_of - timedelta(days=365 * _FAR_YEARS)
    written = [f"{{[{low},{high})}}" for low, high in (_slot(of, start, place) for place in range(_LISTED))]
    return listed(task, written if task.unique is not None else written[-200:], "multiranges of one range")


def _slot(of: str, start: date, place: int) -> tuple[str, str]:
    if of in ("integer", "bigint", "numeric"):
        return str(place * 10), str(place * 10 + 10)
    low = start + timedelta(days=3 * place)
    ends = low.isoformat(), (low + timedelta(days=3)).isoformat()
    assert _WIDTHS[of] <= 3 * DAY
    return ends
