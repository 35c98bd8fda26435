"""A column compared with constants for equality, with itself, or with another column that has no order."""

from __future__ import annotations

from ....catalog import DataType, Kind
from ..constants import DAYS, NUMBERS, TEXTS, Plain, evaluate, fit, is_constant
from ..formula import Formula, Link
from ..frame import Claim, Frame
from ..model import Domain, Relation
from ..tree import Apply, Cast, Name, NotUnderstood, Tree
from .outcomes import all_of, always, fact, formed, never, one_of

_ORDERED = (*NUMBERS, *DAYS, Kind.TIME, Kind.INTERVAL)


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """Equality with constants; lists of them; ``x = x``; equality of two columns."""
    column = frame.plain(claim.left)
    if column is None or len(claim.parts) != 2:
        return None
    if claim.operator in ("any =", "all <>"):
        return _listed(frame, claim, column)
    if claim.operator not in ("=", "<>", "<", "<=", ">", ">="):
        return None
    other = frame.plain(claim.right)
    if other is not None:
        return _columns(frame, claim, column, other)
    if not is_constant(claim.right) or frame.type(column).dimensions:
        return None
    if frame.type(column).kind is Kind.ENUM and claim.operator not in ("=", "<>"):
        return _by_label(frame, claim, column)
    if claim.operator not in ("=", "<>") or frame.type(column).kind in (*_ORDERED, Kind.RANGE, Kind.MULTIRANGE):
        return _after_empty_text(frame, claim, column)
    made = _equal(frame.type(column), claim, column)
    padded = frame.dialect == "mysql" or frame.type(column).kind is Kind.CHAR
    if padded and claim.operator == "<>" and evaluate(claim.right) == "":
        # Blanks at the end do not count in a comparison, so blanks alone are equal to nothing at all.
        return all_of(made, formed(column.name, "not_blank"))
    return made


def _equal(type_: DataType, claim: Claim, column: Name) -> Formula:
    try:
        value = fit(evaluate(claim.right), type_)
        if type_.kind is Kind.ENUM and value not in type_.labels:
            raise NotUnderstood(f"{value!r} is no label")
    except NotUnderstood:
        if type_.kind not in (Kind.ENUM, Kind.UUID, Kind.JSON):
            raise
        return never(claim) if claim.operator == "=" else always()
    domain = Domain(values=(value,)) if claim.operator == "=" else Domain(excluded=(value,))
    return fact(column.name, domain)


def _listed(frame: Frame, claim: Claim, column: Name) -> Formula | None:
    if not is_constant(claim.right):
        return None
    items = evaluate(claim.right)
    type_ = frame.type(column)
    wanted = (claim.operator == "any =") is not claim.negated
    if not isinstance(items, list) or type_.dimensions or any(_unlisted(item, type_) for item in items):
        return None
    values = tuple(dict.fromkeys(fit(item, type_) for item in items))
    if not values:
        return never(claim) if wanted else always()
    return fact(column.name, Domain(values=values) if wanted else Domain(excluded=values))


def _unlisted(item: Plain, type_: DataType) -> bool:
    return item is None or isinstance(item, list) or type_.kind in (Kind.RANGE, Kind.JSON)


def _by_label(frame: Frame, claim: Claim, column: Name) -> Formula:
    """Enums are ordered as their labels are declared."""
    labels, value = frame.type(column).labels, evaluate(claim.right)
    if not isinstance(value, str) or value not in labels:
        raise NotUnderstood("an enum compared with what is no label is not understood")
    at = labels.index(value)
    kept = {
        "<": labels[:at], "<=": labels[: at + 1], ">": labels[at + 1 :], ">=": labels[at:],
    }[claim.operator]  # fmt: skip
    return fact(column.name, Domain(values=kept)) if kept else never(claim)


def _after_empty_text(frame: Frame, claim: Claim, column: Name) -> Formula | None:
    """Every text but the empty one comes after the empty one; no other order of texts is known here."""
    if frame.type(column).kind not in TEXTS or claim.operator in ("=", "<>"):
        return None
    if evaluate(claim.right) != "":
        raise NotUnderstood("the order of texts depends on the database's collation")
    return {
        ">": fact(column.name, Domain(excluded=("",))), ">=": always(),
        "<=": fact(column.name, Domain(values=("",))), "<": never(claim),
    }[claim.operator]  # fmt: skip


def _columns(frame: Frame, claim: Claim, column: Name, other: Name) -> Formula | None:
    if column == other:
        return always() if claim.operator in ("=", "<=", ">=") else never(claim)
    types = frame.type(column), frame.type(other)
    if any(type_.kind in _ORDERED and not type_.dimensions for type_ in types):
        return None
    if claim.operator not in ("=", "<>"):
        raise NotUnderstood("the order of texts depends on the database's collation")
    if _is_written(frame, claim.left, column) or _is_written(frame, claim.right, other):
        raise NotUnderstood("columns compared as texts are not understood")
    if any(type_.kind is Kind.BOOLEAN for type_ in types):
        return one_of(_truths(column, other, same=claim.operator == "="))
    return Link(Relation(column.name, claim.operator, other.name))


def _is_written(frame: Frame, tree: Tree, column: Name) -> bool:
    if isinstance(tree, Apply):
        return True
    return isinstance(tree, Cast) and tree.type == "text" and frame.type(column).kind not in (*TEXTS, Kind.ENUM)


def _truths(column: Name, other: Name, *, same: bool) -> list[Formula]:
    return [
        all_of(
            fact(column.name, Domain(values=(truth,))),
            fact(other.name, Domain(values=(truth is same,))),
        )
        for truth in (True, False)
    ]
