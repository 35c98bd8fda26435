"""Foreign keys and checks, as declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ....catalog import Check, ForeignKey, TableName
from .columns import Columns
from .relations import Relations
from .source import USER_SCHEMA, Source

# A constraint with a parent is the copy that a partition has of its table's, or that a foreign key has for each
# partition of its target.
_FOREIGN_KEYS = f"""
SELECT k.conrelid::bigint, k.conname, k.conkey::int[], k.confrelid::bigint, k.confkey::int[],
  k.condeferrable, k.condeferred, k.confmatchtype = 'f', k.convalidated
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND {USER_SCHEMA}
ORDER BY k.conrelid, k.conname
"""

_CHECKS = f"""
SELECT k.conrelid::bigint, k.conname, pg_catalog.pg_get_expr(k.conbin, k.conrelid),
  coalesce(k.conkey, '{{}}')::int[], k.convalidated
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND k.conrelid <> 0 AND {USER_SCHEMA}
ORDER BY k.conrelid, k.conname
"""


class _ForeignKey(NamedTuple):
    relation: int
    name: str
    numbers: list[int]
    target: int
    target_numbers: list[int]
    deferrable: bool
    deferred: bool
    match_full: bool
    validated: bool


class _Check(NamedTuple):
    relation: int
    name: str
    predicate: str
    numbers: list[int]
    validated: bool


@dataclass(frozen=True, slots=True)
class Constraints:
    """Foreign keys and checks of every relation by its number.

    Attributes:
        disagreements: by partitioned table, the sides of its partitions' foreign keys that no row could satisfy together.
    """

    foreign_keys: Mapping[int, tuple[ForeignKey, ...]]
    checks: Mapping[int, tuple[Check, ...]]
    disagreements: Mapping[int, frozenset[tuple[object, ...]]]

    def merged_foreign_keys(self, relation: int, relations: Relations) -> tuple[ForeignKey, ...]:
        """The relation's foreign keys, and those of its partitions about which its partitions agree.

        Where a partition points at one table and another partition, with the same columns, at another, a row could
        not be asked to satisfy both.
        """
        own = self.foreign_keys.get(relation, ())
        known = {_sides(key) for key in own}.union(self.disagreements.get(relation, ()))
        added: dict[tuple[object, ...], ForeignKey] = {}
        for part in relations.below(relation):
            for key in self.foreign_keys.get(part, ()):
                if _sides(key) not in known:
                    added.setdefault(_sides(key), key)
        return (*own, *added.values())

    def apart(self, partition: int, relations: Relations) -> tuple[ForeignKey, ...]:
        """The partition's own foreign keys, as far as other partitions disagree about their columns."""
        disagreements = self.disagreements.get(relations.root(partition), frozenset())
        return tuple(key for key in self.foreign_keys.get(partition, ()) if _sides(key) in disagreements)

    def merged_checks(self, relation: int, relations: Relations) -> tuple[Check, ...]:
        """The relation's checks, and those that every one of its partitions has."""
        own = self.checks.get(relation, ())
        leaves = [leaf.oid for leaf in relations.leaves(relation) if leaf.oid != relation]
        if not leaves:
            return own
        everywhere = set.intersection(*({check.predicate for check in self.checks.get(leaf, ())} for leaf in leaves))
        everywhere -= {check.predicate for check in own}
        return (*own, *(check for check in self.checks.get(leaves[0], ()) if check.predicate in everywhere))

    def checks_besides(self, partition: int, known: Iterable[Check]) -> tuple[Check, ...]:
        """The partition's checks without those that hold of its rows anyway."""
        predicates = {check.predicate for check in known}
        return tuple(check for check in self.checks.get(partition, ()) if check.predicate not in predicates)

    def targets(self, relations: Iterable[int], all_relations: Relations) -> dict[TableName, set[str]]:
        """The columns that foreign keys point at, table by table."""
        found: defaultdict[TableName, set[str]] = defaultdict(set)
        for relation in relations:
            apart = (key for part in all_relations.below(relation) for key in self.apart(part, all_relations))
            for key in (*self.merged_foreign_keys(relation, all_relations), *apart):
                found[key.target].update(key.target_columns)
        return found


def _sides(key: ForeignKey) -> tuple[object, ...]:
    return key.columns, key.target, key.target_columns


def _disagreements(
    relation: int, relations: Relations, keys: Mapping[int, list[ForeignKey]]
) -> frozenset[tuple[object, ...]]:
    """The sides of keys that share a column with a key of other partitions, and lead elsewhere."""
    known = {_sides(key) for key in keys.get(relation, ())}
    where: defaultdict[tuple[object, ...], set[int]] = defaultdict(set)
    columns: dict[tuple[object, ...], tuple[str, ...]] = {}
    for part in relations.below(relation):
        for key in keys.get(part, ()):
            where[_sides(key)].add(part)
            columns[_sides(key)] = key.columns
    return frozenset(
        one
        for one in where
        if one not in known
        for other in where
        if where[one].isdisjoint(where[other]) and not set(columns[one]).isdisjoint(columns[other])
    )


def read_constraints(source: Source, relations: Relations, columns: Columns) -> Constraints:
    """Foreign keys and checks of all relations; a key to a partition is taken for one to its table."""
    foreign_keys: defaultdict[int, list[ForeignKey]] = defaultdict(list)
    for row in source.rows(_ForeignKey, _FOREIGN_KEYS):
        if row.target in relations.by_oid:
            foreign_keys[row.relation].append(_foreign_key(row, relations, columns))
    checks: defaultdict[int, list[Check]] = defaultdict(list)
    for check in source.rows(_Check, _CHECKS):
        names = columns.names(check.relation, check.numbers)
        checks[check.relation].append(Check(check.name, check.predicate, names, check.validated))
    return Constraints(
        {relation: tuple(found) for relation, found in foreign_keys.items()},
        {relation: tuple(found) for relation, found in checks.items()},
        {root: _disagreements(root, relations, foreign_keys) for root in relations.partitions},
    )


def _foreign_key(row: _ForeignKey, relations: Relations, columns: Columns) -> ForeignKey:
    return ForeignKey(
        name=row.name,
        columns=columns.names(row.relation, row.numbers),
        target=relations.name(relations.root(row.target)),
        target_columns=columns.names(row.target, row.target_numbers),
        deferrable=row.deferrable,
        deferred=row.deferred,
        match_full=row.match_full,
        validated=row.validated,
    )
