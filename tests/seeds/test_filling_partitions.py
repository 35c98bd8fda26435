"""Partitions that are there get rows, each of them; those that are missing are named, and made if that is wished."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from seeds.filling import FillOrder, fill, plan
from seeds.findings import Finding
from seeds.planner.filling import FillRequest
from tests.seeds.filling_trials import AS_OF, Filled, Trial, trial

_LEAVES = """
SELECT inhrelid::regclass::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
WHERE c.relispartition AND c.relkind = 'r' ORDER BY 1
"""

CUT = {
    "several keys": (
        "CREATE TABLE t (a int, b int, c text) PARTITION BY RANGE (a, b)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1, 5) TO (1, 9)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (1, 9) TO (4, 2)",
        "CREATE TABLE t3 PARTITION OF t FOR VALUES FROM (4, MAXVALUE) TO (6, MINVALUE)",
        "CREATE TABLE t4 PARTITION OF t FOR VALUES FROM (7, MINVALUE) TO (7, 3)",
        "CREATE TABLE t5 PARTITION OF t FOR VALUES FROM (MINVALUE, MINVALUE) TO (-3, MAXVALUE)",
    ),
    "text and moment": (
        "CREATE TABLE t (id int, at timestamptz, region text, PRIMARY KEY (region, at, id)) PARTITION BY RANGE (region, at)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('E', '2024-01-01') TO ('E', '2025-01-01')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('N', '2024-01-01') TO ('N', '2025-01-01')",
    ),
    "list with null": (
        "CREATE TABLE t (a text) PARTITION BY LIST (a)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (NULL)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES IN ('it''s', 'c,d')",
        "CREATE TABLE t3 PARTITION OF t DEFAULT",
    ),
    "boolean": (
        "CREATE TABLE t (f boolean, n int) PARTITION BY LIST (f)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (true)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES IN (false, NULL)",
    ),
    "lower case": (
        "CREATE TABLE t (a text NOT NULL) PARTITION BY LIST (lower(a))",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('alpha')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES IN ('beta', 'gamma')",
    ),
    "start of month": (
        "CREATE TABLE t (a timestamp NOT NULL) PARTITION BY RANGE (date_trunc('month', a))",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')",
    ),
    "listed months": (
        "CREATE TABLE t (a timestamp NOT NULL) PARTITION BY LIST (date_trunc('month', a))",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('2024-01-01')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES IN ('2024-02-01')",
    ),
    "year": (
        "CREATE TABLE t (a date NOT NULL) PARTITION BY RANGE (extract(year FROM a))",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (2019) TO (2021)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (2021) TO (2022)",
    ),
    "partitions of partitions": (
        "CREATE TABLE t (tenant int, d date, id bigserial, PRIMARY KEY (tenant, d, id)) PARTITION BY LIST (tenant)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1) PARTITION BY RANGE (d)",
        "CREATE TABLE t1a PARTITION OF t1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "CREATE TABLE t1b PARTITION OF t1 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2, 3)",
        "CREATE TABLE t3 PARTITION OF t DEFAULT PARTITION BY RANGE (d)",
        "CREATE TABLE t3a PARTITION OF t3 FOR VALUES FROM (MINVALUE) TO ('2022-01-01')",
        "CREATE TABLE t3b PARTITION OF t3 DEFAULT",
    ),
    "order of texts": (
        "CREATE TABLE t (a text NOT NULL) PARTITION BY RANGE (a)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (MINVALUE) TO ('h')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('h') TO ('q')",
        "CREATE TABLE t3 PARTITION OF t FOR VALUES FROM ('q') TO (MAXVALUE)",
    ),
    "default between": (
        "CREATE TABLE t (a int) PARTITION BY RANGE (a)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (30) TO (40)",
        "CREATE TABLE t3 PARTITION OF t DEFAULT",
    ),
    "decimals": (
        "CREATE TABLE t (a numeric(8, 2) NOT NULL) PARTITION BY RANGE (a)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (0.5)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (0.5) TO (99.99)",
    ),
    "a check that knows the years": (
        "CREATE TABLE t (day date NOT NULL, closed date, CHECK (closed >= day)) PARTITION BY RANGE (day)",
        "ALTER TABLE t ADD CHECK ((closed IS NULL) = (day >= '2024-01-01'))",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
    ),
}

BARE = (
    "CREATE TYPE mood AS ENUM ('sad', 'happy')",
    "CREATE TABLE by_day (id bigserial, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
    "CREATE TABLE by_moment (at timestamptz NOT NULL, kind text) PARTITION BY RANGE (at, kind)",
    "CREATE TABLE by_number (id bigint PRIMARY KEY) PARTITION BY RANGE (id)",
    "CREATE TABLE by_mood (m mood) PARTITION BY LIST (m)",
    "CREATE TABLE by_flag (f boolean NOT NULL) PARTITION BY LIST (f)",
    "CREATE TABLE by_kind (k text NOT NULL CHECK (k IN ('x', 'y''s'))) PARTITION BY LIST (k)",
    "CREATE TABLE by_word (w text) PARTITION BY LIST (w)",
    "CREATE TABLE by_lower (w text NOT NULL) PARTITION BY LIST (lower(w))",
    "CREATE TABLE by_hash (id int PRIMARY KEY) PARTITION BY HASH (id)",
    "CREATE TABLE child (id int PRIMARY KEY, hash_id int NOT NULL REFERENCES by_hash)",
)


@pytest.fixture(scope="module")
def place(postgres_server: str) -> Iterator[Trial]:
    """One database, made anew for each test."""
    with trial(postgres_server) as one:
        yield one


def order(rows: int, *, create: bool = False, only: tuple[str, ...] = ()) -> FillOrder:
    return FillOrder(FillRequest("auto", rows, AS_OF, create_partitions=create, only=only), stamp="test")


def filled(place: Trial, rows: int, *, create: bool = False, only: tuple[str, ...] = ()) -> Filled:
    wanted = order(rows, create=create, only=only)
    return Filled(fill(place.database, wanted, clock=lambda: datetime(2026, 4, 6, tzinfo=UTC)))


def leaves(place: Trial) -> dict[str, str]:
    """Every partition that holds rows, with its bound."""
    return {str(name): str(bound) for name, bound in place.rows(_LEAVES)}


def held(place: Trial) -> dict[str, object]:
    """How many rows every partition holds."""
    return {name: place.value(f"SELECT count(*) FROM {name}") for name in leaves(place)}


def the(filled: Filled, table: str, code: str) -> Finding:
    (found,) = (finding for finding in filled[table].findings if finding.code == code)
    return found


@pytest.mark.parametrize("kind", CUT)
def test_each_partition_gets_one_of_the_first_rows(place: Trial, kind: str) -> None:
    """With as many rows as partitions, every partition holds exactly one."""
    place.create(*CUT[kind])
    many = len(leaves(place))
    result = filled(place, many)
    assert held(place) == dict.fromkeys(leaves(place), 1)
    assert result.errors == []


@pytest.mark.parametrize("kind", ["several keys", "partitions of partitions", "order of texts"])
def test_more_rows_fall_into_partitions_too(place: Trial, kind: str) -> None:
    """None of 150 rows is refused, and none of the partitions holds most of them."""
    place.create(*CUT[kind])
    assert filled(place, 150).errors == []
    counts = [int(str(many)) for many in held(place).values()]
    assert sum(counts) == 150
    assert max(counts) < 100


def test_partitions_of_months_to_come_get_no_more_than_one_row(place: Trial) -> None:
    """May and June of a year whose April has begun hold one row each; March and April the other 38."""
    months = [f"2026-0{month}-01" for month in range(3, 8)]
    place.create(
        "CREATE TABLE t (at timestamptz NOT NULL) PARTITION BY RANGE (at)",
        *(
            f"CREATE TABLE t{low[5:7]} PARTITION OF t FOR VALUES FROM ('{low}') TO ('{high}')"
            for low, high in pairwise(months)
        ),
    )
    filled(place, 40)
    found = held(place)
    assert (found["t05"], found["t06"]) == (1, 1)
    assert int(str(found["t03"])) + int(str(found["t04"])) == 38
    assert min(int(str(found["t03"])), int(str(found["t04"]))) > 5


def test_two_hundred_partitions_get_a_row_each(place: Trial) -> None:
    """What they take is not read as one long condition."""
    place.create(
        "CREATE TABLE t (a int NOT NULL, b text) PARTITION BY RANGE (a)",
        *(f"CREATE TABLE t{n} PARTITION OF t FOR VALUES FROM ({n * 3}) TO ({n * 3 + 2})" for n in range(200)),
    )
    filled(place, 200)
    assert set(held(place).values()) == {1}


def test_a_row_that_a_trigger_repeats_fits_the_partitions_there(place: Trial) -> None:
    """The copy's partitions decide what the first table may hold."""
    place.create(
        "CREATE TABLE mirror (n bigint, sort text NOT NULL, id bigint) PARTITION BY LIST (sort)",
        "CREATE TABLE mirror_x PARTITION OF mirror FOR VALUES IN ('x')",
        "CREATE TABLE mirror_y PARTITION OF mirror FOR VALUES IN ('y''s')",
        "CREATE TABLE source (id bigserial PRIMARY KEY, kind text NOT NULL)",
        "CREATE FUNCTION repeat_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        'INSERT INTO mirror (id, "sort", n) VALUES (NEW.id, NEW."kind", coalesce(NEW.id, 1)); RETURN NULL; END $$',
        "CREATE TRIGGER repeated AFTER INSERT ON source FOR EACH ROW EXECUTE FUNCTION repeat_it()",
    )
    result = filled(place, 20)
    assert result["source"].present == 20
    assert set(place.column("SELECT kind FROM source")) == {"x", "y's"}


