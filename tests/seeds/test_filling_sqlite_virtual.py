"""SQLite's virtual tables beside tables to be filled: they get rows from triggers alone, and keep nobody out."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from seeds.databases.sqlite import SqliteDatabase
from seeds.errors import WriteRefused
from seeds.filling import FillOrder, fill
from seeds.planner.filling import FillRequest

POST = "CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT)"
AFTER = "CREATE TRIGGER indexed AFTER INSERT ON post BEGIN INSERT INTO f (rowid, title, body) VALUES (new.id, new.title, new.body); END"

SEARCHED = {
    "fts5": "USING fts5(title, body)",
    "fts5 of another table's texts": "USING fts5(title, body, content='post', content_rowid='id')",
    "fts5 without texts": "USING fts5(title, body, content='')",
    "fts4": 'USING fts4(content="post", title, body)',
    "fts3": "USING fts3(title, body)",
}


def filled(path: Path, *statements: str) -> dict[str, int]:
    """How many rows each table got, after the gate has looked at the file."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    database = SqliteDatabase(f"sqlite:///{path}")
    try:
        order = FillOrder(FillRequest("auto", 20, date(2026, 4, 6)), stamp="test")
        report = fill(database, order, clock=lambda: datetime(2026, 4, 6, tzinfo=UTC))
        return {name: table.loaded for name, table in report.tables.items()}
    finally:
        database.close()


def asked(path: Path, query: str) -> object:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchone()[0]
    finally:
        connection.close()


@pytest.mark.parametrize("kind", SEARCHED)
def test_an_index_of_texts_follows_its_triggers(tmp_path: Path, kind: str) -> None:
    """Each row of the table is found in the index, and none was put there but by the trigger."""
    path = tmp_path / "a.db"
    assert filled(path, POST, f"CREATE VIRTUAL TABLE f {SEARCHED[kind]}", AFTER) == {"post": 20}
    word = str(asked(path, "SELECT title FROM post WHERE id = 7")).split()[0].strip(".,;:!?")
    assert int(str(asked(path, f"SELECT count(*) FROM f WHERE f MATCH '\"{word}\"'"))) >= 1


@pytest.mark.parametrize(
    "module", ["fts5(title, body)", "fts4(title)", "rtree(id, low, high)", "fts5(title, content='')"]
)
def test_a_virtual_table_alone_gets_nothing(tmp_path: Path, module: str) -> None:
    """Neither it nor the tables behind it are filled."""
    path = tmp_path / "a.db"
    assert filled(path, f"CREATE VIRTUAL TABLE f USING {module}", "CREATE TABLE t (id INTEGER PRIMARY KEY)") == {
        "t": 20
    }
    assert asked(path, "SELECT count(*) FROM f") == 0


@pytest.mark.parametrize(
    ("module", "code"),
    [("fts5(email)", "STAMP_PERSONAL_DATA"), ("fts4(email)", "STAMP_PERSONAL_DATA"),
     ("fts5(email, content='')", "STAMP_HIDDEN_ROWS")],
)  # fmt: skip
def test_a_virtual_table_with_somebodys_data_is_seen(tmp_path: Path, module: str, code: str) -> None:
    """Texts are read like any table's; an index without its texts cannot be judged."""
    with pytest.raises(WriteRefused) as refused:
        filled(
            tmp_path / "a.db", f"CREATE VIRTUAL TABLE f USING {module}", "INSERT INTO f (email) VALUES ('a@b.example')"
        )
    assert refused.value.code == code


TABLES = {
    "without rowid": ("CREATE TABLE t (a TEXT NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID",),
    "strict": ("CREATE TABLE t (id INT PRIMARY KEY NOT NULL, r REAL NOT NULL, b BLOB NOT NULL, x ANY) STRICT",),
    "autoincrement": ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)",),
    "generated columns": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER AS (a * 2) STORED, c TEXT AS ('x' || a))",
        "CREATE UNIQUE INDEX u ON t (b)",
    ),
    "partial indexes": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, active INTEGER NOT NULL CHECK (active IN (0, 1)))",
        "CREATE UNIQUE INDEX u ON t (a) WHERE active = 1",
        "CREATE UNIQUE INDEX w ON t (active) WHERE active = 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_all_kinds_are_filled(tmp_path: Path, kind: str) -> None:
    """Every row goes in as the table is."""
    assert filled(tmp_path / "a.db", *TABLES[kind]) == {"t": 20}
