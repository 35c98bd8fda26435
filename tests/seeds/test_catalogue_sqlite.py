"""What is read of a SQLite file's catalogue: pragmas, and the statements themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from seeds.catalog import KEYS_READ, Catalog, Kind, TableName
from seeds.databases.sqlite import SqliteDatabase
from seeds.databases.sqlite.catalogue_ddl import read_index, read_table, read_trigger
from seeds.databases.sqlite.catalogue_types import data_type
from seeds.errors import TargetError

Reading = Callable[[str], Catalog]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Runs a script in a new file, and reads its catalogue."""

    def read(script: str) -> Catalog:
        with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
            connection.executescript(script)
        return SqliteDatabase(f"sqlite:///{tmp_path}/x.db").catalog()

    return read


@pytest.mark.parametrize(
    ("declared", "kind", "facts"),
    [
        ("INTEGER", Kind.INTEGER, {"low": -(2**63), "high": 2**63 - 1}),
        ("smallint", Kind.INTEGER, {"low": -32768, "high": 32767}),
        ("integer unsigned", Kind.INTEGER, {"low": 0, "high": 2**63 - 1}),
        ("INT(11) UNSIGNED", Kind.INTEGER, {"low": 0, "high": 2**32 - 1}),
        ("tinyint(1)", Kind.INTEGER, {"low": 0, "high": 1}),
        ("bool", Kind.BOOLEAN, {}),
        ("VARCHAR(30)", Kind.TEXT, {"size": 30}),
        ("character varying (12)", Kind.TEXT, {"size": 12}),
        ("char(32)", Kind.CHAR, {"size": 32}),
        ("DECIMAL(10, 2)", Kind.NUMERIC, {"precision": 10, "scale": 2}),
        ("NUMERIC(7)", Kind.NUMERIC, {"precision": 7, "scale": 0}),
        ("NUMERIC", Kind.NUMERIC, {"precision": None, "scale": None}),
        ("double precision", Kind.FLOAT, {}),
        ("date", Kind.DATE, {}),
        ("DATETIME", Kind.TIMESTAMP, {}),
        ("timestamp with time zone", Kind.TIMESTAMPTZ, {}),
        ("JSONB", Kind.JSON, {}),
        ("uuid", Kind.UUID, {}),
        ("VARBINARY(8)", Kind.BYTES, {"size": 8}),
        ("LONGBLOB", Kind.BYTES, {}),
        ("BLOB SUB_TYPE TEXT", Kind.TEXT, {}),
        ("", Kind.TEXT, {"size": None}),
        ("a fancy word", Kind.TEXT, {}),
    ],
)
def test_a_declared_word_means_what_it_means_elsewhere(declared: str, kind: Kind, facts: dict[str, object]) -> None:
    """SQLite takes any word for a type; size, digits and range are those that the word promises."""
    found = data_type(declared)
    assert (found.kind, found.name) == (kind, declared)
    assert {name: getattr(found, name) for name in facts} == facts


@pytest.mark.parametrize(
    ("table", "identity"),
    [
        ("id INTEGER PRIMARY KEY", "auto"),
        ("id integer PRIMARY KEY AUTOINCREMENT", "auto"),
        ("id INTEGER, PRIMARY KEY (id)", "auto"),
        ("id INT PRIMARY KEY", ""),
        ("id INTEGER PRIMARY KEY DESC", ""),
        ("id INTEGER, b INTEGER, PRIMARY KEY (id, b)", ""),
    ],
)
def test_only_an_alias_of_the_row_number_makes_itself(reading: Reading, table: str, identity: str) -> None:
    """A single primary key declared as exactly INTEGER is the row's number; others must be given."""
    found = reading(f"CREATE TABLE t ({table})").tables["t"]
    assert found.column("id").identity == identity
    assert not found.column("id").nullable
    assert found.primary_key is not None
    assert found.primary_key.columns[0] == "id"


def test_a_table_without_row_numbers_makes_none(reading: Reading) -> None:
    """In such a table, and in a strict one, the declared key is a column like others."""
    tables = reading(
        "CREATE TABLE w (id INTEGER PRIMARY KEY, n int) WITHOUT ROWID;"
        "CREATE TABLE s (id INT PRIMARY KEY, n ANY, t TEXT NOT NULL) STRICT"
    ).tables
    assert tables["w"].column("id").identity == ""
    assert [(column.type.kind, column.nullable) for column in tables["s"].columns] == [
        (Kind.INTEGER, False),
        (Kind.TEXT, True),
        (Kind.TEXT, False),
    ]


