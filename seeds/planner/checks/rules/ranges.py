"""Ranges: whether they are empty, whether and where they end."""

from __future__ import annotations

from ....catalog import Kind
from ..constants import evaluate, fit, is_constant
from ..formula import Formula
from ..frame import Claim, Frame
from ..model import Bound, Domain
from ..tree import Apply, Name, NotUnderstood, Tree
from .outcomes import always, fact, formed, never

_FORMS = {
    "lower_inf": ("low_unbounded", "low_bounded"), "upper_inf": ("high_unbounded", "high_bounded"),
    "lower_inc": ("low_included", "low_excluded"), "upper_inc": ("high_included", "high_excluded"),
}  # fmt: skip
_ENDS = {"lower": "low_bounded", "upper": "high_bounded"}


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """Predicates on ranges, and their ends compared."""
    if claim.operator in _FORMS or claim.operator == "isempty":
        return _formed(frame, claim)
    if claim.operator in ("=", "<>") and _range(frame, claim.left) is not None:
        return _not_empty(frame, claim)
    if claim.operator not in ("<", "<=", ">", ">="):
        return None
    end = _end(frame, claim.left)
    if end is None:
        return None
    if is_constant(claim.right):
        return _limited(frame, claim, *end)
    return _in_order(frame, claim, end)


def _range(frame: Frame, tree: Tree) -> Name | None:
    column = frame.plain(tree)
    if column is None or frame.type(column).kind not in (Kind.RANGE, Kind.MULTIRANGE):
        return None
    return column


def _formed(frame: Frame, claim: Claim) -> Formula:
    column = _range(frame, claim.left)
    if column is None:
        raise NotUnderstood("a range made of other columns is not understood")
    if claim.operator == "isempty":
        if not claim.negated:
            return fact(column.name, Domain(values=("empty",)))
        return formed(column.name, "filled")
    element = frame.type(column).element
    if claim.operator.endswith("_inc") and element is not None and element.kind in (Kind.INTEGER, Kind.DATE):
        return _included(claim, column.name)
    so, otherwise = _FORMS[claim.operator]
    return formed(column.name, "filled", otherwise if claim.negated else so)


def _included(claim: Claim, column: str) -> Formula:
    """Ranges of whole numbers and days are kept from their first one to before their last."""
    if claim.operator == "upper_inc":
        return always() if claim.negated else never(claim)
    return formed(column, "filled", "low_unbounded" if claim.negated else "low_bounded")


def _not_empty(frame: Frame, claim: Claim) -> Formula:
    column = _range(frame, claim.left)
    if column is None or not is_constant(claim.right) or evaluate(claim.right) != "empty":
        raise NotUnderstood("a range compared with another is not understood")
    return formed(column.name, "filled") if claim.operator == "<>" else fact(column.name, Domain(values=("empty",)))


def _end(frame: Frame, tree: Tree) -> tuple[str, str] | None:
    if not isinstance(tree, Apply) or tree.operator not in _ENDS:
        return None
    column = _range(frame, tree.parts[0])
    return None if column is None else (column.name, tree.operator)


def _limited(frame: Frame, claim: Claim, column: str, end: str) -> Formula:
    """A lower end after a moment, or an upper end before one, holds the whole range there."""
    element = frame.types[column].element
    if element is None or (end == "lower") is not (claim.operator in (">", ">=")):
        raise NotUnderstood("such an end of a range is not understood")
    bound = Bound(fit(evaluate(claim.right), element), claim.operator in (">", "<"))
    limits = Domain(low=bound) if end == "lower" else Domain(high=bound)
    if not claim.strict:
        return fact(column, limits)
    return fact(column, Domain(low=limits.low, high=limits.high, forms=frozenset({"filled", _ENDS[end]})))


def _in_order(frame: Frame, claim: Claim, left: tuple[str, str]) -> Formula:
    """``lower(r) < upper(r)``: the range is filled, and no single point with both ends in it."""
    right = _end(frame, claim.right)
    if right is None or right[0] != left[0] or (left[1], right[1]) != ("lower", "upper") or claim.operator[0] != "<":
        raise NotUnderstood("such ends of a range are not understood")
    forms = ["filled", "low_bounded", "high_bounded", "high_excluded"]
    return formed(left[0], *forms)


def end_is_null(frame: Frame, call: Apply, *, null: bool) -> Formula | None:
    """Whether an end of a range is null: where it has none."""
    end = _end(frame, call)
    if end is None:
        return None
    column, side = end
    word = "low" if side == "lower" else "high"
    return formed(column, "filled", f"{word}_unbounded" if null else f"{word}_bounded")
