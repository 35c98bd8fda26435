"""Claims are cut into components that share no column, each is solved, and what cannot be is set aside by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from . import domains
from .formula import (
    Either,
    Every,
    Fact,
    Formula,
    Types,
    Unknown,
    columns_in,
    either,
    entails,
    every,
)
from .model import Component, Contradiction, Domain, Opaque, RowModel, World
from .predicates import Predicate
from .solving import Solver

_CULPRITS = 40
"""Constraints up to which those that contradict each other are found one by one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one constraint asks.

    Attributes:
        narrowed: arms that were not understood have been left out; ``formula`` is stricter than the constraint.
    """

    predicate: Predicate
    formula: Formula
    unknown: tuple[Unknown, ...] = ()
    narrowed: bool = False


def settled(types: Types, predicate: Predicate, formula: Formula, *, relaxed: bool = False) -> Claim:
    """The claim with what was not understood taken out of it.

    An arm of a disjunction that is not understood is left out where others are, since those are certain to pass;
    unless all of them make a column null that the arm speaks of, and unless ``relaxed`` keeps it as if it held.
    """
    narrowed = False

    def settle(part: Formula) -> tuple[Formula, tuple[Unknown, ...]]:
        nonlocal narrowed
        if isinstance(part, Unknown):
            return Every(), (part,)
        if isinstance(part, Every):
            inner = [settle(one) for one in part.parts]
            return every(types, [one for one, _ in inner]), _joined(inner)
        if not isinstance(part, Either):
            return part, ()
        inner = [settle(arm) for arm in part.arms]
        clean = [arm for arm, unknown in inner if not unknown]
        unknown = _joined(inner)
        if unknown and clean and not relaxed and not _emptied(types, clean, unknown):
            narrowed = True
            return either(types, clean), ()
        return either(types, [arm for arm, _ in inner]), unknown

    made, unknown = settle(formula)
    return Claim(predicate, made, unknown, narrowed)


def _joined(settled_parts: Iterable[tuple[Formula, tuple[Unknown, ...]]]) -> tuple[Unknown, ...]:
    return tuple(unknown for _, several in settled_parts for unknown in several)


def _emptied(types: Types, arms: Sequence[Formula], unknown: Iterable[Unknown]) -> bool:
    """Whether all arms make one of the unknown's columns null."""
    names = {name for one in unknown for name in one.columns if name in types}
    return any(all(entails(types, arm, Fact(name, domains.NULL)) for arm in arms) for name in names)


@dataclass
class Solved:
    """What has come of a table's claims so far."""

    components: list[Component] = field(default_factory=list)
    opaque: list[Opaque] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)

    def model(self, columns: Sequence[str]) -> RowModel:
        """The result, in the table's order."""
        order = {name: index for index, name in enumerate(columns)}
        found = sorted(self.components, key=lambda component: order[component.columns[0]])
        return RowModel(tuple(found), tuple(self.opaque), tuple(self.contradictions))


def solve(types: Types, base: Mapping[str, Domain], claims: Sequence[Claim], into: Solved) -> None:
    """Puts a component for every column into the result, and constraints that cannot hold among the contradictions."""
    for columns, group in _groups(base, claims):
        if not columns:
            into.contradictions.append(_never(group))
            continue
        start = {name: base[name] for name in columns}
        worlds, exhaustive = _worlds(types, start, group)
        if worlds:
            checks = tuple(dict.fromkeys(claim.predicate.name for claim in group))
            into.components.append(Component(columns, _ranked(worlds), checks))
            continue
        solve(types, start, _reduced(types, start, group, exhaustive, into), into)


def _never(claims: Sequence[Claim]) -> Contradiction:
    """Constraints that are false whatever a row holds."""
    names = tuple(claim.predicate.name for claim in claims)
    columns = tuple(name for claim in claims for name in claim.predicate.columns)
    return Contradiction(names, tuple(claim.predicate.text for claim in claims), columns, _reason(claims))


