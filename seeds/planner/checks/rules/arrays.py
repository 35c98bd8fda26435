"""What arrays have among their elements; elements are taken never to be null, since none is generated so."""

from __future__ import annotations

from dataclasses import replace

from ....catalog import DataType
from ..constants import evaluate, fit, is_constant
from ..formula import Formula
from ..frame import Claim, Frame
from ..model import Bound, Constant, Domain
from ..tree import OPPOSITE, Apply, Name, NotUnderstood, Tree
from .outcomes import always, fact, never, one_of

_SINGLE = ("array_ndims", "array_lower")


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """Quantified comparisons with an array column, containment, and tidy arrays."""
    if claim.operator.startswith(("any ", "all ")):
        return _quantified(frame, claim)
    if claim.operator in ("@>", "<@", "&&"):
        return _containment(frame, claim)
    if claim.operator not in ("=", "<>", "<", "<=", ">", ">="):
        return None
    if isinstance(claim.left, Apply) and claim.left.operator == "array_remove":
        return _tidy(frame, claim, claim.left)
    if isinstance(claim.left, Apply) and claim.left.operator in _SINGLE:
        return _single(frame, claim, claim.left)
    column = _array(frame, claim.left)
    return None if column is None or not is_constant(claim.right) else _whole(frame, claim, column)


def _array(frame: Frame, tree: Tree) -> Name | None:
    column = frame.plain(tree)
    return column if column is not None and frame.type(column).dimensions else None


def _element(type_: DataType) -> DataType:
    return replace(type_, dimensions=0)


def _values(frame: Frame, column: Name, tree: Tree) -> tuple[Constant, ...]:
    value = evaluate(tree)
    items = value if isinstance(value, list) else [value]
    return tuple(fit(item, _element(frame.type(column))) for item in items)


def _quantified(frame: Frame, claim: Claim) -> Formula | None:
    column = _array(frame, claim.right)
    if column is None or not is_constant(claim.left):
        raise NotUnderstood("a comparison with such a list is not understood")
    if evaluate(claim.left) is None:
        raise NotUnderstood("a comparison with null is not understood")
    quantifier, operator = claim.operator.split(" ", 1)
    if claim.negated:
        quantifier, operator = ("all" if quantifier == "any" else "any"), OPPOSITE.get(operator, "")
    values = _values(frame, column, claim.left)
    if quantifier == "any":
        if operator == "=":
            return fact(column.name, Domain(element_required=values))
        raise NotUnderstood("an element that differs is not understood")
    if operator in ("=", "<>"):
        domain = Domain(element_values=values) if operator == "=" else Domain(element_excluded=values)
        return fact(column.name, domain)
    return _bounded(column.name, operator, values[0])


def _bounded(name: str, operator: str, value: Constant) -> Formula:
    """``5 >= ALL (x)``: the constant is on the left."""
    if isinstance(value, str) or operator not in ("<", "<=", ">", ">="):
        raise NotUnderstood("the order of such elements is not understood")
    bound = Bound(value, operator in ("<", ">"))
    element = Domain(high=bound) if operator in (">", ">=") else Domain(low=bound)
    return fact(name, Domain(element=element))


def _containment(frame: Frame, claim: Claim) -> Formula | None:
    operator, left, right = claim.operator, claim.left, claim.right
    if is_constant(left) and not is_constant(right):
        operator, left, right = {"@>": "<@", "<@": "@>"}.get(operator, operator), right, left
    column = _array(frame, left)
    if column is None or not is_constant(right):
        return None
    values = _values(frame, column, right)
    if operator == "<@" and not claim.negated:
        return fact(column.name, Domain(element_values=values))
    if operator == "@>" and not claim.negated:
        return fact(column.name, Domain(element_required=values)) if values else always()
    if operator == "&&" and claim.negated:
        return fact(column.name, Domain(element_excluded=values))
    if operator == "&&":
        return (
            one_of([fact(column.name, Domain(element_required=(value,))) for value in values])
            if values
            else never(claim)
        )
    if operator == "@>":
        return (
            one_of([fact(column.name, Domain(element_excluded=(value,))) for value in values])
            if values
            else never(claim)
        )
    raise NotUnderstood("an element besides those listed is not understood")


def _tidy(frame: Frame, claim: Claim, call: Apply) -> Formula | None:
    column = _array(frame, call.parts[0])
    if column is None or frame.plain(claim.right) != column or claim.operator != "=":
        raise NotUnderstood("such an array is not understood")
    if evaluate(call.parts[1]) is None:
        return always()
    return fact(column.name, Domain(element_excluded=_values(frame, column, call.parts[1])))


def _single(frame: Frame, claim: Claim, call: Apply) -> Formula | None:
    """Arrays are generated with one dimension that starts at 1."""
    column = _array(frame, call.parts[0])
    if column is None or not is_constant(claim.right) or frame.type(column).dimensions > 1:
        raise NotUnderstood("such an array is not understood")
    holds = {"=": 1, "<=": 1, ">=": 1}.get(claim.operator) == evaluate(claim.right)
    if not holds:
        raise NotUnderstood("arrays of several dimensions are not understood")
    return fact(column.name, Domain(min_size=1)) if claim.strict else always()


def _whole(frame: Frame, claim: Claim, column: Name) -> Formula:
    value = evaluate(claim.right)
    if isinstance(value, list) and not value:
        if claim.operator in ("=", "<="):
            return fact(column.name, Domain(max_size=0))
        if claim.operator in ("<>", ">"):
            return fact(column.name, Domain(min_size=1))
    raise NotUnderstood("a whole array compared with a constant is not understood")


def element_position(frame: Frame, call: Apply, *, null: bool) -> Formula | None:
    """Whether ``array_position(x, value)`` is null: the value is not among the elements."""
    column = _array(frame, call.parts[0])
    if column is None or not is_constant(call.parts[1]):
        return None
    if evaluate(call.parts[1]) is None:
        return always() if null else never(Claim("=", (column,)))
    values = _values(frame, column, call.parts[1])
    return fact(column.name, Domain(element_excluded=values) if null else Domain(element_required=values))
