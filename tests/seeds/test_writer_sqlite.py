"""Filling SQLite tables: what only this database does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from seeds.catalog import Table
from seeds.databases.sqlite import SqliteDatabase
from seeds.databases.sqlite.writer import SqliteWriter
from seeds.errors import TargetBusy, TargetError
from seeds.rejections import Reason, RowsRejected

Filling = Callable[[str], tuple[SqliteWriter, dict[str, Table]]]


@pytest.fixture
def filling(tmp_path: Path) -> Iterator[Filling]:
    """Runs a script in a new file, and gives a writer and the tables there are then."""
    with ExitStack() as held:

        def start(script: str) -> tuple[SqliteWriter, dict[str, Table]]:
            with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
                connection.executescript(script)
            database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db")
            writer = database.writer()
            held.callback(writer.close)
            return writer, dict(database.catalog().tables)

        yield start


def rows(**columns: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns)


@pytest.mark.parametrize(
    ("definition", "good", "bad", "reason", "constraint", "column"),
    [
        ("v int CONSTRAINT small CHECK (v < 9)", 2, 9, Reason.CHECK, "small", ""),
        ("v int CHECK ( v  < 9 )", 2, 9, Reason.CHECK, "t_check_1", ""),
        ("v int UNIQUE", 1, 1, Reason.UNIQUE, "sqlite_autoindex_t_1", "v"),
        ("v text NOT NULL", "x", None, Reason.NOT_NULL, "", "v"),
        ("v int CONSTRAINT up REFERENCES t (id)", None, 77, Reason.FOREIGN_KEY, "up", "v"),
        ("v int CONSTRAINT other REFERENCES u (id)", None, 77, Reason.FOREIGN_KEY, "other", "v"),
    ],
)
def test_a_refusal_names_what_stood_in_the_way(
    filling: Filling, definition: str, good: object, bad: object, reason: Reason, constraint: str, column: str
) -> None:
    """Reason, constraint, column and the row's place, also where SQLite's own words do not say them."""
    writer, tables = filling(
        f"CREATE TABLE u (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, {definition})"
    )
    with pytest.raises(RowsRejected) as refused:
        writer.append(tables["t"], rows(id=[5, 6], v=[good, bad]))
    found = refused.value.rejection
    assert (found.reason, found.constraint, found.column) == (reason, constraint, column)
    assert (found.table, found.position) == ("t", 1)


def test_a_number_of_more_than_64_bits_is_out_of_range(filling: Filling) -> None:
    """SQLite itself is never asked: its driver cannot hand the number over."""
    writer, tables = filling("CREATE TABLE t (v int)")
    with pytest.raises(RowsRejected) as refused:
        writer.append(tables["t"], rows(v=pa.array([2, 2**63], pa.uint64())))
    assert (refused.value.rejection.reason, refused.value.rejection.position) == (Reason.RANGE, 1)


def test_a_generated_column_takes_no_value(filling: Filling) -> None:
    """Giving one is refused for that reason."""
    writer, tables = filling("CREATE TABLE t (id integer PRIMARY KEY, v int AS (id) STORED)")
    with pytest.raises(RowsRejected) as refused:
        writer.append(tables["t"], rows(id=[1], v=[1]))
    assert refused.value.rejection.reason is Reason.GENERATED


def test_an_index_on_an_expression_is_named(filling: Filling) -> None:
    """SQLite says which index it was."""
    writer, tables = filling("CREATE TABLE t (v text); CREATE UNIQUE INDEX low ON t (lower(v))")
    with pytest.raises(RowsRejected) as refused:
        writer.append(tables["t"], rows(v=["a", "A"]))
    assert (refused.value.rejection.reason, refused.value.rejection.constraint) == (Reason.UNIQUE, "low")


def test_circles_of_keys_that_may_not_be_null_are_taken(filling: Filling) -> None:
    """SQLite can put the check off, so neither table's row has to be first."""
    writer, tables = filling(
        "CREATE TABLE a (id integer PRIMARY KEY, b int NOT NULL REFERENCES b (id));"
        "CREATE TABLE b (id integer PRIMARY KEY, a int NOT NULL REFERENCES a (id))"
    )
    writer.append_together([(tables["a"], rows(id=[1, 2], b=[2, 1])), (tables["b"], rows(id=[1, 2], a=[1, 2]))])
    writer.commit()
    assert writer.fetch("PRAGMA foreign_key_check") == []


def test_after_a_circle_keys_are_checked_at_once_again(filling: Filling) -> None:
    """Putting the check off ends with the call that needed it."""
    writer, tables = filling(
        "CREATE TABLE n (id integer PRIMARY KEY, up int REFERENCES n (id));"
        "CREATE TABLE c (id integer PRIMARY KEY, n int REFERENCES n (id))"
    )
    writer.append(tables["n"], rows(id=[1, 2], up=[2, 1]))
    with pytest.raises(RowsRejected):
        writer.append(tables["c"], rows(id=[1], n=[3]))
    with pytest.raises(RowsRejected):
        writer.append(tables["n"], rows(id=[3], up=[4]))
    writer.commit()
    assert writer.count(tables["n"]) == 2