def _worlds(types: Types, base: Mapping[str, Domain], claims: Sequence[Claim]) -> tuple[list[World], bool]:
    solver = Solver(types)
    found = solver.worlds(base, [claim.formula for claim in claims])
    return found, solver.exhaustive


def _ranked(worlds: list[World]) -> tuple[World, ...]:
    """Worlds with fewer nulls first."""
    return tuple(sorted(worlds, key=lambda world: sum(domain == domains.NULL for domain in world.domains.values())))


def _reduced(
    types: Types, base: Mapping[str, Domain], claims: Sequence[Claim], exhaustive: bool, into: Solved
) -> list[Claim]:
    """The claims without those that cannot hold together, or of which it was not found out whether they can."""
    narrowed = [claim for claim in claims if claim.narrowed]
    if narrowed:
        into.opaque += [
            opaque_of(claim.predicate, "what is understood of it contradicts the rest") for claim in narrowed
        ]
        return [claim for claim in claims if not claim.narrowed]
    if not exhaustive:
        tied = [claim for claim in claims if len(set(columns_in(claim.formula))) > 1]
        into.opaque += [
            opaque_of(claim.predicate, "no row was found that satisfies it with the others") for claim in tied
        ]
        return [claim for claim in claims if claim not in tied]
    culprits = _culprits(types, base, list(claims))
    into.contradictions.append(
        Contradiction(
            checks=tuple(dict.fromkeys(claim.predicate.name for claim in culprits)),
            predicates=tuple(claim.predicate.text for claim in culprits),
            columns=tuple(name for name in base if any(name in columns_in(claim.formula) for claim in culprits)),
            reason=_reason(culprits),
        )
    )
    return [claim for claim in claims if claim not in culprits]


def _reason(culprits: Sequence[Claim]) -> str:
    if len(culprits) == 1:
        return "no value of its columns satisfies it"
    return "no row satisfies all of them"


def _culprits(types: Types, base: Mapping[str, Domain], claims: list[Claim]) -> list[Claim]:
    """A smallest set of claims that contradict each other: without any one of them the others could hold."""
    if len(claims) > _CULPRITS:
        return claims
    kept = list(claims)
    for claim in claims:
        without = [one for one in kept if one is not claim]
        found, exhaustive = _worlds(types, base, without)
        if not found and exhaustive:
            kept = without
    return kept


def opaque_of(predicate: Predicate, reason: str) -> Opaque:
    """A constraint set aside."""
    return Opaque(predicate.name, predicate.text, predicate.columns, reason)


def _groups(base: Mapping[str, Domain], claims: Sequence[Claim]) -> list[tuple[tuple[str, ...], list[Claim]]]:
    """Columns that are tied together, in the table's order, with the claims on them."""
    parent = {name: name for name in base}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    split = [part for claim in claims for part in _parts(claim)]
    for claim in split:
        names = [name for name in columns_in(claim.formula) if name in parent]
        for name in names[1:]:
            parent[root(name)] = root(names[0])
    members: dict[str, list[str]] = {}
    for name in base:
        members.setdefault(root(name), []).append(name)
    claimed: dict[str, list[Claim]] = {}
    for claim in split:
        for name in columns_in(claim.formula):
            claimed.setdefault(root(name), []).append(claim)
            break
    return [(tuple(names), claimed.get(top, [])) for top, names in members.items()] + _empty(split)


def _empty(split: Sequence[Claim]) -> list[tuple[tuple[str, ...], list[Claim]]]:
    """Constraints that are false of every row belong to no column."""
    return [((), [claim]) for claim in split if not any(columns_in(claim.formula))]


def _parts(claim: Claim) -> list[Claim]:
    """The conjuncts of a constraint, each a claim of its own."""
    if isinstance(claim.formula, Every):
        return [Claim(claim.predicate, part, (), claim.narrowed) for part in claim.formula.parts]
    return [claim]
