"""What is read of a MariaDB database's catalogue, and how MySQL's differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from seeds.catalog import KEYS_READ, Catalog, Column, ExistingRows, Kind, Table, TableName
from seeds.databases.mariadb import MariadbDatabase
from seeds.databases.mariadb.catalogue import _Facts
from seeds.databases.mariadb.catalogue_partitions import divided
from seeds.databases.mariadb.catalogue_types import Declared, data_type, labels_of
from seeds.databases.mariadb.connection import MariadbConnection
from seeds.errors import TargetError
from tests.seeds.mariadb_server import fresh_mariadb, run_script

Reading = Callable[..., Catalog]


@pytest.fixture
def reading(mariadb_url: str) -> Reading:
    """Runs statements, and reads the catalogue there is then."""

    def read(*statements: str) -> Catalog:
        run_script(mariadb_url, *statements)
        return MariadbDatabase(mariadb_url).catalog()

    return read


RANGES: list[tuple[Any, ...]] = [
    ("tinyint", -128, 127),
    ("tinyint unsigned", 0, 255),
    ("smallint", -(2**15), 2**15 - 1),
    ("mediumint unsigned", 0, 2**24 - 1),
    ("int", -(2**31), 2**31 - 1),
    ("bigint unsigned", 0, 2**64 - 1),
    ("tinyint(1)", 0, 1),
    ("bool", 0, 1),
    ("bit(1)", 0, 1),
    ("tinyint(1) DEFAULT 5", -128, 127),
    ("tinyint(1) UNIQUE", -128, 127),
    ("tinyint(1) CHECK (v BETWEEN 1 AND 9)", -128, 127),
]

TYPES: list[tuple[Any, ...]] = [
    ("varchar(40)", Kind.TEXT, {"size": 40, "case_insensitive": True}),
    ("varchar(40) COLLATE utf8mb4_bin", Kind.TEXT, {"size": 40, "case_insensitive": False}),
    ("char(4) CHARACTER SET latin1", Kind.CHAR, {"size": 4}),
    ("tinytext CHARACTER SET latin1", Kind.TEXT, {"size": 255}),
    ("tinytext CHARACTER SET utf8mb4", Kind.TEXT, {"size": 63}),
    ("longtext", Kind.TEXT, {"size": None}),
    ("json", Kind.JSON, {"size": None, "case_insensitive": False}),
    ("decimal(10,2) unsigned", Kind.NUMERIC, {"precision": 10, "scale": 2, "low": 0}),
    ("double", Kind.FLOAT, {"low": None}),
    ("datetime(3)", Kind.TIMESTAMP, {"scale": 3}),
    ("timestamp NULL", Kind.TIMESTAMPTZ, {"scale": 0}),
    ("time", Kind.TIME, {}),
    ("year", Kind.YEAR, {"low": 1901, "high": 2155}),
    ("binary(16)", Kind.BYTES, {"size": 16, "base": "binary"}),
    ("blob", Kind.BYTES, {"size": 65535}),
    ("bit(5)", Kind.BIT, {"size": 5}),
    ("enum('a','b''c','','d,e')", Kind.ENUM, {"labels": ("a", "b'c", "", "d,e")}),
    ("set('x','y')", Kind.SET, {"labels": ("x", "y")}),
    ("uuid", Kind.UUID, {}),
    ("inet6", Kind.INET, {"base": "inet6"}),
    ("polygon REF_SYSTEM_ID=4326", Kind.GEOMETRY, {"subtype": "POLYGON", "srid": 4326}),
]

COLUMNS: list[tuple[Any, ...]] = [
    ("int NOT NULL", {"nullable": False, "default": ""}),
    ("int", {"nullable": True, "default": ""}),
    ("varchar(9) DEFAULT 'it''s'", {"default": "'it''s'"}),
    ("int DEFAULT (1 + 2)", {"default": "(1 + 2)"}),
    ("datetime DEFAULT current_timestamp", {"default": "current_timestamp()"}),
    ("int AUTO_INCREMENT PRIMARY KEY", {"identity": "auto", "nullable": False}),
    ("int AS (id + 1) STORED", {"generated": True, "expression": "`id` + 1", "default": ""}),
    ("int COMMENT 'how many'", {"comment": "how many"}),
]


@pytest.fixture(scope="module")
def column() -> Iterator[Callable[[str], Column]]:
    """Says what is read of a column by its definition; a table for each of those above, all in one database."""
    definitions = [str(case[0]) for case in (*RANGES, *TYPES, *COLUMNS)]
    with fresh_mariadb() as url:
        run_script(url, *(f"CREATE TABLE t{place} (id int, v {text})" for place, text in enumerate(definitions)))
        tables = MariadbDatabase(url).catalog().tables
        yield lambda definition: tables[f"t{definitions.index(definition)}"].column("v")


@pytest.mark.parametrize(
    ("definition", "low", "high"),
    RANGES,
)
def test_whole_numbers_have_their_range(column: Callable[[str], Column], definition: str, low: int, high: int) -> None:
    """Each type has the range of its size; a truth value's is 0 to 1, unless something shows that it is a number."""
    found = column(definition).type
    assert (found.kind, found.low, found.high) == (Kind.INTEGER, low, high)


