"""References that no key declares: a guess is kept where it can be, and gives way before it costs anybody a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from seeds.databases.registry import open_database
from seeds.filling import FillReport, fill, verify_fill
from seeds.ports import Fillable
from tests.seeds.filled import ask, clock, order, prepared

BOOKS = "CREATE TABLE book (id integer PRIMARY KEY, title varchar(20) NOT NULL)"
NONE = "CREATE TRIGGER closed BEFORE INSERT ON book BEGIN SELECT RAISE(ABORT, 'no books'); END"
AUTHORS = "CREATE TABLE author (id integer PRIMARY KEY, name varchar(20))"
READERS = (
    "CREATE TABLE annotation (id integer PRIMARY KEY, book_id integer, said varchar(30))",
    """CREATE TABLE authorship (id integer PRIMARY KEY, book_id integer NOT NULL, author_id integer NOT NULL,
       UNIQUE (book_id, author_id))""",
)


def database_of(tmp_path: Path, *statements: str) -> Fillable:
    """A new SQLite database with these tables."""
    return prepared(open_database(f"sqlite:///{tmp_path / 'it.db'}", home=tmp_path), statements)


def put(database: Fillable, rows: int = 10, **wishes: tuple[str, ...]) -> FillReport:
    """What a fill says."""
    return fill(database, order(rows, **wishes), clock=clock)  # type: ignore[arg-type]


def codes(report: FillReport, table: str) -> set[str]:
    """The codes of a table's findings."""
    return {finding.code for finding in report.tables[table].findings}


def test_a_guess_is_empty_or_given_up_where_its_table_took_no_rows(tmp_path: Path) -> None:
    """A trigger refuses all books: whoever only seems to need one is filled all the same, in two steps, and verified."""
    database = database_of(tmp_path, BOOKS, NONE, AUTHORS, *READERS)
    for rows in (10, 15):
        report = put(database, rows)
        assert {name: report.tables[name].present for name in ("annotation", "authorship")} == {
            "annotation": rows, "authorship": rows,
        }  # fmt: skip
    assert "RELATION_GIVEN_UP" in codes(report, "authorship")
    assert ask(database, "SELECT count(book_id) FROM annotation") == [(0,)]
    assert ask(database, "SELECT count(*) FROM authorship WHERE author_id NOT IN (SELECT id FROM author)") == [(0,)]
    assert verify_fill(database, "auto").holds


def test_a_guess_leads_to_older_rows_where_its_table_took_none_of_ours(tmp_path: Path) -> None:
    """Two books stood there before."""
    database = database_of(tmp_path, BOOKS, "INSERT INTO book VALUES (7, 'old'), (9, 'older')", NONE, *READERS[:1])
    put(database)
    assert ask(database, "SELECT count(*) FROM annotation WHERE book_id NOT IN (7, 9)") == [(0,)]
    assert ask(database, "SELECT count(book_id) > 3 FROM annotation") == [(1,)]
    assert verify_fill(database, "auto").holds


def test_a_guess_at_a_table_that_is_left_alone_is_empty(tmp_path: Path) -> None:
    """Nobody asked for books, and there are none."""
    database = database_of(tmp_path, BOOKS, AUTHORS, *READERS)
    report = put(database, exclude=("book",))
    assert ask(database, "SELECT count(*), count(book_id) FROM annotation") == [(10, 0)]
    assert report.tables["authorship"].present == 10
    assert verify_fill(database, "auto").holds


@pytest.mark.parametrize("name", ["annotation", "zine_note"])
def test_a_table_is_loaded_after_the_one_that_a_guess_leads_to(tmp_path: Path, name: str) -> None:
    """Whatever it is called, it is known by then which rows there are."""
    database = database_of(tmp_path, f"CREATE TABLE {name} (id integer PRIMARY KEY, book_id integer)", BOOKS, NONE)
    put(database)
    assert ask(database, f"SELECT count(*), count(book_id) FROM {name}") == [(10, 0)]


def test_a_guess_that_was_kept_is_verified(tmp_path: Path) -> None:
    """Where all books are there, an annotation of none is an orphan."""
    database = database_of(tmp_path, BOOKS, *READERS[:1])
    put(database)
    assert verify_fill(database, "auto").holds
    with database.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE annotation SET book_id = 99 WHERE id = 3")
    assert not verify_fill(database, "auto").holds