def test_a_table_without_partitions_says_how_to_get_them(place: Trial) -> None:
    """Nothing is made unasked; the statements in the hint are all it takes."""
    place.create(*BARE)
    before = filled(place, 12)
    assert (leaves(place), before.report.loaded) == ({}, 0)
    tables = [table for table in before.report.tables if table != "child"]
    assert len(tables) == 9
    for table in tables:
        hint = the(before, table, "PARTITION_NONE").hint
        assert "--create-partitions" in hint
        place.run(hint.partition("or run: ")[2].partition(" (a reset")[0])
    after = filled(place, 12)
    assert all(after[table].present == 12 for table in (*tables, "child"))


def test_partitions_are_made_if_that_is_wished(place: Trial) -> None:
    """Years for moments, values where they are few, everything else in one; the tables and their users are filled."""
    place.create(*BARE)
    result = filled(place, 12, create=True)
    assert (result.errors, set(place.counts().values())) == ([], {12})
    years = ["2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01", "2026-01-01"]
    assert list(leaves(place).values()) == [
        *_ranges(["MINVALUE", *(f"'{year}'" for year in years[1:]), "MAXVALUE"]),
        "FOR VALUES IN (false)", "FOR VALUES IN (true)",
        *(f"FOR VALUES WITH (modulus 4, remainder {number})" for number in range(4)),
        "FOR VALUES IN ('x')", "FOR VALUES IN ('y''s')",
        "DEFAULT",
        *_ranges([
            "MINVALUE, MINVALUE", *(f"'{year} 00:00:00+00', MINVALUE" for year in years[1:]), "MAXVALUE, MAXVALUE",
        ]),
        "FOR VALUES IN ('sad')", "FOR VALUES IN ('happy')", "FOR VALUES IN (NULL)",
        "FOR VALUES FROM (MINVALUE) TO (MAXVALUE)",
        "DEFAULT",
    ]  # fmt: skip
    assert "stay after a reset" in the(result, "by_day", "PARTITION_CREATED").hint


