"""What relations between columns do to their domains, and whether any row can have them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod

from ...catalog import DataType, Kind
from . import moments
from .constants import place
from .domains import NULL, Inexpressible, labels_of, meet
from .formula import Types, linked
from .model import Computed, Constant, Domain, Nullity, Relation, Sum, World
from .rules.numbers import bound_at
from .satisfaction import satisfies
from .tree import MIRRORED

Links = tuple[Relation | Sum | Computed, ...]
_CANDIDATES = 40
_ROWS = 4_000
"""Rows that are tried one by one where all tied columns have few values."""
_SPLITS = 40
"""Times that tied columns are made null, one after the other, where they cannot all have values."""


def closed(types: Types, found: Mapping[str, Domain], links: Links) -> Iterator[tuple[dict[str, Domain], Links]]:
    """The domains tightened by the links, in as many versions as it takes where columns have to be null for it."""
    waiting = [dict(found)]
    for _ in range(_SPLITS):
        if not waiting:
            return
        current = waiting.pop(0)
        live = tuple(link for link in links if all(current[name] != NULL for name in linked(link)))
        tightened = _tightened(types, current, live)
        if tightened is not None and _possible(types, tightened, live):
            yield tightened, live
            return
        for name in dict.fromkeys(name for link in live for name in linked(link)):
            if current[name].null is Nullity.MAYBE:
                waiting.append({**current, name: NULL})


def _tightened(types: Types, found: dict[str, Domain], links: Links) -> dict[str, Domain] | None:
    """Bounds carried over relations; None where no row has values in all tied columns."""
    relations = [link for link in links if isinstance(link, Relation)]
    if _torn(types, found, relations):
        return None
    after = dict(found)
    for _ in range(2 * len(relations) + 2):
        before = dict(after)
        for relation in relations:
            for one in (relation, _mirrored(relation)):
                if not _carry(types, after, one):
                    return None
        if after == before:
            break
    return after


def _mirrored(relation: Relation) -> Relation:
    offset = None if relation.offset is None else -relation.offset
    return Relation(
        relation.right, MIRRORED[relation.operator], relation.left, offset, relation.measure,
        relation.right_form, relation.left_form,
    )  # fmt: skip


def _carry(types: Types, after: dict[str, Domain], relation: Relation) -> bool:
    """What the right column's domain says of the left one; False where the left one has nothing left."""
    claim = _claim(types, after, relation)
    if claim is None:
        return True
    try:
        left = meet(after[relation.left], claim, types[relation.left])
    except Inexpressible:
        return True
    if left is None or (left == NULL and after[relation.left] != NULL):
        return False
    after[relation.left] = left
    return True


def _claim(types: Types, after: Mapping[str, Domain], relation: Relation) -> Domain | None:
    right, operator = after[relation.right], relation.operator
    if relation.measure == "size":
        return _size_claim(right, operator)
    if relation.left_form or relation.right_form:
        return None
    if not _ordered(types[relation.left]) or not _ordered(types[relation.right]):
        return _plain_claim(right, operator)
    low, high = _ends(right)
    step = place(relation.offset) if relation.offset is not None else Fraction(0)
    if operator == "<>":
        single = low[0] + step if low is not None and high is not None and low[0] == high[0] else None
        return None if single is None else Domain(excluded=(bound_at(single, types[relation.left]).value,))
    claim = Domain()
    if operator in ("<", "<=", "=") and high is not None:
        bound = bound_at(high[0] + step, types[relation.left], upwards=False, open_=high[1] or operator == "<")
        claim = replace(claim, high=bound)
    if operator in (">", ">=", "=") and low is not None:
        bound = bound_at(low[0] + step, types[relation.left], upwards=True, open_=low[1] or operator == ">")
        claim = replace(claim, low=bound)
    if operator == "=" and right.values is not None and not step:
        claim = Domain(values=right.values)
    return claim


