"""Domains of one column: their intersection, their union where one domain can say it, and when nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, lcm

from ...catalog import DataType, Kind
from .constants import place
from .model import Bound, Constant, Domain, Nullity, TextPattern
from .satisfaction import accepts, kind_of, same

ANY = Domain()
NOT_NULL = Domain(null=Nullity.NEVER)
NULL = Domain(null=Nullity.ALWAYS)

_WHOLE = (Kind.INTEGER, Kind.YEAR)
_ENUMERABLE = 1_000
"""Whole-number intervals up to this size are checked value by value for what is excluded."""
_OPPOSED = (
    {"low_bounded", "low_unbounded"}, {"high_bounded", "high_unbounded"}, {"low_included", "low_excluded"},
    {"high_included", "high_excluded"},
)  # fmt: skip
_TRUNCATIONS = ("second", "minute", "hour", "day", "month", "quarter", "year")


class Inexpressible(Exception):
    """Two domains whose intersection is not empty, and no domain can say it."""


def meet(first: Domain, second: Domain, type_: DataType) -> Domain | None:
    """What both allow; None where that is nothing at all, not even null.

    Raises:
        Inexpressible: no single domain says it.
    """
    if first is second or second == ANY:
        return _settled(first, type_)
    null = _meet_null(first.null, second.null)
    if null is None or null is Nullity.ALWAYS:
        return NULL if null else None
    if (first.json_kind and second.json_kind and first.json_kind != second.json_kind) or _clash(first, second):
        return _or_null(null)
    element = _meet_elements(first.element, second.element, type_)
    if element is None and (first.element or second.element):
        return _settled(replace(ANY, null=null, max_size=0), type_)
    return _settled(
        Domain(
            null=null,
            values=_common(first.values, second.values),
            excluded=_both(first.excluded, second.excluded),
            low=_tighter(first.low, second.low, lowest=True),
            high=_tighter(first.high, second.high, lowest=False),
            min_size=max(first.min_size, second.min_size),
            max_size=_least(first.max_size, second.max_size),
            patterns=_patterns(first.patterns, second.patterns),
            forms=first.forms | second.forms,
            json_kind=first.json_kind or second.json_kind,
            json_keys=_keys(first.json_keys, second.json_keys),
            truncated=_truncated(first.truncated, second.truncated),
            divisor=lcm(first.divisor, second.divisor)
            if first.divisor and second.divisor
            else max(first.divisor, second.divisor),
            element_excluded=_both(first.element_excluded, second.element_excluded),
            element_values=_common(first.element_values, second.element_values),
            element_required=_both(first.element_required, second.element_required),
            element=element,
            max_text=_least(first.max_text, second.max_text),
            json_values={**first.json_values, **second.json_values},
            json_lacks=tuple(dict.fromkeys((*first.json_lacks, *second.json_lacks))),
        ),
        type_,
    )


def _meet_null(first: Nullity, second: Nullity) -> Nullity | None:
    if first is second or second is Nullity.MAYBE:
        return first
    return second if first is Nullity.MAYBE else None


def _or_null(null: Nullity) -> Domain | None:
    return NULL if null is Nullity.MAYBE else None


def _clash(first: Domain, second: Domain) -> bool:
    """Whether two documents ask for different kinds, or values, under one key."""
    kinds, values = (first.json_keys, second.json_keys), (first.json_values, second.json_values)
    return any(kinds[0][key] != kinds[1][key] != "" != kinds[0][key] for key in kinds[0] if key in kinds[1]) or any(
        not same(values[0][key], values[1][key]) for key in values[0] if key in values[1]
    )


def _keys(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    return {key: first.get(key) or second.get(key, "") for key in (*first, *second)}


def _common(first: tuple[Constant, ...] | None, second: tuple[Constant, ...] | None) -> tuple[Constant, ...] | None:
    if first is None or second is None:
        return second if first is None else first
    return tuple(one for one in first if any(same(one, other) for other in second))


def _both(first: tuple[Constant, ...], second: tuple[Constant, ...]) -> tuple[Constant, ...]:
    if not first or not second:
        return first or second
    return first + tuple(one for one in second if not any(same(one, other) for other in first))


def _patterns(first: tuple[TextPattern, ...], second: tuple[TextPattern, ...]) -> tuple[TextPattern, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _tighter(first: Bound | None, second: Bound | None, *, lowest: bool) -> Bound | None:
    if first is None or second is None:
        return second if first is None else first
    one, other = place(first.value), place(second.value)
    if one == other:
        return first if first.open else second
    return first if (one > other) is lowest else second


def _least(first: int | None, second: int | None) -> int | None:
    return min((size for size in (first, second) if size is not None), default=None)


def _truncated(first: str, second: str) -> str:
    if not first or not second or first == second:
        return first or second
    for one, other in ((first, second), (second, first)):
        if one == "week" and other in _TRUNCATIONS[:4]:
            return one
        if "week" in (one, other):
            raise Inexpressible
    return max(first, second, key=_TRUNCATIONS.index)


def _meet_elements(first: Domain | None, second: Domain | None, type_: DataType) -> Domain | None:
    if first is None or second is None:
        return second if first is None else first
    return meet(first, second, replace(type_, dimensions=0))


def _settled(domain: Domain, type_: DataType) -> Domain | None:
    """The domain in its plainest form; null alone, or nothing, where no value is left."""
    if domain.null is Nullity.ALWAYS:
        return NULL
    plain = _listed(_rounded(domain, type_), type_)
    return _or_null(domain.null) if is_empty(plain, type_) else plain


def _rounded(domain: Domain, type_: DataType) -> Domain:
    """Whole numbers and days have closed bounds of their own type."""
    if (domain.low is None and domain.high is None) or type_.dimensions or type_.kind not in (*_WHOLE, Kind.DATE):
        return domain
    low, high = _rounded_up(domain.low), _rounded_down(domain.high)
    if low == domain.low and high == domain.high:
        return domain
    return replace(domain, low=low, high=high)


def _rounded_up(bound: Bound | None) -> Bound | None:
    if bound is None:
        return None
    value = bound.value
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        later = bound.open or place(day) < place(value)
        return Bound(day + timedelta(1)) if later and day < date.max else Bound(day, later)
    whole = ceil(Fraction(place(value)))
    return Bound(whole + 1 if bound.open and whole == value else whole)


def _rounded_down(bound: Bound | None) -> Bound | None:
    if bound is None:
        return None
    value = bound.value
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        earlier = bound.open and place(day) == place(value)
        return Bound(day - timedelta(1)) if earlier and day > date.min else Bound(day, earlier)
    whole = floor(Fraction(place(value)))
    return Bound(whole - 1 if bound.open and whole == value else whole)


def labels_of(type_: DataType) -> tuple[Constant, ...] | None:
    """All values of an enum or boolean type; None for any other."""
    if type_.dimensions:
        return None
    if type_.kind is Kind.BOOLEAN:
        return (True, False)
    return type_.labels if type_.kind is Kind.ENUM and type_.labels else None


def _listed(domain: Domain, type_: DataType) -> Domain:
    """A domain with a list of values says no more than the list."""
    labels = labels_of(type_)
    values = domain.values
    if labels is not None and not says_only(domain, "null", "values"):
        values = labels if values is None else values
    if labels is not None and values is not None:
        values = tuple(one for one in labels if any(same(one, other) for other in values))
    if values is None:
        return _shorter(domain)
    rest = replace(domain, values=None)
    kept = tuple(value for value in values if accepts(rest, value) and fits_type(value, type_))
    if type_.case_insensitive and domain.excluded:
        banned = {str(value).lower() for value in domain.excluded}
        kept = tuple(value for value in kept if str(value).lower() not in banned)
    if labels is not None and len(kept) == len(labels):
        return Domain(null=domain.null)
    return Domain(null=domain.null, values=kept)


def _shorter(domain: Domain) -> Domain:
    """Excluded values that nothing else would allow are not spoken of."""
    if not domain.excluded:
        return domain
    rest = replace(domain, excluded=())
    kept = tuple(value for value in domain.excluded if accepts(rest, value))
    return domain if len(kept) == len(domain.excluded) else replace(domain, excluded=kept)


def fits_type(value: Constant, type_: DataType) -> bool:
    """Whether the column's type can hold the value at all."""
    if type_.dimensions:
        return True
    if type_.kind in _WHOLE:
        if not isinstance(value, (int, Decimal)) or value != int(value):
            return False
        return (type_.low is None or value >= type_.low) and (type_.high is None or value <= type_.high)
    if type_.kind in (Kind.TEXT, Kind.CHAR):
        return not isinstance(value, str) or type_.size is None or len(value) <= type_.size
    return True


