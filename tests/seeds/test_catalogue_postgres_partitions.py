"""The catalogue of a PostgreSQL database: partitioned tables, and what their partitions ask."""

from __future__ import annotations

import psycopg
import pytest

from seeds.catalog import Check, Partition, Partitioning, Table, TableName
from seeds.databases.postgres.catalogue.literals import bracketed, split_list
from seeds.databases.postgres.catalogue.partitions import Bound, read_bound
from tests.seeds.catalogue_reading import catalogue_of, connected, execute, needs_version, table_of

RANGE = (
    "CREATE TABLE bill (id int NOT NULL, day date NOT NULL, kind text) PARTITION BY RANGE (day)",
    "CREATE TABLE bill_25 PARTITION OF bill FOR VALUES FROM (MINVALUE) TO ('2026-01-01')",
    "CREATE TABLE bill_26 PARTITION OF bill FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
)


def parts_of(table: Table) -> list[str]:
    assert table.partitioning is not None
    return [part.name.name for part in table.partitioning.partitions]


def test_partitions_are_found_under_their_table(database_url: str) -> None:
    """They are no tables; each says which days it takes."""
    table = table_of(database_url, *RANGE)
    assert (table.name, table.kind) == (TableName("", "bill"), "partitioned")
    assert table.partitioning == Partitioning(
        "range",
        ("day",),
        (
            Partition(
                TableName("", "bill_25"),
                "range",
                lows=(None,),
                highs=("'2026-01-01'",),
                bound="FOR VALUES FROM (MINVALUE) TO ('2026-01-01')",
            ),
            Partition(
                TableName("", "bill_26"),
                "range",
                lows=("'2026-01-01'",),
                highs=("'2027-01-01'",),
                bound="FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
            ),
        ),
    )


def test_a_table_may_be_cut_into_nothing(database_url: str) -> None:
    """A partitioned table without a partition is one that takes no row."""
    assert table_of(database_url, RANGE[0]).partitioning == Partitioning("range", ("day",))


def test_keys_may_be_several_and_expressions(database_url: str) -> None:
    """Columns by name, expressions as SQL, in the key's order."""
    table = table_of(
        database_url,
        'CREATE TABLE thing (a text, b int, "C, d" int) '
        """PARTITION BY RANGE (lower(replace(a, ',', '')), "C, d", (b + 1))""",
    )
    assert table.partitioning is not None
    assert table.partitioning.keys == ("lower(replace(a, ','::text, ''::text))", "C, d", "(b + 1)")


def test_partitions_may_be_partitioned(database_url: str) -> None:
    """A list of hashes: each level has its strategy and key."""
    table = table_of(
        database_url,
        "CREATE SCHEMA parts",
        "CREATE TABLE thing (a text, b int) PARTITION BY LIST (a)",
        "CREATE TABLE parts.x PARTITION OF thing FOR VALUES IN ('it''s', NULL, 'a,b') PARTITION BY HASH (b)",
        "CREATE TABLE parts.x0 PARTITION OF parts.x FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE parts.x1 PARTITION OF parts.x FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
        "CREATE TABLE parts.y PARTITION OF thing DEFAULT",
    )
    assert table.partitioning is not None
    x, y = table.partitioning.partitions
    assert (x.name, x.strategy, x.values) == (TableName("parts", "x"), "list", ("'it''s'", None, "'a,b'"))
    assert (x.partitioned, x.keys, [part.name.name for part in x.partitions]) == (True, ("b",), ["x0", "x1"])
    assert {part.strategy for part in x.partitions} == {"hash"}
    assert x.partitions[1].bound == "FOR VALUES WITH (modulus 2, remainder 1)"
    assert (y.default, y.partitioned, y.partitions) == (True, False, ())


