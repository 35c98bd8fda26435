"""Order between columns: bounds carried along chains of relations, so that whatever is drawn first leaves room.

Relations ``x <= y + c`` and bounds are constraints on differences. Their shortest paths (Floyd 1962; Dechter, Meiri
and Pearl 1991) are the tightest that follow from them, and a set of them in which every path is spelt out can be
solved column by column in any order, never going back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from ...catalog import DataType, Kind
from ..checks.model import Bound, Constant, Domain, Nullity, Relation, World
from .errors import Unrealisable
from .lines import DAY, SECOND, Line, line_of
from .model import Interval

_ORDERS = ("<", "<=", ">", ">=", "=")
_ORIGIN = ""
_GUESSES = (
    (Kind.INTEGER, int),
    (Kind.NUMERIC, (int, float, Decimal)),
    (Kind.TIMESTAMP, datetime),
    (Kind.DATE, date),
)
_DIGITS = 60
_NEAR = 10**6
"""A type whose range ends before this many is bounded by it; others are never filled so far."""

Differences = dict[tuple[str, str], Fraction]
"""The most that the first column can exceed the second; the empty name stands for nought."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Columns of comparable types that relations tie together."""

    lines: Mapping[str, Line]

    @property
    def temporal(self) -> bool:
        return next(iter(self.lines.values())).temporal

    def place(self, value: object) -> Fraction:
        """A constant on the group's one scale: numbers as they are, moments in microseconds."""
        if self.temporal:
            return Fraction(_MOMENTS.steps(value, up=True))
        return Fraction(Decimal(str(int(value) if isinstance(value, bool) else value)))

    def distance(self, offset: object) -> Fraction:
        """An offset on the same scale."""
        if offset is None:
            return Fraction(0)
        if self.temporal:
            return Fraction(_MOMENTS.offset(offset, up=True))
        return Fraction(Decimal(str(offset)))

    def least(self, name: str) -> Fraction:
        """The smallest difference that the column can show."""
        line = self.lines[name]
        if self.temporal:
            return Fraction(DAY if line.name == "date" else SECOND)
        return Fraction(1, 10**line.scale)

    def constant(self, place: Fraction) -> Constant:
        if self.temporal:
            moment = _MOMENTS.constant(int(place))
            assert isinstance(moment, datetime)
            return moment
        return _number(place)

    def offset(self, distance: Fraction) -> int | Decimal | timedelta | None:
        """A distance as a relation has it."""
        if not distance:
            return None
        return timedelta(microseconds=int(distance)) if self.temporal else _number(distance)


_MOMENTS = Line("timestamp", 0, Interval(), SECOND)


def _number(value: Fraction) -> int | Decimal:
    if value.denominator == 1:
        return int(value)
    with localcontext() as context:
        context.prec = _DIGITS
        return Decimal(value.numerator) / Decimal(value.denominator)


def with_differences(world: World, types: Mapping[str, DataType]) -> World:
    """The world with bounds as tight as its relations make them, and the relations that follow from others.

    Raises:
        Unrealisable: if the relations and bounds contradict each other.
    """
    for temporal in (False, True):
        lines = _lines(world, types, temporal=temporal)
        told = [item for item in world.relations if _orders(item) and item.left in lines and item.right in lines]
        for names in _connected(told):
            group = _Group({name: lines[name] for name in names})
            if _readable(world, group):
                world = _tightened(world, group, [item for item in told if item.left in names])
    return world


def _lines(world: World, types: Mapping[str, DataType], *, temporal: bool) -> dict[str, Line]:
    """Columns on a line; one whose type nobody told is of its constants' type, or of what it is compared with."""
    found: dict[str, Line] = {}
    for name, domain in world.domains.items():
        line = line_of(types[name]) if name in types else _guessed(domain)
        if line is not None and domain.null is not Nullity.ALWAYS:
            found[name] = line
    for _ in world.domains:
        for relation in world.relations:
            for name, other in ((relation.left, relation.right), (relation.right, relation.left)):
                if _orders(relation) and name in found and other in world.domains and other not in types:
                    found.setdefault(other, found[name])
    return {name: line for name, line in found.items() if line.temporal == temporal}


def _guessed(domain: Domain) -> Line | None:
    known = [bound.value for bound in (domain.low, domain.high) if bound is not None] + list(domain.values or ())
    for kind, constants in _GUESSES:
        if known and all(isinstance(value, constants) and not isinstance(value, bool) for value in known):
            return line_of(DataType(kind, ""))
    return None


def _orders(relation: Relation) -> bool:
    return relation.measure == "value" and relation.operator in _ORDERS and relation.left != relation.right


def _connected(relations: Iterable[Relation]) -> list[set[str]]:
    groups: list[set[str]] = []
    for relation in relations:
        touching = [group for group in groups if group & {relation.left, relation.right}]
        joined = {relation.left, relation.right}.union(*touching)
        groups = [*(group for group in groups if group not in touching), joined]
    return groups


