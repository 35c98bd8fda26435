"""A table cut into parts that no constraint ties together, each with all that its solution depends on.

Schemas repeat columns and the constraints on them from table to table; a part is the same wherever it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from ...catalog import DataType, Table
from .frame import Frame
from .predicates import Predicate
from .tree import columns_of


@dataclass(frozen=True, slots=True)
class Part:
    """Columns that constraints speak of together, and those constraints.

    Attributes:
        types: of the columns, in the table's order.
        nullable: those of them that may be null, as far as the table says.
        predicates: the constraints, each called by its place among the table's.
        written: the predicates' trees, written out: 1, 1.0 and true equal one another, and are not the same.
    """

    types: tuple[tuple[str, DataType], ...]
    nullable: frozenset[str]
    predicates: tuple[Predicate, ...]
    written: str
    dialect: str
    earliest: datetime
    latest: datetime


def parts_of(table: Table, predicates: Sequence[Predicate], frame: Frame) -> list[Part]:
    """The parts, in the order of their first columns; constraints on no column at all make up the last."""
    tied = _tied(predicates, frame)
    columns: dict[str, list[str]] = {}
    for name in frame.types:
        columns.setdefault(tied[name], []).append(name)
    claims: dict[str, list[int]] = {}
    for place, predicate in enumerate(predicates):
        names = _names(predicate, frame)
        claims.setdefault(tied[names[0]] if names else "", []).append(place)
    primary = table.primary_key.columns if table.primary_key else ()
    nullable = frozenset(column.name for column in table.columns if column.nullable and column.name not in primary)

    def part(names: Sequence[str], places: Sequence[int]) -> Part:
        own = tuple(replace(predicates[place], name=str(place)) for place in places)
        written = repr([one.tree for one in own]) if own else ""
        types = tuple((name, frame.types[name]) for name in names)
        return Part(types, nullable.intersection(names), own, written, frame.dialect, frame.earliest, frame.latest)

    found = [part(names, claims.get(top, ())) for top, names in columns.items()]
    return [*found, part((), claims[""])] if "" in claims else found


def _tied(predicates: Sequence[Predicate], frame: Frame) -> dict[str, str]:
    """For each column one that stands for all that it is tied to."""
    parent = {name: name for name in frame.types}

    def top(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for predicate in predicates:
        for first, other in pairwise(_names(predicate, frame)):
            parent[top(other)] = top(first)
    return {name: top(name) for name in parent}


def _names(predicate: Predicate, frame: Frame) -> list[str]:
    """The table's columns that a constraint speaks of; of one that could not be read, those that the database names."""
    read = columns_of(predicate.tree) if predicate.tree is not None and not predicate.element_of else ()
    return [name for name in dict.fromkeys((*read, *predicate.columns)) if name in frame.types]
