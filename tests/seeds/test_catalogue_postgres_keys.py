"""The catalogue of a PostgreSQL database: keys, foreign keys, checks and exclusions."""

from __future__ import annotations

import psycopg
import pytest

from seeds.catalog import Check, Exclusion, ForeignKey, TableName, UniqueKey
from tests.seeds.catalogue_reading import catalogue_of, execute, needs_extension, needs_version, table_of


def test_a_primary_key_comes_first(database_url: str) -> None:
    """Its columns are in the key's order, not the table's."""
    table = table_of(database_url, "CREATE TABLE thing (a int UNIQUE, b int, c int, PRIMARY KEY (c, b))")
    assert table.keys == (
        UniqueKey("thing_pkey", ("c", "b"), reads=("c", "b"), primary=True),
        UniqueKey("thing_a_key", ("a",), reads=("a",)),
    )
    assert table.primary_key == table.keys[0]


def test_a_table_may_have_no_key(database_url: str) -> None:
    """An index that allows duplicates is no key."""
    table = table_of(database_url, "CREATE TABLE thing (a int)", "CREATE INDEX ON thing (a)")
    assert (table.keys, table.primary_key) == ((), None)


def test_an_index_is_a_key_that_nothing_can_point_at(database_url: str) -> None:
    """A unique index enforces what a constraint does, but is none."""
    table = table_of(database_url, "CREATE TABLE thing (a int)", "CREATE UNIQUE INDEX one ON thing (a DESC)")
    assert table.keys == (UniqueKey("one", ("a",), reads=("a",), constraint=False),)


def test_expressions_and_predicates_say_what_they_read(database_url: str) -> None:
    """Plain columns, expressions in their order, the predicate, and every column that any of them reads."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (a int, b text, c text, gone int, live boolean, n int)",
        "ALTER TABLE thing DROP COLUMN gone",
        "CREATE UNIQUE INDEX one ON thing (lower(b), a, (c || 'x')) WHERE live AND n > 3",
    )
    assert table.keys == (
        UniqueKey(
            "one",
            ("a",),
            expressions=("lower(b)", "(c || 'x'::text)"),
            reads=("a", "b", "c", "live", "n"),
            predicate="(live AND (n > 3))",
            constraint=False,
        ),
    )


def test_a_column_that_rides_along_is_no_part_of_a_key(database_url: str) -> None:
    """An INCLUDE column neither is in the key nor read by it, unless the predicate reads it."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (a int, b int, c int, UNIQUE (a) INCLUDE (b))",
        "CREATE UNIQUE INDEX x ON thing (a) INCLUDE (b, c) WHERE c IS NULL",
        "CREATE UNIQUE INDEX y ON thing (a) INCLUDE (b) WHERE c IS NULL",
    )
    assert [(key.name, key.columns, key.reads) for key in table.keys] == [
        ("thing_a_b_key", ("a",), ("a",)),
        ("x", ("a",), ("a", "c")),
        ("y", ("a",), ("a", "c")),
    ]


def test_nulls_may_be_alike(database_url: str) -> None:
    """NULLS NOT DISTINCT allows a single null."""
    needs_version(database_url, 15)
    table = table_of(database_url, "CREATE TABLE thing (a int UNIQUE NULLS NOT DISTINCT, b int UNIQUE)")
    assert [(key.columns, key.nulls_distinct) for key in table.keys] == [(("a",), False), (("b",), True)]


def test_a_key_may_wait(database_url: str) -> None:
    """Whether it can be deferred, and whether it is from the start."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (a int UNIQUE, b int UNIQUE DEFERRABLE, c int UNIQUE DEFERRABLE INITIALLY DEFERRED)",
    )
    assert [(key.deferrable, key.deferred) for key in table.keys] == [(False, False), (True, False), (True, True)]


def test_an_index_that_failed_to_be_built_is_none(database_url: str) -> None:
    """It refuses nothing, so it is no key."""
    execute(database_url, "CREATE TABLE thing (a int)", "INSERT INTO thing VALUES (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        execute(database_url, "CREATE UNIQUE INDEX CONCURRENTLY one ON thing (a)")
    assert table_of(database_url).keys == ()


def test_foreign_keys_are_aligned(database_url: str) -> None:
    """Each column stands opposite the one that it points at, whatever either table's order."""
    catalogue = catalogue_of(
        database_url,
        "CREATE SCHEMA s",
        "CREATE TABLE s.target (x int, gone int, y int, PRIMARY KEY (y, x))",
        "ALTER TABLE s.target DROP COLUMN gone",
        "CREATE TABLE source (a int, b int, FOREIGN KEY (b, a) REFERENCES s.target (x, y))",
    )
    assert catalogue.tables["source"].foreign_keys == (
        ForeignKey("source_b_a_fkey", ("b", "a"), TableName("s", "target"), ("x", "y")),
    )


