"""What a constraint asks of a row, as claims joined by *and* and *or*: negation and null have been worked out.

Every claim is plainly true or false of a row. A claim that a text is long says of a null column what its domain says of
null; a :class:`Link` is true where one of its columns is null, as a comparison in a CHECK would let it pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...catalog import DataType
from . import domains
from .domains import Inexpressible
from .model import Computed, Domain, Relation, Sum


@dataclass(frozen=True, slots=True)
class Fact:
    """A column's value is in a domain."""

    column: str
    domain: Domain


@dataclass(frozen=True, slots=True)
class Link:
    """Columns are related."""

    between: Relation | Sum | Computed


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold; of none, it is true."""

    parts: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One of these holds; of none, it is false. Two are the same only if they are one object."""

    arms: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that was not understood."""

    reason: str
    columns: tuple[str, ...] = ()


Formula = Fact | Link | Every | Either | Unknown
Types = Mapping[str, DataType]

TRUE = Every()
FALSE = Either()


def is_false(formula: Formula) -> bool:
    """Whether the formula is plainly false."""
    return isinstance(formula, Either) and not formula.arms


def known(truth: bool) -> Formula:
    """The formula that is always so."""
    return TRUE if truth else FALSE


def linked(formula: Relation | Sum | Computed) -> tuple[str, ...]:
    """The columns that a relation, sum or formula ties together."""
    if isinstance(formula, Computed):
        return (formula.column, *formula.reads)
    if isinstance(formula, Relation):
        return (formula.left, formula.right)
    return tuple(name for _, name in formula.terms)


def columns_in(formula: Formula) -> Iterator[str]:
    """The columns a formula speaks of, with repetitions."""
    if isinstance(formula, Fact):
        yield formula.column
    elif isinstance(formula, Link):
        yield from linked(formula.between)
    elif isinstance(formula, Unknown):
        yield from formula.columns
    else:
        for part in formula.parts if isinstance(formula, Every) else formula.arms:
            yield from columns_in(part)


def every(types: Types, parts: Iterable[Formula]) -> Formula:
    """The conjunction, with claims on one column brought together where a domain can say both."""
    flat: list[Formula] = []
    facts: dict[str, int] = {}
    for part in _flattened(parts):
        if is_false(part):
            return FALSE
        if not isinstance(part, Fact):
            if part not in flat:
                flat.append(part)
            continue
        merged = _merge(types, flat, facts, part)
        if merged is False:
            return FALSE
    return flat[0] if len(flat) == 1 else Every(tuple(flat))


def _flattened(parts: Iterable[Formula]) -> Iterator[Formula]:
    for part in parts:
        if isinstance(part, Every):
            yield from part.parts
        else:
            yield part


def _merge(types: Types, flat: list[Formula], facts: dict[str, int], fact: Fact) -> bool:
    """Puts a fact among the others; False where it contradicts them."""
    index = facts.get(fact.column)
    try:
        before = flat[index].domain if index is not None and isinstance(flat[index], Fact) else domains.ANY  # type: ignore[union-attr]
        both = domains.meet(before, fact.domain, types[fact.column])
    except Inexpressible:
        flat.append(fact)
        return True
    if both is None:
        return False
    if both == domains.ANY:
        return True
    if index is None:
        facts[fact.column] = len(flat)
        flat.append(Fact(fact.column, both))
    else:
        flat[index] = Fact(fact.column, both)
    return True


def either(types: Types, arms: Iterable[Formula]) -> Formula:
    """The disjunction, without arms that another arm contains, and with lists of values brought together."""
    kept: list[Formula] = []
    for arm in _spread(arms):
        if arm == TRUE:
            return TRUE
        _take(types, kept, arm)
        if kept and kept[-1] == TRUE:
            return TRUE
    return kept[0] if len(kept) == 1 else Either(tuple(kept)) if kept else FALSE


def _spread(arms: Iterable[Formula]) -> Iterator[Formula]:
    for arm in arms:
        if isinstance(arm, Either):
            yield from arm.arms
        else:
            yield arm


def _take(types: Types, kept: list[Formula], arm: Formula) -> None:
    """Adds an arm, merged with one on the same column or left out where one already allows all of it."""
    for index, other in enumerate(kept):
        if isinstance(arm, Fact) and isinstance(other, Fact) and arm.column == other.column:
            joined = _join(types, arm, other)
            if joined is not None:
                del kept[index]
                _take(types, kept, joined)
                return
        elif entails(types, arm, other):
            return
        elif entails(types, other, arm):
            del kept[index]
            _take(types, kept, arm)
            return
    kept.append(arm)


def _join(types: Types, first: Fact, second: Fact) -> Formula | None:
    try:
        joined = domains.join(second.domain, first.domain, types[first.column])
    except Inexpressible:
        return None
    if joined is None:
        return None
    return TRUE if joined == domains.ANY else Fact(first.column, joined)


def entails(types: Types, first: Formula, second: Formula) -> bool:
    """Whether the first surely makes the second true, as far as their claims show one by one."""
    if isinstance(second, Every):
        return all(entails(types, first, part) for part in second.parts)
    if isinstance(second, Either):
        return any(entails(types, first, arm) for arm in second.arms)
    claims = first.parts if isinstance(first, Every) else (first,)
    if isinstance(second, Fact):
        return any(
            isinstance(claim, Fact)
            and claim.column == second.column
            and domains.implies(claim.domain, second.domain, types[second.column])
            for claim in claims
        )
    if isinstance(second, Link):
        nulls = {claim.column for claim in claims if isinstance(claim, Fact) and claim.domain == domains.NULL}
        return second in claims or not nulls.isdisjoint(linked(second.between))
    return False


def not_null(columns: Iterable[str]) -> list[Formula]:
    """The claims that these columns are not null."""
    return [Fact(name, domains.NOT_NULL) for name in columns]


def any_null(types: Types, columns: Iterable[str]) -> Formula:
    """The claim that one of these columns is null."""
    return either(types, [Fact(name, domains.NULL) for name in columns])


def strictly(fact: Fact) -> Fact:
    """The same claim, of a value that is there."""
    return Fact(fact.column, replace(fact.domain, null=domains.NOT_NULL.null))
