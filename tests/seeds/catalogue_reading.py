"""A PostgreSQL catalogue out of the statements that made the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from seeds.catalog import Catalog, Table
from seeds.databases.postgres import PostgresDatabase, address


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    """A connection whose every statement is kept at once."""
    with psycopg.connect(address.conninfo(address.parse(url)), autocommit=True) as connection:
        yield connection


def execute(url: str, *statements: str) -> None:
    """Run statements on a connection of their own."""
    with connected(url) as connection:
        for statement in statements:
            connection.execute(statement)


def catalogue_of(url: str, *statements: str, schemas: tuple[str, ...] = ()) -> Catalog:
    """What the database says of itself once the statements have run."""
    execute(url, *statements)
    database = PostgresDatabase(url)
    try:
        return database.catalog(schemas=schemas)
    finally:
        database.close()


def table_of(url: str, *statements: str) -> Table:
    """The only table that there is once the statements have run."""
    (table,) = catalogue_of(url, *statements).tables.values()
    return table


def needs_version(url: str, number: int) -> None:
    """Skip the test on a server that is too old for what it is about."""
    with connected(url) as connection:
        if connection.info.server_version // 10_000 < number:
            pytest.skip(f"the server is older than PostgreSQL {number}")


def needs_extension(url: str, name: str, *, schema: str = "public") -> None:
    """Create an extension, or skip the test on a server that does not have it."""
    with connected(url) as connection:
        found = connection.execute("SELECT FROM pg_available_extensions WHERE name = %s", (name,)).fetchone()
        if found is None:
            pytest.skip(f"the server does not have the extension {name}")
        connection.execute(f'CREATE EXTENSION "{name}" SCHEMA {schema}')


def needs_folding_collation(url: str, name: str) -> None:
    """Create a collation that ignores case, or skip the test on a server that was built without ICU."""
    options = "provider = icu, locale = 'und-u-ks-level2', deterministic = false"
    try:
        execute(url, f"CREATE COLLATION {name} ({options})")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("the server was built without ICU")
