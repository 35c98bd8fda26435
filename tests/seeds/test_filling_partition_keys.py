"""What single partitions ask of their own rows: checks and foreign keys that the table as a whole does not have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from seeds.filling import FillOrder, fill, reset_fill, verify_fill
from seeds.planner.filling import FillRequest
from tests.seeds.filling_trials import AS_OF, Trial, trial

CHECKS = (
    (
        "CREATE TABLE runner (id bigserial, kind smallint NOT NULL, place bigint, word text, PRIMARY KEY (id, kind)) "
        "PARTITION BY LIST (kind)"
    ),
    "CREATE TABLE runner_1 PARTITION OF runner (CONSTRAINT own CHECK (place IS NULL)) FOR VALUES IN (1)",
    (
        "CREATE TABLE runner_2 PARTITION OF runner (CONSTRAINT own CHECK (place > 1000 AND place IS NOT NULL)) "
        "FOR VALUES IN (2)"
    ),
    (
        "CREATE TABLE runner_3 PARTITION OF runner (CHECK (place BETWEEN 1 AND 9), CHECK (char_length(word) = 3)) "
        "FOR VALUES IN (3)"
    ),
    (
        "CREATE TABLE machine (id bigserial PRIMARY KEY, runner_id bigint NOT NULL, kind smallint NOT NULL, "
        "FOREIGN KEY (runner_id, kind) REFERENCES runner (id, kind))"
    ),
)

KEYS = (
    "CREATE TABLE person (id bigserial PRIMARY KEY)",
    "CREATE TABLE firm (id bigint PRIMARY KEY CHECK (id > 100000))",
    "CREATE TABLE street (code uuid PRIMARY KEY, id bigint NOT NULL UNIQUE CHECK (id BETWEEN 50001 AND 60000))",
    (
        "CREATE TABLE upload (id bigserial, kind text NOT NULL, owner_id bigint NOT NULL, note text, "
        "PRIMARY KEY (id, kind)) PARTITION BY LIST (kind)"
    ),
    "CREATE TABLE person_upload PARTITION OF upload FOR VALUES IN ('Person')",
    "CREATE TABLE firm_upload PARTITION OF upload FOR VALUES IN ('Firm')",
    "CREATE TABLE street_upload PARTITION OF upload FOR VALUES IN ('Street')",
    "CREATE TABLE free_upload PARTITION OF upload FOR VALUES IN ('Free')",
    "ALTER TABLE person_upload ADD FOREIGN KEY (owner_id) REFERENCES person",
    "ALTER TABLE firm_upload ADD FOREIGN KEY (owner_id) REFERENCES firm",
    "ALTER TABLE street_upload ADD FOREIGN KEY (owner_id) REFERENCES street (id)",
)

COPY = """CREATE FUNCTION repeat_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO upload (id, kind, owner_id, note) VALUES (NEW.id, NEW.kind, NEW.owner_id, NEW.note); RETURN NULL; END $$"""


@pytest.fixture(scope="module")
def place(postgres_server: str) -> Iterator[Trial]:
    """One database, made anew for each test."""
    with trial(postgres_server) as one:
        yield one


def kinds(place: Trial, table: str) -> dict[str, int]:
    """How many rows there are of each kind."""
    return {str(kind): int(str(many)) for kind, many in place.rows(f"SELECT kind, count(*) FROM {table} GROUP BY 1")}


@pytest.mark.parametrize("rows", [20, 2000])
def test_rows_keep_the_checks_of_the_partition_they_fall_into(place: Trial, rows: int) -> None:
    """No row is refused, every partition gets rows, and those that refer to the table find them."""
    place.create(*CHECKS)
    filled = place.fill(rows)
    assert (filled.errors, place.counts()) == ([], {"runner": rows, "machine": rows})
    assert set(kinds(place, "runner")) == {"1", "2", "3"}
    assert min(kinds(place, "runner").values()) > rows // 20
    assert place.wrong() == []


@pytest.mark.parametrize("rows", [20, 2000])
def test_rows_refer_to_the_table_that_their_partition_names(place: Trial, rows: int) -> None:
    """Each partition's key leads to another table; one partition has none, and gets rows of any sort."""
    place.create(*KEYS)
    filled = place.fill(rows)
    assert (filled.errors, place.counts()["upload"]) == ([], rows)
    assert set(kinds(place, "upload")) == {"Person", "Firm", "Street", "Free"}
    assert place.value("SELECT count(DISTINCT owner_id) FROM person_upload") != 1


def test_a_composite_key_of_one_partition_is_followed_whole(place: Trial) -> None:
    """Both columns come from one row."""
    place.create(
        "CREATE TABLE a (x int, y int, PRIMARY KEY (x, y))",
        "CREATE TABLE b (x int, y int, PRIMARY KEY (x, y))",
        "CREATE TABLE t (k text NOT NULL, x int NOT NULL, y int NOT NULL) PARTITION BY LIST (k)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('a')",
        "CREATE TABLE t2 PARTITION OF t FOR VALUES IN ('b')",
        "ALTER TABLE t1 ADD FOREIGN KEY (x, y) REFERENCES a",
        "ALTER TABLE t2 ADD FOREIGN KEY (x, y) REFERENCES b",
    )
    assert (place.fill(40).errors, place.counts()["t"]) == ([], 40)


