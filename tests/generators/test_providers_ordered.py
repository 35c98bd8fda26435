"""Values of ordered types: between ends, in sum and in sequence, in every type that has an order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.errors import DomainTooSmallError, ParameterError
from generators.providers import bind
from generators.spec import GeneratorSpec
from tests.generators.datasets import Columns, one_table, values

DAY = date(2026, 4, 6)
BORN = {"date_between": {"start": "add_years(epoch, -3)", "end": "epoch"}}


def rows_of(columns: Columns, rows: int = 500) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one_table(columns, rows=rows).to_pylist()
    return found


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_whole_numbers_stay_between_two_constants(low: int, width: int) -> None:
    """Both ends are included, and nothing lies outside them."""
    high = min(low + width, 2**31 - 1)
    made = values({"between": {"lows": [{"value": low}], "highs": [{"value": high}]}}, "integer", rows=50)
    assert all(low <= value <= high for value in made)


def test_both_ends_are_reached() -> None:
    """Of three values, each occurs."""
    written = {"between": {"lows": [{"value": "0.99"}], "highs": [{"value": "1.01"}]}}
    assert set(values(written, "numeric(6,2)")) == {Decimal("0.99"), Decimal("1.00"), Decimal("1.01")}


@pytest.mark.parametrize(
    ("kind", "low", "high", "first", "last"),
    [
        ("smallint", -5, 32767, -5, 32767),
        ("bigint", -(2**63), 2**63 - 1, -(2**63), 2**63 - 1),
        ("bigint", 2**63 - 3, 2**63 - 1, 2**63 - 3, 2**63 - 1),
        ("numeric(4,2)", "12.345", "12.389", Decimal("12.35"), Decimal("12.38")),
        ("numeric(38,20)", "1.5", "2", Decimal("1.5"), Decimal(2)),
        ("numeric(30,0)", "1", "1000000000000", Decimal(1), Decimal(10**12)),
        ("double", 0.1, 0.3, 0.1, 0.3),
        ("date", "2026-04-06T12:00:00", "2026-04-09T12:00:00", date(2026, 4, 7), date(2026, 4, 9)),
        ("timestamp", "2026-04-06", "2026-04-07",
         datetime.fromisoformat("2026-04-06"), datetime.fromisoformat("2026-04-07")),
        ("timestamptz", "2026-04-06T10:00:00+02:00", "2026-04-06T09:00:00",
         datetime(2026, 4, 6, 8, tzinfo=UTC), datetime(2026, 4, 6, 9, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_ends_are_read_in_the_columns_type(kind: str, low: Any, high: Any, first: Any, last: Any) -> None:
    """A constant between two steps of the type gives way inwards, and no value leaves the type."""
    made = values({"between": {"lows": [{"value": low}], "highs": [{"value": high}]}}, kind, rows=300)
    assert min(made) >= first and max(made) <= last
    assert len(set(made)) > 1


def test_the_tightest_of_several_ends_counts() -> None:
    """A value lies above the largest lower end and below the smallest upper one, columns and constants alike."""
    columns = {
        "a": ("integer", {"integer": {"min_value": 0, "max_value": 50}}),
        "b": ("numeric(8,2)", {"number": {"min_value": 60.0, "max_value": 90.0}}),
        "v": ("numeric(9,3)", {"between": {"lows": [{"column": "a", "plus": 1}, {"value": 20}],
                                           "highs": [{"column": "b", "plus": -500}, {"value": "80.5"}]}}),
    }  # fmt: skip
    for row in rows_of(columns):
        assert max(Decimal(row["a"]) + Decimal("0.001"), Decimal(20)) <= row["v"]
        assert row["v"] <= min(row["b"] - Decimal("0.500"), Decimal("80.5"))


def test_a_null_column_is_no_end() -> None:
    """Where a column is null, the other end of the same side counts, or the span if there is none."""
    columns = {
        "gone": ("date", {"given": {"on": "id % 2", "cases": {"0": {"constant": "2026-05-01"}}}}),
        "id": ("bigint", "key"),
        "v": ("date", {"between": {"lows": [{"column": "gone"}, {"value": "2026-01-01"}], "span": 3}}),
        "w": ("date", {"between": {"lows": [{"column": "gone", "plus": 1}], "span": 3, "start": "2020-01-01"}}),
    }
    for row in rows_of(columns):
        start = row["gone"] or date(2026, 1, 1)
        assert start <= row["v"] <= start + timedelta(days=3)
        begin = row["gone"] + timedelta(days=1) if row["gone"] else date(2020, 1, 1)
        assert begin <= row["w"] <= begin + timedelta(days=3)


def test_dates_and_moments_compare() -> None:
    """A moment lies after the midnight of a date, a date on or after a moment's next midnight."""
    columns = {
        "born": ("date", BORN),
        "seen": ("timestamptz", {"between": {"lows": [{"column": "born"}]}}),
        "told": ("date", {"between": {"lows": [{"column": "seen"}], "span": 1}}),
    }
    for row in rows_of(columns):
        midnight = datetime(row["born"].year, row["born"].month, row["born"].day, tzinfo=UTC)
        assert midnight <= row["seen"] <= midnight + timedelta(days=365)
        assert datetime(row["told"].year, row["told"].month, row["told"].day, tzinfo=UTC) >= row["seen"]