def test_foreign_keys_say_how_they_are_enforced(database_url: str) -> None:
    """Deferrable, deferred, full match and not validated are told apart."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE target (x int PRIMARY KEY, y int, UNIQUE (x, y))",
        "CREATE TABLE source (a int, b int)",
        "ALTER TABLE source ADD CONSTRAINT k1 FOREIGN KEY (a) REFERENCES target DEFERRABLE",
        "ALTER TABLE source ADD CONSTRAINT k2 FOREIGN KEY (a) REFERENCES target DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE source ADD CONSTRAINT k3 FOREIGN KEY (a, b) REFERENCES target (x, y) MATCH FULL",
        "ALTER TABLE source ADD CONSTRAINT k4 FOREIGN KEY (a) REFERENCES target NOT VALID",
    )
    found = catalogue.tables["source"].foreign_keys
    assert [(key.deferrable, key.deferred, key.match_full, key.validated) for key in found] == [
        (True, False, False, True),
        (True, True, False, True),
        (False, False, True, True),
        (False, False, False, False),
    ]


def test_a_table_may_point_at_itself(database_url: str) -> None:
    """The target is the table."""
    table = table_of(database_url, "CREATE TABLE thing (id int PRIMARY KEY, above int REFERENCES thing)")
    assert table.foreign_keys == (ForeignKey("thing_above_fkey", ("above",), TableName("", "thing"), ("id",)),)


def test_checks_are_what_stands_inside_the_brackets(database_url: str) -> None:
    """The predicate alone, with neither NOT VALID nor NO INHERIT, and the columns that it reads."""
    table = table_of(
        database_url,
        'CREATE TABLE thing (a int, "B c" int, gone int)',
        "ALTER TABLE thing DROP COLUMN gone",
        """ALTER TABLE thing ADD CONSTRAINT k1 CHECK (a > 0 AND "B c" IN (1, 2)) NO INHERIT""",
        "ALTER TABLE thing ADD CONSTRAINT k2 CHECK (a IS NOT NULL) NOT VALID",
        "ALTER TABLE thing ADD CONSTRAINT k3 CHECK (1 = 1)",
    )
    assert table.checks == (
        Check("k1", """((a > 0) AND ("B c" = ANY (ARRAY[1, 2])))""", ("a", "B c")),
        Check("k2", "(a IS NOT NULL)", ("a",), validated=False),
        Check("k3", "(1 = 1)"),
    )


def test_a_check_that_is_not_enforced_shows_as_not_validated(database_url: str) -> None:
    """It is kept: what the authors meant is worth heeding."""
    needs_version(database_url, 18)
    table = table_of(database_url, "CREATE TABLE thing (a int CONSTRAINT k CHECK (a > 0) NOT ENFORCED)")
    assert table.checks == (Check("k", "(a > 0)", ("a",), validated=False),)


def test_exclusions_have_their_elements_and_operators(database_url: str) -> None:
    """Columns, expressions, operators, the predicate and what all of them read; an exclusion is no key."""
    needs_extension(database_url, "btree_gist")
    table = table_of(
        database_url,
        "CREATE TABLE thing (room int, starts date, ends date, live boolean, during daterange)",
        "ALTER TABLE thing ADD CONSTRAINT k1 EXCLUDE USING gist (room WITH =, daterange(starts, ends) WITH &&) "
        "WHERE (live) DEFERRABLE",
        "ALTER TABLE thing ADD CONSTRAINT k2 EXCLUDE USING gist (during WITH -|-)",
    )
    assert table.keys == ()
    assert table.exclusions == (
        Exclusion(
            "k1",
            (("room", "="), ("daterange(starts, ends)", "&&")),
            reads=("room", "starts", "ends", "live"),
            predicate="live",
            deferrable=True,
        ),
        Exclusion("k2", (("during", "-|-"),), reads=("during",)),
    )


def test_an_exclusion_by_equality_needs_no_extension(database_url: str) -> None:
    """A conditional uniqueness written as an exclusion is one."""
    table = table_of(
        database_url,
        "CREATE TABLE thing (a int, ok boolean, EXCLUDE USING btree (a WITH =) WHERE (ok IS TRUE))",
    )
    (found,) = table.exclusions
    assert (found.elements, found.reads, found.predicate) == ((("a", "="),), ("a", "ok"), "(ok IS TRUE)")


def test_a_key_without_overlaps_is_also_an_exclusion(database_url: str) -> None:
    """It names the row, and what no two rows may share is more than equality."""
    needs_version(database_url, 18)
    table = table_of(
        database_url, "CREATE TABLE thing (a int4range, during daterange, PRIMARY KEY (a, during WITHOUT OVERLAPS))"
    )
    assert [(key.columns, key.primary) for key in table.keys] == [(("a", "during"), True)]
    assert [exclusion.elements for exclusion in table.exclusions] == [(("a", "="), ("during", "&&"))]
