"""What a table's columns and references can bring to a combination, and which combinations its checks admit."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import Any

from generators.spec import GeneratorSpec

from ...catalog import Column, Kind
from ..checks.model import Component, Nullity, Relation, World
from ..values import Realised, judge
from .combining import Distinction, Part
from .draft import FROM_EXISTING, FROM_ROWS, Draft, Link
from .partition_keys import has_keys_within
from .working import null_repeats, null_share_of, place_of

FEW = 1_000
"""Values that a column may have to be listed in a combination."""

Listed = Callable[[Draft, str], tuple[object, ...]]
"""All values that a column may have, if these are few; else none."""

_GOLDEN = 0.6180339887498949

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def column_part(draft: Draft, name: str, listed: Listed) -> Part | None:
    """A column with few values as a part; None for any other."""
    column = draft.column(name)
    free = draft.link_of(name) is None and name not in draft.few and name not in draft.slots
    if column.generated or has_keys_within(draft, name) or not free or name in draft.distinct or _chosen(draft, column):
        return None
    values = listed(draft, name)
    if not values:
        return None
    return Part(name, (name,), tuple(range(len(values))), values, optional=may_be_empty(draft, column))


def _chosen(draft: Draft, column: Column) -> bool:
    """Whether a dataset file has a say in a column's values, or in how many of them are missing."""
    choice = draft.choice.columns.get(column.name)
    return choice is not None and (choice.generator is not None or may_be_empty(draft, column))


def link_part(draft: Draft, drafts: Mapping[str, Draft], link: Link, room: int, places: tuple[int, ...]) -> Part:
    """A reference as a part.

    Args:
        draft: the table that refers.
        drafts: all tables.
        link: the reference.
        room: how many of the rows referred to it may choose from.
        places: these very rows, of those that are there already.
    """
    optional = link.optional and all(may_be_empty(draft, draft.column(name)) for name in link.columns)
    nulls = null_share_of(draft, link) if optional else 0.0
    if link.state == FROM_EXISTING:
        return Part(link.working, link.columns, places, optional=optional, nulls=nulls)
    sizes = drafts[link.relation.target.key].growth.sizes
    return Part(
        link.working, link.columns, tuple(range(room)), grows=True, sizes=sizes, optional=optional,
        nulls=nulls,
    )  # fmt: skip


def may_be_empty(draft: Draft, column: Column) -> bool:
    """Whether null may stand in a column on any number of rows."""
    return (
        column.nullable
        and not column.type.not_null
        and column.name not in draft.valued
        and draft.nullity(column) is not Nullity.NEVER
        and not null_repeats(draft, column.name)
    )


def lives(draft: Draft, world: World, values: Mapping[str, object], places: Mapping[str, int | None]) -> bool:
    """Whether a row with these values, and references to these places, can be in a world, as far as that shows."""
    for name, domain in world.domains.items():
        link = draft.link_of(name)
        if name in values:
            empty = values[name] is None
        elif link is not None and link.working in places:
            empty = places[link.working] is None
        else:
            continue
        if domain.null is (Nullity.NEVER if empty else Nullity.ALWAYS):
            return False
        if not empty and name in values and not judge(draft.column(name).type, domain)(values[name]):
            return False
    return all(_kept(draft, relation, values, places) for relation in world.relations)


def _kept(draft: Draft, relation: Relation, values: Mapping[str, object], places: Mapping[str, int | None]) -> bool:
    if relation.offset is not None or relation.measure != "value" or relation.left_form or relation.right_form:
        return True
    ends: list[object] = []
    if relation.left in values and relation.right in values:
        ends = [values[relation.left], values[relation.right]]
    else:
        first, second = draft.link_of(relation.left), draft.link_of(relation.right)
        if first and second and _alike(first, relation.left, second, relation.right):
            # Rows are numbered as their keys are.
            ends = [places.get(link.working) for link in (first, second)]
    if not ends or None in ends:
        return True
    try:
        return _OPERATORS[relation.operator](*ends)
    except TypeError:
        return True


def _alike(first: Link, left: str, second: Link, right: str) -> bool:
    """Whether two columns repeat the same column of the same table, from rows that are being made."""
    there = [one.relation.target_columns[one.columns.index(name)] for one, name in ((first, left), (second, right))]
    return (
        first.relation.target == second.relation.target
        and there[0] == there[1]
        and first.state == second.state == FROM_ROWS
    )


