"""Segments, the calendar and text of fixed width, each against a plain loop or the standard library."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generators.kernels import (
    AliasTable,
    add_months,
    child_ordinals,
    child_parents,
    civil_from_days,
    days_from_civil,
    digits_of,
    fill_sizes,
    fixed_width_strings,
    literal_bytes,
    rank_in_segment,
    starts_of,
    year_of,
)
from generators.streams import mix64

COUNTS = st.lists(st.integers(0, 6), max_size=30)
EPOCH = date(1970, 1, 1)
DATES = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def number(day: date) -> int:
    return (day - EPOCH).days


# ------------------------------------------------------------------------------------------------------------ segments


@given(COUNTS)
def test_children_stand_under_their_parents_in_order(counts: list[int]) -> None:
    """Parents and ordinals of child rows are those of two nested loops."""
    rows = [(parent, ordinal) for parent, count in enumerate(counts) for ordinal in range(count)]
    assert child_parents(whole(*counts)).tolist() == [parent for parent, _ in rows]
    assert child_ordinals(whole(*counts)).tolist() == [ordinal for _, ordinal in rows]


@given(COUNTS)
def test_segments_start_where_those_before_them_end(counts: list[int]) -> None:
    """A segment's start is the sum of all lengths before it."""
    assert starts_of(whole(*counts)).tolist() == [sum(counts[:place]) for place in range(len(counts))]


@given(COUNTS)
def test_ranks_count_from_zero_in_every_segment(counts: list[int]) -> None:
    """A row's rank is how many rows with the same owner stand before it, whatever owners are called."""
    owners = [place * 7 % 31 for place, count in enumerate(counts) for _ in range(count)]
    assert rank_in_segment(whole(*owners)).tolist() == [owners[:place].count(o) for place, o in enumerate(owners)]


@given(
    st.integers(0, 8),
    st.integers(1, 60),
    st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True),
    st.integers(0, 99),
)
def test_filled_sizes_add_up_exactly(parents: int, total: int, values: list[int], salt: int) -> None:
    """Sizes equal a loop that draws until the total is reached and cuts the last one to fit."""
    most = -(-total // min(values))
    draws = mix64(np.arange(parents * most, dtype=np.uint64) + np.uint64(salt << 32)).reshape(parents, most)
    table = AliasTable([1.0] * len(values))
    counts, sizes = fill_sizes(draws, total, table, whole(*values))
    expected = []
    for row in draws:
        rest, drawn = total, iter(table.draw(row))
        while rest:
            expected.append(min(values[int(next(drawn))], rest))
            rest -= expected[-1]
    assert sizes.tolist() == expected
    assert [part.sum() for part in np.split(sizes, np.cumsum(counts)[:-1])] == [total] * parents or parents == 0


def test_too_few_draws_are_refused() -> None:
    """A fill that could stop short of its total is an error, not a smaller total."""
    with pytest.raises(ValueError, match="2 draws do not reach 5"):
        fill_sizes(np.zeros((1, 2), dtype=np.uint64), 5, AliasTable([1.0]), whole(2))


# ------------------------------------------------------------------------------------------------------------ calendar


def months_later(day: date, months: int) -> date:
    """The same day of another month, or that month's last day, by the standard library."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def test_every_day_of_two_centuries_has_its_year_month_and_day() -> None:
    """From 1900 to 2100, leap years and those that are none included, parts equal the standard library's and lead back."""
    days = np.arange(number(date(1900, 1, 1)), number(date(2101, 1, 1)))
    years, months, month_days = civil_from_days(days)
    expected = [EPOCH + timedelta(int(day)) for day in days]
    assert years.tolist() == [day.year for day in expected] == year_of(days).tolist()
    assert months.tolist() == [day.month for day in expected]
    assert month_days.tolist() == [day.day for day in expected]
    assert (days_from_civil(years, months, month_days) == days).all()


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 31))
def test_a_day_beyond_the_months_end_moves_back_to_it(year: int, month: int, day: int) -> None:
    """31 April is 30 April, and 29 February is 28 February in common years."""
    expected = date(year, month, min(day, monthrange(year, month)[1]))
    assert days_from_civil(whole(year), whole(month), whole(day)).tolist() == [number(expected)]


@given(st.lists(st.tuples(DATES, st.integers(-1200, 1200)), min_size=1, max_size=20))
@example([(date(2024, 2, 29), 12), (date(2024, 2, 29), -12), (date(2024, 1, 31), 1), (date(2023, 1, 31), 1)])
@example([(date(2000, 2, 29), 1200), (date(1970, 1, 1), -1), (date(1969, 12, 31), 2)])
def test_months_later_is_the_same_day_or_the_last(rows: list[tuple[date, int]]) -> None:
    """Adding months, row by row, keeps the day or takes the month's last, forwards and backwards."""
    days, months = whole(*(number(day) for day, _ in rows)), whole(*(count for _, count in rows))
    expected = [number(months_later(day, count)) for day, count in rows]
    assert add_months(days, months).tolist() == expected
    assert add_months(days, rows[0][1])[0] == expected[0]


# ---------------------------------------------------------------------------------------------------------------- text


@given(st.data(), st.integers(1, 18))
def test_digits_are_zero_padded(data: st.DataObject, width: int) -> None:
    """Digits of any width are those of Python's own formatting."""
    values = data.draw(st.lists(st.integers(0, 10**width - 1), max_size=20))
    texts = fixed_width_strings(digits_of(whole(*values), width)).to_pylist()
    assert texts == [f"{value:0{width}d}" for value in values]


@pytest.mark.parametrize(("value", "width"), [(10, 1), (-1, 3), (10**9, 9), (10**18, 18)])
def test_a_number_that_does_not_fit_is_refused(value: int, width: int) -> None:
    """Too many digits, or a sign, are an error rather than a cut text."""
    with pytest.raises(ValueError, match=f"does not fit {width} digits"):
        digits_of(whole(0, value), width)


@given(st.lists(st.integers(0, 999), max_size=10), st.text(st.characters(max_codepoint=127), max_size=5))
def test_blocks_are_laid_side_by_side(values: list[int], text: str) -> None:
    """A row's text is its blocks from left to right, and the array is a valid one."""
    made = fixed_width_strings(
        literal_bytes(text, len(values)), digits_of(whole(*values), 3), literal_bytes("!", len(values))
    )
    made.validate(full=True)
    assert made.to_pylist() == [f"{text}{value:03d}!" for value in values]


def test_text_beyond_ascii_is_refused() -> None:
    """A block of bytes is a block of characters only for ASCII."""
    with pytest.raises(UnicodeEncodeError):
        literal_bytes("é", 1)
