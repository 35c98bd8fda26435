"""Bounded integers, weighted choice and consistent hashing: ranges, shares and scalar references."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from generators.kernels import AliasTable, bounded, bounded_between, jump_hash
from generators.streams import mix64

MASK = (1 << 64) - 1
WORDS = st.lists(st.integers(0, MASK), min_size=1, max_size=40)
BITS = mix64(np.arange(200_000, dtype=np.uint64) + np.uint64(1 << 40))


def words(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


def chi_square(counts: np.ndarray, expected: np.ndarray) -> float:
    """How far counts are from expected ones, in standard deviations of the statistic (about 0, rarely above 4)."""
    freedom = len(counts) - 1
    return float((((counts - expected) ** 2 / expected).sum() - freedom) / np.sqrt(2 * freedom))


# ------------------------------------------------------------------------------------------------------------- bounded


@given(WORDS, st.integers(1, 1 << 63))
@example([MASK], 1 << 32)
@example([MASK, 1 << 40, 12345], (1 << 32) + 1)
def test_bounded_equals_whole_number_arithmetic(values: list[int], size: int) -> None:
    """A draw is the upper half times the size, shifted; above 2**32 it is the remainder."""
    small = size <= 1 << 32
    expected = [((v >> 32) * size) >> 32 if small else v % size for v in values]
    assert bounded(words(values), size).tolist() == expected
    assert all(0 <= value < size for value in expected)


@pytest.mark.parametrize("size", [1, 2, 1 << 32, (1 << 32) + 1, 1 << 63])
def test_bounded_stays_inside_at_both_ends(size: int) -> None:
    """The smallest and the largest word stay inside the range, at every turn of the formula."""
    drawn = bounded(words([0, MASK]), size)
    assert drawn[0] == 0 and 0 <= drawn[1] < size


@pytest.mark.parametrize("size", [0, -1, (1 << 63) + 1])
def test_bounded_refuses_a_size_that_is_no_domain(size: int) -> None:
    """A size below 1, or beyond 64-bit integers, is refused."""
    with pytest.raises(ValueError, match="size must be positive"):
        bounded(words([1]), size)


@pytest.mark.parametrize("size", [2, 7, 100, 1000])
def test_bounded_draws_evenly(size: int) -> None:
    """Every value is drawn equally often, as far as a chi-square test can tell."""
    counts = np.bincount(bounded(BITS, size), minlength=size)
    assert abs(chi_square(counts, np.full(size, len(BITS) / size))) < 4


@given(
    st.lists(st.tuples(st.integers(0, MASK), st.integers(-(1 << 40), 1 << 40), st.integers(-5, 1 << 40)), min_size=1)
)
def test_bounded_between_stays_between(rows: list[tuple[int, int, int]]) -> None:
    """Each value lies between its own ends, both included, and is the low end where they are crossed."""
    bits, low, width = (list(column) for column in zip(*rows, strict=True))
    lows, highs = np.array(low), np.array(low) + np.array(width)
    drawn = bounded_between(words(bits), lows, highs)
    assert ((drawn >= lows) & (drawn <= np.maximum(lows, highs))).all()


@given(st.lists(st.tuples(st.integers(0, MASK), st.integers(0, 100), st.integers(0, 1 << 35)), min_size=2, max_size=9))
def test_bounded_between_looks_at_each_row_alone(rows: list[tuple[int, int, int]]) -> None:
    """A row's value does not depend on how wide the others' spans are."""
    bits, low, width = (np.array(column, dtype) for column, dtype in zip(zip(*rows, strict=True), "Qqq", strict=True))
    alone = [bounded_between(bits[i : i + 1], low[i : i + 1], (low + width)[i : i + 1])[0] for i in range(len(rows))]
    assert bounded_between(bits, low, low + width).tolist() == alone


@pytest.mark.parametrize("span", [6, 100, 10**11])
def test_bounded_between_draws_evenly(span: int) -> None:
    """A tenth of the draws fall into each tenth of the span, also where the span passes 2**32."""
    low = np.full(len(BITS), -50)
    counts = np.bincount((bounded_between(BITS, low, low + span - 1) - low) * min(span, 10) // span)
    expected = np.bincount(np.arange(span) * min(span, 10) // span) / span if span < 1000 else np.full(10, 0.1)
    assert abs(chi_square(counts, expected * len(BITS))) < 4


# --------------------------------------------------------------------------------------------------------------- alias

WEIGHTS = st.lists(
    st.one_of(st.just(0.0), st.floats(1e-6, 1e6), st.sampled_from([0.1, 0.2, 0.3, 1 / 3, 0.7, 1.0])),
    min_size=1,
    max_size=40,
)


def shares_of(table: AliasTable) -> np.ndarray:
    """The exact probability of each index, by letting every column pass its threshold in fine steps."""
    steps = 256
    column = np.repeat(np.arange(table.size, dtype=np.uint64), steps)
    upper = (column * np.uint64(1 << 32) + np.uint64(table.size - 1)) // np.uint64(table.size)
    lower = np.tile(np.arange(steps, dtype=np.uint64) * np.uint64((1 << 32) // steps), table.size)
    drawn = table.draw((upper << np.uint64(32)) | lower)
    return np.bincount(drawn, minlength=table.size) / len(drawn)


@given(WEIGHTS)
def test_an_alias_table_has_the_weights_it_was_given(weights: list[float]) -> None:
    """The share of each index equals its weight's share, and what weighs nothing is never drawn."""
    assume(sum(weights) > 0)
    expected = np.array(weights) / sum(weights)
    found = shares_of(AliasTable(weights))
    assert np.abs(found - expected).max() <= 1 / 256 + 1e-9
    assert not found[expected == 0].any()


