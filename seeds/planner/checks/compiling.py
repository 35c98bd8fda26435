"""From a table to its row model: every constraint is compiled, and all of them are solved together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ...catalog import Table
from .components import Solved, opaque_of, settled, solve
from .domains import says_only
from .formula import Fact, Formula, Types, Unknown
from .frame import Frame
from .model import Domain, Nullity, Opaque, RowModel, World
from .parting import Part, parts_of
from .predicates import Predicate, predicates_of
from .solving import base_domain
from .tree import columns_of
from .truth import Outcome, compiled

REFERENCE = datetime(2020, 1, 1)  # noqa: DTZ001 - moments are UTC without saying so
"""The earliest *now* where none is given."""
_LATER = timedelta(days=3653)
"""How much later than the earliest *now* rows may be inserted: ten years."""


def compile_checks(
    table: Table, dialect: str, functions: Mapping[str, str] | None = None, *, as_of: datetime = REFERENCE
) -> RowModel:
    """What a table's checks and its types' domains say of a row.

    Args:
        table: with its columns' types resolved.
        dialect: ``postgres``, ``mysql`` or ``sqlite``.
        functions: sources of the database's own functions, by lower-case name; simple ones are read.
        as_of: the reference moment: *now* is not before it, and not ten years after it.

    Returns:
        Components that hold every column once. Rows of their worlds satisfy all that is not listed as opaque.
    """
    found = list(predicates_of(table, dialect, functions or {}))
    earliest = (as_of.astimezone(UTC) if as_of.tzinfo else as_of).replace(tzinfo=None)
    cautious = _compiled(table, found, _frame(table, dialect, earliest, earliest + _LATER))
    if not _lost(cautious) or not any(predicate.reads_clock for predicate in found):
        return cautious
    narrow = _compiled(table, found, _frame(table, dialect, earliest, earliest))
    return narrow if _lost(narrow) < _lost(cautious) else cautious


def _lost(model: RowModel) -> int:
    """How many constraints contradict each other, and columns are null in every world."""
    emptied = [
        name
        for component in model.components
        for name in component.columns
        if all(world.domains[name].null is Nullity.ALWAYS for world in component.worlds)
    ]
    return sum(len(found.checks) for found in model.contradictions) + len(emptied)


def _frame(table: Table, dialect: str, earliest: datetime, latest: datetime) -> Frame:
    return Frame({column.name: column.type for column in table.columns}, dialect, earliest, latest)


def _compiled(table: Table, predicates: list[Predicate], frame: Frame) -> RowModel:
    solved = _put_together([_solution(part) for part in parts_of(table, predicates, frame)], predicates)
    unique = {
        key.columns[0] for key in table.keys if len(key.columns) == 1 and not key.expressions and not key.predicate
    }
    solved.components = [replace(one, worlds=_roomy(one.worlds, unique)) for one in solved.components]
    return solved.model([column.name for column in table.columns])


@lru_cache(maxsize=8192)
def _solution(part: Part) -> tuple[tuple[Opaque, ...], Solved]:
    """What could not be read of a part's constraints, which are called by their places, and what came of the others."""
    frame = Frame(dict(part.types), part.dialect, part.earliest, part.latest)
    solved, opaque, claims = Solved(), [], []
    for predicate in part.predicates:
        claim = settled(frame.types, predicate, _formula(frame, predicate))
        claims.append(claim)
        if claim.unknown:
            opaque.append(opaque_of(predicate, _reasons(claim.unknown)))
    base = {name: base_domain(type_, nullable=name in part.nullable) for name, type_ in part.types}
    solve(frame.types, base, claims, solved)
    return tuple(opaque), solved


def _put_together(found: Sequence[tuple[tuple[Opaque, ...], Solved]], predicates: Sequence[Predicate]) -> Solved:
    """The parts' solutions as the table's, with constraints called by their names again."""

    def named(places: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(predicates[int(place)].name for place in places))

    unread = sorted((one for opaque, _ in found for one in opaque), key=lambda one: int(one.check))
    refused = [one for _, solved in found for one in solved.opaque]
    return Solved(
        [replace(one, checks=named(one.checks)) for _, solved in found for one in solved.components],
        [replace(one, check=predicates[int(one.check)].name) for one in (*unread, *refused)],
        [replace(one, checks=named(one.checks)) for _, solved in found for one in solved.contradictions],
    )


def _roomy(worlds: tuple[World, ...], unique: set[str]) -> tuple[World, ...]:
    """The worlds without those for a few special rows: a unique column with few values has room for no more rows."""
    roomy = tuple(world for world in worlds if not any(_is_listed(world, name) for name in unique))
    return roomy or worlds


def _is_listed(world: World, name: str) -> bool:
    return name in world.domains and world.domains[name].values is not None


def _reasons(unknown: tuple[Unknown, ...]) -> str:
    return "; ".join(dict.fromkeys(one.reason for one in unknown))


def _formula(frame: Frame, predicate: Predicate) -> Formula:
    if predicate.tree is None:
        return Unknown(predicate.reason, predicate.columns)
    if predicate.element_of:
        return _of_elements(frame, predicate)
    return compiled(frame, predicate.tree, Outcome.NOT_FALSE)


def _of_elements(frame: Frame, predicate: Predicate) -> Formula:
    """What a domain says of an array's elements, as a claim on the array."""
    assert predicate.tree is not None
    element = replace(frame.types[predicate.element_of], dimensions=0)
    types: Types = {"VALUE": element}
    made = compiled(replace(frame, types=types), predicate.tree, Outcome.NOT_FALSE)
    if not isinstance(made, Fact):
        reason = made.reason if isinstance(made, Unknown) else "a choice for each element is not understood"
        return Unknown(reason, columns_of(predicate.tree))
    domain = made.domain
    if says_only(domain, "null", "values", "excluded"):
        said = Domain(element_values=domain.values, element_excluded=domain.excluded)
    else:
        said = Domain(element=domain, element_values=domain.values, element_excluded=domain.excluded)
    return Fact(predicate.element_of, said)
