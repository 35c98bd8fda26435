"""The shipped population meets what is published, breaks no rule of households, and the measure would tell if not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from generators import reference
from generators.population.fitness import AREA_LIMIT, Fitness, measure, outside, report, shipped_tables, srmse
from generators.population.rules import violations
from generators.population.signatures import signatures

FITTED = Path(reference.__file__).parent / "population" / "fitted"
AREA_TABLES = ("age", "ethnic", "religion", "tenure", "accommodation", "cars", "nssec", "disability")


@cache
def shipped() -> tuple[pa.Table, pa.Table]:
    return shipped_tables()


@cache
def found() -> dict[str, Fitness]:
    return {item.table: item for item in measure(*shipped())}


def test_every_table_by_area_is_met() -> None:
    """SRMSE below 0.10 and fewer than one cell in twenty beyond 1.96, in each of the eight tables by LSOA."""
    areas = [found()[f"{name}_by_lsoa"] for name in AREA_TABLES]
    assert [item.table for item in areas if item.srmse >= 0.10 or item.outside >= 0.05] == []


def test_every_table_is_met() -> None:
    """SRMSE below 0.05 in the borough's tables, and in all tables few cells beyond 1.96."""
    assert len(found()) >= 29
    borough = [item for item in found().values() if item.limit < AREA_LIMIT]
    assert [item.table for item in borough if item.srmse >= 0.05] == []
    assert [item.table for item in found().values() if not item.holds] == []


def test_the_boroughs_signatures_come_out() -> None:
    """Areas and rare people are as the borough is known for."""
    signs = signatures(*shipped())
    assert len(signs) == 17
    assert [sign for sign in signs if not sign.holds] == []


def test_no_household_breaks_a_rule() -> None:
    """Births, partners, adults, bedrooms and sizes are possible in every household."""
    assert {rule: times for rule, times in violations(*shipped()).items() if times} == {}


def test_the_files_stay_small() -> None:
    """A million and a half bytes at most."""
    assert sum(path.stat().st_size for path in FITTED.glob("*.arrow")) <= 1_500_000


def changed(data: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return data.set_column(data.column_names.index(name), name, values)


def test_a_population_that_is_mixed_up_is_told() -> None:
    """Areas exchanged among households leave the borough's tables as they are, and break those by area."""
    households, persons = shipped()
    area = households.column("lsoa").combine_chunks()
    mixed = changed(households, "lsoa", area.take(pa.array((np.arange(len(area)) * 7919) % len(area))))
    broken = {item.table for item in measure(mixed, persons) if not item.holds}
    assert {f"{name}_by_lsoa" for name in AREA_TABLES} <= broken
    assert "ethnic, 19 groups" not in broken
    assert not all(sign.holds for sign in signatures(mixed, persons))


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        ("mother younger than 12 or older than 55 at a birth", "age", 11),
        ("children of one mother born within nine months", "birthday", None),
        ("household of children alone", "age", 3),
        ("child without a parent at home", "mother", None),
        ("partner under 18", "age", 17),
    ],
)
def test_a_broken_rule_is_counted(rule: str, field: str, value: int | None) -> None:
    """Each rule is seen to be broken once the population is spoilt."""
    households, persons = shipped()
    if value is None:
        column = pa.array((np.arange(persons.num_rows) * 7919 % 365).astype(np.int32))
        persons = changed(persons, field, column if field == "birthday" else pa.nulls(len(column), pa.int32()))
        persons = persons if field == "birthday" else changed(persons, "father", pa.nulls(len(column), pa.int32()))
    else:
        persons = changed(persons, field, pa.array(np.full(persons.num_rows, value, dtype=np.int32)))
    assert violations(households, persons)[rule] > 0


def test_the_error_and_the_share_outside_follow_their_formulas() -> None:
    """By hand: errors of 1 and 3 against a mean of 10; and a share of 0.5 seen as 0.6 of 100 is two spreads off."""
    assert srmse(np.array([11.0, 7.0]), np.array([10.0, 10.0])) == pytest.approx(5**0.5 / 10)
    assert outside(np.array([[60.0, 40.0]]), np.array([[50.0, 50.0]])) == 1.0
    assert outside(np.array([[59.0, 41.0]]), np.array([[50.0, 50.0]])) == 0.0


def test_the_report_has_a_line_for_every_table() -> None:
    """What the command prints names each table and signature with its verdict."""
    lines = list(report(*shipped()))
    assert [line for line in lines if line.rstrip().endswith(" NO")] == []
    assert all(any(line.startswith(name) for line in lines) for name in found())
