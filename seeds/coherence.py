"""Orphans and rules as queries that must return no row; anyone can run them as they are printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from generators import Dataset, Run
from generators.spec import ForeignKeySpec, TableSpec

from .holding import key_range
from .ports import Database


@dataclass(frozen=True, slots=True)
class Query:
    """A query that must return no row."""

    name: str
    description: str
    sql: str


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A query that must return no row, and how many it returned."""

    name: str
    description: str
    sql: str
    violations: int


def orphan_queries(database: Database, dataset: Dataset, run: Run | None = None) -> tuple[Query, ...]:
    """A query for each foreign key: the rows that point at nothing."""
    return tuple(
        Query(
            f"{table.name}.{key.column}",
            f"every {key.column} exists in {key.table}",
            _scoped(database, dataset, run, _orphans(database, table, key)),
        )
        for table in dataset.stored
        for key in table.foreign_keys
    )


def rule_queries(database: Database, dataset: Dataset, run: Run | None = None) -> tuple[Query, ...]:
    """The dataset's own rules; as written, unless rows of others have to be left out."""
    return tuple(
        Query(rule.name, rule.description, _scoped(database, dataset, run, rule.sql.strip().rstrip("; \n")))
        for rule in dataset.spec.rules
    )


def check(database: Database, queries: Iterable[Query]) -> tuple[RuleResult, ...]:
    """Run queries as they are written: neither a colon nor a percent sign in them means anything to the driver."""
    with database.engine().connect() as connection:
        plain = connection.execution_options(no_parameters=True)
        return tuple(
            RuleResult(
                query.name,
                query.description,
                query.sql,
                int(plain.exec_driver_sql(_counted(query)).scalar_one()),
            )
            for query in queries
        )


def _counted(query: Query) -> str:
    return f"SELECT COUNT(*) FROM (\n{query.sql}\n) AS violations"  # noqa: S608 (a rule is SQL)


def _orphans(database: Database, table: TableSpec, key: ForeignKeySpec) -> str:
    name = database.identifier
    return (
        f"SELECT child.{name(key.column)} FROM {name(table.name)} child "  # noqa: S608 (names are quoted)
        f"LEFT JOIN {name(key.table)} parent ON parent.{name(key.target)} = child.{name(key.column)} "
        f"WHERE child.{name(key.column)} IS NOT NULL AND parent.{name(key.target)} IS NULL"
    )


def _scoped(database: Database, dataset: Dataset, run: Run | None, sql: str) -> str:
    """The query over our rows alone, where rows of others stand in the same tables.

    The outer WITH picks our rows from each table, and the inner one gives them the table's name: neither refers to
    itself, which databases understand differently.
    """
    if run is None or not run.id_offset:
        return sql
    name = database.identifier
    outer, inner = [], []
    for table in dataset.stored:
        keys = key_range(run, table)
        if keys is None or not re.search(rf"\b{re.escape(table.name)}\b", sql):
            continue
        ours = name(f"our_{table.name}")
        rows = f"SELECT * FROM {name(table.name)} WHERE {name(table.primary_key[0])} BETWEEN {keys[0]} AND {keys[1]}"  # noqa: S608
        outer.append(f"{ours} AS ({rows})")
        inner.append(f"{name(table.name)} AS (SELECT * FROM {ours})")  # noqa: S608
    if not outer:
        return sql
    return (
        f"WITH {', '.join(outer)}\nSELECT * FROM (\nWITH {', '.join(inner)}\n"
        f"SELECT * FROM (\n{sql}\n) AS found\n) AS ours"
    )
