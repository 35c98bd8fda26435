"""Unique keys and exclusions: what no two rows may share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from ....catalog import Exclusion, UniqueKey
from .columns import Columns
from .relations import Relations
from .source import USER_SCHEMA, Source

# An index that is ready refuses duplicates even before it is valid; only a partitioned one must have all its parts.
# `reads` lists a column once for standing in the index and once more for standing in an expression or the predicate.
_INDEXES = """
SELECT i.indrelid::bigint, x.relname, i.indisunique, i.indisprimary, k.conname IS NOT NULL, k.contype = 'x',
  coalesce(k.condeferrable, false), coalesce(k.condeferred, false), {nulls}, {period},
  i.indnkeyatts, i.indkey::int2[]::int[],
  CASE WHEN i.indexprs IS NULL THEN '{{}}'::text[] ELSE ARRAY(
    SELECT pg_catalog.pg_get_indexdef(i.indexrelid, p, true) FROM generate_series(1, i.indnkeyatts) AS p
    WHERE i.indkey[p - 1] = 0 ORDER BY p) END,
  coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), ''),
  CASE WHEN i.indexprs IS NULL AND i.indpred IS NULL THEN '{{}}'::int[] ELSE ARRAY(
    SELECT d.refobjsubid FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0) END,
  ARRAY(SELECT o.oprname::text FROM unnest(k.conexclop) WITH ORDINALITY AS u(op, place)
    JOIN pg_catalog.pg_operator AS o ON o.oid = u.op ORDER BY u.place)
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
WHERE (i.indisunique OR k.contype = 'x') AND i.indislive AND i.indisready AND (i.indisvalid OR x.relkind = 'i')
  AND {users}
ORDER BY i.indrelid, NOT i.indisprimary, x.relname
"""


class _Index(NamedTuple):
    """``overlapping``: a key WITHOUT OVERLAPS, whose last column may not overlap where the others are equal."""

    relation: int
    name: str
    unique: bool
    primary: bool
    constraint: bool
    exclusion: bool | None
    deferrable: bool
    deferred: bool
    nulls_not_distinct: bool
    overlapping: bool
    size: int
    numbers: list[int]
    expressions: list[str]
    predicate: str
    mentioned: list[int]
    operators: list[str]


@dataclass(frozen=True, slots=True)
class Keys:
    """Unique keys and exclusions of every relation by its number."""

    unique: Mapping[int, tuple[UniqueKey, ...]]
    exclusions: Mapping[int, tuple[Exclusion, ...]]

    def merged(self, relation: int, relations: Relations) -> tuple[UniqueKey, ...]:
        """The relation's keys, and those that only its partitions have.

        A partition's own key holds within the partition; that no two rows of the whole share it is more than asked,
        and implies it. No foreign key can name it.
        """
        keys = list(self.unique.get(relation, ()))
        seen = {_substance(key) for key in keys}
        for leaf in relations.leaves(relation):
            for key in self.unique.get(leaf.oid, ()):
                if _substance(key) not in seen:
                    seen.add(_substance(key))
                    keys.append(replace(key, primary=False, constraint=False))
        return tuple(keys)

    def merged_exclusions(self, relation: int, relations: Relations) -> tuple[Exclusion, ...]:
        """The relation's exclusions, and those that only its partitions have."""
        found = {(item.elements, item.predicate): item for item in self.exclusions.get(relation, ())}
        for leaf in relations.leaves(relation):
            for item in self.exclusions.get(leaf.oid, ()):
                found.setdefault((item.elements, item.predicate), item)
        return tuple(found.values())


def _substance(key: UniqueKey) -> tuple[object, ...]:
    return frozenset(key.columns), key.expressions, key.predicate, key.nulls_distinct


def read_keys(source: Source, columns: Columns) -> Keys:
    """Unique keys and exclusions of all relations, the primary key first."""
    query = _INDEXES.format(
        nulls="i.indnullsnotdistinct" if source.version >= 150_000 else "false",
        period="coalesce(k.conperiod, false)" if source.version >= 180_000 else "false",
        users=USER_SCHEMA,
    )
    unique: defaultdict[int, list[UniqueKey]] = defaultdict(list)
    exclusions: defaultdict[int, list[Exclusion]] = defaultdict(list)
    for index in source.rows(_Index, query):
        if index.unique:
            unique[index.relation].append(_key(index, columns))
        if index.exclusion or index.overlapping:
            exclusions[index.relation].append(_exclusion(index, columns))
    return Keys(
        {relation: tuple(found) for relation, found in unique.items()},
        {relation: tuple(found) for relation, found in exclusions.items()},
    )


def _key(index: _Index, columns: Columns) -> UniqueKey:
    return UniqueKey(
        name=index.name,
        columns=columns.names(index.relation, index.numbers[: index.size]),
        expressions=tuple(index.expressions),
        reads=_reads(index, columns),
        predicate=index.predicate,
        primary=index.primary,
        constraint=index.constraint,
        nulls_distinct=not index.nulls_not_distinct,
        deferrable=index.deferrable,
        deferred=index.deferred,
    )


def _exclusion(index: _Index, columns: Columns) -> Exclusion:
    expressions = iter(index.expressions)
    parts = [
        columns.names(index.relation, (number,))[0] if number else next(expressions)
        for number in index.numbers[: index.size]
    ]
    operators = index.operators or ["="] * (index.size - 1) + ["&&"]
    return Exclusion(
        name=index.name,
        elements=tuple(zip(parts, operators, strict=True)),
        reads=_reads(index, columns),
        predicate=index.predicate,
        deferrable=index.deferrable,
    )


def _reads(index: _Index, columns: Columns) -> tuple[str, ...]:
    """Key columns, then what expressions and predicate mention; not what merely rides along (``INCLUDE``)."""
    key = [number for number in index.numbers[: index.size] if number]
    carried = set(index.numbers[index.size :]) if not index.constraint else set()
    times = Counter(index.mentioned)
    more = sorted(number for number in times if number not in key and times[number] > (number in carried))
    return columns.names(index.relation, [*dict.fromkeys(key), *more])