def test_copies_of_a_tables_constraints_are_not_counted_again(database_url: str) -> None:
    """Keys, foreign keys, checks and triggers stand once, as declared on the table."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE kind (id int PRIMARY KEY)",
        "CREATE TABLE thing (id int, kind_id int REFERENCES kind, CHECK (id > 0), PRIMARY KEY (id)) "
        "PARTITION BY HASH (id)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER t AFTER INSERT ON thing FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE TABLE thing_0 PARTITION OF thing FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE thing_1 PARTITION OF thing FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
        "CREATE TABLE note (thing_id int REFERENCES thing)",
    )
    thing = catalogue.tables["thing"]
    assert [len(found) for found in (thing.keys, thing.foreign_keys, thing.checks, thing.triggers)] == [1, 1, 1, 1]
    assert [key.target for key in catalogue.tables["note"].foreign_keys] == [TableName("", "thing")]


def test_what_partitions_ask_is_asked_of_the_table(database_url: str) -> None:
    """Foreign keys, keys and NOT NULL of any partition hold for the rows that go there, so for all."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE kind (id text PRIMARY KEY)",
        *RANGE,
        "ALTER TABLE bill_25 ADD CONSTRAINT bill_25_kind FOREIGN KEY (kind) REFERENCES kind",
        "ALTER TABLE bill_26 ADD CONSTRAINT bill_26_kind FOREIGN KEY (kind) REFERENCES kind",
        "ALTER TABLE bill_26 ALTER COLUMN kind SET NOT NULL",
        "ALTER TABLE bill_26 ADD PRIMARY KEY (id)",
    )
    bill = catalogue.tables["bill"]
    assert [(key.columns, key.target.name) for key in bill.foreign_keys] == [(("kind",), "kind")]
    assert [(key.columns, key.primary, key.constraint) for key in bill.keys] == [(("id",), False, False)]
    assert not bill.column("kind").nullable


