"""The ledger is not believed blindly: what was emptied, dropped or deleted behind its back is noticed before planning."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seeds.filling import FillReport, Ledger, fill, plan, reset_fill, verify_fill
from seeds.filling.standing import not_empty
from seeds.findings import Severity
from seeds.ports import Database, Fillable
from tests.seeds.filled import bookkeeping, clock, contents, filled, order, prepared, run

KINDS = ("postgres", "mariadb", "sqlite")
WARD = "CREATE TABLE ward (id integer PRIMARY KEY, name varchar(60) NOT NULL UNIQUE)"
PROPERTY = """CREATE TABLE property (id integer PRIMARY KEY, ward_id integer NOT NULL, line varchar(90) NOT NULL,
    FOREIGN KEY (ward_id) REFERENCES ward (id))"""
TENANCY = """CREATE TABLE tenancy (id integer PRIMARY KEY, property_id integer NOT NULL, started date NOT NULL,
    FOREIGN KEY (property_id) REFERENCES property (id))"""
LOOSE = "CREATE TABLE loose (word varchar(40), number integer)"
TABLES = (WARD, PROPERTY, TENANCY, LOOSE)
DROPS = tuple(f"DROP TABLE {name}" for name in ("loose", "tenancy", "property", "ward"))


@pytest.fixture(params=KINDS)
def ground(request: pytest.FixtureRequest) -> Fillable:
    """A database of each kind with four tables."""
    return prepared(request.getfixturevalue(request.param), TABLES)


def codes(report: FillReport, table: str) -> set[str]:
    """The codes of a table's findings."""
    return {finding.code for finding in report.tables[table].findings}


@pytest.mark.parametrize("rows", [12, 30])
def test_tables_made_anew_are_filled_anew(ground: Fillable, rows: int) -> None:
    """After a drop and a create, the same fill, or a larger one, makes what it would have made at once."""
    filled(ground, 12)
    before = contents(ground)
    run(ground, *DROPS, *TABLES)
    report = filled(ground, rows)
    assert report.loaded == 4 * rows
    assert all("ROWS_GONE" in codes(report, name) for name in before)
    after = contents(ground)
    assert all(set(found) <= set(after[name]) for name, found in before.items())
    assert all(len(found) == rows for found in after.values())
    assert verify_fill(ground, "auto").holds
    assert filled(ground, rows).loaded == 0
    assert reset_fill(ground, "auto", clock=clock).complete
    assert all(not found for found in contents(ground).values())


def test_an_emptied_table_gets_the_same_rows_again(ground: Fillable) -> None:
    """Deleting all rows of one table costs that table alone, and only until the next run."""
    filled(ground, 12)
    before = contents(ground)
    run(ground, "DELETE FROM tenancy", "DELETE FROM loose")
    report = filled(ground, 12)
    assert {name: table.loaded for name, table in report.tables.items()} == {
        "ward": 0, "property": 0, "tenancy": 12, "loose": 12,
    }  # fmt: skip
    assert contents(ground) == before
    finding = next(one for one in report.tables["tenancy"].findings if one.code == "ROWS_GONE")
    assert finding.severity is Severity.INFO
    assert filled(ground, 12).loaded == 0


def test_rows_of_others_do_not_pass_for_ours(ground: Fillable) -> None:
    """A table that was emptied and then used by somebody else holds none of our rows, however many it holds."""
    filled(ground, 12)
    before = contents(ground)
    run(ground, "DELETE FROM tenancy")
    run(ground, *(f"INSERT INTO tenancy VALUES ({900 + n}, 1, '2026-01-0{n + 1}')" for n in range(9)))
    run(ground, *(f"INSERT INTO tenancy VALUES ({800 + n}, 1, '2026-01-0{n + 1}')" for n in range(9)))
    report = filled(ground, 12)
    assert report.tables["tenancy"].loaded == 12
    assert "ROWS_GONE" in codes(report, "tenancy")
    assert len(contents(ground)["tenancy"]) == 30
    assert contents(ground)["property"] == before["property"]
    assert verify_fill(ground, "auto").holds
    assert filled(ground, 12).loaded == 0


@pytest.mark.parametrize("gone", ["id IN (1, 2, 3)", "id IN (5, 6, 7)", "id > 9"])
def test_a_few_missing_rows_are_told_and_stay_out(ground: Fillable, gone: str) -> None:
    """Rows that somebody deleted are not put in again; the finding says how many, and what to run next."""
    filled(ground, 12)
    run(ground, f"DELETE FROM tenancy WHERE {gone}")
    held = contents(ground), bookkeeping(ground)
    report = filled(ground, 12)
    (finding,) = (one for one in report.tables["tenancy"].findings if one.code == "ROWS_LOST")
    assert finding.severity is Severity.WARNING
    assert "3 of 12 rows" in finding.message
    assert "understudy verify auto" in finding.hint
    assert report.loaded == 0
    assert report.tables["tenancy"].present == 9
    assert (contents(ground), bookkeeping(ground)) == held
    grown = filled(ground, 20)
    assert grown.tables["tenancy"].loaded == 8
    assert len(contents(ground)["tenancy"]) == 17


def test_planning_tells_it_too_and_writes_nothing(ground: Fillable) -> None:
    """A plan shows what the next run would find, and leaves the ledger as it is."""
    filled(ground, 12)
    run(ground, "DELETE FROM tenancy")
    before = bookkeeping(ground)
    _, found = plan(ground, order(12))
    assert "ROWS_GONE" in {finding.code for finding in found.tables["tenancy"].findings}
    assert bookkeeping(ground) == before


def test_another_seed_is_welcome_where_nothing_is_left(ground: Fillable) -> None:
    """Arguments are only compared with those of rows that are there."""
    filled(ground, 12)
    run(ground, *DROPS, *TABLES)
    report = fill(ground, order(12, seed=8), clock=clock)
    assert report.complete
    assert report.loaded == 48
    assert verify_fill(ground, "auto").holds


def test_a_reference_that_came_last_is_put_in_again(postgres: Database) -> None:
    """Where the rows a deferred reference led to went, and it was emptied, both come back."""
    tables = (
        "CREATE TABLE account (id integer PRIMARY KEY, card_id integer, holder text NOT NULL)",
        "CREATE TABLE card (id integer PRIMARY KEY, account_id integer NOT NULL REFERENCES account)",
        "ALTER TABLE account ADD FOREIGN KEY (card_id) REFERENCES card ON DELETE SET NULL",
    )
    database = prepared(postgres, tables)
    filled(database, 12)
    before = contents(database)
    assert any(card is not None for _, card, _ in before["account"])
    run(database, "DELETE FROM card")
    assert not any(card is not None for _, card, _ in contents(database)["account"])
    filled(database, 12)
    assert contents(database) == before


def test_rows_that_a_policy_may_hide_are_not_forgotten(postgres: Database) -> None:
    """Where row level security may hide rows, an empty look is no proof; the ledger keeps what it knows."""
    database = prepared(postgres, (*TABLES, "ALTER TABLE tenancy ENABLE ROW LEVEL SECURITY"))
    filled(database, 12)
    run(database, "DELETE FROM tenancy", "DELETE FROM loose")
    records = Ledger(database).records("auto")
    assert not_empty(database, order(12), database.catalog(), records).gone == ("loose", "tenancy")
    secured = replace(database.catalog(), bypasses_security=False)
    assert not_empty(database, order(12), secured, records).gone == ("loose",)