def test_what_partitions_ask_at_any_depth_is_kept(place: Trial) -> None:
    """A partition that is cut again hands its checks and keys down."""
    place.create(
        "CREATE TABLE a (id bigserial PRIMARY KEY)",
        "CREATE TABLE b (id bigserial PRIMARY KEY)",
        "CREATE TABLE t (k text NOT NULL, d date NOT NULL, v int NOT NULL, r_id bigint NOT NULL) PARTITION BY LIST (k)",
        "CREATE TABLE t1 PARTITION OF t (CHECK (v < 0)) FOR VALUES IN ('a') PARTITION BY RANGE (d)",
        "CREATE TABLE t1a PARTITION OF t1 (CHECK (v < -10)) FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        "CREATE TABLE t1b PARTITION OF t1 (CHECK (v > -10)) FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
        "CREATE TABLE t2 PARTITION OF t (CHECK (v > 0)) DEFAULT",
        "ALTER TABLE t1 ADD FOREIGN KEY (r_id) REFERENCES a",
        "ALTER TABLE t2 ADD FOREIGN KEY (r_id) REFERENCES b",
    )
    assert (place.fill(60).errors, place.counts()["t"]) == ([], 60)
    assert {str(name) for name in place.column("SELECT DISTINCT tableoid::regclass::text FROM t")} == {
        "t1a", "t1b", "t2",
    }  # fmt: skip


def test_checks_of_hash_partitions_hold_for_all_rows(place: Trial) -> None:
    """Nobody chooses where a hash leads, so each row keeps what any of them asks."""
    place.create(
        "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL, w int NOT NULL) PARTITION BY HASH (id)",
        "CREATE TABLE t0 PARTITION OF t (CHECK (v > 500)) FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE t1 PARTITION OF t (CHECK (w < 0)) FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
    )
    assert (place.fill(50).errors, place.counts()) == ([], {"t": 50})


def test_a_row_that_a_trigger_repeats_keeps_what_the_copys_partition_asks(place: Trial) -> None:
    """The copy's checks and keys decide what the first table holds."""
    place.create(
        *KEYS,
        "ALTER TABLE firm_upload ADD CHECK (note = 'firm' AND note IS NOT NULL)",
        "CREATE TABLE file (id bigserial PRIMARY KEY, kind text NOT NULL, owner_id bigint NOT NULL, note text)",
        COPY,
        "CREATE TRIGGER repeated AFTER INSERT ON file FOR EACH ROW EXECUTE FUNCTION repeat_it()",
    )
    filled = place.fill(40)
    assert filled["file"].present == 40
    assert set(kinds(place, "file")) == {"Person", "Firm", "Street", "Free"}


def test_partitions_whose_key_leads_nowhere_stay_empty(place: Trial) -> None:
    """A table without rows costs the partition that needs one, and no other."""
    place.create(*KEYS, "ALTER TABLE firm ADD CHECK (id < 0)")
    filled = place.fill(20)
    assert (filled["firm"].present, filled["upload"].present) == (0, 20)
    assert set(kinds(place, "upload")) == {"Person", "Street", "Free"}


def test_one_table_alone_brings_those_its_partitions_need(place: Trial) -> None:
    """With only the partitioned table chosen, each target gets rows too."""
    place.create(*KEYS, "CREATE TABLE other (id int PRIMARY KEY)")
    order = FillOrder(FillRequest("auto", 12, AS_OF, only=("upload",)), stamp="test")
    fill(place.database, order, clock=lambda: datetime(2026, 4, 6, tzinfo=UTC))
    assert place.counts() == {"person": 12, "firm": 12, "street": 12, "upload": 12, "other": 0}


def test_growth_verification_and_reset_know_such_keys(place: Trial) -> None:
    """A top-up adds what a direct run would have made; every reference is looked at where it holds; nothing stays."""
    place.create(*KEYS)
    place.fill(30)
    direct = place.rows("SELECT * FROM upload ORDER BY id")
    place.create(*KEYS)
    place.fill(10)
    first = set(place.rows("SELECT * FROM upload"))
    place.fill(30)
    assert first <= set(place.rows("SELECT * FROM upload"))
    assert len(direct) == len(place.rows("SELECT * FROM upload"))
    check = verify_fill(place.database, "auto")
    looked = {one.target: one.orphans for one in check.references if one.table == "upload"}
    assert (looked, check.holds) == ({"person": 0, "firm": 0, "street": 0}, True)
    reset_fill(place.database, "auto", clock=lambda: datetime(2026, 4, 6, tzinfo=UTC))
    assert set(place.counts().values()) == {0}