def test_a_default_that_refers_to_nobody_is_refused(filling: Filling) -> None:
    """A reference that the database fills in is looked at too."""
    writer, tables = filling("CREATE TABLE n (id integer PRIMARY KEY, up int DEFAULT 9 REFERENCES n (id))")
    with pytest.raises(RowsRejected) as refused:
        writer.append(tables["n"], rows(id=[1]))
    assert refused.value.rejection.reason is Reason.FOREIGN_KEY


def test_a_key_that_waits_for_the_commit_is_checked_there(filling: Filling) -> None:
    """The commit is refused and the whole transaction undone; the next one starts afresh."""
    writer, tables = filling(
        "CREATE TABLE p (id integer PRIMARY KEY);"
        "CREATE TABLE c (id integer PRIMARY KEY, p int REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    writer.append(tables["p"], rows(id=[1]))
    writer.append(tables["c"], rows(id=[1], p=[2]))
    with pytest.raises(RowsRejected) as refused:
        writer.commit()
    assert refused.value.rejection.reason is Reason.FOREIGN_KEY
    assert writer.count(tables["p"]) == 0
    writer.append(tables["c"], rows(id=[1], p=[2]))
    writer.append(tables["p"], rows(id=[2]))
    writer.commit()
    assert writer.count(tables["c"]) == 1


def test_rows_that_a_trigger_drops_in_silence_are_refused(filling: Filling) -> None:
    """All or nothing: a trigger that ignores a row is a refusal, and the other rows go in one by one."""
    writer, tables = filling(
        "CREATE TABLE t (v int); CREATE TRIGGER odd BEFORE INSERT ON t WHEN NEW.v % 2 BEGIN SELECT RAISE(IGNORE); END"
    )
    with pytest.raises(RowsRejected) as refused:
        writer.append(tables["t"], rows(v=[2, 3]))
    assert refused.value.rejection.reason is Reason.TRIGGER
    assert writer.count(tables["t"]) == 0
    assert [item.position for item in writer.append_accepted(tables["t"], rows(v=[2, 3, 4]), limit=9)] == [1]


def test_a_trigger_that_ends_the_transaction_is_said(filling: Filling) -> None:
    """What came before is gone then, so it is no refusal of rows."""
    writer, tables = filling(
        "CREATE TABLE t (v int); CREATE TRIGGER never BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'never'); END"
    )
    with pytest.raises(TargetError) as refused:
        writer.append(tables["t"], rows(v=[2]))
    assert "ended the transaction" in refused.value.message


def test_another_writer_is_no_fault_of_a_row(filling: Filling, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody else is writing to is busy, and the command can be run again."""
    monkeypatch.setattr("seeds.databases.sqlite.writer.BUSY_SECONDS", 0.0)
    writer, tables = filling("CREATE TABLE t (v int)")
    other, _ = filling("SELECT 1")
    other.append(tables["t"], rows(v=[1]))
    with pytest.raises(TargetBusy) as refused:
        writer.append(tables["t"], rows(v=[1]))
    assert refused.value.transient


def test_octets_and_uuids_are_what_the_column_holds(filling: Filling) -> None:
    """Octets written as text arrive as octets; sixteen octets as text, or as they are in a column of octets."""
    writer, tables = filling("CREATE TABLE t (o blob, u text, b blob)")
    sixteen = pa.array([bytes(range(16))], pa.binary(16))
    writer.append(tables["t"], rows(o=["\\x00ff"], u=sixteen, b=sixteen))
    assert writer.fetch("SELECT o, u, b FROM t") == [
        (b"\x00\xff", "00010203-0405-0607-0809-0a0b0c0d0e0f", bytes(range(16)))
    ]


def test_rows_of_nothing_but_defaults_go_in(filling: Filling) -> None:
    """A batch may have rows and no columns."""
    writer, tables = filling("CREATE TABLE t (id integer PRIMARY KEY, n int DEFAULT 4)")
    writer.append(tables["t"], pa.RecordBatch.from_struct_array(pa.array([{}, {}], pa.struct([]))))
    assert writer.fetch("SELECT id, n FROM t") == [(1, 4), (2, 4)]


def test_predicates_are_tried_with_the_columns_own_rules(filling: Filling) -> None:
    """Collation, defaults and generated columns are those of the table, and the table's own checks do not interfere."""
    writer, tables = filling(
        'CREATE TABLE t (id integer PRIMARY KEY, w text NOT NULL COLLATE NOCASE DEFAULT "dflt" UNIQUE,'
        " n int CHECK (n < 0), twice int AS (n * 2))"
    )
    table = tables["t"]
    assert writer.violations(table, rows(w=["A", "b"], n=[1, 2]), "w = 'a'") == [1]
    assert writer.violations(table, rows(n=pa.array([1, 2, 2**63], pa.uint64())), "w <> 'dflt' OR twice > 2") == [0]
    assert writer.fetch("SELECT name FROM temp.sqlite_schema") == []


def test_there_are_no_session_settings(filling: Filling) -> None:
    """One that is asked for is refused rather than forgotten."""
    writer, _ = filling("SELECT 1")
    writer.set_session({})
    with pytest.raises(TargetError) as refused:
        writer.set_session({"app.tenant": "1"})
    assert refused.value.code == "SETTING_REFUSED"
