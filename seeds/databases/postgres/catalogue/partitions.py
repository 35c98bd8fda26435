"""Partitioned tables: how they are cut, and into what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ....catalog import Check, Partition, Partitioning
from .columns import Columns
from .constraints import Constraints
from .literals import bracketed, split_list
from .relations import PARTITIONED, Relations
from .source import Source

_PARTITIONED = """
SELECT partrelid::bigint, partstrat, partattrs::int2[]::int[],
  coalesce(pg_catalog.pg_get_expr(partexprs, partrelid), '')
FROM pg_catalog.pg_partitioned_table
"""

_STRATEGIES = {"r": "range", "l": "list", "h": "hash"}
_DEFAULT, _RANGE, _LIST = "DEFAULT", "FOR VALUES FROM ", "FOR VALUES IN "
_OPEN_ENDS = ("MINVALUE", "MAXVALUE")


class _Cut(NamedTuple):
    relation: int
    strategy: str
    numbers: list[int]
    expressions: str


@dataclass(frozen=True, slots=True)
class Bound:
    """What a partition takes, see :class:`Partition`."""

    lows: tuple[str | None, ...] = ()
    highs: tuple[str | None, ...] = ()
    values: tuple[str | None, ...] = ()
    default: bool = False


def read_bound(text: str) -> Bound:
    """A partition's bound as the server prints it, taken apart; of a hash's nothing is left but that it is none."""
    if text == _DEFAULT:
        return Bound(default=True)
    if text.startswith(_RANGE):
        lows, end = bracketed(text, len(_RANGE))
        highs, _ = bracketed(text, text.index("(", end))
        return Bound(lows=_ends(lows), highs=_ends(highs))
    if text.startswith(_LIST):
        values, _ = bracketed(text, len(_LIST))
        return Bound(values=tuple(None if value == "NULL" else value for value in split_list(values)))
    return Bound()


def _ends(text: str) -> tuple[str | None, ...]:
    return tuple(None if end in _OPEN_ENDS else end for end in split_list(text))


@dataclass(frozen=True, slots=True)
class Partitionings:
    """How every partitioned table is cut, by its number."""

    cuts: Mapping[int, _Cut]
    relations: Relations
    columns: Columns
    constraints: Constraints

    def of(self, relation: int) -> Partitioning | None:
        """How the relation is cut, with all partitions below it; None where it is not."""
        if relation not in self.cuts:
            return None
        known = self.constraints.merged_checks(relation, self.relations)
        return Partitioning(self._strategy(relation), self._keys(relation), self._below(relation, known))

    def _below(self, relation: int, known: tuple[Check, ...]) -> tuple[Partition, ...]:
        return tuple(self._partition(part, relation, known) for part in self.relations.partitions.get(relation, ()))

    def _partition(self, relation: int, parent: int, known: tuple[Check, ...]) -> Partition:
        found = self.relations.by_oid[relation]
        bound = read_bound(found.bound)
        partitioned = found.kind == PARTITIONED
        checks = self.constraints.checks_besides(relation, known)
        return Partition(
            name=self.relations.name(relation),
            strategy=self._strategy(parent),
            lows=bound.lows,
            highs=bound.highs,
            values=bound.values,
            default=bound.default,
            bound=found.bound,
            keys=self._keys(relation) if partitioned else (),
            partitioned=partitioned,
            partitions=self._below(relation, (*known, *checks)),
            checks=checks,
            foreign_keys=self.constraints.apart(relation, self.relations),
        )

    def _strategy(self, relation: int) -> str:
        return _STRATEGIES.get(self.cuts[relation].strategy, "")

    def _keys(self, relation: int) -> tuple[str, ...]:
        cut = self.cuts[relation]
        expressions = iter(split_list(cut.expressions))
        return tuple(
            self.columns.names(relation, (number,))[0] if number else next(expressions) for number in cut.numbers
        )


def read_partitionings(
    source: Source, relations: Relations, columns: Columns, constraints: Constraints
) -> Partitionings:
    """How all partitioned tables are cut."""
    cuts = {cut.relation: cut for cut in source.rows(_Cut, _PARTITIONED)}
    return Partitionings(cuts, relations, columns, constraints)
