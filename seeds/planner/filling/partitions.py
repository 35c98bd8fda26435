"""Rows of a partitioned table: each falls into a partition that exists, and every partition gets one of the first.

The bounds of each partition are one more check on the table. What the checks leave of a row is found for every
partition on its own, and put together as alternatives; so it is known which alternative leads where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice, product, zip_longest

from generators.spec import GeneratorSpec, TableSpec

from ...catalog import Catalog, Check, Table
from ..checks import compile_checks
from ..checks.model import Component, Contradiction, Opaque, RowModel, World
from .copies import partitioned_copies
from .draft import Draft
from .partition_bounds import Arm, arms_of, columns_asked_of, key_columns

CHECK_NAME = "partition bounds"

_MOST_ARMS = 256
_MOST_WORLDS = 1024


@dataclass(frozen=True, slots=True)
class Cut(Component):
    """A component with a partition key in it.

    Attributes:
        keys: the columns that decide about the partition.
        first: the first worlds are one of each partition.
        usual: worlds that rows may be in besides those; the others lead into partitions for times to come.
    """

    keys: tuple[str, ...] = ()
    first: int = 0
    usual: tuple[int, ...] = ()


def row_model(table: Table, catalog: Catalog, moment: datetime) -> RowModel:
    """What the checks say of a row, and the bounds of partitions with them: its own, and those of copies of it."""
    base = compile_checks(table, catalog.dialect, catalog.functions, as_of=moment)
    cuts = [one for one in (table, *partitioned_copies(table, catalog)) if one.partitioning is not None]
    arms = _together([arms_of(one, catalog.dialect, moment.date()) for one in cuts])
    if not any(arm.predicate or arm.checks or arm.places for arm in arms):
        return base
    asked = {name for one in cuts if one.partitioning for name in columns_asked_of(one.partitioning.partitions)}
    names = asked.union(*map(key_columns, cuts))
    parts = [part for part in base.components if names & set(part.columns)]
    if not parts:
        return base
    columns = [column for column in table.columns if any(column.name in part.columns for part in parts)]
    checks = {name for part in parts for name in part.checks}
    kept = replace(table, columns=tuple(columns), checks=tuple(check for check in table.checks if check.name in checks))
    found = [_worlds(kept, catalog, moment, arm, max(1, _MOST_WORLDS // len(arms))) for arm in arms]
    return _joined(base, parts, set().union(*map(key_columns, cuts)), kept, arms, found)


def closed_to_all(model: RowModel) -> bool:
    """Whether no partition takes a row that the checks allow."""
    return any(CHECK_NAME in one.checks for one in model.contradictions)


def _together(groups: Sequence[tuple[Arm, ...]]) -> tuple[Arm, ...]:
    """Ways that lead into all of several tables at once; of very many some, from all over."""
    found = tuple(
        Arm(
            " AND ".join(f"({arm.predicate})" for arm in arms if arm.predicate),
            any(arm.later for arm in arms),
            tuple(chain.from_iterable(arm.checks for arm in arms)),
            frozenset(chain.from_iterable(arm.places for arm in arms)),
        )
        for arms in product(*(group for group in groups if group))
    )
    return found[:: -(-len(found) // _MOST_ARMS)] if len(found) > _MOST_ARMS else found


def _with(table: Table, arm: Arm) -> Table:
    bounds = (Check(CHECK_NAME, arm.predicate),) if arm.predicate else ()
    return replace(table, checks=(*table.checks, *bounds, *arm.checks))


@dataclass(frozen=True, slots=True)
class _Found:
    """What an arm and the checks leave: worlds over all columns that matter, or none; and what was not understood."""

    worlds: tuple[World, ...]
    opaque: tuple[Opaque, ...]


def _worlds(table: Table, catalog: Catalog, moment: datetime, arm: Arm, most: int) -> _Found:
    model = compile_checks(_with(table, arm), catalog.dialect, catalog.functions, as_of=moment)
    own = {CHECK_NAME, *(check.name for check in arm.checks)}
    opaque = tuple(one for one in model.opaque if one.check in own)
    if any(own.intersection(one.checks) for one in model.contradictions):
        return _Found((), opaque)
    together = islice(product(*(part.worlds for part in model.components)), most)
    return _Found(tuple(_merged(worlds, arm.places) for worlds in together), opaque)


def _merged(worlds: Sequence[World], places: frozenset[str]) -> World:
    return World(
        {name: domain for world in worlds for name, domain in world.domains.items()},
        tuple(chain.from_iterable(world.relations for world in worlds)),
        tuple(chain.from_iterable(world.sums for world in worlds)),
        places,
        tuple(chain.from_iterable(world.computed for world in worlds)),
    )


def _joined(
    base: RowModel,
    parts: Sequence[Component],
    keys: set[str],
    kept: Table,
    arms: Sequence[Arm],
    found: Sequence[_Found],
) -> RowModel:
    columns = tuple(column.name for column in kept.columns)
    checks = (CHECK_NAME, *dict.fromkeys(name for part in parts for name in part.checks))
    unread = {one.check: one for item in reversed(found) for one in reversed(item.opaque)}
    opaque = (*base.opaque, *unread.values())
    open_arms: list[tuple[bool, tuple[World, ...]]] = []
    for arm, item in zip(arms, found, strict=True):
        if item.worlds and all(item.worlds != worlds for _, worlds in open_arms):
            open_arms.append((arm.later, item.worlds))
    if not open_arms:
        predicates = tuple(arm.predicate for arm in arms[:3])
        clash = Contradiction(checks, predicates, columns, "no partition takes a row that its checks allow")
        return replace(base, contradictions=(*base.contradictions, clash))
    open_arms.sort(key=lambda item: item[0])
    turns = zip_longest(*(worlds for _, worlds in open_arms))
    placed = [
        (world, later) for turn in turns for world, (later, _) in zip(turn, open_arms, strict=True) if world is not None
    ]
    usual = tuple(number for number, (_, later) in enumerate(placed) if not later)
    cut = Cut(
        columns, tuple(world for world, _ in placed), checks, keys=tuple(name for name in columns if name in keys),
        first=len(open_arms), usual=usual or tuple(range(len(placed))),
    )  # fmt: skip
    place = base.components.index(parts[0])
    others = [part for part in base.components if part not in parts]
    return RowModel((*others[:place], cut, *others[place:]), opaque, base.contradictions)


def spread(draft: Draft, spec: TableSpec) -> TableSpec:
    """The table with its first rows dealt out to the partitions, one to each, and the others at random."""
    several = [part for part in draft.model.components if len(part.worlds) > 1]
    cases = [column for column in spec.columns if not column.stored and column.name.startswith("case_")]
    for part, case in zip(several, cases, strict=False):
        if not isinstance(part, Cut) or any(draft.link_of(name) is not None for name in part.keys):
            continue
        values = case.generator.parameters["values"]
        assert isinstance(values, list)
        labels = [str(value) for value in values]
        whole = len(labels) == len(part.worlds)
        first = part.first if whole else len(labels)
        usual = [labels[number] for number in part.usual] if whole else labels
        dealt = replace(case, generator=_dealt(labels[:first], usual))
        return replace(spec, columns=tuple(dealt if column is case else column for column in spec.columns))
    return spec


def _dealt(first: Sequence[str], usual: Sequence[str]) -> GeneratorSpec:
    group = f"ordinal if ordinal < {len(first)} else {len(first)}"
    return GeneratorSpec("grouped_choice", {"group": group, "values": [*([label] for label in first), list(usual)]})
