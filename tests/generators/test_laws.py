"""The engine's first four laws, one section each (the others: ``test_laws_of_limits.py``; a kernel's own: beside it)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generators import Digest, Run, digest_range, partition
from generators.spec import TableSpec
from tests.generators.specimens import (
    DAY,
    by_id,
    column,
    compiled,
    dataset,
    digests,
    part,
    rows_of,
    run_of,
    table_of,
    town,
    with_columns,
    with_table,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def whole() -> dict[str, Digest]:
    return digests(run_of())


def summed(run: Run, parts: list[tuple[int, int]], **options: Any) -> dict[str, Digest]:
    total = {table.name: Digest() for table in run.dataset.stored}
    for start, stop in parts:
        for name, digest in digests(run, start, stop, **options).items():
            total[name] += digest
    return total


# ------------------------------------------------------------------------------ 1. a value is a pure function of its key


@pytest.mark.parametrize("block_units", [1, 100, 200, 5000])
def test_blocks_of_any_size_make_the_same_rows(block_units: int, whole: dict[str, Digest]) -> None:
    """How many units are evaluated together changes no value."""
    assert digests(run_of(), block_units=block_units) == whole


@pytest.mark.parametrize("count", [2, 3, 7, 9, 31])
def test_partitions_together_make_the_same_rows(count: int, whole: dict[str, Digest]) -> None:
    """Any number of partitions, cut through families too, add up to the whole."""
    assert summed(run_of(), [partition(300, index, count) for index in range(count)]) == whole


@pytest.mark.parametrize("unit", [0, 1, 99, 100, 101, 173, 298, 299])
def test_a_unit_alone_makes_the_rows_it_makes_among_others(unit: int) -> None:
    """The rows of one unit are, value by value, rows of the whole."""
    everything = {name: by_id(rows) for name, rows in rows_of(run_of()).items()}
    for name, rows in rows_of(run_of(), start=unit, stop=unit + 1).items():
        assert all(everything[name][row["id"]] == row for row in rows), name


@pytest.mark.parametrize("tables", [{"contact"}, {"house"}, {"shop", "person"}])
def test_a_table_alone_has_the_same_rows(tables: set[str], whole: dict[str, Digest]) -> None:
    """What else is asked for, and so which columns are made first, changes no value."""
    found = digests(run_of(), tables=tables)
    assert {name: found[name] for name in tables} == {name: whole[name] for name in tables}


def test_a_column_alone_has_the_same_values() -> None:
    """A column made without its neighbours is the column made with them."""
    everything = table_of(run_of(), "person")
    for name in everything.column_names:
        assert table_of(run_of(), "person", columns={"person": (name,)}).column(name) == everything.column(name)


def test_random_state_has_no_influence(whole: dict[str, Digest]) -> None:
    """Seeding and drawing from Python's and NumPy's global generators changes nothing."""
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    assert digests(run_of()) == whole


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0", "TZ": "Pacific/Kiritimati"},
        {
            "PYTHONHASHSEED": "4242",
            "TZ": "America/St_Johns",
            "LC_ALL": "C",
            "OMP_NUM_THREADS": "1",
            "ARROW_NUM_THREADS": "1",
        },
    ],
)
def test_another_process_makes_the_same_rows(
    environment: Mapping[str, str], tmp_path: Path, whole: dict[str, Digest]
) -> None:
    """A fresh process with other hashing, time zone, locale, threads and directory gives the same digests."""
    code = "from tests.generators.specimens import digests, run_of; print(digests(run_of()))"
    known = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TZ", "LC_"))}
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**known, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made.stdout.strip() == str(whole)


def test_another_seed_makes_other_rows(whole: dict[str, Digest]) -> None:
    """Every stored table follows the seed."""
    other = digests(run_of(seed=2))
    assert all(other[name] != whole[name] for name in whole)


def test_as_of_moves_only_what_names_it() -> None:
    """A later reference day changes ages, and no column that hangs on the epoch."""
    before, after = (table_of(run_of(as_of=DAY + timedelta(days)), "person") for days in (0, 3650))
    changed = {name for name in before.column_names if before.column(name) != after.column(name)}
    assert changed == {"old"}


def test_sums_of_fractions_do_not_hang_on_threads() -> None:
    """A sum of floating-point numbers over children comes out the same to the last bit, in blocks of any size."""
    amount = column("amount", "double", {"expression": "draw('a') * 1000.0"})
    total = column("total", "double", {"aggregate": {"table": "line", "column": "amount"}})
    parent = TableSpec("order", (column("id", "bigint", "key"), total))
    line = TableSpec("line", (amount,), parent="order", parts=(part("row", 400, kind="fixed", rows=400),), stored=False)
    run = run_of(dataset(parent, line), units=6000)  # more rows than Arrow sums in one piece
    assert digests(run, block_units=6000) == digests(run, block_units=500)


# --------------------------------------------------------------------------------- 2. keyed by name, not by position


def test_a_renamed_column_changes_and_no_other_does() -> None:
    """A stream belongs to a name: under a new one the column has other values, and its neighbours keep theirs."""
    columns = {name: column(name, "integer", {"integer": {"max_value": 10**6}}) for name in ("a", "b", "c", "other")}

    def made(*names: str) -> dict[str, list[Any]]:
        table = TableSpec("t", (column("id", "bigint", "key"), *(columns[name] for name in names)))
        return table_of(run_of(dataset(table), units=50), "t").to_pydict()

    first, second = made("a", "b", "c"), made("other", "c", "a")
    assert all(first[name] == second[name] for name in ("id", "a", "c"))
    assert first["b"] != second["other"]


# --------------------------------------------------------------------------------------------- 3. row keys are stable


@pytest.mark.parametrize(("fewer", "more"), [(250, 300), (250, 1000), (1, 2), (99, 101), (130, 170)])
def test_growth_changes_no_row(fewer: int, more: int) -> None:
    """A larger dataset holds every row of a smaller one unchanged, also when families were cut in the middle."""
    small, large = rows_of(run_of(units=fewer)), rows_of(run_of(units=more))
    for name, rows in small.items():
        known = by_id(large[name])
        assert len(known) == len(large[name])
        assert all(known[row["id"]] == row for row in rows), name


def test_a_top_up_is_the_difference() -> None:
    """The units from 250 to 1,000 are exactly the rows that 1,000 units have and 250 have not."""
    added = digest_range(run_of(units=1000), 250, 1000)
    small, large = digests(run_of(units=250)), digests(run_of(units=1000))
    assert all(small[name] + added[name] == large[name] for name in large)


# ------------------------------------------------------------------------------- 4. parents by consistent hashing


def references(products: int, units: int = 1000) -> dict[int, int]:
    run = run_of(with_table(town(), "product", rows=products), units=units)
    table = table_of(run, "person", columns={"person": ("id", "product_id")})
    return dict(zip(table["id"].to_pylist(), table["product_id"].to_pylist(), strict=True))


def test_one_more_parent_repoints_its_share_only() -> None:
    """From 50 to 51 parents about 1/51 of the references move, each to the new parent."""
    before, after = references(50), references(51)
    moved = [child for child in before if before[child] != after[child]]
    assert {after[child] for child in moved} == {51}
    assert len(before) / 51 / 2 < len(moved) < len(before) / 51 * 2


def test_growth_repoints_nothing() -> None:
    """References of a growing tree into a growing tree stay, and never point beyond the parents there are."""
    grows = dataset(
        TableSpec("visit", (column("id", "bigint", "key"), column("shop_id", "bigint", {"reference": "shop"}))),
        TableSpec("shop", (column("id", "bigint", "key"),), rows=0.07),
    )
    made = {units: table_of(run_of(grows, units=units), "visit")["shop_id"].to_pylist() for units in (1, 40, 41, 1000)}
    for units, found in made.items():
        assert found == made[1000][:units]
        assert max(found) <= compiled(grows).roots_at("shop", units)
    assert len(set(made[1000])) > 60


def test_a_lookup_reads_the_row_that_is_referred_to() -> None:
    """What is recomputed from a key is what the row with that key holds; a null reference looks up null."""
    spec = with_columns(
        town(), "contact",
        column("gift", "bigint", {"reference": "product"}, nullable=True, nulls=0.3),
        column("worth", "numeric(8,2)", {"lookup": {"table": "product", "by": "gift", "column": "price"}}, nullable=True),
    )  # fmt: skip
    made = rows_of(run_of(spec))
    prices = {row["id"]: row["price"] for row in made["product"]}
    assert all(row["price"] == prices[row["product_id"]] for row in made["person"])
    assert all(row["worth"] == prices.get(row["gift"]) for row in made["contact"])
    assert {row["gift"] is None for row in made["contact"]} == {True, False}


def test_an_offset_moves_keys_and_what_holds_them_only() -> None:
    """Clear of keys that somebody else used, references still point to rows, and no other value changes."""
    plain, moved = rows_of(run_of()), rows_of(run_of(id_offset=1000))
    prices = {row["id"]: row["price"] for row in moved["product"]}
    assert min(prices) == 1001
    assert all(row["price"] == prices[row["product_id"]] for row in moved["person"])
    keyed = {"id", "house_id", "product_id", "uuid"}
    for name, rows in plain.items():
        kept = [{key: value for key, value in row.items() if key not in keyed} for row in rows]
        assert kept == [{key: value for key, value in row.items() if key not in keyed} for row in moved[name]], name
