"""The catalogue as a whole: one snapshot, one query for each kind of thing, one table after another out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import psycopg

from ....catalog import Catalog, ExistingRows, Table
from ....errors import TargetError
from .columns import Columns, read_columns
from .constraints import Constraints, read_constraints
from .data_types import read_types
from .existing import Standing, read_existing
from .keys import Keys, read_keys
from .partitions import Partitionings, read_partitionings
from .relations import FOREIGN, HEAP, PARTITIONED, Relation, Relations, read_relations
from .routines import Triggers, read_functions, read_triggers
from .source import Source, snapshot

_KINDS = {HEAP: "table", PARTITIONED: "partitioned", FOREIGN: "foreign"}

_ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user"

# 8 is the bit for INSERT; what a foreign server takes, its wrapper knows.
_FOREIGN = """
SELECT oid::bigint FROM pg_catalog.pg_class
WHERE relkind = 'f' AND pg_catalog.pg_relation_is_updatable(oid, true) & 8 = 0
"""


def read_catalog(connection: psycopg.Connection, schemas: tuple[str, ...] = ()) -> Catalog:
    """Everything about the tables in the given schemas, or in all but the server's own.

    The number of queries does not depend on how many tables there are, only on how many hold rows.

    Args:
        connection: one that nobody else uses, with no transaction open.
        schemas: their names; the usual one is called ``public``.

    Raises:
        TargetError: two tables' names are the same once schema and name are joined by a point.
    """
    with snapshot(connection) as source:
        reading = _Reading.of(source)
        chosen = list(reading.relations.fillable(schemas))
        tables = _by_key([reading.table(relation) for relation in chosen])
        existing = read_existing(source, reading.standings(chosen, tables))
        return Catalog(
            dialect="postgres",
            version=source.version_text,
            tables={key: replace(table, existing=existing.get(key, ExistingRows())) for key, table in tables.items()},
            bypasses_security=any(role.bypasses for role in source.rows(_Role, _ROLE)),
            functions=read_functions(source),
        )


class _Role(NamedTuple):
    bypasses: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of each kind of thing, before it is put together."""

    relations: Relations
    columns: Columns
    keys: Keys
    constraints: Constraints
    triggers: Triggers
    partitionings: Partitionings
    refusing: frozenset[int]

    @classmethod
    def of(cls, source: Source) -> _Reading:
        relations = read_relations(source)
        columns = read_columns(source, read_types(source))
        constraints = read_constraints(source, relations, columns)
        return cls(
            relations=relations,
            columns=columns,
            keys=read_keys(source, columns),
            constraints=constraints,
            triggers=read_triggers(source),
            partitionings=read_partitionings(source, relations, columns, constraints),
            refusing=_refusing(source, relations),
        )

    def table(self, relation: Relation) -> Table:
        """The table, before anybody has looked for rows in it."""
        oid, relations = relation.oid, self.relations
        return Table(
            name=relations.name(oid),
            columns=self.columns.merged(oid, relations),
            keys=self.keys.merged(oid, relations),
            foreign_keys=self.constraints.merged_foreign_keys(oid, relations),
            checks=self.constraints.merged_checks(oid, relations),
            exclusions=self.keys.merged_exclusions(oid, relations),
            triggers=self.triggers.merged(oid, relations),
            partitioning=self.partitionings.of(oid),
            kind=_KINDS[relation.kind],
            inherits=tuple(relations.name(parent) for parent in relations.parents.get(oid, ())),
            row_security=relation.row_security,
            forced_security=relation.forced_security,
            insertable=relation.insertable and oid not in self.refusing,
            comment=relation.comment,
        )

    def standings(self, chosen: list[Relation], tables: dict[str, Table]) -> list[Standing]:
        """Those tables in which rows may be found, by this session and on this server."""
        targets = self.constraints.targets((relation.oid for relation in self.relations.fillable(())), self.relations)
        found = []
        for relation in chosen:
            name = self.relations.name(relation.oid)
            leaves = list(self.relations.leaves(relation.oid))
            local = all(leaf.kind != FOREIGN for leaf in leaves)
            if relation.readable and local and not all(leaf.empty for leaf in leaves):
                estimate = sum(max(0, round(leaf.estimate)) for leaf in leaves)
                found.append(Standing(tables[name.key], estimate, frozenset(targets.get(name, ()))))
        return found


def _refusing(source: Source, relations: Relations) -> frozenset[int]:
    """Foreign tables whose server takes no rows; asked only where there are any, since it loads their wrappers."""
    if all(relation.kind != FOREIGN for relation in relations.by_oid.values()):
        return frozenset()
    return frozenset(source.rows(int, _FOREIGN))


def _by_key(tables: list[Table]) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for table in sorted(tables, key=lambda item: item.name):
        other = found.setdefault(table.name.key, table)
        if other is not table:
            raise TargetError(
                f"two tables are both called {table.name.key!r}, in schemas {other.name.schema!r} "
                f"and {table.name.schema!r}",
                hint="name the schemas that are to be filled",
            )
    return found
