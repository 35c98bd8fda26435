"""Numbers, dates and moments that a column may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.spec import GeneratorSpec
from seeds.catalog import DataType, Kind
from seeds.planner.checks.model import Bound, Domain
from seeds.planner.values import Unrealisable, engine_type
from tests.seeds.values_rows import (
    AMOUNT,
    BIG_UNSIGNED,
    DATE,
    DAY,
    INT,
    MOMENT,
    MOOD,
    REAL,
    SHARE,
    SMALL,
    TEXT,
    TEXTS,
    TRUTH,
    ZONED,
    realised,
    values_of,
)  # fmt: skip

NUMBERS = (SMALL, INT, BIG_UNSIGNED, AMOUNT, SHARE, REAL)


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        (SMALL, "smallint"),
        (INT, "integer"),
        (DataType(Kind.INTEGER, "int unsigned", "int", low=0, high=2**32 - 1), "bigint"),
        (BIG_UNSIGNED, "numeric(20,0)"),
        (AMOUNT, "numeric(10,2)"),
        (DataType(Kind.NUMERIC, "numeric", "numeric"), "numeric(18,4)"),
        (DataType(Kind.NUMERIC, "numeric(5,-2)", "numeric", precision=5, scale=-2), "numeric(5,0)"),
        (DataType(Kind.NUMERIC, "numeric(60,2)", "numeric", precision=60, scale=2), "numeric(38,2)"),
        (REAL, "double"),
        (TRUTH, "boolean"),
        (DATE, "date"),
        (MOMENT, "timestamp"),
        (ZONED, "timestamptz"),
        (MOOD, "text"),
        (TEXTS, "text"),
        (replace(INT, dimensions=1), "text"),
        (DataType(Kind.UUID, "uuid", "uuid"), "text"),
    ],
    ids=lambda item: item.name if isinstance(item, DataType) else None,
)
def test_engine_types_carry_every_value(data_type: DataType, expected: str) -> None:
    """Each type is carried by the narrowest type of the engine that holds all its values, or by text."""
    assert str(engine_type(data_type)) == expected


@given(
    data_type=st.sampled_from(NUMBERS),
    ends=st.tuples(st.integers(0, 700), st.integers(0, 300)),
    open_low=st.booleans(),
    open_high=st.booleans(),
    excluded=st.integers(0, 9),
)
@settings(max_examples=60)
def test_numbers_stay_inside_their_bounds(
    data_type: DataType, ends: tuple[int, int], open_low: bool, open_high: bool, excluded: int
) -> None:
    """Every number lies inside open and closed bounds and the type, and is none of the excluded ones."""
    low = min(ends[0], 4) if data_type is SHARE else ends[0]
    high = low + 4 + (ends[1] if data_type is not SHARE else 0)
    domain = Domain(low=Bound(low, open_low), high=Bound(high, open_high), excluded=(low + 1, low + excluded))
    for value in values_of(realised(data_type, domain), 100):
        assert isinstance(value, int | float | Decimal)
        assert low < value if open_low else low <= value
        assert value < high if open_high else value <= high
        assert value not in (low + 1, low + excluded)


@given(
    data_type=st.sampled_from((DATE, MOMENT, ZONED)),
    start=st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 4000),
    one_sided=st.sampled_from(("both", "low", "high")),
)
@settings(max_examples=60)
def test_dates_and_moments_stay_inside_their_bounds(
    data_type: DataType, start: date, days: int, one_sided: str
) -> None:
    """Dates and moments lie inside bounds of dates, whichever of them there are."""
    end = start + timedelta(days=days)
    domain = Domain(low=None if one_sided == "high" else Bound(start), high=None if one_sided == "low" else Bound(end))
    low, high = datetime.combine(start, datetime.min.time(), UTC), datetime.combine(end, datetime.min.time(), UTC)
    for value in values_of(realised(data_type, domain), 60):
        moment = _moment(value)
        assert one_sided == "high" or low <= moment
        assert one_sided == "low" or moment <= high


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    assert isinstance(value, date)
    return datetime.combine(value, datetime.min.time(), UTC)


def test_numbers_without_bounds_are_small_and_fit_their_type() -> None:
    """What nothing is said of is a plain number from nought to a thousand, or as far as the type goes."""
    assert all(0 <= value <= 1000 for value in values_of(realised(SMALL)) if isinstance(value, int))
    assert all(0 <= value <= Decimal("9.99") for value in values_of(realised(SHARE)) if isinstance(value, Decimal))


def test_dates_without_bounds_lie_in_the_last_years() -> None:
    """What nothing is said of lies in the five years before the reference instant."""
    for value in values_of(realised(DATE)):
        assert isinstance(value, date)
        assert date(2021, 4, 1) <= value < DAY


def test_a_meaning_inside_the_bounds_is_kept() -> None:
    """A generator whose declared range lies inside the domain is the column's generator."""
    meaning = GeneratorSpec("integer", {"min_value": 0, "max_value": 110})
    assert realised(SMALL, Domain(low=Bound(0)), meaning=meaning).generator == meaning


