"""Looking at a fill: are its rows still there, and does every reference lead somewhere?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Select, and_, cast, exists, func, select
from sqlalchemy import String as Text
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

from ..catalog import Catalog, Table, TableName
from ..driver_errors import refused
from ..planner.filling import Relation
from ..ports import Fillable
from .ledger import Ledger
from .ours import Ours, keys_of


@dataclass(frozen=True, slots=True)
class TableCheck:
    """Rows of ours that should be in a table, and those that are."""

    name: str
    expected: int
    found: int


@dataclass(frozen=True, slots=True)
class ReferenceCheck:
    """Rows of a table whose columns refer to nothing; ``counts`` is false where they may be rows of others.

    Attributes:
        declared: the database enforces it.
        sql: the query that counts them.
    """

    table: str
    columns: tuple[str, ...]
    target: str
    declared: bool
    orphans: int
    counts: bool
    sql: str


@dataclass(frozen=True, slots=True)
class FillCheck:
    """Everything looked at."""

    tables: tuple[TableCheck, ...]
    references: tuple[ReferenceCheck, ...]

    @property
    def holds(self) -> bool:
        """Whether no row is missing and no reference of ours leads nowhere."""
        return all(one.found == one.expected for one in self.tables) and not any(
            one.orphans for one in self.references if one.counts
        )


def verify(database: Fillable, dataset: str) -> FillCheck:
    """Look for each row by its key, and for rows whose reference, declared or not, leads nowhere; nothing is written.

    Raises:
        ManifestConflict: if the database holds nothing of this dataset.
    """
    with refused(database.location):
        ledger = Ledger(database)
        ours = Ours(database, ledger.held(dataset), ledger.records(dataset))
        tables = tuple(_tables(database, ours))
        with database.engine().connect() as connection:
            references = tuple(_references(connection, ours))
    return FillCheck(tables, references)


def _tables(database: Fillable, ours: Ours) -> Iterator[TableCheck]:
    writer = database.writer()
    try:
        writer.set_session(ours.session)
        for name, record in ours.records.items():
            table = ours.catalog.tables.get(name)
            found = 0
            if table is not None and record.by_triggers:
                found = min(max(writer.count(table) - ours.before(name).count, 0), record.loaded)
            elif table is not None:
                found = sum(writer.present(table, keys_of(table, batch)) for batch in ours.batches(name))
            yield TableCheck(name, record.loaded, found)
        writer.rollback()
    finally:
        writer.close()


def _references(connection: Connection, ours: Ours) -> Iterator[ReferenceCheck]:
    for name in ours.records:
        planned = ours.table(name)
        table = ours.catalog.tables.get(name)
        if planned is None or table is None:
            continue
        mixed = table.existing.count > ours.records[name].loaded
        for relation in planned.references:
            if relation.target.key in ours.catalog.tables:
                queries = [_orphans(ours.catalog, table, relation, place) for place in _places(table, relation)]
                yield ReferenceCheck(
                    name, relation.columns, relation.target.key, relation.declared,
                    sum(int(connection.execute(query).scalar_one()) for query in queries),
                    relation.declared or (not mixed and _whole(ours, relation.target.key)),
                    "; ".join(str(query.compile(connection)) for query in queries),
                )  # fmt: skip


def _whole(ours: Ours, name: str) -> bool:
    """Whether all rows of a table went in, so that what was taken for a reference to it can lead to any of them."""
    record = ours.records.get(name)
    return record is not None and not record.refused and record.loaded >= record.covered


def _places(table: Table, relation: Relation) -> Iterator[TableName]:
    """Where a relation's rows lie: in the table, or in those of its partitions in which alone the relation holds."""
    if not relation.within:
        yield table.name
    pending = list(table.partitioning.partitions if table.partitioning else ())
    while pending:
        one = pending.pop()
        pending += one.partitions
        if one.name.key in relation.within:
            yield one.name


def _orphans(catalog: Catalog, table: Table, relation: Relation, place: TableName) -> Select[int]:
    target = catalog.tables[relation.target.key]
    child = sql_table(place.name, *map(sql_column, relation.columns), schema=place.schema or None).alias("child")
    parent = sql_table(
        target.name.name, *map(sql_column, relation.target_columns), schema=target.name.schema or None
    ).alias("parent")
    same = []
    for own, theirs in zip(relation.columns, relation.target_columns, strict=True):
        one, other = child.c[own], parent.c[theirs]
        alike = table.column(own).type.base == target.column(theirs).type.base
        same.append(one == other if alike else cast(one, Text) == cast(other, Text))
    given = (child.c[name].is_not(None) for name in relation.columns)
    found = select(func.count()).select_from(child).where(and_(*given), ~exists().where(and_(*same)))
    # Rows of tables that inherit from this one are theirs, and so are their keys.
    return found if table.partitioning else found.with_hint(child, "ONLY", "postgresql")
