"""A table that takes none of our rows but has some already: what refers to it leads to those."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from seeds.databases.mariadb import MariadbDatabase
from seeds.filling import FillOrder, FillReport, fill, reset_fill, verify_fill
from seeds.planner.filling import FillRequest
from tests.seeds.filling_trials import Trial, trial
from tests.seeds.mariadb_server import fresh_mariadb, run_script

CLOSED = (
    "CREATE TABLE kind (code uuid PRIMARY KEY, day date NOT NULL, UNIQUE (code, day))",
    "INSERT INTO kind SELECT gen_random_uuid(), date '2020-01-01' + n FROM generate_series(1, 5) AS n",
    "CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more'; END $$",
    "CREATE TRIGGER closed BEFORE INSERT ON kind FOR EACH ROW EXECUTE FUNCTION no_more()",
    "CREATE TABLE thing (id serial PRIMARY KEY, kind_code uuid NOT NULL REFERENCES kind, maybe uuid REFERENCES kind)",
    (
        "CREATE TABLE pair (id serial PRIMARY KEY, c uuid NOT NULL, d date NOT NULL, "
        "FOREIGN KEY (c, d) REFERENCES kind (code, day))"
    ),
    "CREATE TABLE detail (code uuid PRIMARY KEY REFERENCES kind)",
    "CREATE TABLE part (id serial PRIMARY KEY, thing_id int NOT NULL REFERENCES thing)",
)

CIRCLE = (
    "CREATE TABLE hen (id int PRIMARY KEY AUTO_INCREMENT, egg_id int NOT NULL)",
    "CREATE TABLE egg (id int PRIMARY KEY AUTO_INCREMENT, hen_id int NOT NULL)",
    "CREATE TABLE coop (id int PRIMARY KEY AUTO_INCREMENT, hen_id int NOT NULL)",
    "ALTER TABLE hen ADD CONSTRAINT hen_egg FOREIGN KEY (egg_id) REFERENCES egg (id)",
    "ALTER TABLE egg ADD CONSTRAINT egg_hen FOREIGN KEY (hen_id) REFERENCES hen (id)",
    "ALTER TABLE coop ADD CONSTRAINT coop_hen FOREIGN KEY (hen_id) REFERENCES hen (id)",
)


@pytest.fixture(scope="module")
def place(postgres_server: str) -> Iterator[Trial]:
    """One database, made anew for each test."""
    with trial(postgres_server) as one:
        yield one


def test_references_lead_to_the_rows_that_were_there(place: Trial) -> None:
    """Five old rows serve twenty of each table; a key that takes each once has room for five."""
    place.create(*CLOSED)
    filled = place.fill(20)
    assert {name: filled[name].present for name in ("kind", "thing", "pair", "detail", "part")} == {
        "kind": 0, "thing": 20, "pair": 20, "detail": 5, "part": 20,
    }  # fmt: skip
    assert "REFERENCE_TO_OLDER_ROWS" in filled.codes("thing")
    assert int(str(place.value("SELECT count(DISTINCT kind_code) FROM thing"))) > 2
    assert place.wrong() == []


def test_the_same_rows_are_chosen_again(place: Trial) -> None:
    """A top-up leaves the rows that are there, verification finds them, and a reset takes out all of ours."""
    place.create(*CLOSED)
    place.fill(6)
    first = place.rows("SELECT * FROM thing")
    place.fill(15)
    there = place.rows("SELECT * FROM thing")
    assert (len(there), set(first) <= set(there)) == (15, True)
    assert verify_fill(place.database, "auto").holds
    reset_fill(place.database, "auto", clock=lambda: datetime(2026, 4, 6, tzinfo=UTC))
    assert place.counts() == {"kind": 5, "thing": 0, "pair": 0, "detail": 0, "part": 0}


def filled(*statements: str) -> FillReport:
    with fresh_mariadb() as url:
        run_script(url, *statements)
        database = MariadbDatabase(url)
        try:
            order = FillOrder(FillRequest("auto", 20, date(2026, 4, 6)), stamp="test")
            return fill(database, order, clock=lambda: datetime(2026, 4, 6, tzinfo=UTC))
        finally:
            database.close()


def test_a_circle_of_keys_begins_at_rows_that_are_there() -> None:
    """InnoDB looks at each row as it comes: the first table's rows refer to an old row, the second's to the first's."""
    rows = "INSERT INTO hen VALUES (1, 1)", "INSERT INTO egg VALUES (1, 1)"
    before, after = CIRCLE[:3], CIRCLE[3:]
    report = filled(*before, *rows, *after)
    assert {name: one.loaded for name, one in report.tables.items()} == {"hen": 20, "egg": 20, "coop": 20}
    codes = [finding.code for one in report.tables.values() for finding in one.findings]
    assert codes == ["REFERENCE_TO_OLDER_ROWS"]


def test_a_circle_of_keys_without_any_row_stays_empty() -> None:
    """No row could be the first, and what needs one of its rows is not begun."""
    report = filled(*CIRCLE)
    assert {name: one.loaded for name, one in report.tables.items()} == {"hen": 0, "egg": 0, "coop": 0}
    assert "TABLE_BLOCKED" in {finding.code for finding in report.tables["coop"].findings}


def test_a_row_may_refer_to_itself() -> None:
    """The first row of a reference to its own table that may not be null."""
    report = filled("CREATE TABLE n (id int PRIMARY KEY, up int NOT NULL, FOREIGN KEY (up) REFERENCES n (id))")
    assert report.tables["n"].loaded == 20