def test_a_meaning_beyond_the_bounds_is_narrowed() -> None:
    """Of a meaning that reaches outside the domain, the part inside is used."""
    meaning = GeneratorSpec("integer", {"min_value": 0, "max_value": 110})
    seen = values_of(realised(SMALL, Domain(low=Bound(18)), meaning=meaning), 2000)
    assert (min(map(str, seen), key=int), max(map(str, seen), key=int)) == ("18", "110")


def test_a_meaning_of_another_type_is_set_aside() -> None:
    """A generator of text makes nothing of a column of dates."""
    assert all(isinstance(value, date) for value in values_of(realised(DATE, meaning=GeneratorSpec("given_name"))))


def test_listed_values_keep_the_meanings_weights() -> None:
    """Weights of a meaning whose values are all among the listed ones survive."""
    meaning = GeneratorSpec("choice", {"values": {1: 9, 2: 1}})
    assert realised(INT, Domain(values=(1, 2, 3)), meaning=meaning).generator == meaning
    other = GeneratorSpec("choice", {"values": {1: 9, 7: 1}})
    assert set(values_of(realised(INT, Domain(values=(1, 2, 3)), meaning=other))) == {1, 2, 3}


@pytest.mark.parametrize(
    ("unit", "starts"),
    [
        ("month", lambda day: day.day == 1),
        ("week", lambda day: day.weekday() == 0),
        ("quarter", lambda day: day.day == 1 and day.month in (1, 4, 7, 10)),
        ("year", lambda day: (day.month, day.day) == (1, 1)),
    ],
)
def test_truncated_values_are_starts(unit: str, starts: object) -> None:
    """A truncated date or moment is the start of its week, month, quarter or year."""
    assert callable(starts)
    for data_type in (DATE, MOMENT, ZONED):
        found = [_moment(value) for value in values_of(realised(data_type, Domain(truncated=unit)))]
        assert len(set(found)) > 3
        assert all(starts(value) and value.time() == datetime.min.time() for value in found)


def test_multiples_are_divisible() -> None:
    """A column with a divisor holds multiples of it only, inside its bounds."""
    seen = values_of(realised(INT, Domain(divisor=15, low=Bound(7), high=Bound(100))))
    assert set(seen) == {15, 30, 45, 60, 75, 90}


def test_a_scale_before_the_point_leaves_whole_hundreds() -> None:
    """numeric(5,-2) holds hundreds, so that rounding changes nothing."""
    hundreds = DataType(Kind.NUMERIC, "numeric(5,-2)", "numeric", precision=5, scale=-2)
    assert {value % 100 for value in values_of(realised(hundreds)) if isinstance(value, Decimal)} == {Decimal(0)}


@pytest.mark.parametrize(
    ("data_type", "domain"),
    [
        (INT, Domain(low=Bound(5), high=Bound(4))),
        (SMALL, Domain(low=Bound(40_000))),
        (INT, Domain(values=(3,), excluded=(3,))),
        (INT, Domain(low=Bound("soon"))),
        (INT, Domain(divisor=10, low=Bound(1), high=Bound(9))),
        (TEXT, Domain(min_size=5, max_size=4)),
    ],
    ids=["crossed", "beyond-the-type", "excluded", "unreadable", "no-multiple", "sizes"],
)
def test_an_empty_domain_is_refused(data_type: DataType, domain: Domain) -> None:
    """Where no value can be, the column and the reason are said."""
    with pytest.raises(Unrealisable) as refusal:
        realised(data_type, domain)
    assert refusal.value.column == "value"
    assert refusal.value.reason


def test_a_column_that_is_always_null_has_only_nulls() -> None:
    """A world in which a column is null makes nothing else in it."""
    from seeds.planner.checks.model import Nullity

    assert set(values_of(realised(INT, Domain(null=Nullity.ALWAYS, low=Bound(3))))) == {None}
