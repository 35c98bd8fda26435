"""Rows of others in the same tables: refused, or left untouched and avoided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from generators import Dataset, Run, generate
from seeds.coherence import check, orphan_queries, rule_queries
from seeds.environment import may_write
from seeds.errors import ForeignRows
from seeds.holding import manifest_of, run_of
from seeds.ports import Database
from seeds.removal import reset
from seeds.schema import create_tables
from seeds.verification import verify
from tests.seeds.boroughs import (
    Rows,
    asked,
    bookkeeping,
    borough,
    clock,
    execute,
    generated,
    orders,
    query,
    rows_by_key,
    run_of_request,
    seeded,
    tables_of,
)

KNOWN = ("address", "household", "person")


def add_others(
    database: Database,
    *,
    id_offset: int,
    units: int = 100,
    tables: tuple[str, ...] = (),
    dataset: Dataset | None = None,
) -> Rows:
    """Rows that somebody else wrote: our own under other keys, so that every unique value would collide."""
    made = dataset or borough()
    may_write(database, stamp="test", clock=clock)
    create_tables(database, made.stored)
    run = replace(run_of_request(asked(units, dataset=made)), id_offset=id_offset)
    specs = {table.name: table for table in made.stored}
    session = database.session()
    for item in generate(run, tables=tables or None):
        session.append(specs[item.table], item.batch)
    session.commit()
    session.close()
    return rows_by_key(database, made)


def still_there(database: Database, others: Rows, dataset: Dataset | None = None) -> bool:
    """True if each of the others' rows is where it was, written once."""
    now = rows_by_key(database, dataset)
    return all(now[name].get(key) == row for name, rows in others.items() for key, row in rows.items())


def test_rows_of_others_are_refused(database: Database) -> None:
    """Nothing is written beside them unasked: no row, no manifest, no further table."""
    others = add_others(database, id_offset=3, tables=("address",))
    execute(database, "DROP TABLE council_tax_account")
    before = tables_of(database)
    with pytest.raises(ForeignRows) as refused:
        seeded(database)
    assert refused.value.code == "FOREIGN_ROWS"
    assert f"address ({len(others['address']):,})" in refused.value.message
    assert "household" not in refused.value.message
    assert "--alongside" in refused.value.hint
    assert tables_of(database) == before
    assert still_there(database, {"address": others["address"]})


@pytest.mark.parametrize("id_offset", [-1, 0, 12])
def test_rows_of_others_are_left_alone(database: Database, id_offset: int) -> None:
    """Beside rows with the same unique values and with keys before, among and after ours, all of ours are loaded."""
    others = add_others(database, id_offset=id_offset)
    report = seeded(database, 250, alongside=True)
    assert report.outcome == "loaded"
    assert still_there(database, others)
    assert verify(database, borough())[1].holds
    now = rows_by_key(database)
    for name, rows in report.manifest.rows.items():
        assert len(now[name]) - len(others[name]) == rows, name
    assert report.manifest.rows == generated(250)[1]
    shifted = {name.split(".")[0] for name in report.manifest.shifts}
    assert shifted >= {"address", "person", "tenure", "rent_account", "council_tax_account"}


def test_what_others_do_breaks_no_rule_of_ours(database: Database) -> None:
    """Households of others without a tenancy break rules; ours are checked without them, in SQL anyone can run."""
    others = add_others(database, id_offset=0, tables=KNOWN)
    assert any(result.violations for result in check(database, rule_queries(database, borough())))
    report = seeded(database, 120, alongside=True)
    manifest, result = verify(database, borough())
    assert result.holds
    assert manifest == report.manifest
    run = run_of(borough(), manifest)
    for item in (*orphan_queries(database, borough(), run), *rule_queries(database, borough(), run)):
        assert query(database, item.sql.replace(":", r"\:")) == [], item.name
    execute(database, "UPDATE address SET town = 'Leeds' WHERE id = " + str(min(others["address"])[0]))
    assert verify(database, borough())[1].holds
    later = query(database, "SELECT MAX(id) FROM address")[0][0] + 10**6
    execute(
        database,
        f"INSERT INTO address SELECT {later}, 999900000001, NULL, NULL, NULL, '1', 'A', 'London', 'E8 1CC', 'X', 'RD04'",
    )
    assert verify(database, borough())[1].holds


def test_our_rows_are_still_checked_beside_others(database: Database) -> None:
    """A changed row, a broken rule and a row put among ours are found although others have rows too."""
    add_others(database, id_offset=0, tables=KNOWN)
    seeded(database, 120, alongside=True)
    first = query(database, "SELECT MAX(id) FROM rent_account")[0][0]
    execute(database, f"UPDATE rent_account SET balance = balance + 1 WHERE id = {first}")
    result = verify(database, borough())[1]
    assert not result.holds
    assert {table.name for table in result.tables if not table.agrees} == {"rent_account"}
    assert {r.name: r.violations for r in result.rules if r.violations} == {"balance_is_the_sum_of_transactions": 1}