def _plain_claim(right: Domain, operator: str) -> Domain | None:
    if operator == "=":
        return Domain(values=right.values) if right.values is not None else replace(right, null=Nullity.MAYBE)
    if operator == "<>" and right.values is not None and len(right.values) == 1:
        return Domain(excluded=right.values)
    return None


def _size_claim(right: Domain, operator: str) -> Domain | None:
    least, most = right.min_size, right.max_size
    if operator in ("<", "<=") and most is not None:
        return Domain(max_size=most - (operator == "<"))
    if operator in (">", ">="):
        return Domain(min_size=least + (operator == ">"))
    return Domain(min_size=least, max_size=most) if operator == "=" else None


_LINE = (Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT, Kind.MONEY, Kind.YEAR, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ,
         Kind.TIME, Kind.INTERVAL)  # fmt: skip


def _ordered(type_: DataType) -> bool:
    return type_.kind in _LINE and not type_.dimensions


def _ends(domain: Domain) -> tuple[tuple[Fraction, bool] | None, tuple[Fraction, bool] | None]:
    if domain.values:
        places = [place(value) for value in domain.values]
        return (min(places), False), (max(places), False)
    low, high = (None if bound is None else (place(bound.value), bound.open) for bound in (domain.low, domain.high))
    return low, high


# ---------------------------------------------------------------------------------------------------- distances

_ORIGIN = ""
"""Stands for the number line's zero: a column's bounds are its distances from there."""
Distance = tuple[Fraction, int]
"""How much a column can be above another at most; below zero in second place, it is always a little less."""


def _torn(types: Types, found: Mapping[str, Domain], relations: list[Relation]) -> bool:
    """Whether orders and distances contradict each other, such as ``a < b`` and ``b < a``, or leave no room to differ."""
    distances: dict[tuple[str, str], Distance] = {}
    names = dict.fromkeys(name for relation in relations for name in linked(relation))
    edges = [edge for relation in relations for edge in _edges(types, relation)]
    edges += [edge for name in names for edge in _bounds(types, name, found[name])]
    for left, right, gap, strict in edges:
        distances[left, right] = min(distances.get((left, right), (gap, -strict)), (gap, -strict))
    _shorten(distances, [*names, _ORIGIN])
    if any(distances.get((name, name), (Fraction(0), 0)) < (0, 0) for name in names):
        return True
    return any(_forced(types, distances, relation) for relation in relations if relation.operator == "<>")


def _shorten(distances: dict[tuple[str, str], Distance], names: list[str]) -> None:
    """Distances by way of other columns (Floyd and Warshall)."""
    for middle in names:
        ahead = [(name, distances[middle, name]) for name in names if (middle, name) in distances]
        for left in names:
            first = distances.get((left, middle))
            if first is None:
                continue
            for right, second in ahead:
                through = (first[0] + second[0], first[1] + second[1])
                if (left, right) not in distances or through < distances[left, right]:
                    distances[left, right] = through


def _forced(types: Types, distances: Mapping[tuple[str, str], Distance], relation: Relation) -> bool:
    """Whether two columns that must differ can only be equal."""
    if relation.measure != "value" or relation.left_form or relation.right_form:
        return False
    gap = place(relation.offset) if relation.offset is not None else Fraction(0)
    ahead, back = distances.get((relation.left, relation.right)), distances.get((relation.right, relation.left))
    return ahead == (gap, 0) and back == (-gap, 0)


def _bounds(types: Types, name: str, domain: Domain) -> Iterator[tuple[str, str, Fraction, int]]:
    """A column's own bounds, as distances from the origin."""
    if not _ordered(types[name]):
        return
    low, high = _ends(domain)
    if types[name].kind is Kind.INTEGER and domain.values is None:
        low = low or (None if types[name].low is None else (Fraction(types[name].low or 0), False))
        high = high or (None if types[name].high is None else (Fraction(types[name].high or 0), False))
    if low is not None:
        yield _ORIGIN, name, -low[0], int(low[1])
    if high is not None:
        yield name, _ORIGIN, high[0], int(high[1])