def _readable(world: World, group: _Group) -> bool:
    """Whether every constant of the group has a place on its scale."""
    try:
        for name in group.lines:
            domain = world.domains[name]
            for value in (*(domain.values or ()), *(end.value for end in (domain.low, domain.high) if end is not None)):
                group.place(value)
    except (ValueError, ArithmeticError):
        return False
    return True


def _tightened(world: World, group: _Group, told: list[Relation]) -> World:
    known = _stated(world, group, told)
    found = dict(known)
    names = [_ORIGIN, *sorted(group.lines)]
    for middle in names:
        for left in names:
            for right in names:
                _shorten(found, left, middle, right)
    for name in names:
        if found.get((name, name), Fraction(0)) < 0:
            raise Unrealisable(max(names), "its bounds and its order with other columns contradict each other")
    domains = {name: _bounded(world.domains[name], name, group, found) for name in group.lines}
    return replace(
        world,
        domains={name: domains.get(name, domain) for name, domain in world.domains.items()},
        relations=(*world.relations, *_followed(group, known, found)),
    )


def _shorten(found: Differences, left: str, middle: str, right: str) -> None:
    if (left, middle) not in found or (middle, right) not in found:
        return
    length = found[left, middle] + found[middle, right]
    if (left, right) not in found or length < found[left, right]:
        found[left, right] = length


def _stated(world: World, group: _Group, told: list[Relation]) -> Differences:
    """What bounds and relations say outright."""
    found: Differences = {}
    for relation in told:
        offset = group.distance(relation.offset)
        gap = max(group.least(relation.left), group.least(relation.right)) if relation.operator in "<>" else Fraction(0)
        if relation.operator in ("<", "<=", "="):
            _add(found, relation.left, relation.right, offset - gap)
        if relation.operator in (">", ">=", "="):
            _add(found, relation.right, relation.left, -offset - gap)
    for name in group.lines:
        low, high = _ends(world.domains[name], name, group)
        if high is not None:
            _add(found, name, _ORIGIN, high)
        if low is not None:
            _add(found, _ORIGIN, name, -low)
    return found


def _add(found: Differences, left: str, right: str, most: Fraction) -> None:
    found[left, right] = min(most, found.get((left, right), most))


def _ends(domain: Domain, name: str, group: _Group) -> tuple[Fraction | None, Fraction | None]:
    low, high = domain.low, domain.high
    lows = [] if low is None else [group.place(low.value) + (group.least(name) if low.open else 0)]
    highs = [] if high is None else [group.place(high.value) - (group.least(name) if high.open else 0)]
    if domain.values:
        places = [group.place(value) for value in domain.values]
        lows.append(min(places))
        highs.append(max(places))
    if not group.temporal:
        _add_range(group.lines[name], lows, highs)
    return max(lows, default=None), min(highs, default=None)


def _add_range(line: Line, lows: list[Fraction], highs: list[Fraction]) -> None:
    """The ends of a narrow type; a bound that nothing approaches would only tie columns to it."""
    low, high = line.whole.low or 0, line.whole.high or 0
    if low > -_NEAR * line.unit:
        lows.append(Fraction(low, line.unit))
    if high < _NEAR * line.unit:
        highs.append(Fraction(high, line.unit))


def _bounded(domain: Domain, name: str, group: _Group, found: Differences) -> Domain:
    """The domain with the ends that follow; those stated already are kept as they were written."""
    low, high = _ends(domain, name, group)
    most, least = found.get((name, _ORIGIN)), found.get((_ORIGIN, name))
    if most is not None and (high is None or most < high):
        domain = replace(domain, high=Bound(group.constant(most)))
    if least is not None and (low is None or -least > low):
        domain = replace(domain, low=Bound(group.constant(-least)))
    if domain.values is None:
        return domain
    kept = tuple(
        value for value in domain.values if _between(group.place(value), -least if least is not None else None, most)
    )
    return replace(domain, values=kept)


def _between(place: Fraction, low: Fraction | None, high: Fraction | None) -> bool:
    return (low is None or place >= low) and (high is None or place <= high)


def _followed(group: _Group, known: Differences, found: Differences) -> Iterable[Relation]:
    """Relations that only chains of others say; they matter where a chain's middle is made after its ends."""
    for (left, right), most in sorted(found.items()):
        if _ORIGIN in (left, right) or left == right or most >= known.get((left, right), most + 1):
            continue
        around = left, _ORIGIN, right
        through = (found.get(around[:2]), found.get(around[1:]))
        if None not in through and sum(item for item in through if item is not None) <= most:
            continue  # the two bounds say as much
        yield Relation(left, "<=", right, group.offset(most))
