"""Search for worlds: alternatives of a set of claims, each in itself free of *or*.

The search splits on one disjunction at a time, drops arms that contradict what is assumed already, and never takes
more steps than it was given. What it returns is sound in any case; whether it saw everything it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from ...catalog import DataType
from . import domains
from .domains import Inexpressible
from .formula import Either, Every, Fact, Formula, Link, Types, columns_in, linked
from .model import Computed, Domain, Nullity, Relation, Sum, World
from .ties import closed

WORLDS = 24
"""Alternatives that are kept of one component."""
VARIED = 12
"""Alternatives that are looked for beyond those that take every arm once, where there are so many."""
STEPS = 5_000
_FIRST_STEPS = 600
"""Steps that a complete enumeration may take before it is given up for one that covers every arm once."""


@dataclass(frozen=True, slots=True)
class State:
    """What is assumed so far, and the disjunctions that are still open."""

    domains: Mapping[str, Domain]
    links: tuple[Relation | Sum | Computed, ...] = ()
    open: tuple[Either, ...] = ()


@dataclass
class Memory:
    """Intersections worked out before. Domains are told apart by identity, which is why they are kept alive here."""

    met: dict[tuple[int, int], tuple[Domain, Domain, Domain | None]] = field(default_factory=dict)
    implied: dict[tuple[int, int], tuple[Domain, Domain, bool]] = field(default_factory=dict)
    opposite: dict[int, tuple[Domain, Domain | None]] = field(default_factory=dict)

    def complement(self, domain: Domain) -> Domain | None:
        """See :func:`domains.complement`."""
        if id(domain) not in self.opposite:
            self.opposite[id(domain)] = (domain, domains.complement(domain))
        return self.opposite[id(domain)][1]

    def meet(self, first: Domain, second: Domain, type_: DataType) -> Domain | None:
        """See :func:`domains.meet`; a claim that adds nothing gives back the very domain it met."""
        known = self.met.get((id(first), id(second)))
        if known is not None:
            return known[2]
        both = domains.meet(first, second, type_)
        made = first if both == first else both
        self.met[id(first), id(second)] = (first, second, made)
        return made

    def implies(self, first: Domain, second: Domain, type_: DataType) -> bool:
        """See :func:`domains.implies`."""
        known = self.implied.get((id(first), id(second)))
        if known is not None:
            return known[2]
        answer = domains.implies(first, second, type_)
        self.implied[id(first), id(second)] = (first, second, answer)
        return answer


@dataclass
class Solver:
    """One search.

    Attributes:
        steps: how many are left.
        exhaustive: whether all that was asked was seen to the end.
        covered: arms, by identity, that a world found so far takes.
        turn: which of several searches this is; each tries arms in an order of its own.
        ordinals: the arms' numbers, by identity.
        reads: the columns that a disjunction speaks of, by its identity.
    """

    types: Types
    steps: int = STEPS
    exhaustive: bool = True
    covered: set[int] = field(default_factory=set)
    turn: int = 0
    ordinals: dict[int, int] = field(default_factory=dict)
    reads: dict[int, tuple[Either, frozenset[str]]] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)

    def worlds(self, base: Mapping[str, Domain], claims: Iterable[Formula]) -> list[World]:
        """Up to :data:`WORLDS` alternatives that between them take every arm that can be taken."""
        start: State | None = State(dict(base))
        for claim in claims:
            start = self._assume(start, claim) if start is not None else None
        if start is None:
            return []
        everything = self._enumerated(start)
        return everything if everything is not None else self._covering(start)

    def _enumerated(self, start: State) -> list[World] | None:
        """All worlds, if they are few; None where they are not."""
        allowed, self.steps = self.steps, min(self.steps, _FIRST_STEPS)
        found: list[World] = []
        for world in self._search(start):
            if world not in found:
                found.append(world)
            if len(found) > WORLDS:
                break
        self.steps += allowed - min(allowed, _FIRST_STEPS)
        return found if self.exhaustive and len(found) <= WORLDS else None

    def _covering(self, start: State) -> list[World]:
        """Worlds found by forcing every arm of every disjunction in turn, then some more for variety."""
        self.exhaustive = True
        found: list[World] = []
        arms = [arm for clause in start.open for arm in arms_in(clause)]
        self.ordinals = {id(arm): number for number, arm in enumerate(arms)}
        self._keep(found, arms, self._first(start))
        for arm in arms:
            if len(found) < WORLDS and id(arm) not in self.covered and (found or not self.exhaustive):
                self._keep(found, arms, self._first(self._assume(start, arm)))
        complete = self.exhaustive
        for arm in arms[:VARIED] if found else ():
            if len(found) < VARIED:
                self.turn += 1
                self._keep(found, arms, self._first(self._assume(start, arm)))
        self.exhaustive = complete
        return found

    def _first(self, start: State | None) -> World | None:
        return next(self._search(start, fresh=True), None) if start is not None else None

    def _keep(self, found: list[World], arms: list[Formula], world: World | None) -> None:
        if world is None or world in found:
            return
        found.append(world)
        state = State(world.domains, (*world.relations, *world.sums, *world.computed))
        self.covered |= {id(arm) for arm in arms if self._holds(state, arm)}

    # ------------------------------------------------------------------------------------------------ the search

    def _search(self, state: State, parent: State | None = None, *, fresh: bool = False) -> Iterator[World]:
        if self.steps <= 0:
            self.exhaustive = False
            return
        self.steps -= 1
        settled = self._propagated(state, parent)
        if settled is None:
            return
        if not settled.open:
            yield from self._leaves(settled)
            return
        clause = min(settled.open, key=lambda one: len(one.arms))
        rest = State(settled.domains, settled.links, tuple(one for one in settled.open if one is not clause))
        for branch in self._branches(rest, clause, fresh=fresh):
            yield from self._search(branch, rest, fresh=fresh)

    def _leaves(self, state: State) -> Iterator[World]:
        for found, links in closed(self.types, state.domains, state.links):
            relations = tuple(link for link in links if isinstance(link, Relation))
            sums = tuple(link for link in links if isinstance(link, Sum))
            computed = tuple(link for link in links if isinstance(link, Computed))
            yield World(found, relations, sums, computed=computed)

    def _branches(self, rest: State, clause: Either, *, fresh: bool) -> Iterator[State]:
        """The arms one by one, each without what an earlier one allows wherever that can be said."""
        arms = sorted(clause.arms, key=lambda arm: not isinstance(arm, Fact))
        without: State | None = rest
        branches: list[tuple[Formula, State]] = []
        for arm in arms:
            if without is None:
                break
            branch = self._assume(without, arm)
            if branch is not None:
                branches.append((arm, branch))
            without = self._denied(without, arm)
        if fresh:
            branches.sort(key=lambda pair: self._rank(pair[0]))
        yield from (branch for _, branch in branches)

    def _rank(self, arm: Formula) -> tuple[bool, int]:
        """Arms that no world takes yet go first; the others take turns."""
        number = self.ordinals.get(id(arm), 0)
        return id(arm) in self.covered and not self.turn, crc32(
            f"{self.turn}/{number}".encode()
        ) if self.turn else number

    def _denied(self, state: State, arm: Formula) -> State | None:
        """The state in which a plain arm does not hold; the same state where that cannot be said."""
        opposite = self.memory.complement(arm.domain) if isinstance(arm, Fact) else None
        if opposite is None or not isinstance(arm, Fact):
            return state
        return self._assume(state, Fact(arm.column, opposite))

    def _propagated(self, state: State, parent: State | None) -> State | None:
        """The state with arms that cannot be taken left out, until nothing changes; None for a contradiction."""
        waiting = self._affected(state, parent)
        while waiting:
            before = state
            done: set[int] = set()
            for clause in waiting:
                live = self._live(state, clause)
                if live is not None and len(live) == len(clause.arms) > 1:
                    continue
                done.add(id(clause))
                after = self._narrowed(state, live) if live is not None else state
                if after is None:
                    return None
                state = after
            state = State(state.domains, state.links, tuple(one for one in state.open if id(one) not in done))
            waiting = self._affected(state, before)
        return state

    def _affected(self, state: State, parent: State | None) -> list[Either]:
        """Disjunctions that are new, or speak of a column of which more is known now."""
        if parent is None:
            return list(state.open)
        changed = {name for name, domain in state.domains.items() if domain is not parent.domains[name]}
        known = {id(clause) for clause in parent.open}
        return [
            clause for clause in state.open if id(clause) not in known or not changed.isdisjoint(self._read(clause))
        ]

    def _read(self, clause: Either) -> frozenset[str]:
        if id(clause) not in self.reads:
            self.reads[id(clause)] = (clause, frozenset(columns_in(clause)))
        return self.reads[id(clause)][1]

    def _narrowed(self, state: State, live: list[Formula]) -> State | None:
        if not live:
            return None
        if len(live) == 1:
            return self._assume(state, live[0])
        return State(state.domains, state.links, (*state.open, Either(tuple(live))))

    def _live(self, state: State, clause: Either) -> list[Formula] | None:
        """Arms that do not contradict the state; None where one of them holds in it already."""
        live = []
        for arm in clause.arms:
            if self._holds(state, arm):
                return None
            if self._assume(state, arm, shallow=True) is not None:
                live.append(arm)
        return live

    def _holds(self, state: State, formula: Formula) -> bool:
        """Whether the state's claims, one by one, show the formula to hold."""
        if isinstance(formula, Fact):
            type_ = self.types[formula.column]
            return self.memory.implies(state.domains[formula.column], formula.domain, type_)
        if isinstance(formula, Link):
            null = any(state.domains[name] == domains.NULL for name in linked(formula.between))
            return null or formula.between in state.links
        if isinstance(formula, Every):
            return all(self._holds(state, part) for part in formula.parts)
        return isinstance(formula, Either) and any(self._holds(state, arm) for arm in formula.arms)

    def _assume(self, state: State, formula: Formula, *, shallow: bool = False) -> State | None:
        """The state with one more claim; None where they contradict each other."""
        if isinstance(formula, Fact):
            return self._assume_fact(state, formula)
        if isinstance(formula, Link):
            links = state.links if formula.between in state.links else (*state.links, formula.between)
            return State(state.domains, links, state.open)
        if isinstance(formula, Every):
            after: State | None = state
            for part in formula.parts:
                after = self._assume(after, part, shallow=shallow) if after is not None else None
            return after
        if isinstance(formula, Either):
            if not formula.arms:
                return None
            return state if shallow else State(state.domains, state.links, (*state.open, formula))
        return state

    def _assume_fact(self, state: State, fact: Fact) -> State | None:
        before = state.domains[fact.column]
        try:
            after = self.memory.meet(before, fact.domain, self.types[fact.column])
        except Inexpressible:
            self.exhaustive = False
            return None
        if after is None:
            return None
        return state if after is before else State({**state.domains, fact.column: after}, state.links, state.open)


def arms_in(clause: Either) -> Iterator[Formula]:
    """The arms of a disjunction, and those of disjunctions inside them."""
    for arm in clause.arms:
        yield arm
        for part in arm.parts if isinstance(arm, Every) else (arm,):
            if isinstance(part, Either):
                yield from arms_in(part)


def base_domain(type_: DataType, *, nullable: bool) -> Domain:
    """What a column's type alone says."""
    return Domain(null=Nullity.MAYBE if nullable and not type_.not_null else Nullity.NEVER)