def test_partitions_that_disagree_ask_nothing_together(database_url: str) -> None:
    """No row could point at two tables with one column, so neither is asked for."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE kind (id text PRIMARY KEY)",
        "CREATE TABLE sort (id text PRIMARY KEY)",
        *RANGE,
        "ALTER TABLE bill_25 ADD FOREIGN KEY (kind) REFERENCES kind",
        "ALTER TABLE bill_26 ADD FOREIGN KEY (kind) REFERENCES sort",
    )
    assert catalogue.tables["bill"].foreign_keys == ()


def test_partitions_that_disagree_keep_their_own_keys(database_url: str) -> None:
    """Each says where its own rows lead."""
    catalogue = catalogue_of(
        database_url,
        "CREATE TABLE kind (id text PRIMARY KEY)",
        "CREATE TABLE sort (id text PRIMARY KEY)",
        *RANGE,
        "ALTER TABLE bill_25 ADD FOREIGN KEY (kind) REFERENCES kind",
        "ALTER TABLE bill_26 ADD FOREIGN KEY (kind) REFERENCES sort",
    )
    cut = catalogue.tables["bill"].partitioning
    assert cut is not None
    found = [[(key.columns, key.target.name) for key in part.foreign_keys] for part in cut.partitions]
    assert found == [[(("kind",), "kind")], [(("kind",), "sort")]]


def test_a_partitions_own_checks_are_its_own(database_url: str) -> None:
    """Those that the table or every partition has stand there alone; a partition below hands none of its parent's on."""
    table = table_of(
        database_url,
        "CREATE TABLE bill (id int CHECK (id > 0), day date NOT NULL) PARTITION BY RANGE (day)",
        "CREATE TABLE bill_25 PARTITION OF bill (CONSTRAINT own CHECK (id < 9)) FOR VALUES FROM ('2025-01-01') "
        "TO ('2026-01-01') PARTITION BY LIST (id)",
        "CREATE TABLE bill_25_1 PARTITION OF bill_25 (CONSTRAINT low CHECK (id <> 7)) DEFAULT",
        "CREATE TABLE bill_26 PARTITION OF bill FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    )
    assert table.partitioning is not None
    first, second = table.partitioning.partitions
    assert (first.checks, second.checks) == ((Check("own", "(id < 9)", ("id",)),), ())
    assert first.partitions[0].checks == (Check("low", "(id <> 7)", ("id",)),)


def test_a_check_that_every_partition_has_is_the_tables(database_url: str) -> None:
    """One that a single partition has says what only its rows are like."""
    table = table_of(
        database_url,
        *RANGE,
        "ALTER TABLE bill_25 ADD CONSTRAINT a CHECK (id > 0), ADD CONSTRAINT own CHECK (day < '2026-01-01')",
        "ALTER TABLE bill_26 ADD CONSTRAINT b CHECK (id > 0), ADD CONSTRAINT own CHECK (day > '2025-12-31')",
    )
    assert table.checks == (Check("a", "(id > 0)", ("id",)),)


def test_a_key_to_a_partition_is_one_to_its_table(database_url: str) -> None:
    """Rows are put into the whole, so that is where the target's rows are found."""
    catalogue = catalogue_of(
        database_url,
        *RANGE,
        "ALTER TABLE bill_26 ADD PRIMARY KEY (id)",
        "CREATE TABLE note (bill_id int REFERENCES bill_26)",
    )
    (key,) = catalogue.tables["note"].foreign_keys
    assert (key.target, key.target_columns) == (TableName("", "bill"), ("id",))


def test_a_detached_partition_is_a_table(database_url: str) -> None:
    """It takes rows of its own again, and none of the table's."""
    catalogue = catalogue_of(database_url, *RANGE, "ALTER TABLE bill DETACH PARTITION bill_25")
    assert parts_of(catalogue.tables["bill"]) == ["bill_26"]
    assert (catalogue.tables["bill_25"].kind, catalogue.tables["bill_25"].inherits) == ("table", ())


def test_a_partition_that_is_being_detached_takes_no_rows(database_url: str) -> None:
    """One whose detaching was cut short is neither a partition any more nor a table yet."""
    needs_version(database_url, 14)
    execute(database_url, *RANGE)
    with connected(database_url) as reader, reader.transaction():
        reader.execute("SELECT FROM bill")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            execute(
                database_url,
                "SET lock_timeout = '50ms'",
                "ALTER TABLE bill DETACH PARTITION bill_25 CONCURRENTLY",
            )
    catalogue = catalogue_of(database_url)
    assert (list(catalogue.tables), parts_of(catalogue.tables["bill"])) == (["bill"], ["bill_26"])


def test_a_key_that_not_every_partition_has_is_none(database_url: str) -> None:
    """An index on the table alone refuses nothing until all partitions have theirs."""
    table = table_of(database_url, *RANGE, "CREATE UNIQUE INDEX one ON ONLY bill (day)")
    assert table.keys == ()


def test_rows_of_all_partitions_are_the_tables(database_url: str) -> None:
    """They are counted together, wherever they lie."""
    table = table_of(database_url, *RANGE, "INSERT INTO bill VALUES (1, '2025-05-05', 'x'), (2, '2026-05-05', 'y')")
    assert table.existing.count == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DEFAULT", Bound(default=True)),
        ("FOR VALUES FROM (1, MINVALUE) TO (MAXVALUE, 'x')", Bound(lows=("1", None), highs=(None, "'x'"))),
        ("FOR VALUES FROM ('(]') TO (') TO (')", Bound(lows=("'(]'",), highs=("') TO ('",))),
        ("FOR VALUES IN ('NULL', NULL, '-1', true)", Bound(values=("'NULL'", None, "'-1'", "true"))),
        ("FOR VALUES IN (E'a\\'b,', 'c')", Bound(values=("E'a\\'b,'", "'c'"))),
        ("FOR VALUES WITH (modulus 4, remainder 3)", Bound()),
    ],
)
def test_bounds_are_taken_apart(text: str, expected: Bound) -> None:
    """Quoted brackets and commas are text; MINVALUE, MAXVALUE and NULL are None only where they are bare."""
    assert read_bound(text) == expected


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", ()),
        ("a", ("a",)),
        (r"E'a''b\',c', d", (r"E'a''b\',c'", "d")),
        (
            "f(a, b), ARRAY[1, 2], \"c,d\", 'e,''f', E'g\\',h'",
            ("f(a, b)", "ARRAY[1, 2]", '"c,d"', "'e,''f'", "E'g\\',h'"),
        ),
    ],
)
def test_lists_are_cut_at_their_own_commas(text: str, items: tuple[str, ...]) -> None:
    """A comma inside brackets or quotes separates nothing."""
    assert split_list(text) == items


def test_a_bracket_without_partner_is_an_error() -> None:
    """Text that is no list is not taken for one."""
    assert bracketed("x (a (b) ')') y", 2) == ("a (b) ')'", 13)
    with pytest.raises(ValueError, match="no bracket closes"):
        bracketed("(a ')'", 0)
