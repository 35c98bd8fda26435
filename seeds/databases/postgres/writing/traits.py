"""What a writer must know of tables beyond the catalogue, read for the whole database in three queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from ....catalog import TableName
from ..names import DEFAULT_SCHEMA, quoted
from .channel import Channel

# COPY goes past rules, and is refused where row security holds for this session and by most foreign tables.
_INSERTED = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v') AND (c.relkind = 'f'
  OR c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
  OR EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_type = '3'))
"""

# Constraints of partitions that came from their partitioned table follow it, and are left out.
_DEFERRED = """
SELECT tn.nspname, t.relname, cn.nspname, c.conname FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.connamespace
JOIN pg_catalog.pg_class AS t ON t.oid = COALESCE(pg_catalog.pg_partition_root(c.conrelid)::oid, c.conrelid)
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE c.condeferred AND c.conparentid = 0 ORDER BY 1, 2, 3, 4
"""

_IDENTITIES = """
SELECT tn.nspname, t.relname, a.attname, sn.nspname, s.relname FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.deptype = 'i' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = d.classid
"""


@dataclass(frozen=True, slots=True)
class Traits:
    """Facts by the schema and name of a table.

    Attributes:
        inserted: tables that rows reach by INSERT only.
        deferred: constraints that wait for the commit unless told otherwise, quoted for SQL.
        identities: the sequences behind identity columns, quoted for SQL, by column.
    """

    inserted: frozenset[tuple[str, str]]
    deferred: Mapping[tuple[str, str], tuple[str, ...]]
    identities: Mapping[tuple[str, str, str], str]

    def takes_copies(self, name: TableName) -> bool:
        """Whether COPY does for the table what INSERT does."""
        return _full(name) not in self.inserted

    def deferred_of(self, names: list[TableName]) -> tuple[str, ...]:
        """All constraints of the tables that wait for the commit."""
        return tuple(constraint for name in names for constraint in self.deferred.get(_full(name), ()))

    def identity_of(self, name: TableName, column: str) -> str:
        """The sequence behind an identity column; empty where there is none."""
        return self.identities.get((*_full(name), column), "")


def read_traits(channel: Channel) -> Traits:
    """Ask the database."""
    deferred: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for schema, table, own_schema, name in _texts(channel, _DEFERRED):
        deferred[schema, table] += (f"{quoted(own_schema)}.{quoted(name)}",)
    return Traits(
        inserted=frozenset((schema, table) for schema, table in _texts(channel, _INSERTED)),
        deferred=dict(deferred),
        identities={
            (schema, table, column): f"{quoted(own_schema)}.{quoted(name)}"
            for schema, table, column, own_schema, name in _texts(channel, _IDENTITIES)
        },
    )


def _texts(channel: Channel, query: str) -> list[tuple[str, ...]]:
    return cast("list[tuple[str, ...]]", channel.rows(query))


def _full(name: TableName) -> tuple[str, str]:
    return name.schema or DEFAULT_SCHEMA, name.name
