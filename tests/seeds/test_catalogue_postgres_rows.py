"""The catalogue of a PostgreSQL database: rows that stand in it already, and how it is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from psycopg import Cursor

from seeds.catalog import KEYS_READ, ExistingRows
from tests.seeds.catalogue_reading import catalogue_of, execute, table_of

KEY = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
VALUES = [
    ("bigint", "9223372036854775807", 2**63 - 1),
    ("numeric(8,2)", "1.50", Decimal("1.50")),
    ("double precision", "0.5", 0.5),
    ("boolean", "t", True),
    ("text", "it's", "it's"),
    ("varchar(9)", "Ü x", "Ü x"),
    ("char(5)", "ab", "ab"),
    ("uuid", KEY, UUID(KEY)),
    ("date", "2026-04-06", date(2026, 4, 6)),
    ("date", "infinity", "infinity"),
    ("date", "0044-03-15 BC", "0044-03-15 BC"),
    ("timestamp", "2026-04-06 10:00", datetime(2026, 4, 6, 10)),  # noqa: DTZ001 - the column has no zone either
    ("timestamp", "-infinity", "-infinity"),
    ("timestamptz", "2026-04-06 10:00+02", datetime(2026, 4, 6, 8, tzinfo=UTC)),
    ("interval", "1 day", "1 day"),
    ("time", "10:00", "10:00:00"),
    ("bytea", "\\x00ff", "\\x00ff"),
    ("jsonb", '{"a": 1}', '{"a": 1}'),
    ("inet", "192.0.2.1", "192.0.2.1/32"),
    ("int[]", "{1,2}", "{1,2}"),
    ("daterange", "[2026-04-06,2026-04-07)", "[2026-04-06,2026-04-07)"),
    ("mood", "fine", "fine"),
    ("positive", "7", 7),
]


def test_keys_of_standing_rows_are_read_in_order(database_url: str) -> None:
    """Columns of every key, aligned, in the primary key's order; other columns are nobody's business."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (id int PRIMARY KEY, code text UNIQUE, secret text, part int)",
        "CREATE UNIQUE INDEX ON thing (lower(secret), part)",
        "INSERT INTO thing VALUES (3, 'a', 'x', 7), (1, NULL, 'y', NULL), (2, 'b', 'z', 0)",
    )
    assert table.existing == ExistingRows(
        3, {"id": (1, 2, 3), "code": (None, "b", "a"), "part": (None, 0, 7)}, {"id": 3, "part": 7}
    )


def test_what_foreign_keys_point_at_is_read(database_url: str) -> None:
    """Also when the key that makes it unique has further columns."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE kind (code char(3) PRIMARY KEY, name text)",
        "CREATE TABLE thing (id int PRIMARY KEY, kind char(3) REFERENCES kind)",
        "INSERT INTO kind VALUES ('b', 'B'), ('a', 'A')",
    )
    assert catalogue.tables["kind"].existing == ExistingRows(2, {"code": ("a", "b")})
    assert catalogue.tables["thing"].existing == ExistingRows()


def test_rows_without_a_key_are_counted(database_url: str) -> None:
    """There is nothing else to say of them."""
    table = table_of(database_url, "CREATE TABLE thing (a int)", "INSERT INTO thing VALUES (1), (1)")
    assert table.existing == ExistingRows(2)


def test_values_are_pythons_own_or_text(database_url: str) -> None:
    """Numbers, moments and the like as Python has them; everything else as the database writes it."""
    columns = ", ".join(f"c{number} {written} UNIQUE" for number, (written, _, _) in enumerate(VALUES))
    values = ", ".join("'" + text.replace("'", "''") + "'" for _, text, _ in VALUES)
    table = table_of(
        database_url,
        "CREATE TYPE mood AS ENUM ('fine')",
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
        f"CREATE TABLE thing ({columns})",
        f"INSERT INTO thing VALUES ({values})",
    )
    found = [table.existing.values[column.name][0] for column in table.columns]
    assert [(value, type(value)) for value in found] == [(value, type(value)) for _, _, value in VALUES]


def test_largest_is_of_whole_numbers(database_url: str) -> None:
    """Integers and numerics without decimals, below nought and at nought too; not null."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (a int UNIQUE, b numeric(30) UNIQUE, c numeric(4,1) UNIQUE, d int UNIQUE, e int UNIQUE)",
        "INSERT INTO thing VALUES (-5, 100000000000000000000, 1.5, NULL, 0), (-7, 'NaN', 2.5, NULL, -1)",
    )
    assert table.existing.largest == {"a": -5, "b": 10**20, "e": 0}


def test_a_long_table_is_no_list_of_keys(database_url: str) -> None:
    """Its keys are not read; its largest are, and its rows are estimated, at one more than are read if not above."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (id int PRIMARY KEY, code text UNIQUE)",
        f"INSERT INTO thing SELECT g, 'c' || g FROM generate_series(1, {KEYS_READ + 500}) AS g",
    )
    assert table.existing == ExistingRows(KEYS_READ + 1, {}, {"id": KEYS_READ + 500})
    execute(database_url, "ANALYZE thing")
    assert table_of(database_url).existing.count == KEYS_READ + 500


def test_a_list_of_keys_may_just_fit(database_url: str) -> None:
    """As many rows as are read are read in full."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (id int PRIMARY KEY)",
        f"INSERT INTO thing SELECT generate_series(1, {KEYS_READ})",
    )
    assert table.existing.values == {"id": tuple(range(1, KEYS_READ + 1))}


def test_a_table_that_was_emptied_is_empty(database_url: str) -> None:
    """Blocks that are left over hold no row."""
    table = table_of(
        database_url, "CREATE TABLE thing (id int PRIMARY KEY)", "INSERT INTO thing VALUES (1)", "DELETE FROM thing"
    )
    assert table.existing == ExistingRows()


def test_the_number_of_queries_does_not_grow(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty tables are asked about in as many queries as three."""
    asked: list[object] = []
    execute_one = Cursor.execute

    def count(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        asked.append(query)
        return execute_one(self, query, *arguments, **options)

    def made(first: int, last: int) -> list[str]:
        return [
            f"CREATE TABLE t{number} (id int PRIMARY KEY, above int REFERENCES t{max(number - 1, 0)}, "
            f"name text CHECK (name <> ''), UNIQUE (above, name))"
            for number in range(first, last)
        ]

    counts = []
    for first, last in ((0, 3), (3, 60)):
        execute(database_url, *made(first, last))
        with monkeypatch.context() as patched:
            patched.setattr(Cursor, "execute", count)
            asked.clear()
            catalogue_of(database_url)
        counts.append(len(asked))
    assert counts[0] == counts[1] > 0
