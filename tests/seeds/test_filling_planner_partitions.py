"""Rows of a partitioned table fall into partitions that exist, whatever way it is cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from seeds.catalog import Column, DataType, Partition, Partitioning, Table, TableName
from tests.seeds.filling_plans import checked, planned
from tests.seeds.meaning_samples import DATE, INT4, TEXT, table


def name(text: str) -> TableName:
    return TableName("", text)


def cut(
    strategy: str, columns: dict[str, DataType], partitions: Iterable[Partition], *, nullable: bool = False
) -> Table:
    """A partitioned table; its key is its first column."""
    made = table("t", columns)
    kept = tuple(Column(one, kind, nullable=nullable) for one, kind in columns.items())
    parts = tuple(partitions)
    return replace(
        made, columns=kept, kind="partitioned", partitioning=Partitioning(strategy, (next(iter(columns)),), parts)
    )


def between(text: str, low: str | None, high: str | None) -> Partition:
    return Partition(name(text), "range", (low,), (high,))


def listing(text: str, *values: str | None) -> Partition:
    return Partition(name(text), "list", values=values)


def test_dates_fall_into_the_ranges_that_exist() -> None:
    """Both years get rows, and the gap between them none."""
    made = cut(
        "range",
        {"day": DATE},
        [between("a", "'2021-01-01'", "'2022-01-01'"), between("b", "'2024-01-01'", "'2025-01-01'")],
    )
    days = [day for day in planned(made, rows=60).values("t", "day") if isinstance(day, date)]
    assert len(days) == 60
    assert {day.year for day in days} == {2021, 2024}


def test_an_upper_bound_is_not_part_of_its_partition() -> None:
    """Three numbers fit between 7 and 10: 7, 8 and 9."""
    assert set(planned(cut("range", {"n": INT4}, [between("a", "7", "10")]), rows=60).values("t", "n")) == {7, 8, 9}


@pytest.mark.parametrize(("low", "high"), [(None, "5"), ("5", None), (None, None)])
def test_open_ends_are_no_bounds(low: str | None, high: str | None) -> None:
    """MINVALUE and MAXVALUE keep nobody out."""
    numbers = [int(str(n)) for n in planned(cut("range", {"n": INT4}, [between("a", low, high)])).values("t", "n")]
    assert len(numbers) == 20
    assert all((high is None or n < 5) and (low is None or n >= 5) for n in numbers)


def test_listed_values_are_the_only_ones() -> None:
    """Every value of every partition occurs, and no other."""
    made = cut("list", {"region": TEXT}, [listing("a", "'north'", "'east'"), listing("b", "'it''s'")])
    assert set(planned(made, rows=60).values("t", "region")) == {"north", "east", "it's"}


def test_null_is_made_only_where_a_partition_takes_it() -> None:
    """A nullable key without a partition for null is never null; with nothing but one it always is."""
    assert None not in planned(cut("list", {"r": TEXT}, [listing("a", "'x'")], nullable=True), rows=60).values("t", "r")
    assert set(planned(cut("list", {"r": TEXT}, [listing("a", None)], nullable=True)).values("t", "r")) == {None}


def test_a_default_partition_takes_what_is_left() -> None:
    """Rows fall into the listed partition and into the default one."""
    made = cut("list", {"r": TEXT}, [listing("a", "'x'"), Partition(name("rest"), "list", default=True)])
    values = planned(made, rows=60).values("t", "r")
    assert "x" in values
    assert set(values) != {"x"}


def test_hash_partitions_take_everything() -> None:
    """Nothing is narrowed."""
    parts = [Partition(name(text), "hash") for text in "ab"]
    assert len(set(planned(cut("hash", {"n": INT4}, parts), rows=60).values("t", "n"))) > 10


def test_partitions_of_partitions_narrow_further() -> None:
    """Gas goes into 2025 alone, water anywhere."""
    gas = replace(
        listing("gas", "'gas'"),
        partitioned=True,
        keys=("day",),
        partitions=(between("y", "'2025-01-01'", "'2026-01-01'"),),
    )
    made = cut("list", {"kind": TEXT, "day": DATE}, [gas, listing("water", "'water'")])
    rows = planned(made, rows=60).tuples("t", "kind", "day")
    assert {kind for kind, _ in rows} == {"gas", "water"}
    assert {day.year for kind, day in rows if kind == "gas" and isinstance(day, date)} == {2025}


def test_a_partition_that_has_none_itself_takes_no_rows() -> None:
    """A row that came there would be refused."""
    empty = replace(listing("gas", "'gas'"), partitioned=True, keys=("day",))
    made = cut("list", {"kind": TEXT, "day": DATE}, [empty, listing("water", "'water'")])
    assert set(planned(made).values("t", "kind")) == {"water"}


def test_checks_and_bounds_hold_together() -> None:
    """Of a partition that a CHECK rules out no use is made."""
    made = cut("range", {"n": INT4}, [between("a", "0", "10"), between("b", "20", "30")])
    assert set(planned(checked(made, "n >= 8"), rows=200).values("t", "n")) <= {8, 9, *range(20, 30)}
    assert set(planned(checked(made, "n >= 12"), rows=200).values("t", "n")) <= set(range(20, 30))


def test_a_check_that_no_partition_satisfies_is_a_finding() -> None:
    """The table is left alone, and it is said why."""
    plan = planned(checked(cut("range", {"n": INT4}, [between("a", "0", "10")]), "n > 50"))
    assert plan.rows("t") == 0
    (finding,) = plan.plan.tables["t"].findings
    assert "partition" in finding.message


def test_a_table_without_partitions_is_a_finding() -> None:
    """No partition, no rows."""
    plan = planned(cut("range", {"day": DATE}, []))
    assert (plan.rows("t"), plan.codes("t")) == (0, {"PARTITION_NONE"})