@dataclass(slots=True)
class Admission:
    """Tells which combinations a table's checks and the rows that are there admit."""

    draft: Draft
    parts: tuple[Part, ...]
    distinctions: tuple[Distinction, ...]
    _components: list[tuple[Component, tuple[str, ...]]] = field(init=False)
    _taken: list[tuple[tuple[str, ...], set[tuple[Hashable, ...]]]] = field(init=False)
    _known: dict[tuple[object, ...], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        filled = {name: part.name for part in self.parts for name in part.columns}
        self._components = []
        for component in self.draft.model.components:
            inside = tuple(dict.fromkeys(filled[name] for name in component.columns if name in filled))
            if inside and (len(component.worlds) > 1 or len(component.columns) > 1):
                self._components.append((component, inside))
        self._taken = [found for one in self.distinctions if not one.wish and (found := self._existing(one))]

    @property
    def is_asked(self) -> bool:
        """Whether there is anything that could be against a combination."""
        return bool(self._components or self._taken)

    def __call__(self, values: Mapping[str, object], places: Mapping[str, int | None]) -> bool:
        """Whether columns may hold these values together, with these places of the parts."""
        known = with_existing(self.draft, self.parts, values, places)
        for number, (component, inside) in enumerate(self._components):
            place = (number, *(places[name] for name in inside))
            if place not in self._known:
                self._known[place] = any(lives(self.draft, world, known, places) for world in component.worlds)
            if not self._known[place]:
                return False
        return not any(self._row(names, known) in taken for names, taken in self._taken)

    def _existing(self, one: Distinction) -> tuple[tuple[str, ...], set[tuple[Hashable, ...]]] | None:
        """What stands there of a key's columns already, where combinations could repeat it."""
        there, names = self.draft.table.existing.values, tuple(sorted(one.columns))
        filled = {
            name for part in self.parts for name in part.columns
            if part.values or self.draft.existing_of.get(part.name)
        }  # fmt: skip
        if not names or any(name not in there or name not in filled for name in names) or not there[names[0]]:
            return None
        rows = zip(*(there[name] for name in names), strict=True)
        return names, {self._row(names, dict(zip(names, row, strict=True))) for row in rows if None not in row}

    def _row(self, names: tuple[str, ...], values: Mapping[str, object]) -> tuple[Hashable, ...]:
        return tuple(_plain(self.draft.column(name), values.get(name)) for name in names)


def with_existing(
    draft: Draft, parts: tuple[Part, ...], values: Mapping[str, object], places: Mapping[str, int | None]
) -> dict[str, object]:
    """The values, and those that references to rows which are there already repeat."""
    known = dict(values)
    for part in parts:
        place = places[part.name]
        if not part.values and place is not None:
            link = next(one for one in draft.links if one.working == part.name)
            if link.state == FROM_EXISTING:
                known.update(zip(link.columns, draft.existing_of[part.name][place], strict=True))
    return known


def _plain(column: Column, value: object) -> Hashable:
    """A value as uniqueness compares it, whatever type it came in."""
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    text = str(value).rstrip() if column.type.kind is Kind.CHAR else str(value)
    return text.casefold() if column.type.case_insensitive else text


def _worlds_for(draft: Draft, worlds: list[World], weights: Sequence[float]) -> Iterator[str]:
    """For each combination the number of a world, among these, that its rows can be in; by turns where several fit."""
    combination = draft.combination
    assert combination is not None
    for row, one in enumerate(combination.head):
        places = dict(zip((part.name for part in combination.parts), one, strict=True))
        values = with_existing(draft, combination.parts, combination.given(one), places)
        fitting = [number for number, world in enumerate(worlds) if lives(draft, world, values, places)]
        yield str(_turn(fitting, row, weights) if fitting else 0)


def _turn(fitting: Sequence[int], row: int, weights: Sequence[float]) -> int:
    """Which of the worlds that fit it a row lives in: each in its turn, or as often as it weighs."""
    total = sum(weights[number] for number in fitting) if weights else 0.0
    if not total:
        return fitting[row % len(fitting)]
    ends = accumulate(weights[number] / total for number in fitting)
    place = (row * _GOLDEN) % 1.0  # spreads any number of rows evenly
    return next((number for number, end in zip(fitting, ends, strict=True) if place < end), fitting[-1])


def values_of(made: Realised) -> tuple[object, ...]:
    """Every value that a distinct column has, where its generator lists or counts them and they are few."""
    generator = made.generator
    if generator is None or made.capacity is None or made.capacity > FEW:
        return ()
    values = generator.parameters.get("values")
    if generator.name == "unique_choice" and isinstance(values, list | tuple):
        return tuple(values)
    start, step = generator.parameters.get("start", 1), generator.parameters.get("step", 1)
    if generator.name == "sequence" and isinstance(start, int) and isinstance(step, int):
        return tuple(range(start, start + made.capacity * step, step))
    return ()


def cases_of(draft: Draft, part: Component, worlds: list[World], weights: Sequence[float]) -> GeneratorSpec:
    """Which world a row lives in: any, by weight if there are weights, of those with room for its combination."""
    found = draft.combination
    if found is not None and any(set(one.columns) & set(part.columns) for one in found.parts):
        return GeneratorSpec(
            "pick", {"index": found.index(place_of(draft)), "values": list(_worlds_for(draft, worlds, weights))}
        )
    names = [str(number) for number in range(len(worlds))]
    return GeneratorSpec("choice", {"values": dict(zip(names, weights, strict=True)) if weights else names})