def test_a_load_beside_others_grows_and_goes(database: Database) -> None:
    """It is topped up without being asked twice for leave, and a reset takes our rows and no others."""
    others = add_others(database, id_offset=5)
    seeded(database, 120, alongside=True)
    before = rows_by_key(database)
    assert seeded(database, 260).outcome == "topped up"
    assert still_there(database, before)
    assert verify(database, borough())[1].holds
    reset(database, borough(), clock=clock)
    assert rows_by_key(database) == others
    assert seeded(database, 100, alongside=True).outcome == "loaded"
    assert still_there(database, others)


def test_rows_that_come_later_stop_a_top_up(database: Database) -> None:
    """A load that began alone cannot avoid what came after it, whatever is asked: nothing is written."""
    seeded(database, 100)
    row = "999900000001, NULL, NULL, NULL, '1', 'A', 'London', 'E8 1CC', 'Dalston', 'RD04'"
    execute(database, f"INSERT INTO address SELECT 1, {row}")
    before = rows_by_key(database), bookkeeping(database)
    for alongside in (False, True):
        with pytest.raises(ForeignRows, match=r"address \(1\)") as refused:
            seeded(database, 200, alongside=alongside)
        assert "reset" in refused.value.hint
    assert (rows_by_key(database), bookkeeping(database)) == before


def customer(key: int, number: str) -> str:
    """A statement that puts in a customer of somebody else's."""
    values = f"{key}, '{number}', {'TRUE'}, '2020-01-01', NULL, 0, NULL"
    return f"INSERT INTO customer (id, number, newsletter, since, voucher, orders, answer) VALUES ({values})"


def test_growth_into_the_rows_of_others_is_refused(database: Database) -> None:
    """Keys and values taken since the load began stop a top-up before it writes anything."""
    may_write(database, stamp="test", clock=clock)
    create_tables(database, orders().stored)
    execute(database, customer(1, "AA-0000"))
    seeded(database, 100, dataset=orders(), alongside=True)
    run = replace(run_of(orders(), manifest_of(database, orders())), units=200)
    coming = next(row for item in generate(run, 150, 151, tables=("customer",)) for row in item.batch.to_pylist())
    for key, number in ((coming["id"], "ZZ-9999"), (0, coming["number"])):
        execute(database, customer(key, number))
        before = rows_by_key(database, orders()), bookkeeping(database)
        with pytest.raises(ForeignRows) as refused:
            seeded(database, 200, dataset=orders())
        assert refused.value.code == "FOREIGN_VALUES"
        assert (rows_by_key(database, orders()), bookkeeping(database)) == before
        execute(database, f"DELETE FROM customer WHERE id = {key}")
    assert seeded(database, 200, dataset=orders()).outcome == "topped up"
    assert verify(database, orders())[1].holds


def test_patterns_and_joint_keys_are_avoided_too(database: Database) -> None:
    """Values of a pattern, and pairs that are unique together, are moved clear of others' as single ones are."""
    others = add_others(database, id_offset=0, units=800, tables=("warehouse", "product", "customer"), dataset=orders())
    report = seeded(database, 900, dataset=orders(), alongside=True)
    assert set(report.manifest.shifts) == {"customer.number", "product.place"}
    assert still_there(database, {name: others[name] for name in ("product", "customer")}, orders())
    assert verify(database, orders())[1].holds


def test_a_domain_that_others_have_used_up_is_refused(database: Database) -> None:
    """Where no gap is wide enough, the refusal shows the arithmetic, and nothing is written."""
    others = add_others(database, id_offset=0, units=1200, tables=("warehouse", "product"), dataset=orders())
    with pytest.raises(
        ForeignRows, match=r"product.place needs 61 .* its domain of 120, .* 60 values present"
    ) as refused:
        seeded(database, 1201, dataset=orders(), alongside=True)
    assert refused.value.code == "FOREIGN_VALUES"
    assert rows_by_key(database, orders()) == others
    assert bookkeeping(database) == [[], []]


def test_rows_without_a_key_of_ours_are_refused(sqlite: Database) -> None:
    """In a table whose keys the engine does not make, nobody could tell whose a row is."""
    add_others(sqlite, id_offset=0, units=20, dataset=orders())
    with pytest.raises(ForeignRows) as refused:
        seeded(sqlite, 20, dataset=orders(), alongside=True)
    assert refused.value.code == "ALONGSIDE_NEEDS_KEY"
    assert bookkeeping(sqlite) == [[], []]


def test_leave_to_load_beside_others_changes_nothing_where_there_are_none(sqlite: Database) -> None:
    """In an empty database the rows are the same with it as without."""
    manifest: Any = seeded(sqlite, 100, alongside=True).manifest
    assert (manifest.id_offset, manifest.shifts) == (0, {})
    assert run_of(borough(), manifest) == Run(borough(), 7, 100, borough().spec.as_of, borough().spec.as_of)