@pytest.mark.parametrize(
    ("definition", "kind", "facts"),
    TYPES,
)
def test_a_type_is_read_whole(
    column: Callable[[str], Column], definition: str, kind: Kind, facts: dict[str, object]
) -> None:
    """Kind, size, precision, labels, case and reference system come from the declaration."""
    found = column(definition).type
    assert found.kind is kind
    assert {name: getattr(found, name) for name in facts} == facts


@pytest.mark.parametrize(
    ("definition", "facts"),
    COLUMNS,
)
def test_a_column_says_how_it_gets_its_values(
    column: Callable[[str], Column], definition: str, facts: dict[str, object]
) -> None:
    """Defaults as SQL, identities, generated columns and comments are told apart."""
    found = column(definition)
    assert {name: getattr(found, name) for name in facts} == facts


def test_a_sequence_of_a_default_is_named(reading: Reading) -> None:
    """The sequence that a default draws from is found, and is no table itself."""
    catalog = reading("CREATE SEQUENCE s", "CREATE TABLE t (id int DEFAULT nextval(s))")
    assert catalog.tables["t"].column("id").sequence.endswith(".`s`")
    assert list(catalog.tables) == ["t"]


def test_keys_are_read_with_their_prefixes(reading: Reading) -> None:
    """The primary key comes first; of a prefix key only so many characters count; a plain index is no key."""
    table = reading(
        "CREATE TABLE t (b int, a int, name varchar(50), note text, PRIMARY KEY (b, a),"
        " UNIQUE KEY note_start (note(20), a), UNIQUE KEY name_whole (name), KEY plain (a))"
    ).tables["t"]
    assert [(key.name, key.columns, key.primary) for key in table.keys] == [
        ("PRIMARY", ("b", "a"), True),
        ("name_whole", ("name",), False),
        ("note_start", ("note", "a"), False),
    ]
    assert [dict(key.prefixes) for key in table.keys] == [{}, {}, {"note": 20}]


def test_foreign_keys_are_aligned_and_may_lead_elsewhere(reading: Reading) -> None:
    """Columns stand opposite their targets; the table of the same database has no schema."""
    tables = reading(
        "CREATE TABLE p (x int, y int, PRIMARY KEY (x, y))",
        "CREATE TABLE c (q int, r int, up int, id int PRIMARY KEY, CONSTRAINT both_of FOREIGN KEY (r, q)"
        " REFERENCES p (x, y), CONSTRAINT self FOREIGN KEY (up) REFERENCES c (id))",
    ).tables
    assert [(key.name, key.columns, key.target, key.target_columns) for key in tables["c"].foreign_keys] == [
        ("both_of", ("r", "q"), TableName("", "p"), ("x", "y")),
        ("self", ("up",), TableName("", "c"), ("id",)),
    ]


def test_checks_of_columns_and_tables_are_read(reading: Reading) -> None:
    """Both levels have name, predicate and columns; the one that only asks for JSON has become the type."""
    table = reading(
        "CREATE TABLE t (a int CHECK (a > 3), b int, doc json, CONSTRAINT ordered CHECK (b is null or b <> 7 or a < b))"
    ).tables["t"]
    assert [(check.name, check.predicate, check.columns) for check in table.checks] == [
        ("a", "`a` > 3", ("a",)),
        ("ordered", "`b` is null or `b` <> 7 or `a` < `b`", ("b", "a")),
    ]


def test_triggers_on_insert_are_read_with_their_bodies(reading: Reading) -> None:
    """Those that fire for other events are left out."""
    table = reading(
        "CREATE TABLE t (a int)",
        "CREATE TRIGGER early BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
        "CREATE TRIGGER late AFTER INSERT ON t FOR EACH ROW SET @seen = NEW.a",
        "CREATE TRIGGER other BEFORE UPDATE ON t FOR EACH ROW SET NEW.a = 2",
    ).tables["t"]
    assert [(item.name, item.timing, item.row, item.body) for item in table.triggers] == [
        ("early", "before", True, "SET NEW.a = 1"),
        ("late", "after", True, "SET @seen = NEW.a"),
    ]