def is_empty(domain: Domain, type_: DataType) -> bool:
    """Whether surely no value (null aside) is in the domain and the type; False where that is not known."""
    if domain.values is not None:
        return not domain.values
    if domain.max_size is not None and domain.min_size > domain.max_size:
        return True
    if _too_long(domain, type_) or any(len(domain.forms & pair) > 1 for pair in _OPPOSED):
        return True
    if _no_document(domain):
        return True
    if domain.element_values is not None and any(
        not _among(one, domain.element_values) for one in domain.element_required
    ):
        return True
    if any(_among(one, domain.element_excluded) for one in domain.element_required):
        return True
    if domain.max_size == 0 and ("not_blank" in domain.forms or domain.element_required):
        return True
    return _no_room(domain, type_)


def _no_document(domain: Domain) -> bool:
    """Whether an object is asked for what an object cannot be."""
    keys = {**domain.json_values, **domain.json_keys}
    if keys and domain.json_kind not in ("", "object"):
        return True
    return any(key in domain.json_lacks for key in keys) or any(
        kind not in ("", kind_of(domain.json_values.get(key)))
        for key, kind in domain.json_keys.items()
        if key in domain.json_values
    )


def _among(value: Constant, values: tuple[Constant, ...]) -> bool:
    return any(same(value, other) for other in values)


