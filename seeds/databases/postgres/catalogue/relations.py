"""Which tables there are, and how partitions and heirs hang under them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ....catalog import TableName
from ....ports import BOOKKEEPING_TABLES
from ..names import DEFAULT_SCHEMA
from .source import USER_SCHEMA, Source

HEAP, PARTITIONED, FOREIGN = "r", "p", "f"

# A heap without a single block holds no row in anybody's eyes; other storage may keep its rows elsewhere.
_RELATIONS = f"""
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
  c.reltuples::float8,
  a.amname IS NOT DISTINCT FROM 'heap' AND coalesce(pg_catalog.pg_relation_size(c.oid), 0) = 0,
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT'),
  EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e' AND (
      (d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0)
      OR (d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid))
  ),
  coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), ''),
  coalesce(pg_catalog.pg_get_expr(c.relpartbound, c.oid), '')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
WHERE c.relkind IN ('r', 'p', 'f') AND {USER_SCHEMA}
ORDER BY n.nspname, c.relname
"""

_INHERITANCE = """
SELECT inhrelid::bigint, inhparent::bigint, {detaching}
FROM pg_catalog.pg_inherits ORDER BY inhrelid, inhseqno
"""


class Relation(NamedTuple):
    """A table, partitioned table, partition or foreign table.

    Attributes:
        kind: ``r``, ``p`` or ``f``, as the server calls them.
        estimate: the planner's guess at its rows; -1 where there is none.
        empty: it certainly holds no row.
        extension: it came with an extension, or its schema did.
        bound: of a partition, as the server prints it.
    """

    oid: int
    schema: str
    name: str
    kind: str
    partition: bool
    row_security: bool
    forced_security: bool
    estimate: float
    empty: bool
    readable: bool
    insertable: bool
    extension: bool
    comment: str
    bound: str


class _Link(NamedTuple):
    child: int
    parent: int
    detaching: bool


@dataclass(frozen=True, slots=True)
class Relations:
    """Every relation by its number.

    Attributes:
        parents: of each heir or partition, in order.
        partitions: of each partitioned table, in the order of their names.
    """

    by_oid: Mapping[int, Relation]
    parents: Mapping[int, tuple[int, ...]]
    partitions: Mapping[int, tuple[int, ...]]

    def fillable(self, schemas: tuple[str, ...]) -> Iterator[Relation]:
        """Those that count as tables of somebody's own, in the order of their names."""
        for relation in self.by_oid.values():
            own = not relation.extension and relation.name not in BOOKKEEPING_TABLES
            if own and not relation.partition and (not schemas or relation.schema in schemas):
                yield relation

    def root(self, oid: int) -> int:
        """The partitioned table at the top, for a partition; any other relation itself."""
        while self.by_oid[oid].partition and oid in self.parents:
            oid = self.parents[oid][0]
        return oid

    def leaves(self, oid: int) -> Iterator[Relation]:
        """Where the relation's rows lie: itself, or the lowest partitions."""
        if self.by_oid[oid].kind != PARTITIONED:
            yield self.by_oid[oid]
        for part in self.partitions.get(oid, ()):
            yield from self.leaves(part)

    def below(self, oid: int) -> Iterator[int]:
        """Every partition under the relation, at whatever depth."""
        for part in self.partitions.get(oid, ()):
            yield part
            yield from self.below(part)

    def name(self, oid: int) -> TableName:
        """The name in plans and findings.

        A point in a name makes the schema be written, even the usual one: ``public.a.b`` cannot be taken for table
        ``b`` in schema ``a``.
        """
        relation = self.by_oid[oid]
        hidden = relation.schema == DEFAULT_SCHEMA and "." not in relation.name
        return TableName("" if hidden else relation.schema, relation.name)


def read_relations(source: Source) -> Relations:
    """Every relation in users' schemas; those of extensions too, since foreign keys may point at them."""
    by_oid = {relation.oid: relation for relation in source.rows(Relation, _RELATIONS)}
    detaching = "inhdetachpending" if source.version >= 140_000 else "false"
    links = source.rows(_Link, _INHERITANCE.format(detaching=detaching))
    parents: defaultdict[int, list[int]] = defaultdict(list)
    partitions: defaultdict[int, list[int]] = defaultdict(list)
    for link in links:
        if link.child in by_oid and link.parent in by_oid:
            parents[link.child].append(link.parent)
            if by_oid[link.child].partition and not link.detaching:
                partitions[link.parent].append(link.child)
    order = {oid: position for position, oid in enumerate(by_oid)}
    return Relations(
        by_oid,
        {oid: tuple(above) for oid, above in parents.items()},
        {oid: tuple(sorted(below, key=order.__getitem__)) for oid, below in partitions.items()},
    )