def test_range_partitions_begin_where_the_one_before_ends(reading: Reading) -> None:
    """LESS THAN becomes exclusive upper bounds, and inclusive lower ones of the next; MAXVALUE has none."""
    found = reading(
        "CREATE TABLE t (d date, n int) PARTITION BY RANGE (year(d))"
        " (PARTITION a VALUES LESS THAN (2020), PARTITION b VALUES LESS THAN (2024), PARTITION c VALUES LESS THAN MAXVALUE)",
        "CREATE TABLE u (d date, w varchar(9)) PARTITION BY RANGE COLUMNS (d, w)"
        " (PARTITION a VALUES LESS THAN ('2020-01-01', 'x,(y'))",
    ).tables
    one, two = found["t"].partitioning, found["u"].partitioning
    assert one is not None
    assert two is not None
    assert (one.strategy, one.keys) == ("range", ("year(`d`)",))
    assert [(part.name.name, part.lows, part.highs) for part in one.partitions] == [
        ("a", (None,), ("2020",)),
        ("b", ("2020",), ("2024",)),
        ("c", ("2024",), (None,)),
    ]
    assert two.keys == ("d", "w")
    assert [(part.lows, part.highs) for part in two.partitions] == [((None, None), ("'2020-01-01'", "'x,(y'"))]
    assert found["t"].kind == "partitioned"


def test_list_and_hash_partitions_are_read(reading: Reading) -> None:
    """A list has its values, null among them, and a default; a hash takes everything; subpartitions do not count."""
    found = reading(
        "CREATE TABLE t (w varchar(9)) PARTITION BY LIST COLUMNS (w)"
        " (PARTITION a VALUES IN ('x', 'y''z', NULL), PARTITION b DEFAULT)",
        "CREATE TABLE h (n int) PARTITION BY HASH (n) PARTITIONS 3",
        "CREATE TABLE s (n int, m int) PARTITION BY LIST (n) SUBPARTITION BY HASH (m) SUBPARTITIONS 2"
        " (PARTITION a VALUES IN (1, 2))",
    ).tables
    parts = {name: table.partitioning for name, table in found.items()}
    assert parts["t"] is not None
    assert [(part.values, part.default) for part in parts["t"].partitions] == [
        (("'x'", "'y''z'", None), False),
        ((), True),
    ]
    assert parts["h"] is not None
    assert (parts["h"].strategy, len(parts["h"].partitions)) == ("hash", 3)
    assert parts["s"] is not None
    assert [part.values for part in parts["s"].partitions] == [("1", "2")]


def test_tables_that_rows_go_into_are_read_and_no_others(reading: Reading) -> None:
    """Views, sequences and Understudy's own tables are left out; comments and system versioning are not."""
    catalog = reading(
        "CREATE TABLE a (id int) COMMENT 'the first'",
        "CREATE TABLE v (id int) WITH SYSTEM VERSIONING",
        "CREATE VIEW seen AS SELECT * FROM a",
        "CREATE SEQUENCE s",
        "CREATE TABLE understudy_environment (environment varchar(40))",
    )
    assert list(catalog.tables) == ["a", "v"]
    assert catalog.tables["a"].comment == "the first"
    assert (catalog.dialect, "MariaDB" in catalog.version) == ("mysql", True)


def test_other_databases_are_other_targets(mariadb_url: str) -> None:
    """The URL's database may be named as the schema; another one may not."""
    database = MariadbDatabase(mariadb_url)
    name = mariadb_url.rpartition("/")[2]
    assert database.catalog(schemas=(name,)).tables == {}
    with pytest.raises(TargetError):
        database.catalog(schemas=("mysql",))


def test_rows_that_stand_there_are_counted_and_their_keys_read(reading: Reading) -> None:
    """Keys, and what foreign keys refer to, come as values of Python in key order; other columns are not read."""
    tables = reading(
        "CREATE TABLE p (id int PRIMARY KEY, code varchar(9) UNIQUE, day date, at timestamp NULL, price decimal(6,2),"
        " number binary(2), token uuid, flag bit(1), secret text, UNIQUE (day, at), UNIQUE (price), UNIQUE (number),"
        " UNIQUE (token), UNIQUE (flag))",
        "CREATE TABLE e (id int PRIMARY KEY)",
        "INSERT INTO p VALUES (5, 'b', '2024-02-29', '2024-03-01 10:00:00', 1.5, x'00ff',"
        " '6f9619ff-8b86-d011-b42d-00cf4fc964ff', 1, 's'), (-2, 'a', NULL, NULL, NULL, NULL, NULL, 0, 't')",
    ).tables
    found = tables["p"].existing
    assert (found.count, found.largest) == (2, {"id": 5, "flag": 1})
    assert "secret" not in found.values
    assert {name: values[1] for name, values in found.values.items()} == {
        "id": 5,
        "code": "b",
        "day": date(2024, 2, 29),
        "at": datetime(2024, 3, 1, 10, tzinfo=UTC),
        "price": Decimal("1.50"),
        "number": "\\x00ff",
        "token": UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
        "flag": 1,
    }
    assert tables["e"].existing == ExistingRows()


