"""Order where no value can follow another's: both sides are cut at a constant that lies between them.

Texts' and arrays' sizes, times of day, and lists on both sides are settled so. The columns are then independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time

from ...catalog import DataType, Kind
from ..checks.model import Bound, Constant, Domain, Relation, World

_SIZES = 3
"""Elements or characters of both sides where nothing else says how many."""

_NOON = time(12)


def with_splits(world: World, types: Mapping[str, DataType]) -> World:
    """The world without the relations that constants can stand for."""
    domains, left = dict(world.domains), []
    for relation in world.relations:
        split = _split(relation, domains, types)
        if split is None:
            left.append(relation)
        else:
            domains.update(split)
    return World(domains, tuple(left), world.sums)


def _split(
    relation: Relation, domains: Mapping[str, Domain], types: Mapping[str, DataType]
) -> dict[str, Domain] | None:
    first, second = relation.left, relation.right
    if first not in domains or second not in domains or relation.operator == "<>":
        return None
    if relation.measure == "size":
        return _by_size(relation, domains)
    if relation.operator == "=" or relation.offset is not None:
        return None
    small, large = (first, second) if relation.operator[0] == "<" else (second, first)
    strict = relation.operator in ("<", ">")
    if domains[small].values is not None and domains[large].values is not None:
        return _by_list(small, large, domains, strict=strict)
    kinds = {types[name].kind if name in types and not types[name].dimensions else None for name in (small, large)}
    if kinds == {Kind.TIME}:
        return _by_time(small, large, domains)
    return None


def _by_size(relation: Relation, domains: Mapping[str, Domain]) -> dict[str, Domain] | None:
    offset = relation.offset if isinstance(relation.offset, int) else 0
    left, right = domains[relation.left], domains[relation.right]
    if relation.operator == "=":
        size = max(left.min_size, right.min_size + offset, min(_SIZES, *_limits(left, right, offset)), offset)
        return {relation.left: _sized(left, size, size), relation.right: _sized(right, size - offset, size - offset)}
    ascending = relation.operator[0] == "<"
    gap = 1 if relation.operator in ("<", ">") else 0
    small, large = (relation.left, relation.right) if ascending else (relation.right, relation.left)
    # Both sides meet at the small one's fewest, or a little more where the large one has room for it.
    shift = (offset if ascending else -offset) - gap
    cut = max(domains[small].min_size, min(_SIZES, _limit(domains[small]), _limit(domains[large]) + shift))
    return {
        small: _sized(domains[small], domains[small].min_size, cut),
        large: _sized(domains[large], max(domains[large].min_size, cut - shift), domains[large].max_size),
    }


def _limit(domain: Domain) -> int:
    return 1 << 30 if domain.max_size is None else domain.max_size


def _limits(left: Domain, right: Domain, offset: int) -> tuple[int, int]:
    return _limit(left), _limit(right) + offset


def _sized(domain: Domain, least: int, most: int | None) -> Domain:
    return replace(domain, min_size=max(least, 0), max_size=most)


def _by_list(small: str, large: str, domains: Mapping[str, Domain], *, strict: bool) -> dict[str, Domain] | None:
    """The cut between two lists that keeps most pairs."""
    lower, upper = domains[small].values or (), domains[large].values or ()
    best: tuple[int, tuple[Constant, ...], tuple[Constant, ...]] | None = None
    for cut in lower:
        try:
            below = tuple(value for value in lower if value <= cut)  # type: ignore[operator]
            above = tuple(value for value in upper if value > cut or (value == cut and not strict))  # type: ignore[operator]
        except TypeError:
            return None
        if above and (best is None or len(below) * len(above) > best[0]):
            best = len(below) * len(above), below, above
    if best is None:
        return None
    return {small: replace(domains[small], values=best[1]), large: replace(domains[large], values=best[2])}


def _by_time(small: str, large: str, domains: Mapping[str, Domain]) -> dict[str, Domain]:
    """Noon between two times of day, or a bound that is known."""
    low, high = domains[large].low, domains[small].high
    known = [bound.value for bound in (low, high) if bound is not None and isinstance(bound.value, time)]
    ends = [bound for bound in (domains[small].low, domains[large].high) if bound is not None]
    cut = known[0] if known else _middle([end.value for end in ends])
    return {
        small: replace(domains[small], high=high or Bound(cut, open=True)),
        large: replace(domains[large], low=low or Bound(cut)),
    }


def _middle(ends: list[Constant]) -> time:
    """Noon, unless one of the ends lies on its other side."""
    times = [end for end in ends if isinstance(end, time)]
    if all(end < _NOON for end in times[:1]) and all(end > _NOON for end in times[1:]):
        return _NOON
    hours = [end.hour for end in times]
    return (
        time(min(23, (hours[0] + 23) // 2 + 1))
        if len(hours) == 1 and hours[0] >= 12
        else time(max(hours[-1] // 2, 1))
        if hours
        else _NOON
    )
