"""SQLite files of services that bring functions and orders of texts of their own, which nobody else has."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from seeds.databases.sqlite import SqliteDatabase
from seeds.filling import FillOrder, fill
from seeds.planner.filling import FillRequest

ROWS = 7
SCHEMA = """
CREATE TABLE deck (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE folded);
CREATE UNIQUE INDEX deck_name ON deck (name);
CREATE TABLE tag (name TEXT NOT NULL PRIMARY KEY COLLATE folded) WITHOUT ROWID;
CREATE TABLE card (id INTEGER PRIMARY KEY, front TEXT NOT NULL);
CREATE VIEW cards AS SELECT id, spelled(front) AS front FROM card;
"""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file that such a service made."""
    place = tmp_path / "cards.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.create_collation("folded", lambda one, other: (one > other) - (one < other))
        connection.create_function("spelled", 1, str)
        connection.executescript(SCHEMA)
    return place


def test_what_only_the_service_brings_costs_only_the_tables_that_need_it(kept: Path) -> None:
    """A table indexed by an unknown order is left out and says so; a view that calls an unknown function harms nobody."""
    order = FillOrder(FillRequest("auto", ROWS, date(2026, 4, 6)), stamp="test")
    report = fill(SqliteDatabase(f"sqlite:///{kept}"), order, clock=lambda: datetime(2026, 4, 6, tzinfo=UTC))
    told = {
        (name, item.code) for name, one in report.tables.items() for item in one.findings if "folded" in item.message
    }
    assert told == {("deck", "TABLE_OF_SERVICE"), ("tag", "TABLE_OF_SERVICE")}
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM card").fetchone() == (ROWS,)


def test_rows_of_such_a_table_are_counted(kept: Path) -> None:
    """An order that is not there keeps nobody from reading."""
    with closing(sqlite3.connect(kept)) as connection:
        connection.create_collation("folded", lambda one, other: (one > other) - (one < other))
        connection.execute("INSERT INTO deck (name) VALUES ('Zoo'), ('apple')")
        connection.commit()
    tables = SqliteDatabase(f"sqlite:///{kept}").catalog().tables
    assert (tables["deck"].existing.count, tables["deck"].lacking) == (2, "the collation folded")
    assert (tables["tag"].existing.count, tables["card"].lacking) == (0, "")