def test_of_many_rows_some_keys_are_read_and_the_largest(reading: Reading) -> None:
    """Beyond the limit the first keys are there, and the largest of all."""
    found = (
        reading("CREATE TABLE t (id int PRIMARY KEY)", f"INSERT INTO t SELECT seq FROM seq_1_to_{KEYS_READ + 500}")
        .tables["t"]
        .existing
    )
    assert found.count > KEYS_READ
    assert len(found.values["id"]) == KEYS_READ
    assert found.largest == {"id": KEYS_READ + 500}


def test_the_number_of_queries_does_not_grow_with_the_tables(mariadb_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty empty tables take as many questions as one."""
    asked: list[str] = []
    fetch = MariadbConnection.fetch

    def counting(
        self: MariadbConnection, statement: str, parameters: tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        asked.append(statement)
        return fetch(self, statement, parameters)

    monkeypatch.setattr(MariadbConnection, "fetch", counting)
    run_script(mariadb_url, "CREATE TABLE t (id int PRIMARY KEY, up int, FOREIGN KEY (up) REFERENCES t (id))")
    MariadbDatabase(mariadb_url).catalog()
    alone = len(asked)
    asked.clear()
    run_script(mariadb_url, *(f"CREATE TABLE t{number} LIKE t" for number in range(40)))
    assert len(MariadbDatabase(mariadb_url).catalog().tables) == 41
    assert len(asked) == alone


def _mysql(**rows: list[tuple[object, ...]]) -> _Facts:
    empty: dict[str, list[tuple[object, ...]]] = {"t": []}
    return _Facts("8.0.36", False, {"t": ""}, {"t": rows.get("columns", [])}, {}, {"t": rows.get("keys", [])}, empty,
                  {"t": rows.get("checks", [])}, empty, empty)  # fmt: skip


def _mysql_column(
    name: str, kind: str, *, default: object = None, extra: str = "", expression: str = ""
) -> tuple[object, ...]:
    base = kind.partition("(")[0]
    return ("t", name, default, "YES", base, kind, None, None, None, None, None, None, extra, "", "select,insert",
            expression, None)  # fmt: skip


def test_mysql_tells_defaults_and_expressions_otherwise() -> None:
    """Literals bare, expressions marked, quotes escaped: they become the same SQL text as MariaDB's."""
    table: Table = _mysql(
        columns=[
            _mysql_column("word", "varchar(9)", default="it's"),
            _mysql_column("number", "int", default="-4"),
            _mysql_column("moment", "datetime", default="CURRENT_TIMESTAMP", extra="DEFAULT_GENERATED"),
            _mysql_column("made", "varchar(9)", extra="VIRTUAL GENERATED", expression="concat(`word`,_utf8mb4\\'!\\')"),
            _mysql_column("free", "int"),
        ],
        keys=[
            ("t", "PRIMARY", "number", None, None),
            ("t", "low", None, None, "lower(`word`)"),
            ("t", "low", "number", None, None),
        ],
        checks=[("t", "t_chk_1", "(`word` in (_utf8mb4\\'a\\',_utf8mb4\\'b\\'))")],
    ).table("t", "")
    assert [column.default for column in table.columns] == ["'it''s'", "-4", "CURRENT_TIMESTAMP", "", ""]
    assert table.column("made").expression == "concat(`word`,_utf8mb4'!')"
    assert [(key.columns, key.expressions, key.reads) for key in table.keys] == [
        (("number",), (), ("number",)),
        (("number",), ("lower(`word`)",), ("number", "word")),
    ]
    assert table.checks[0].predicate == "(`word` in (_utf8mb4'a',_utf8mb4'b'))"
    assert table.checks[0].columns == ("word",)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1,2,NULL", ["1", "2", "NULL"]),
        ("(1,'a,b'),(2,'c)')", ["(1,'a,b')", "(2,'c)')"]),
        ("`a`, `b,c`", ["`a`", "`b,c`"]),
    ],
)
def test_lists_are_divided_outside_quotes_and_parentheses(text: str, items: list[str]) -> None:
    """A comma inside a text, a name or a tuple divides nothing."""
    assert divided(text) == items


def test_vectors_have_dimensions() -> None:
    """A vector's size is its number of dimensions, which only newer servers know."""
    assert data_type(Declared("vector", "vector(3)")).size == 3
    assert labels_of("set('a''','b')") == ("a'", "b")
