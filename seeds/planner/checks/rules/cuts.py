"""Comparisons of what cannot be compared column by column, cut at constants: each alternative is surely within them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ....catalog import Kind
from ..constants import TEXTS
from ..formula import Formula, Link
from ..frame import Claim, Frame, constant_number
from ..linear import linear
from ..model import Bound, Computed, Domain
from ..tree import Apply, Literal, Name, NotUnderstood, Tree, called
from .outcomes import all_of, fact, one_of
from .sizes import size_of

_SIZES = (3, 1, 2, 5, 10, 20, 50, 100, 250, 1000, 0)
_FACTORS = (10, 30, 100, 3, 1000, 1)
_NUMBERS = (Kind.INTEGER, Kind.NUMERIC)


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """``length(x) op n + 3`` beside a column n, and ``a * b <= 1000``."""
    if claim.operator in ("<", "<=") and called(claim.left, "*") and constant_number(claim.right) is not None:
        return _product(frame, claim)
    if claim.operator == "<>":
        return None
    size = size_of(frame, claim.left)
    if size is None:
        return None
    column, gap = _whole(frame, claim.right)
    name = size
    if claim.operator == "=" and frame.types[name].kind in TEXTS and not frame.types[name].dimensions:
        counted: Tree = Apply("length", (Name(name),))
        if gap:
            counted = Apply("-", (counted, Literal(str(gap))))
        return Link(Computed(column, counted))
    return one_of(list(_arms(claim.operator, name, column, gap)))


def _whole(frame: Frame, tree: Tree) -> tuple[str, int]:
    """A column of whole numbers, and what is added to it."""
    found = linear(frame, tree)
    if len(found.factors) != 1 or found.factors[0][1] != 1 or found.low != found.high or found.low.denominator != 1:
        raise NotUnderstood("a size compared with such a value is not understood")
    name = found.factors[0][0]
    if frame.types[name].kind is not Kind.INTEGER:
        raise NotUnderstood("a size compared with such a value is not understood")
    return name, int(found.low)


def _arms(operator: str, sized: str, column: str, gap: int) -> Iterator[Formula]:
    """``size op column + gap``, both on the right side of a constant."""
    for size in _SIZES:
        step = 1 if operator in ("<", ">") else 0
        if operator == "=":
            if size:
                yield all_of(
                    fact(sized, Domain(min_size=size, max_size=size)), fact(column, Domain(values=(size - gap,)))
                )
        elif operator[0] == "<":
            yield all_of(fact(sized, Domain(max_size=size)), fact(column, Domain(low=Bound(size - gap + step))))
        else:
            yield all_of(fact(sized, Domain(min_size=size)), fact(column, Domain(high=Bound(size - gap - step))))


def _product(frame: Frame, claim: Claim) -> Formula | None:
    assert isinstance(claim.left, Apply)
    names = [frame.plain(part) for part in claim.left.parts]
    limit = constant_number(claim.right)
    known = [name for name in names if name is not None and frame.type(name).kind in _NUMBERS]
    if len(known) != 2 or known[0] == known[1] or limit is None or limit <= 0:
        raise NotUnderstood("a product of columns is not understood")
    top = limit - 1 if claim.operator == "<" else limit
    arms = []
    for factor in _FACTORS:
        other = int(Fraction(top, factor))
        if other >= 1:
            ends = zip(known, (factor, other), strict=True)
            arms.append(all_of(*(fact(name.name, Domain(low=Bound(0), high=Bound(end))) for name, end in ends)))
    return one_of(arms)