def test_an_alias_table_draws_by_weight() -> None:
    """Draws over many rows follow the weights, as far as a chi-square test can tell."""
    weights = np.array([32.9, 30.8, 16.1, 9.6, 5.3, 2.8, 1.3, 0.7, 0.3, 0.2])
    counts = np.bincount(AliasTable(list(weights)).draw(BITS), minlength=10)
    assert abs(chi_square(counts, weights / weights.sum() * len(BITS))) < 4


@pytest.mark.parametrize("weights", [[], [0.0], [1.0, -1.0], [float("nan")], [float("inf")], [[1.0]]])
def test_weights_that_are_no_weights_are_refused(weights: list[float]) -> None:
    """No weights, none above zero, negative, infinite or nested ones are refused."""
    with pytest.raises(ValueError, match="weight"):
        AliasTable(weights)


# ---------------------------------------------------------------------------------------------------------------- jump


def scalar_jump_hash(key: int, buckets: int) -> int:
    """Figure 1 of Lamping and Veach (2014), line by line."""
    chosen, jump = -1, 0
    while jump < buckets:
        chosen = jump
        key = (key * 2862933555777941757 + 1) & MASK
        jump = int((chosen + 1) * (float(1 << 31) / float((key >> 33) + 1)))
    return chosen


@given(st.lists(st.tuples(st.integers(0, MASK), st.integers(1, 1 << 40)), min_size=1, max_size=30))
def test_jump_hash_equals_the_paper(rows: list[tuple[int, int]]) -> None:
    """Every choice, each row with its own number of buckets, is the paper's."""
    keys, buckets = zip(*rows, strict=True)
    expected = [scalar_jump_hash(key, count) for key, count in rows]
    assert jump_hash(words(list(keys)), np.array(buckets)).tolist() == expected
    assert all(0 <= found < count for found, count in zip(expected, buckets, strict=True))


@pytest.mark.parametrize("buckets", [1, 2, 10, 400, 10_000])
def test_one_more_bucket_moves_its_share_and_only_to_itself(buckets: int) -> None:
    """Growing n to n+1 moves about 1/(n+1) of the choices, all of them to the new bucket."""
    keys = BITS[:100_000]
    before, after = jump_hash(keys, buckets), jump_hash(keys, buckets + 1)
    moved = before != after
    assert set(after[moved]) <= {buckets}
    share, sigma = 1 / (buckets + 1), np.sqrt(len(keys) / (buckets + 1))
    assert abs(moved.sum() - len(keys) * share) < 4 * sigma


@given(st.integers(0, MASK))
def test_a_choice_only_ever_moves_up(key: int) -> None:
    """As buckets are added a key stays or moves to the newest bucket, never back."""
    chosen = jump_hash(np.full(200, key, dtype=np.uint64), np.arange(1, 201))
    assert all(after in (before, place + 1) for place, (before, after) in enumerate(pairwise(chosen.tolist())))


def test_jump_hash_spreads_evenly() -> None:
    """Every bucket is chosen equally often."""
    assert abs(chi_square(np.bincount(jump_hash(BITS, 100), minlength=100), np.full(100, len(BITS) / 100))) < 4


@pytest.mark.parametrize("buckets", [0, -1])
def test_no_bucket_is_refused(buckets: int) -> None:
    """There is nothing to choose from below one bucket, in total or on any row."""
    with pytest.raises(ValueError, match="no bucket"):
        jump_hash(words([1, 2]), buckets)
    with pytest.raises(ValueError, match="no bucket"):
        jump_hash(words([1, 2]), np.array([5, buckets]))


def test_no_rows_need_no_bucket() -> None:
    """An empty block makes an empty choice."""
    assert len(jump_hash(words([]), 0)) == 0