def _too_long(domain: Domain, type_: DataType) -> bool:
    sized = type_.kind in (Kind.TEXT, Kind.CHAR, Kind.BYTES) and not type_.dimensions and type_.size is not None
    return sized and type_.size is not None and domain.min_size > type_.size


def _no_room(domain: Domain, type_: DataType) -> bool:
    """Whether low and high, the type's own limits, what divides and what is excluded leave no value."""
    if type_.dimensions or type_.kind in (Kind.RANGE, Kind.MULTIRANGE):
        return False
    low, high = domain.low, domain.high
    if type_.kind in _WHOLE:
        return _no_whole(domain, low, high, type_)
    if low is None or high is None:
        return False
    first, last = place(low.value), place(high.value)
    if first > last or (first == last and (low.open or high.open)):
        return True
    return first == last and _among(low.value, domain.excluded)


def _no_whole(domain: Domain, low: Bound | None, high: Bound | None, type_: DataType) -> bool:
    first = _end(low, type_.low, max)
    last = _end(high, type_.high, min)
    if first is None or last is None:
        return False
    if first > last:
        return True
    step = domain.divisor or 1
    start = -(-first // step) * step
    count = (last - start) // step + 1
    if count > _ENUMERABLE:
        return False
    return all(_among(start + step * index, domain.excluded) for index in range(count))


def _end(bound: Bound | None, limit: int | None, choose: Callable[[list[int]], int]) -> int | None:
    ends = [int(Fraction(place(bound.value)))] if bound is not None else []
    ends += [limit] if limit is not None else []
    return choose(ends) if ends else None


def implies(first: Domain, second: Domain, type_: DataType) -> bool:
    """Whether all that the first allows, the second allows too, as far as their plain forms tell."""
    if second in (NULL, NOT_NULL):
        return first.null is second.null
    try:
        both = meet(first, second, type_)
        return both is not None and both == _settled(first, type_)
    except Inexpressible:
        return False


def join(first: Domain, second: Domain, type_: DataType) -> Domain | None:
    """The domain of what either allows, where there is one that says exactly that."""
    if implies(first, second, type_):
        return second
    if implies(second, first, type_):
        return first
    if first.null is Nullity.ALWAYS or second.null is Nullity.ALWAYS:
        other = second if first.null is Nullity.ALWAYS else first
        return replace(other, null=Nullity.MAYBE)
    null = Nullity.MAYBE if Nullity.MAYBE in (first.null, second.null) else Nullity.NEVER
    one, other = replace(first, null=Nullity.MAYBE), replace(second, null=Nullity.MAYBE)
    if one == other:
        return replace(one, null=null)
    lists = first.values, second.values
    if lists[0] is not None and lists[1] is not None and says_only(one, "values") and says_only(other, "values"):
        return _settled(Domain(null=null, values=_both(lists[0], lists[1])), type_)
    return None


def says_only(domain: Domain, *names: str) -> bool:
    """Whether a domain says nothing besides these fields."""
    return all(
        field.name in names or getattr(domain, field.name) == getattr(ANY, field.name) for field in fields(Domain)
    )


@dataclass(frozen=True, slots=True)
class _Flip:
    """How a plain claim is turned round."""

    field: str
    turned: Callable[[Domain], Domain]


_FLIPS = (
    _Flip("values", lambda domain: Domain(excluded=domain.values or ())),
    _Flip("excluded", lambda domain: Domain(values=domain.excluded)),
    _Flip("low", lambda domain: Domain(high=_turned(domain.low))),
    _Flip("high", lambda domain: Domain(low=_turned(domain.high))),
)


def _turned(bound: Bound | None) -> Bound | None:
    return None if bound is None else Bound(bound.value, not bound.open)


def complement(domain: Domain) -> Domain | None:
    """The domain of exactly what a plain one leaves out; None where no domain is that."""
    if says_only(domain, "null"):
        return {Nullity.NEVER: NULL, Nullity.ALWAYS: NOT_NULL}.get(domain.null)
    null = Nullity.MAYBE if domain.null is Nullity.NEVER else Nullity.NEVER
    for flip in _FLIPS:
        if says_only(domain, "null", flip.field) and domain.null is not Nullity.ALWAYS:
            return replace(flip.turned(domain), null=null)
    return None
