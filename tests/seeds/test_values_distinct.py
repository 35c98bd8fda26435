"""Values of unique columns: distinct by construction, unlike those that exist, and counted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.spec import GeneratorSpec
from seeds.catalog import DataType, Kind
from seeds.planner.checks.model import Bound, Domain, TextPattern
from seeds.planner.values import Uniqueness, Unrealisable
from tests.seeds.values_rows import (
    AMOUNT,
    CITEXT,
    DATE,
    DAY,
    INT,
    JSONB,
    MOMENT,
    MOOD,
    REAL,
    SMALL,
    TEXT,
    TEXTS,
    TIME,
    TRUTH,
    ZONED,
    realised,
    values_of,
    varchar,
)  # fmt: skip

HUNDRED = Uniqueness(rows=100)
TYPES = (
    SMALL, INT, AMOUNT, REAL, DATE, MOMENT, ZONED, TIME, TEXT, CITEXT, varchar(2), varchar(6), varchar(9), varchar(40), JSONB,
    TEXTS, replace(INT, dimensions=1),
    DataType(Kind.UUID, "uuid", "uuid"),
    DataType(Kind.BYTES, "bytea", "bytea"),
    DataType(Kind.INET, "inet", "inet"),
    DataType(Kind.MACADDR, "macaddr", "macaddr"),
    DataType(Kind.INTERVAL, "interval", "interval"),
    DataType(Kind.BIT, "bit(12)", "bit", size=12),
    DataType(Kind.LTREE, "ltree", "ltree"),
    DataType(Kind.RANGE, "daterange", "daterange", element=DATE),
    DataType(Kind.COMPOSITE, "place", "place", fields=(("street", varchar(30)), ("number", INT))),
)  # fmt: skip


@pytest.mark.parametrize("data_type", TYPES, ids=lambda item: item.name)
def test_values_are_distinct(data_type: DataType) -> None:
    """No value comes twice, in any type that a unique index can be on."""
    found = realised(data_type, unique=HUNDRED)
    assert found.capacity is None or found.capacity >= 100
    seen = values_of(found, 100)
    assert len({str(value).casefold() for value in seen}) == 100


@given(
    data_type=st.sampled_from((SMALL, INT, AMOUNT, DATE)),
    low=st.integers(1, 500),
    width=st.integers(3, 400),
    taken=st.sets(st.integers(0, 400), max_size=40),
)
@settings(max_examples=60)
def test_values_avoid_those_that_exist_and_stay_in_bounds(
    data_type: DataType, low: int, width: int, taken: set[int]
) -> None:
    """Distinct values lie inside the bounds, are none of the existing ones, and as many as were promised."""
    existing = tuple(_value(data_type, low + place) for place in sorted(taken))
    domain = Domain(low=Bound(_value(data_type, low)), high=Bound(_value(data_type, low + width)))
    largest = low + max(taken, default=0) if data_type in (SMALL, INT) and taken else None
    try:
        found = realised(data_type, domain, unique=Uniqueness(existing, largest, 50))
    except Unrealisable:
        assert {low + place for place in range(width + 1)} <= {low + place for place in taken}
        return
    seen = values_of(found, min(50, found.capacity or 50))
    assert len(set(seen)) == len(seen)
    assert not set(seen) & set(existing)
    assert all(_value(data_type, low) <= value <= _value(data_type, low + width) for value in seen)  # type: ignore[operator]


def _value(data_type: DataType, number: int) -> object:
    return date.fromordinal(735_000 + number) if data_type is DATE else number


def test_whole_numbers_count_on_from_the_largest() -> None:
    """Keys go on above what is there, and start at 1 in an empty table."""
    assert values_of(realised(INT, unique=HUNDRED), 3) == [1, 2, 3]
    assert values_of(realised(INT, unique=Uniqueness((5, 9), 9, 100)), 3) == [10, 11, 12]


def test_a_largest_value_at_the_types_end_leaves_the_room_below() -> None:
    """A sentinel at the end of the type does not use up the column."""
    found = realised(INT, unique=Uniqueness((5, 2**31 - 1), 2**31 - 1, 100))
    assert values_of(found, 2) == [6, 7]


def test_a_small_interval_is_used_up_exactly() -> None:
    """Of seven years two of which are taken, five are left, and all of them come."""
    domain = Domain(low=Bound(2020), high=Bound(2026))
    found = realised(SMALL, domain, unique=Uniqueness((2026, 2024), 2026, 5))
    assert found.capacity == 5
    assert set(values_of(found, 5)) == {2020, 2021, 2022, 2023, 2025}


@pytest.mark.parametrize(
    ("data_type", "domain", "existing", "left"),
    [
        (TRUTH, Domain(values=(True,)), (), {True}),
        (TRUTH, Domain(), (True,), {False}),
        (MOOD, Domain(), ("calm",), {"sad", "happy"}),
        (varchar(1), Domain(values=("X",)), (), {"X"}),
        (CITEXT, Domain(values=("a", "b")), ("A",), {"b"}),
        (DataType(Kind.BIT, "bit(1)", "bit", size=1), Domain(), (), {"0", "1"}),
    ],
    ids=["singleton", "other-half", "labels", "lock", "case", "bits"],
)
def test_capacity_counts_what_is_left(
    data_type: DataType, domain: Domain, existing: tuple[object, ...], left: set[object]
) -> None:
    """The capacity is the number of admitted values that nobody has, and all of them come."""
    found = realised(data_type, domain, unique=Uniqueness(existing, rows=100))
    assert found.capacity == len(left)
    assert set(values_of(found, len(left))) == left


def test_a_used_up_list_is_refused() -> None:
    """Where every value is taken, there is nothing to make."""
    with pytest.raises(Unrealisable, match="taken"):
        realised(MOOD, unique=Uniqueness(("sad", "calm", "happy"), rows=1))
    with pytest.raises(Unrealisable, match="taken"):
        realised(SMALL, Domain(low=Bound(1), high=Bound(2)), unique=Uniqueness((1, 2), 2, 1))


@given(
    size=st.integers(2, 60),
    pattern=st.sampled_from((None, r"^[a-z0-9_-]+$", r"^[A-Z]{2}[0-9]+$", r"^[^ ]+$", r"[a-z]")),
    lower=st.booleans(),
    meaning=st.sampled_from((None, GeneratorSpec("words"), GeneratorSpec("slug"), GeneratorSpec("user_name"))),
    data_type=st.sampled_from((TEXT, CITEXT)),
)
@settings(max_examples=60)
def test_distinct_texts_satisfy_their_domain(
    size: int, pattern: str | None, lower: bool, meaning: GeneratorSpec | None, data_type: DataType
) -> None:
    """Texts that are distinct, also without regard to case where that counts, match and fit as others do."""
    lower = lower and "A-Z" not in (pattern or "")
    size = max(size, 4) if pattern and "A-Z" in pattern else size
    domain = Domain(
        max_size=size,
        patterns=(TextPattern(pattern),) if pattern else (),
        forms=frozenset({"lower"} if lower else ()),
    )
    found = realised(data_type, domain, meaning=meaning, unique=Uniqueness(rows=60))
    seen = [str(value) for value in values_of(found, min(60, found.capacity or 60))]
    assert len({text.casefold() if data_type.case_insensitive else text for text in seen}) == len(seen) >= 30
    for text in seen:
        assert 0 < len(text) <= size
        assert pattern is None or re.search(pattern, text)
        assert not lower or text == text.lower()


def test_a_meaning_that_is_distinct_is_kept() -> None:
    """An identifier that never repeats stays what it is."""
    meaning = GeneratorSpec("nhs_number")
    domain = Domain(patterns=(TextPattern("^999[0-9]{7}$"),))
    found = realised(varchar(10), domain, meaning=meaning, unique=HUNDRED)
    assert (found.generator, found.capacity) == (meaning, 909_091)


def test_existing_texts_do_not_come_again() -> None:
    """In a short column, codes that exist are left out, in whatever case they stand there."""
    existing = tuple(f"{letter}{digit}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXY" for digit in range(10))
    code = replace(varchar(2), case_insensitive=True)
    found = realised(code, unique=Uniqueness(existing, rows=100))
    seen = {str(value).casefold() for value in values_of(found, 100)}
    assert len(seen) == 100
    assert not seen & {text.casefold() for text in existing}


def test_distinct_starts_of_months_go_back_as_far_as_needed() -> None:
    """A hundred different months reach beyond the last five years."""
    found = realised(ZONED, Domain(truncated="month"), unique=HUNDRED)
    seen = values_of(found, 100)
    assert len(set(seen)) == 100
    assert all(isinstance(value, datetime) and value.day == 1 and value.hour == 0 for value in seen)


def test_ranges_of_a_unique_column_do_not_overlap() -> None:
    """Ranges stand side by side, so that an exclusion constraint holds as well."""
    found = realised(DataType(Kind.RANGE, "daterange", "daterange", element=DATE), unique=HUNDRED)
    ends = [re.findall(r"\d{4}-\d\d-\d\d", str(value)) for value in values_of(found, 100)]
    ordered = sorted((low, high) for low, high in ends)
    assert all(before[1] <= after[0] for before, after in pairwise(ordered))
    assert ordered[0][0] < DAY.isoformat()
