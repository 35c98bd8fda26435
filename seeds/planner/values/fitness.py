"""Whether one made value is in a domain: what samples are judged by."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache

from ...catalog import DataType, Kind
from ..checks.model import Domain, TextPattern
from .lines import DAY, SECOND, Line, line_of
from .model import Sizes

TRUNCATIONS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century")
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}
_SPANS = {"second": SECOND, "minute": 60 * SECOND, "hour": 3600 * SECOND, "day": DAY}
_FORMS: dict[str, Callable[[str], bool]] = {
    "lower": lambda text: text == text.lower(),
    "upper": lambda text: text == text.upper(),
    "trimmed": lambda text: text == text.strip(" "),
    "not_blank": lambda text: bool(text.strip()),
}


Judge = Callable[[object], bool]


def judge(data_type: DataType, domain: Domain) -> Judge:
    """What tells whether a value that is not null lies in the domain, as far as its type lets it be judged here."""
    line = line_of(data_type)
    if line is not None:
        return _judge_of_line(line, domain)
    if data_type.kind in (Kind.TEXT, Kind.CHAR) and not data_type.dimensions:
        sizes = sizes_of(data_type, domain)
        return lambda value: _listed(value, domain) and isinstance(value, str) and _fits_text(value, sizes, domain)
    if data_type.kind is Kind.JSON and domain.json_kind:
        return lambda value: _listed(value, domain) and _json_kind(str(value)) == domain.json_kind
    return lambda value: _listed(value, domain)


def all_fit(values: Iterable[object], data_type: DataType, domain: Domain) -> bool:
    """Whether every value lies in the domain; no value at all is no proof, and null is no value."""
    fits, judged = judge(data_type, domain), 0
    for value in values:
        if value is None or not fits(value):
            return False
        judged += 1
    return judged > 0


def fitting(values: Iterable[object], data_type: DataType, domain: Domain) -> list[object]:
    """Those values that are not null and lie in the domain, each once."""
    fits = judge(data_type, domain)
    return [value for value in dict.fromkeys(values) if value is not None and fits(value)]


def sizes_of(data_type: DataType, domain: Domain) -> Sizes:
    """Fewest and most characters or octets, by type and domain together."""
    # An empty text that is excluded is a lower limit.
    least = max(domain.min_size, 1 if "" in domain.excluded or "not_blank" in domain.forms else 0)
    limits = [
        limit for limit in (domain.max_size, None if data_type.dimensions else data_type.size) if limit is not None
    ]
    return Sizes(least, min(limits) if limits else None, domain.forms)


def _listed(value: object, domain: Domain) -> bool:
    if domain.values is not None and not any(_same(value, item) for item in domain.values):
        return False
    return not any(_same(value, item) for item in domain.excluded)


def _same(value: object, item: object) -> bool:
    return value == item if isinstance(value, bool) or not isinstance(value, str) else value == str(item)


def _judge_of_line(line: Line, domain: Domain) -> Judge:
    try:
        inside = line.interval(domain).within(line.whole)
        known = None if domain.values is None else {line.steps(item, up=True) for item in domain.values}
        never = {line.steps(item, up=True) for item in domain.excluded}
    except (ValueError, OverflowError):
        return lambda _: False

    def fits(value: object) -> bool:
        try:
            steps, last = line.steps(value, up=True), line.steps(value, up=False)
        except (ValueError, OverflowError):
            return False
        # A floating point number need not lie on a step; its neighbours do.
        if not inside.holds(steps) or not inside.holds(last) or (known is not None and steps not in known):
            return False
        if steps in never or (domain.divisor and steps % (domain.divisor * line.unit)):
            return False
        return not domain.truncated or starts(line, steps, domain.truncated)

    return fits


def starts(line: Line, steps: int, unit: str) -> bool:
    """Whether a date or moment is the start of its hour, day, week, month or longer."""
    moment = line.constant(steps)
    if not isinstance(moment, date):
        return True
    if line.name != "date":
        span = _SPANS.get(unit, DAY)
        if steps % span:
            return False
    day = moment.date() if isinstance(moment, datetime) else moment
    if unit == "week":
        return day.weekday() == 0
    months = _MONTHS.get(unit, 0)
    # Decades begin with the year 0 of ten, centuries with the year 1 of a hundred.
    count = (day.year - (1 if unit == "century" else 0)) * 12 + day.month - 1
    return not months or (day.day == 1 and count % months == 0)


def _fits_text(value: str, sizes: Sizes, domain: Domain) -> bool:
    if len(value) < sizes.least or (sizes.most is not None and len(value) > sizes.most):
        return False
    return (
        _between(value, domain)
        and fits_forms(value, domain.forms)
        and all(matches(pattern, value) for pattern in domain.patterns)
    )


def _between(value: str, domain: Domain) -> bool:
    """Whether a text lies between bounds that are texts, character by character; a collation may see it otherwise."""
    low, high = domain.low, domain.high
    if low is not None and isinstance(low.value, str) and (value < low.value or (low.open and value == low.value)):
        return False
    return not (
        high is not None and isinstance(high.value, str) and (value > high.value or (high.open and value == high.value))
    )


def fits_forms(value: str, forms: Iterable[str]) -> bool:
    """Whether a text is in its normal forms."""
    return all(_FORMS[form](value) for form in forms if form in _FORMS)


def matches(pattern: TextPattern, value: str) -> bool:
    """Whether a text does what a pattern asks, matching or not matching."""
    found = _compiled(pattern.regex, pattern.ignore_case)
    return found is not None and (found.search(value) is None) == pattern.negated


@lru_cache(maxsize=1024)
def _compiled(regex: str, ignore_case: bool) -> re.Pattern[str] | None:
    try:
        return re.compile(regex, re.IGNORECASE if ignore_case else 0)
    except re.error:
        return None


def _json_kind(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return ""
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
