"""A target of each kind, empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seeds.databases.registry import open_database
from seeds.ports import Database
from tests.seeds.mariadb_server import fresh_mariadb


@pytest.fixture
def postgres(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    database = open_database(database_url, home=tmp_path)
    yield database
    database.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file that is not there yet."""
    database = open_database(f"sqlite:///{tmp_path}/target.db", home=tmp_path)
    yield database
    database.close()


@pytest.fixture
def mariadb_url() -> Iterator[str]:
    """The address of an empty MariaDB database that only this test knows; skips where no server answers."""
    with fresh_mariadb() as url:
        yield url


@pytest.fixture
def mariadb(mariadb_url: str, tmp_path: Path) -> Iterator[Database]:
    """An empty MariaDB database."""
    database = open_database(mariadb_url, home=tmp_path)
    yield database
    database.close()


@pytest.fixture(params=["postgres", "sqlite"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each kind of target in turn."""
    target: Database = request.getfixturevalue(request.param)
    return target
