"""Parts of days and moments: the first of the month, whole hours, years."""

from __future__ import annotations

from datetime import date, timedelta

from ....catalog import Kind
from ..constants import DAYS, evaluate, fit, is_constant
from ..formula import Formula, Link
from ..frame import Claim, Frame, constant_number, constant_text
from ..model import Bound, Computed, Constant, Domain, Relation
from ..satisfaction import holds
from ..tree import COMPARISONS, Apply, Cast, Name, NotUnderstood, Tree
from .outcomes import always, fact, one_of

_UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
_ALWAYS_WITHIN = {
    "month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59), "quarter": (1, 4), "dow": (0, 6),
    "isodow": (1, 7), "doy": (1, 366), "week": (1, 53),
}  # fmt: skip
_STARTS = {
    ("day", 1): "month", ("dow", 1): "week", ("isodow", 1): "week", ("hour", 0): "day", ("minute", 0): "hour",
    ("second", 0): "minute", ("microseconds", 0): "minute", ("milliseconds", 0): "minute", ("doy", 1): "year",
}  # fmt: skip
"""A part with its first value, and what a moment must be the start of for the part to have it."""


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """``date_trunc(unit, x) = x``, ``x::date``, and parts of x compared with constants."""
    if claim.operator not in COMPARISONS:
        return None
    if isinstance(claim.left, Cast) and claim.left.type == "date":
        return _day(frame, claim, claim.left)
    if not isinstance(claim.left, Apply):
        return None
    if claim.left.operator == "date_trunc":
        return _truncated(frame, claim, claim.left)
    part = _part(claim.left)
    return None if part is None or not is_constant(claim.right) else _compared(frame, claim, *part)


def _moment(frame: Frame, tree: Tree) -> Name | None:
    while isinstance(tree, Cast) and tree.type in ("timestamp", "timestamptz", "date"):
        if isinstance(tree.of, Name):
            break
        tree = tree.of
    column = frame.plain(tree)
    if column is None or frame.type(column).kind not in DAYS or frame.type(column).dimensions:
        return None
    return column


def _truncated(frame: Frame, claim: Claim, call: Apply) -> Formula | None:
    texts = [constant_text(part) for part in call.parts]
    unit = next((text.lower() for text in texts if text), "")
    column = next((name for part in call.parts if (name := _moment(frame, part)) is not None), None)
    if unit not in _UNITS or column is None or len(call.parts) != 2:
        raise NotUnderstood("such a truncation is not understood")
    if claim.operator == "=" and _moment(frame, claim.right) == column:
        whole = frame.type(column).kind is Kind.DATE and unit in _UNITS[:4]
        return always() if whole else fact(column.name, Domain(truncated=unit))
    raise NotUnderstood("such a truncation is not understood")


def _day(frame: Frame, claim: Claim, cast: Cast) -> Formula | None:
    """The day of a moment: equal to the moment, or on either side of a constant day."""
    column = _moment(frame, cast.of)
    if column is None:
        inner = cast.of
        if isinstance(inner, Apply) and inner.operator == "date_trunc":
            return _truncated(frame, claim, inner)
        return None
    if _moment(frame, claim.right) == column and claim.operator == "=":
        return fact(column.name, Domain(truncated="day"))
    other = frame.plain(claim.right)
    if other is not None and frame.type(other).kind is Kind.DATE:
        return _beside(claim.operator, column.name, other.name)
    if not is_constant(claim.right):
        return None
    day = fit(evaluate(claim.right), frame.type(column))
    if not isinstance(day, date):
        return None
    return _within_days(claim, column.name, frame, day)


def _beside(operator: str, column: str, day: str) -> Formula:
    """The day of a moment against a day in another column: a moment is of the day until the next one begins."""
    if operator == "=":
        return Link(Computed(day, Apply("date", (Name(column),))))
    from_its_start = Link(Relation(column, ">=", day))
    before_its_start = Link(Relation(column, "<", day))
    before_its_end = Link(Relation(column, "<", day, offset=timedelta(days=1)))
    after_its_end = Link(Relation(column, ">=", day, offset=timedelta(days=1)))
    return {
        "<>": one_of([before_its_start, after_its_end]),
        "<": before_its_start, "<=": before_its_end, ">": after_its_end, ">=": from_its_start,
    }[operator]  # fmt: skip


def _within_days(claim: Claim, column: str, frame: Frame, day: date) -> Formula:
    after: Constant = fit(day + timedelta(days=1), frame.types[column])
    first, last = Bound(day), Bound(after, open=True)
    if claim.operator == "<>":
        return one_of([fact(column, Domain(high=Bound(day, open=True))), fact(column, Domain(low=Bound(after)))])
    return fact(
        column,
        {
            "=": Domain(low=first, high=last), "<": Domain(high=Bound(day, open=True)), "<=": Domain(high=last),
            ">": Domain(low=Bound(after)), ">=": Domain(low=first),
        }[claim.operator],
    )  # fmt: skip


def _part(call: Apply) -> tuple[str, Tree] | None:
    if call.operator in ("year", "month", "day", "hour", "minute", "second"):
        return call.operator, call.parts[0]
    if call.operator in ("extract", "date_part") and len(call.parts) == 2:
        unit = constant_text(call.parts[0])
        return (unit.lower(), call.parts[1]) if unit else None
    return None


def _compared(frame: Frame, claim: Claim, unit: str, tree: Tree) -> Formula | None:
    column, number = _moment(frame, tree), constant_number(claim.right)
    if column is None and isinstance(tree, Apply) and tree.operator in ("date", "timestamp"):
        column = _moment(frame, tree.parts[0])
    if column is None:
        return None
    if number is None:
        raise NotUnderstood("such a part of a moment is not understood")
    if unit == "year":
        return _year(frame, claim, column.name, number)
    limits = _ALWAYS_WITHIN.get(unit)
    if limits is not None and all(holds(claim.operator, value, number) for value in range(limits[0], limits[1] + 1)):
        return always()
    if claim.operator == "=" and (unit, number) in _STARTS:
        return fact(column.name, Domain(truncated=_STARTS[unit, number]))
    raise NotUnderstood(f"the {unit} of a moment is not understood")


def _year(frame: Frame, claim: Claim, column: str, year: int) -> Formula:
    if not 1 <= year < 9999:
        raise NotUnderstood("such a year is not understood")
    first = Bound(fit(date(year, 1, 1), frame.types[column]))
    after = fit(date(year + 1, 1, 1), frame.types[column])
    before = Domain(high=Bound(first.value, open=True))
    later = Domain(low=Bound(after))
    if claim.operator == "<>":
        return one_of([fact(column, before), fact(column, later)])
    within = {
        "=": Domain(low=first, high=Bound(after, open=True)), "<": before, "<=": Domain(high=Bound(after, open=True)),
        ">": later, ">=": Domain(low=first),
    }[claim.operator]  # fmt: skip
    return fact(column, within)
