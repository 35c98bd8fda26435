"""Boroughs in targets: asking for one, and looking at what a target holds afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import text

from generators import Dataset, Digest, Run, digest_range
from generators.spec import ColumnSpec, DatasetSpec, TableSpec
from seeds.dataset import load_dataset
from seeds.ports import Database
from seeds.workflow import Request, SeedReport, seed
from tests.seeds.sample_tables import NOW

ORDERS = Path(__file__).parent / "datasets" / "orders.yaml"
BOOKKEEPING = ("understudy_manifest", "understudy_chunk")
SMALL = 3000
"""Rows in a chunk, so that a small borough has several."""

Rows = dict[str, dict[Any, tuple[Any, ...]]]


def clock() -> datetime:
    """A clock that stands still."""
    return NOW


@cache
def borough() -> Dataset:
    """The packaged dataset."""
    return load_dataset("borough")


@cache
def orders() -> Dataset:
    """A dataset of several trees, with references, a table of fixed size and composite keys."""
    return load_dataset(ORDERS)


def asked(units: int = 300, **changes: Any) -> Request:
    """A request for a borough in a database that may be marked as a test's."""
    dataset = changes.pop("dataset", None) or borough()
    plain = Request(dataset, 7, units, dataset.spec.as_of, stamp="test", chunk_rows=SMALL)
    return replace(plain, **changes)


def seeded(database: Database, units: int = 300, **changes: Any) -> SeedReport:
    """Seed a target."""
    return seed(database, asked(units, **changes), clock=clock)


def run_of_request(request: Request) -> Run:
    """What a request generates in an empty database."""
    return Run(request.dataset, request.seed, request.units, request.as_of, request.as_of)


def generated(units: int = 300, **changes: Any) -> tuple[dict[str, str], dict[str, int]]:
    """Digests and numbers of rows as the engine alone gives them, without any database."""
    request = asked(units, **changes)
    sums: Mapping[str, Digest] = digest_range(run_of_request(request), 0, units)
    tables = {table.name: table for table in request.dataset.stored}
    return (
        {name: sums[name].hexdigest(name, table.stored_columns) for name, table in tables.items()},
        {name: sums[name].rows for name in tables},
    )


def query(database: Database, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with database.engine().connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def execute(database: Database, *statements: str) -> None:
    """Do something to a target that Understudy would not, in one transaction."""
    with database.engine().begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def rows_by_key(database: Database, dataset: Dataset | None = None) -> Rows:
    """Everything a target holds of a dataset, by table and key.

    On PostgreSQL a row comes with its place and the transaction that wrote it, so that one written again with the same
    values differs.
    """
    written = "ctid::text || ' ' || xmin::text AS written, " if database.engine().name == "postgresql" else ""
    found: Rows = {}
    for table in (dataset or borough()).stored:
        if not database.columns_of(table.name):
            continue
        keys = ", ".join(table.primary_key)
        width = len(table.primary_key)
        rows = query(database, f"SELECT {keys}, {written}t.* FROM {table.name} t")
        found[table.name] = {row[:width]: row[width:] for row in rows}
    return found


def bookkeeping(database: Database) -> list[list[tuple[Any, ...]]]:
    """What the target says about itself."""
    return [
        query(database, f"SELECT * FROM {name} ORDER BY 1, 2") if database.columns_of(name) else []
        for name in BOOKKEEPING
    ]


def tables_of(database: Database) -> set[str]:
    """The names of the dataset's tables and of Understudy's own that are there."""
    names = [table.name for table in (*borough().stored, *orders().stored)]
    return {name for name in (*names, *BOOKKEEPING, "understudy_environment") if database.columns_of(name)}


def with_column(spec: DatasetSpec, table: str, column: str, **changes: Any) -> DatasetSpec:
    """A dataset with one column changed."""

    def changed(item: ColumnSpec) -> ColumnSpec:
        return replace(item, **changes) if item.name == column else item

    def rebuilt(item: TableSpec) -> TableSpec:
        return replace(item, columns=tuple(map(changed, item.columns))) if item.name == table else item

    return replace(spec, tables=tuple(map(rebuilt, spec.tables)))
