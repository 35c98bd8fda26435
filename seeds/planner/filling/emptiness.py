"""How many rows a column is left empty in: what is usual, what a dataset file asks for, and what checks leave free.

Where the alternatives of its checks decide whether a column is empty, the share asked for becomes the alternatives'
weights. An alternative that leaves it open is cut in two for that, one with a value and one without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from generators.spec import ColumnSpec, GeneratorSpec

from ...catalog import Column
from ..checks.model import Component, Domain, Nullity, World
from ..meaning import Meaning, enumerated
from ..names import words
from .draft import ABSENT, Draft, Link
from .working import combined, null_repeats, null_share_of

_MOSTLY = 0.5
_EXPECTED = (("id",), ("ref",), ("reference",), ("key",), ("uuid",), ("status",), ("state",), ("stage",), ("version",))
_ROUNDS = 60
_NEAR = 0.005
_MOST_WORLDS = 64


def usual_share(draft: Draft, column: Column, meaning: Meaning, worlds: Sequence[World]) -> float:
    """In what share of the rows a column is empty where the alternatives of its checks leave that open."""
    if any(_null(world, column.name) is Nullity.NEVER for world in worlds) or not _may_be_emptied(draft, column.name):
        return 0.0
    asked = wanted_share(draft, column.name)
    if asked is not None:
        return 0.0 if divided(draft, column.name) else asked
    # What a service gives a value unasked, or branches on, it seldom expects to be absent.
    expected = column.default or enumerated(draft.table, column) or words(column.name)[-1:] in _EXPECTED
    return 0.0 if expected and meaning.null_share < _MOSTLY else meaning.null_share


def wanted_share(draft: Draft, name: str) -> float | None:
    """The share of empty rows that a dataset file asks for; None where it says nothing."""
    choice = draft.choice.columns.get(name)
    return None if choice is None else choice.null_share


def divided(draft: Draft, name: str) -> bool:
    """Whether alternatives are cut in two, and weighed, for the share of empty rows that is asked for."""
    part, link = draft.component_of(name), draft.link_of(name)
    if part is None or wanted_share(draft, name) is None or not _may_be_emptied(draft, name):
        return False
    if link is not None and (
        link.columns != (name,)
        or link.aligned
        or link.shared
        or (draft.combination is not None and draft.combination.part(link.working) is not None)
    ):
        return False
    return len({_null(world, name) for world in part.worlds}) > 1


def leading_nowhere(draft: Draft, link: Link) -> float:
    """In what share of the rows a reference leads nowhere, beside those that alternatives of checks leave empty."""
    return 0.0 if any(divided(draft, name) for name in link.columns) else null_share_of(draft, link)


def alternatives(draft: Draft, part: Component) -> list[World]:
    """The worlds of a component, cut so that each says of a column with a share of its own whether it is empty."""
    worlds = list(part.worlds)
    for name in part.columns:
        if divided(draft, name) and len(worlds) <= _MOST_WORLDS:
            worlds = [half for world in worlds for half in _halves(draft, world, name)]
    return worlds


def _halves(draft: Draft, world: World, name: str) -> Iterator[World]:
    tied = [one for one in world.computed if name in (one.column, *one.reads)]
    if _null(world, name) is not Nullity.MAYBE:
        yield world
        return
    domain = world.domains.get(name, Domain())
    yield replace(world, domains={**world.domains, name: replace(domain, null=Nullity.NEVER)})
    if any(draft.column(one.column).generated for one in tied):
        return
    # A comparison with null is never false, so nothing is left of what it held to.
    yield replace(
        world,
        domains={**world.domains, name: Domain(null=Nullity.ALWAYS)},
        relations=tuple(one for one in world.relations if name not in (one.left, one.right)),
        sums=tuple(one for one in world.sums if all(term != name for _, term in one.terms)),
        computed=tuple(one for one in world.computed if one not in tied),
    )


def weights(draft: Draft, part: Component, worlds: Sequence[World]) -> tuple[float, ...]:
    """How likely each world is, for the shares that are asked for; none where nothing is.

    Each share in turn is put right until all are (iterative proportional fitting), or no more can be done.
    """
    asked = []
    for name in part.columns:
        share = wanted_share(draft, name)
        empty = [_null(world, name) is Nullity.ALWAYS for world in worlds]
        if share is not None and any(empty) and not all(empty):
            asked.append((share, empty))
    if not asked:
        return ()
    found = [1 / len(worlds)] * len(worlds)
    for _ in range(_ROUNDS if len(asked) > 1 else 1):
        for share, empty in asked:
            found = _fitted(found, share, empty)
    return tuple(found)


def _fitted(found: Sequence[float], share: float, empty: Sequence[bool]) -> list[float]:
    """The weights with this share on those that are empty; as they were where one side has no weight at all."""
    left = sum(weight for weight, there in zip(found, empty, strict=True) if there)
    right = sum(found) - left
    if left <= 0 or right <= 0:
        return list(found)
    return [
        weight * (share / left if there else (1 - share) / right) for weight, there in zip(found, empty, strict=True)
    ]


def tell_of_shares(
    draft: Draft, part: Component, worlds: Sequence[World], cases: GeneratorSpec | None,
    specs: Mapping[str, ColumnSpec | None],
) -> None:  # fmt: skip
    """Say of which columns the share of empty rows is another than was asked for, and why.

    Args:
        draft: the table.
        part: columns that are solved together.
        worlds: those that its rows live in.
        cases: how a row's world is chosen; None where there is one.
        specs: the engine's columns; None for those that it does not make.
    """
    chances = _chances(cases, len(worlds))
    for name in part.columns:
        asked = wanted_share(draft, name)
        if asked is None:
            continue
        share = _share(draft, worlds, chances, name, specs.get(name))
        if abs(share - asked) > _NEAR:
            draft.find(
                "NULLS_NOT_FREE",
                f"{name}: empty in {share:.0%} of the rows where {asked:.0%} was asked for: {_reason(draft, part, name)}",
                "take nulls out of the dataset file, or change what decides it",
            )


def _chances(cases: GeneratorSpec | None, many: int) -> list[float]:
    """How often each world comes about."""
    values = cases.parameters["values"] if cases is not None else None
    if isinstance(values, Mapping):
        return [float(values[str(number)]) / (sum(values.values()) or 1) for number in range(many)]
    if isinstance(values, list | tuple) and values:
        return [values.count(str(number)) / len(values) for number in range(many)]
    return [1 / many] * many


def _share(
    draft: Draft, worlds: Sequence[World], chances: Sequence[float], name: str, spec: ColumnSpec | None
) -> float:
    """In what share of the rows a column is going to be empty."""
    link = draft.link_of(name)
    absent = any(name in one.owned and one.state == ABSENT for one in draft.links) and link is None
    nowhere = all(_null(world, name) is Nullity.ALWAYS for world in worlds)
    if spec is None:
        return 1.0 if nowhere or absent else 0.0
    filled = sum(
        chance for world, chance in zip(worlds, chances, strict=True) if _null(world, name) is not Nullity.ALWAYS
    )
    nulls = leading_nowhere(draft, link) if link is not None else spec.nulls
    if link is not None and link.pairing in ("earlier", "previous") and draft.rows:
        nulls = max(nulls, 1 / draft.rows)  # there is no row before the first
    return 1 - filled * (1 - nulls)


def _reason(draft: Draft, part: Component, name: str) -> str:
    """Why a column is not empty as often as somebody wants, in the words of its constraints."""
    column = draft.column(name)
    if column.generated:
        return "the database computes it"
    if not column.nullable or column.type.not_null:
        return "NOT NULL"
    if null_repeats(draft, name):
        return "a key that takes no second null"
    texts = [check.predicate for check in draft.table.checks if check.name in part.checks and name in check.columns]
    texts = texts or [check.predicate for check in draft.table.checks if check.name in part.checks]
    if texts:
        return f"CHECK ({'; '.join(texts)})"
    link = draft.link_of(name)
    if link is not None and link.pairing in ("earlier", "previous"):
        return "it refers to a row before its own, and the first has none"
    if link is not None or any(name in one.columns for one in draft.links):
        return "its reference decides"
    return "rows must differ in it, or references lead to it"


def _may_be_emptied(draft: Draft, name: str) -> bool:
    """Whether anything but its checks keeps a column from being empty."""
    column = draft.column(name)
    if not column.nullable or column.type.not_null or column.generated or null_repeats(draft, name):
        return False
    return name not in draft.valued and name not in draft.slots and combined(draft, name) is None


def _null(world: World, name: str) -> Nullity:
    return world.domains.get(name, Domain()).null