def test_predicates_and_expressions_are_read_as_they_were_written(reading: Reading) -> None:
    """Quotes, comments and parentheses inside them divide nothing; a check on JSON makes the type."""
    table = reading(
        """CREATE TABLE "My table" ("odd ""name" int CHECK ("odd ""name" <> 3 /* ) , */), -- CHECK (never)
           b text DEFAULT 'CHECK (x)' CONSTRAINT b_ok CHECK (b NOT IN ('a)', 'b''(') AND length(b) < 9),
           doc text CHECK ((JSON_VALID("doc") OR "doc" IS NULL)), [sum] int GENERATED ALWAYS AS (a + (2 * 3)) VIRTUAL,
           a int, twice real AS (a * 2) STORED, CHECK (a > 0 OR b IS NULL))"""
    ).tables["My table"]
    assert [(check.name, check.predicate, check.columns) for check in table.checks] == [
        ("My table_check_1", '"odd ""name" <> 3 /* ) , */', ('odd "name',)),
        ("b_ok", "b NOT IN ('a)', 'b''(') AND length(b) < 9", ("b",)),
        ("My table_check_4", "a > 0 OR b IS NULL", ("a", "b")),
    ]
    assert table.column("doc").type.kind is Kind.JSON
    assert (table.column("sum").generated, table.column("sum").expression) == (True, "a + (2 * 3)")
    assert (table.column("twice").expression, table.column("twice").type.kind) == ("a * 2", Kind.FLOAT)
    assert table.column("b").default == "'CHECK (x)'"


def test_unique_keys_and_indexes_are_read(reading: Reading) -> None:
    """Constraints, indexes, expressions and predicates, and what each reads; other indexes are no keys."""
    table = reading(
        "CREATE TABLE t (id integer PRIMARY KEY, a text COLLATE NOCASE UNIQUE, b text, gone int, c text);"
        "CREATE UNIQUE INDEX low ON t (lower(b) COLLATE NOCASE DESC, c) WHERE gone IS NULL AND a <> ', (';"
        "CREATE UNIQUE INDEX nocase ON t (c COLLATE nocase);"
        "CREATE INDEX plain ON t (b)"
    ).tables["t"]
    found = {key.name: key for key in table.keys}
    assert sorted(found) == ["PRIMARY", "low", "nocase", "sqlite_autoindex_t_1"]
    low = found["low"]
    assert (low.columns, low.expressions, low.predicate) == (("c",), ("lower(b)",), "gone IS NULL AND a <> ', ('")
    assert sorted(low.reads) == ["a", "b", "c", "gone"]
    assert [key.constraint for key in (found["sqlite_autoindex_t_1"], low)] == [True, False]
    assert [column.name for column in table.columns if column.type.case_insensitive] == ["a", "c"]


def test_foreign_keys_are_read_with_what_only_the_statement_says(reading: Reading) -> None:
    """Names, and whether they wait for the commit; one without columns means the target's primary key."""
    tables = reading(
        "CREATE TABLE Parent (x int, y int, code text UNIQUE, PRIMARY KEY (y, x));"
        "CREATE TABLE c (q int, r int, s text CONSTRAINT by_code REFERENCES parent (CODE) DEFERRABLE INITIALLY DEFERRED,"
        " up int REFERENCES c NOT DEFERRABLE, id integer PRIMARY KEY,"
        " CONSTRAINT both_of FOREIGN KEY (q, r) REFERENCES parent ON DELETE CASCADE DEFERRABLE)"
    ).tables
    assert [
        (key.name, key.columns, key.target, key.target_columns, key.deferrable, key.deferred)
        for key in tables["c"].foreign_keys
    ] == [
        ("by_code", ("s",), TableName("", "Parent"), ("code",), True, True),
        ("c_up_fkey", ("up",), TableName("", "c"), ("id",), False, False),
        ("both_of", ("q", "r"), TableName("", "Parent"), ("y", "x"), True, False),
    ]


@pytest.mark.parametrize(
    ("sql", "timing", "event"),
    [
        ("CREATE TRIGGER a INSERT ON t BEGIN SELECT 1; END", "before", "INSERT"),
        ('create temp trigger if not exists "insert" after update of n on t begin select 1; end', "after", "UPDATE"),
        ("CREATE TRIGGER a /* AFTER */ INSTEAD OF DELETE ON t BEGIN SELECT 1; END", "instead", "DELETE"),
    ],
)
def test_a_trigger_says_when_it_fires(sql: str, timing: str, event: str) -> None:
    """Before is the default; names and comments are not taken for words of the grammar."""
    found = read_trigger(sql)
    assert found[:2] == (timing, event)
    assert found[2].lower().startswith("begin select 1")