def test_ends_of_finer_columns_are_rounded_inwards() -> None:
    """A column with more decimals than the value bounds it all the same, from either side."""
    columns = {
        "a": ("numeric(9,3)", {"number": {"min_value": -9.0, "max_value": 9.0, "decimals": 3}}),
        "b": ("double", {"number": {"min_value": -9.0, "max_value": 9.0, "decimals": 5}}),
        "over": ("numeric(6,1)", {"between": {"lows": [{"column": "a"}], "span": 1}}),
        "under": ("numeric(6,1)", {"between": {"highs": [{"column": "a"}], "span": 1}}),
        "above": ("integer", {"between": {"lows": [{"column": "b"}], "span": 1}}),
        "same": ("double", {"between": {"lows": [{"column": "b"}], "highs": [{"column": "b"}]}}),
    }
    for row in rows_of(columns):
        assert row["a"] <= row["over"] <= row["a"] + Decimal("0.2")
        assert row["a"] - Decimal("0.2") <= row["under"] <= row["a"]
        assert row["b"] <= row["above"] <= row["b"] + 2
        assert row["same"] == row["b"]


def test_an_empty_interval_gives_its_lower_end() -> None:
    """Where the ends are the wrong way round, the value is the lower one."""
    written = {"between": {"lows": [{"value": 9}], "highs": [{"value": 3}]}}
    assert set(values(written, "integer", rows=50)) == {9}


@pytest.mark.parametrize(
    ("kind", "ends", "low", "high"),
    [
        ("integer", {"lows": [{"value": 5}]}, 5, 1005),
        ("integer", {"highs": [{"value": 500}]}, 0, 500),
        ("integer", {"highs": [{"value": -5}]}, -1005, -5),
        ("numeric(8,2)", {}, 0, 1000),
        ("numeric(3,1)", {}, 0, Decimal("99.9")),
        ("smallint", {"lows": [{"value": 32760}]}, 32760, 32767),
        ("date", {}, DAY - timedelta(days=365), DAY),
        ("date", {"highs": [{"value": "2020-12-31"}]}, date(2020, 1, 1), date(2020, 12, 31)),
    ],
)
def test_a_missing_end_lies_a_span_away(kind: str, ends: Any, low: Any, high: Any) -> None:
    """A thousand, or a year, unless the type ends before; numbers stay at nought or above if they may."""
    made = values({"between": ends}, kind, rows=400)
    assert low <= min(made) and max(made) <= high


@pytest.mark.parametrize("end", [{}, {"value": 1, "column": "x"}, {"vale": 1}, {"value": 1, "plus": "2"}, 7])
def test_an_end_of_another_form_is_refused(end: Any) -> None:
    """An end is a constant or a column."""
    with pytest.raises(ParameterError):
        bind(GeneratorSpec("between", {"lows": [end]}))


