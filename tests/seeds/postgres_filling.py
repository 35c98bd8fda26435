"""A PostgreSQL database made by statements, and a writer that fills it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pyarrow as pa
import pytest

from seeds.catalog import Table
from seeds.databases.postgres import PostgresDatabase, address
from seeds.databases.postgres.writer import PostgresWriter
from seeds.rejections import Rejection, RowsRejected


@dataclass(frozen=True, slots=True)
class Filling:
    """A writer and the tables it can fill."""

    url: str
    writer: PostgresWriter
    tables: Mapping[str, Table]

    def append(self, table: str, **columns: object) -> None:
        self.writer.append(self.tables[table], batch(**columns))

    def refused(self, table: str, **columns: object) -> Rejection:
        """Why an append is refused."""
        with pytest.raises(RowsRejected) as refused:
            self.append(table, **columns)
        return refused.value.rejection

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What a query says in the writer's transaction."""
        return self.writer.fetch(query)


def batch(**columns: object) -> pa.RecordBatch:
    """A batch of columns that are Arrow arrays or lists of values."""
    arrays = [values if isinstance(values, pa.Array) else pa.array(values) for values in columns.values()]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


@contextmanager
def filling(url: str, *statements: str) -> Iterator[Filling]:
    """A database in which the statements have run, about to be filled."""
    with psycopg.connect(address.conninfo(address.parse(url)), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
    database = PostgresDatabase(url)
    writer = database.writer()
    try:
        yield Filling(url, writer, database.catalog().tables)
    finally:
        writer.close()
        database.close()
