"""Arithmetic and order: bounds on one column, differences between two, sums over more, and divisibility."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from ....catalog import DataType, Kind
from .. import moments
from ..constants import DAYS, NUMBERS
from ..formula import Formula, Link
from ..frame import Claim, Frame, constant_number
from ..linear import Linear, difference, linear
from ..model import Bound, Constant, Domain, Relation, Sum
from ..satisfaction import holds
from ..tree import COMPARISONS, MIRRORED, Apply, NotUnderstood, Tree, called
from .outcomes import always, fact, never

_LINE = (*NUMBERS, *DAYS, Kind.TIME, Kind.INTERVAL)
_DIVISIONS = ("%",)
_ROUNDINGS = ("floor", "ceil", "round", "trunc")
_PLACES = 6
"""Decimal places that a bound is kept to where the column's type names none."""


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """``left op right`` of sums."""
    if claim.operator not in COMPARISONS:
        return None
    if called(claim.left, *_DIVISIONS):
        return _divisible(frame, claim)
    if called(claim.left, *_ROUNDINGS):
        return _whole(frame, claim)
    if any(_is_unordered(frame, side) for side in (claim.left, claim.right)):
        return None
    gap = difference(linear(frame, claim.left), linear(frame, claim.right))
    if not gap.factors:
        return _settled(claim, gap)
    if len(gap.factors) == 1:
        return _bounded(frame, claim, gap)
    return _related(frame, claim, gap)


def _is_unordered(frame: Frame, tree: Tree) -> bool:
    column = frame.plain(tree)
    return column is not None and (frame.type(column).kind not in _LINE or frame.type(column).dimensions > 0)


def _divisible(frame: Frame, claim: Claim) -> Formula:
    assert isinstance(claim.left, Apply)
    column, divisor = frame.plain(claim.left.parts[0]), constant_number(claim.left.parts[1])
    if column is None or not divisor or claim.operator != "=" or constant_number(claim.right) != 0:
        raise NotUnderstood("such a remainder is not understood")
    return fact(column.name, Domain(divisor=abs(divisor)))


def _whole(frame: Frame, claim: Claim) -> Formula:
    """``floor(x) = x`` and the like."""
    assert isinstance(claim.left, Apply)
    column = frame.plain(claim.left.parts[0])
    places = constant_number(claim.left.parts[1]) if len(claim.left.parts) > 1 else 0
    if column is None or frame.plain(claim.right) != column or claim.operator != "=" or places is None:
        raise NotUnderstood("such a rounding is not understood")
    type_ = frame.type(column)
    if type_.kind in (Kind.INTEGER, Kind.YEAR) or (type_.scale is not None and type_.scale <= places):
        return always()
    if places == 0:
        return fact(column.name, Domain(divisor=1))
    raise NotUnderstood("rounding to decimal places is not understood")


def _settled(claim: Claim, gap: Linear) -> Formula:
    truths = {holds(claim.operator, gap.low, Fraction(0)), holds(claim.operator, gap.high, Fraction(0))}
    if len(truths) > 1 or (gap.low < 0 < gap.high and claim.operator in ("=", "<>")):
        raise NotUnderstood("what is compared with the clock is not certain")
    return always() if truths == {True} else never(claim)


def _bounded(frame: Frame, claim: Claim, gap: Linear) -> Formula:
    """``factor * column + constant op 0``: the cautious end of the constant counts."""
    name, factor = gap.factors[0]
    type_ = frame.types[name]
    operator = claim.operator if factor > 0 else MIRRORED[claim.operator]
    ends = sorted((-gap.low / factor, -gap.high / factor))
    if operator in ("=", "<>"):
        if ends[0] != ends[1]:
            raise NotUnderstood("a column that equals the clock is not understood")
        value = _value(ends[0], type_)
        if value is None:
            return never(claim) if operator == "=" else always()
        return fact(name, Domain(values=(value,)) if operator == "=" else Domain(excluded=(value,)))
    if operator in ("<", "<="):
        return fact(name, Domain(high=bound_at(ends[0], type_, upwards=False, open_=operator == "<")))
    return fact(name, Domain(low=bound_at(ends[1], type_, upwards=True, open_=operator == ">")))


def bound_at(place: Fraction, type_: DataType, *, upwards: bool = True, open_: bool = False) -> Bound:
    """The bound at a place, or the nearest one inside that the type can say."""
    if type_.kind in (Kind.INTEGER, Kind.YEAR):
        whole = ceil(place) if upwards else floor(place)
        return Bound(whole, open_ and whole == place)
    if type_.kind is Kind.FLOAT:
        return Bound(float(place), open_)
    if type_.kind in (Kind.NUMERIC, Kind.MONEY):
        places = Fraction(10) ** (type_.scale if type_.scale is not None else max(_PLACES, _places(place)))
        inside = Fraction(ceil(place * places) if upwards else floor(place * places)) / places
        return Bound(_decimal(inside), open_ and inside == place)
    if type_.kind is Kind.DATE:
        day = (ceil(place / moments.DAY) if upwards else floor(place / moments.DAY)) * moments.DAY
        return Bound(moments.moment_at(day).date(), open_ and day == place)
    if type_.kind is Kind.TIME:
        return Bound(moments.time_at(place), open_)
    if type_.kind is Kind.INTERVAL:
        return Bound(moments.span_of(place), open_)
    return Bound(moments.moment_at(place), open_)


def _places(place: Fraction) -> int:
    """Decimal places that a fraction needs, if it has so few that a constant may have been written so."""
    return next((places for places in range(20) if (place * 10**places).denominator == 1), 0)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _value(place: Fraction, type_: DataType) -> Constant | None:
    """The value at a place exactly; None where the type has none there."""
    if type_.kind in (Kind.INTEGER, Kind.YEAR) and place.denominator != 1:
        return None
    if type_.kind is Kind.DATE and place % moments.DAY:
        return None
    bound = bound_at(place, type_, upwards=True, open_=True)
    if type_.kind in (Kind.NUMERIC, Kind.MONEY) and not bound.open:
        return None
    return bound.value


def _related(frame: Frame, claim: Claim, gap: Linear) -> Formula:
    (left, share), (right, other) = gap.factors[:2]
    if len(gap.factors) == 2 and share == -other:
        operator = claim.operator if share > 0 else MIRRORED[claim.operator]
        offset = _cautious(operator, *sorted((-gap.low / share, -gap.high / share)))
        return Link(_relation(frame, left, operator, right, offset))
    kinds = {frame.types[name].kind in NUMBERS for name, _ in gap.factors}
    if kinds != {True} or gap.low != gap.high:
        raise NotUnderstood("a sum of moments is not understood")
    terms = tuple((_decimal(factor), name) for name, factor in gap.factors)
    if any(Fraction(factor) != exact for (factor, _), (_, exact) in zip(terms, gap.factors, strict=True)):
        raise NotUnderstood("a sum with such factors is not understood")
    return Link(Sum(terms, claim.operator, _decimal(-gap.low)))


def _cautious(operator: str, low: Fraction, high: Fraction) -> Fraction:
    if low != high and operator in ("=", "<>"):
        raise NotUnderstood("a distance of months that must be exact is not understood")
    return low if operator in ("<", "<=") else high


def _relation(frame: Frame, left: str, operator: str, right: str, offset: Fraction) -> Relation:
    if not offset:
        return Relation(left, operator, right)
    if frame.types[right].kind not in NUMBERS:
        return Relation(left, operator, right, offset=moments.span_of(offset))
    return Relation(left, operator, right, offset=int(offset) if offset.denominator == 1 else _decimal(offset))