def test_text_is_no_end_of_numbers() -> None:
    """A column whose type does not compare is refused with the reason."""
    with pytest.raises(ParameterError, match="does not compare"):
        rows_of({"t": ("text", "label"), "v": ("integer", {"between": {"lows": [{"column": "t"}]}})})


# -------------------------------------------------------------------------------------------------- unique between


@pytest.mark.parametrize(
    ("low", "high", "count"),
    [
        (1, 100, 100),
        ("0.00", "1.00", 101),
        ("2026-01-01", "2026-01-31", 31),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:01", 1_000_001),
        ("2020-01-01T00:00:00", "2020-03-01T00:00:00", 60 * 86_400 + 1),
    ],
)
def test_a_capacity_is_the_number_of_steps(low: Any, high: Any, count: int) -> None:
    """Steps are what the constants are written in; moments over more than a fortnight are whole seconds."""
    bound = bind(GeneratorSpec("unique_between", {"low": low, "high": high}))
    assert bound.definition.capacity is not None
    assert bound.definition.capacity(bound.parameters) == count


@pytest.mark.parametrize(
    ("kind", "low", "high", "rows"),
    [("smallint", 1, 100, 100), ("numeric(6,2)", "0.00", "1.00", 101), ("date", "2026-01-01", "2026-01-31", 31),
     ("timestamptz", "2026-01-01", "2026-01-31", 31), ("timestamp", "2020-01-01T00:00:00", "2026-01-01T00:00:00", 9999)],
)  # fmt: skip
def test_values_between_two_constants_differ(kind: str, low: Any, high: Any, rows: int) -> None:
    """As many rows as there are steps get as many values."""
    made = values({"unique_between": {"low": low, "high": high}}, kind, rows=rows)
    assert len(set(made)) == rows


def test_too_many_rows_for_an_interval_are_refused() -> None:
    """A month has no fortieth day."""
    with pytest.raises(DomainTooSmallError, match="31 distinct values"):
        values({"unique_between": {"low": "2026-01-01", "high": "2026-01-31"}}, "date", rows=32)


# ------------------------------------------------------------------------------------------------- sums, sequences


@given(st.lists(st.tuples(st.decimals(-9, 9, places=2), st.sampled_from("abn")), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_sums_are_exact(terms: list[tuple[Decimal, str]]) -> None:
    """A sum in a numeric column is what Python's decimals give, and null where a column is."""
    written = [[str(factor), column] for factor, column in terms]
    columns = {
        "a": ("numeric(18,2)", {"number": {"min_value": -1e12, "max_value": 1e12}}),
        "b": ("integer", {"integer": {"max_value": 10**9}}),
        "id": ("bigint", "key"),
        "n": ("integer", {"given": {"on": "id % 3", "cases": {"0": {"constant": 4}, "1": {"constant": 5}}}}),
        "v": ("numeric(30,4)", {"linear": {"terms": written, "constant": "0.0001"}}),
    }
    for row in rows_of(columns, 40):
        used = [row[column] for _, column in terms]
        expected = None if None in used else sum((f * row[c] for f, c in terms), Decimal("0.0001"))
        assert row["v"] == expected


def test_sums_in_other_types() -> None:
    """A sum is made in its column's own type."""
    columns = {
        "a": ("integer", {"integer": {"max_value": 99}}),
        "d": ("double", {"number": {"max_value": 9.5}}),
        "v": ("smallint", {"linear": {"terms": [[2, "a"]], "constant": -7}}),
        "w": ("double", {"linear": {"terms": [[1, "d"], ["0.5", "a"]]}}),
    }
    for row in rows_of(columns):
        assert row["v"] == 2 * row["a"] - 7
        assert row["w"] == pytest.approx(row["d"] + row["a"] / 2)


@pytest.mark.parametrize(("kind", "first"), [("smallint", 3), ("numeric(5,0)", Decimal(3)), ("text", "3")])
def test_a_sequence_counts_the_rows(kind: str, first: Any) -> None:
    """Numbers follow the rows' order, in any type that holds them."""
    made = values({"sequence": {"start": 3, "step": -2}}, kind, rows=4)
    assert made[0] == first and [int(value) for value in made] == [3, 1, -1, -3]