def _ranges(cuts: list[str]) -> list[str]:
    return [f"FOR VALUES FROM ({low}) TO ({high})" for low, high in pairwise(cuts)]


def test_partitions_are_made_once(place: Trial) -> None:
    """A second run finds them and makes none."""
    place.create(*BARE)
    filled(place, 5, create=True)
    made = leaves(place)
    again = filled(place, 9, create=True)
    assert leaves(place) == made
    assert "PARTITION_CREATED" not in again.codes("by_day")
    assert again["by_day"].present == 9


def test_a_plan_makes_nothing(place: Trial) -> None:
    """It plans as if the partitions were there, and shows the statements."""
    place.create(*BARE)
    _, found = plan(place.database, order(12, create=True))
    assert leaves(place) == {}
    assert {table.rows for table in found.tables.values()} == {12}
    (finding, *_) = found.tables["by_lower"].findings
    assert finding.code == "PARTITION_CREATED"
    assert 'CREATE TABLE "public"."by_lower_understudy_1" PARTITION OF "public"."by_lower" DEFAULT;' in finding.message


def test_only_what_is_to_be_filled_is_made_fit_for_it(place: Trial) -> None:
    """With one table chosen, it and the one that it needs get partitions."""
    place.create(*BARE)
    filled(place, 5, create=True, only=("child",))
    assert list(leaves(place)) == [f"by_hash_understudy_{number}" for number in range(1, 5)]