def _edges(types: Types, relation: Relation) -> Iterator[tuple[str, str, Fraction, int]]:
    """``left <= right + gap``, strictly or not; texts have distances too, if only that of being equal."""
    ordered = _ordered(types[relation.left]) and _ordered(types[relation.right])
    if relation.measure != "value" or relation.left_form or relation.right_form:
        return
    if not ordered and relation.operator != "=":
        return
    for one in (relation, _mirrored(relation)):
        if one.operator not in ("<", "<=", "="):
            continue
        gap = place(one.offset) if one.offset is not None else Fraction(0)
        strict = int(one.operator == "<")
        if strict and all(types[name].kind in _STEPS for name in linked(one)):
            gap, strict = gap - _STEPS[types[one.left].kind], 0
        yield one.left, one.right, gap, strict


_STEPS = {Kind.INTEGER: Fraction(1), Kind.DATE: moments.DAY}


# ------------------------------------------------------------------------------------------------ trying it out


def _possible(types: Types, found: Mapping[str, Domain], links: Links) -> bool:
    """Whether some row has all links, where the tied columns have so few values that all can be tried."""
    if not all(_reachable(found, link) for link in links if isinstance(link, Sum)):
        return False
    for group in _groups(link for link in links if not isinstance(link, Computed)):
        names = tuple(dict.fromkeys(name for link in group for name in linked(link)))
        candidates = [_candidates(types[name], found[name]) for name in names]
        sizes = [len(values) for values in candidates if values is not None]
        if len(sizes) < len(names) or prod(sizes) > _ROWS:
            continue
        world = World(
            {},
            tuple(link for link in group if isinstance(link, Relation)),
            tuple(link for link in group if isinstance(link, Sum)),
        )
        columns = [values for values in candidates if values is not None]
        if not any(satisfies(dict(zip(names, row, strict=True)), world) for row in product(*columns)):
            return False
    return True


def _groups(links: Iterable[Relation | Sum]) -> list[list[Relation | Sum]]:
    """Links that share columns, directly or through others."""
    groups: list[tuple[set[str], list[Relation | Sum]]] = []
    for link in links:
        names = set(linked(link))
        touching = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        merged = names.union(*(group[0] for group in touching))
        groups.append((merged, [*(one for group in touching for one in group[1]), link]))
    return [group for _, group in groups]


def _candidates(type_: DataType, domain: Domain) -> list[Constant | None] | None:
    values = domain.values if domain.values is not None else labels_of(type_)
    if values is None and type_.kind is Kind.INTEGER and not type_.dimensions:
        values = _whole(type_, domain)
    if values is None or len(values) > _CANDIDATES:
        return None
    kept = [value for value in values if not any(value == one for one in domain.excluded)]
    return [*kept, None] if domain.null is Nullity.MAYBE else list(kept)


def _whole(type_: DataType, domain: Domain) -> tuple[int, ...] | None:
    low, high = _ends(domain)
    first = int(low[0]) if low is not None else type_.low
    last = int(high[0]) if high is not None else type_.high
    if first is None or last is None or last - first >= _CANDIDATES:
        return None
    return tuple(value for value in range(first, last + 1) if not domain.divisor or value % domain.divisor == 0)


def _reachable(found: Mapping[str, Domain], total: Sum) -> bool:
    """Whether the sum can be on the right side of its constant at all."""
    if any(found[name].null is Nullity.MAYBE for _, name in total.terms):
        return True
    least: Fraction | None = Fraction(0)
    most: Fraction | None = Fraction(0)
    for factor, name in total.terms:
        low, high = _ends(found[name])
        if factor < 0:
            low, high = high, low
        least = None if least is None or low is None else least + Fraction(factor) * low[0]
        most = None if most is None or high is None else most + Fraction(factor) * high[0]
    limit = Fraction(total.constant)
    too_much = least is not None and total.operator in ("<", "<=", "=") and least > limit
    too_little = most is not None and total.operator in (">", ">=", "=") and most < limit
    return not (too_much or too_little)