def test_only_triggers_on_insert_are_in_the_catalogue(reading: Reading) -> None:
    """The others never see a row that is put in."""
    table = reading(
        "CREATE TABLE t (n int); CREATE TRIGGER ins AFTER INSERT ON t BEGIN SELECT 1; END;"
        "CREATE TRIGGER upd AFTER UPDATE ON t BEGIN SELECT 2; END"
    ).tables["t"]
    assert [(trigger.name, trigger.timing) for trigger in table.triggers] == [("ins", "after")]


def test_tables_that_rows_go_into_are_read_and_no_others(reading: Reading) -> None:
    """Views, virtual tables with their shadows and Understudy's own tables are left out."""
    catalog = reading(
        "CREATE TABLE a (id int); CREATE VIEW v AS SELECT 1; CREATE VIRTUAL TABLE f USING fts5(body);"
        "CREATE TABLE understudy_chunk (id int); CREATE TABLE f_own (id int)"
    )
    assert list(catalog.tables) == ["a", "f_own"]
    assert catalog.dialect == "sqlite"


def test_a_file_that_is_not_there_has_no_tables(tmp_path: Path) -> None:
    """Reading makes no file; no schema but main can be asked for."""
    database = SqliteDatabase(f"sqlite:///{tmp_path}/none.db")
    assert database.catalog(schemas=("main",)).tables == {}
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(TargetError):
        database.catalog(schemas=("temp",))


def test_rows_that_stand_there_are_counted_and_their_keys_read(reading: Reading) -> None:
    """Values come as what the declared type means; what does not fit it stays as it is; other columns are not read."""
    tables = reading(
        "CREATE TABLE p (id integer PRIMARY KEY, code text UNIQUE, day date UNIQUE, at timestamptz UNIQUE,"
        " price decimal(6,2) UNIQUE, number blob UNIQUE, token uuid UNIQUE, flag boolean UNIQUE, secret text);"
        "CREATE TABLE c (secret_of text REFERENCES p (code));"
        "INSERT INTO p VALUES (5, 'b', '2024-02-29', '2024-03-01 10:00:00', 1.5, x'00ff',"
        " '6f9619ff-8b86-d011-b42d-00cf4fc964ff', 1, 's'), (-2, 'a', 'never', NULL, 2, NULL, NULL, 0, 't')"
    ).tables
    found = tables["p"].existing
    assert (found.count, found.largest) == (2, {"id": 5})
    assert {name: values[1] for name, values in found.values.items()} == {
        "id": 5,
        "code": "b",
        "day": date(2024, 2, 29),
        "at": datetime(2024, 3, 1, 10, tzinfo=UTC),
        "price": Decimal("1.5"),
        "number": "\\x00ff",
        "token": UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
        "flag": True,
    }
    assert found.values["day"][0] == "never"
    assert tables["c"].existing.count == 0


def test_of_many_rows_some_keys_are_read_and_the_largest(reading: Reading) -> None:
    """Beyond the limit the first keys are there, and the largest of all."""
    found = (
        reading(
            "CREATE TABLE t (id integer PRIMARY KEY); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            f" WHERE i < {KEYS_READ + 500}) INSERT INTO t SELECT i FROM n"
        )
        .tables["t"]
        .existing
    )
    assert (found.count, len(found.values["id"]), found.largest) == (
        KEYS_READ + 500,
        KEYS_READ,
        {"id": KEYS_READ + 500},
    )


def test_a_statement_is_divided_whatever_is_quoted() -> None:
    """Every way of quoting a name, and texts with quotes in them, stay whole."""
    written = read_table('CREATE TABLE [a b] (`x,y` int CHECK (`x,y` > 1), "z)" AS (1), [w(] text COLLATE NoCase)')
    assert [check.predicate for check in written.checks] == ["`x,y` > 1"]
    assert written.expressions == {"z)": "1"}
    assert written.without_case == {"w("}
    assert read_index("CREATE UNIQUE INDEX i ON t (a || ',' || b, \"c,d\" DESC);").parts == ("a || ',' || b", '"c,d"')