def test_partitions_cut_into_nothing_get_theirs(place: Trial) -> None:
    """By list and range a default one; by hash a whole set, though the catalogue does not say which it is."""
    place.create(
        "CREATE TABLE t (a int NOT NULL, b date) PARTITION BY LIST (a)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1) PARTITION BY RANGE (b)",
        "CREATE TABLE u (a int NOT NULL, b date) PARTITION BY LIST (a)",
        "CREATE TABLE u1 PARTITION OF u FOR VALUES IN (1) PARTITION BY HASH (b)",
    )
    assert filled(place, 10).codes("t") >= {"PARTITION_NONE"}
    result = filled(place, 10, create=True)
    assert (result["t"].present, result["u"].present) == (10, 10)
    hashes = {f"u1_understudy_{2 + number}": f"FOR VALUES WITH (modulus 4, remainder {number})" for number in range(4)}
    assert leaves(place) == {"t1_understudy_1": "DEFAULT", **hashes}


def test_a_hash_with_a_hole_is_mended(place: Trial) -> None:
    """Remainders that nobody takes are found, among partitions of different moduli."""
    place.create(
        "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY HASH (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES WITH (MODULUS 4, REMAINDER 0)",
    )
    result = filled(place, 30, create=True)
    assert leaves(place)["t_understudy_1"] == "FOR VALUES WITH (modulus 4, remainder 2)"
    assert result["t"].present == 30


def test_a_default_is_made_where_checks_rule_out_every_partition(place: Trial) -> None:
    """A list that the table's own check forbids leaves it closed."""
    place.create(
        "CREATE TABLE t (a text NOT NULL CHECK (a IN ('x', 'y'))) PARTITION BY LIST (a)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('z')",
    )
    assert filled(place, 10).codes("t") == {"PARTITION_NONE"}
    filled(place, 10, create=True)
    assert held(place) == {"t1": 0, "t_understudy_1": 10}


def test_names_fit_and_are_free(place: Trial) -> None:
    """In the parent's schema, within 63 bytes, beside another table of that name and another of the same beginning."""
    one, two = ("\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 31 + end for end in "ab")
    place.create(
        'CREATE SCHEMA IF NOT EXISTS "Oth""er"',
        *(
            f'CREATE TABLE "Oth""er"."{name}" ("D""ay" date NOT NULL) PARTITION BY LIST ("D""ay")'
            for name in (one, two)
        ),
        "CREATE TABLE taken (n int) PARTITION BY RANGE (n)",
        "CREATE TABLE taken_understudy_1 (n int)",
    )
    try:
        result = filled(place, 3, create=True)
        names = place.column(
            "SELECT relnamespace::regnamespace || '.' || relname FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1"
        )
    finally:
        place.run('DROP SCHEMA "Oth""er" CASCADE')
    stem = one[:25]  # 50 bytes; 13 are for what follows
    assert names == [*(f'"Oth""er".{stem}_understudy_{number}' for number in (1, 2)), "public.taken_understudy_2"]
    assert result.errors == []


def test_a_refusal_costs_its_table_alone(place: Trial) -> None:
    """What the server says is a finding; the other table's partitions are made and it is filled."""
    place.create(
        "CREATE TABLE held (id int PRIMARY KEY) PARTITION BY HASH (id)",
        "CREATE TABLE free (id int PRIMARY KEY) PARTITION BY HASH (id)",
        "CREATE TABLE plain (id int PRIMARY KEY)",
        "CREATE FUNCTION hold() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF to_regclass('held_understudy_3') IS NOT NULL THEN RAISE EXCEPTION 'not in this house'; END IF; END $$",
        "CREATE EVENT TRIGGER holding ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION hold()",
    )
    try:
        result = filled(place, 8, create=True)
    finally:
        place.run("DROP EVENT TRIGGER holding")
    assert place.counts() == {"free": 8, "held": 0, "plain": 8}
    assert [name for name in leaves(place) if name.startswith("held")] == []
    finding = the(result, "held", "PARTITION_REFUSED")
    assert finding.message == "its partitions cannot be made: not in this house"
    assert "PARTITION_NONE" in result.codes("held")
