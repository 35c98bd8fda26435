"""Streams: pure hashes of a path and a row's key."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.streams import mix64, row_key, stream_key, to_unit

MASK = (1 << 64) - 1
WORDS = st.integers(0, MASK)


def scalar_mix64(word: int) -> int:
    """SplitMix64's finaliser, written once more in plain integers."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def unmix64(word: int) -> int:
    """The inverse: shifts are undone by repeating them, products by the multipliers' inverses modulo 2**64."""
    for shift, multiplier in ((31, 0x94D049BB133111EB), (27, 0xBF58476D1CE4E5B9), (30, 1)):
        found = word
        for _ in range(64 // shift):
            found = word ^ (found >> shift)
        word = (found * pow(multiplier, -1, 1 << 64)) & MASK
    return word


def words(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


def test_mix64_is_splitmix64() -> None:
    """A SplitMix64 generator seeded with 1234567 gives the sequence that its authors' C code gives."""
    states = [(1234567 + (step + 1) * 0x9E3779B97F4A7C15) & MASK for step in range(5)]
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert mix64(words(*states)).tolist() == known


@given(st.lists(WORDS, min_size=1, max_size=30))
def test_mix64_agrees_with_plain_integers(values: list[int]) -> None:
    """The vectorised finaliser equals the scalar one on every word."""
    assert mix64(words(*values)).tolist() == [scalar_mix64(value) for value in values]


@given(WORDS)
def test_mix64_can_be_undone(word: int) -> None:
    """The finaliser is a bijection: its inverse gives every word back."""
    assert unmix64(int(mix64(words(word))[0])) == word


def test_mix64_leaves_its_argument_alone() -> None:
    """The caller's words are not overwritten, though the finaliser works in place on its own."""
    given_words = words(1, 2, 3)
    mix64(given_words)
    assert given_words.tolist() == [1, 2, 3]


@pytest.mark.parametrize("rows", [0, 1, 4095, 4096, 4097, 8192, 8193, 20_000, 70_000])
def test_mix64_does_not_hang_on_shape_or_length(rows: int) -> None:
    """Long, strided and two-dimensional arrays are mixed word by word like short ones."""
    values = np.arange(2 * rows, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    expected = [scalar_mix64(word) for word in values.tolist()]
    assert mix64(values).tolist() == expected
    assert mix64(values[::2]).tolist() == expected[::2]
    assert mix64(values.reshape(-1, 2)).reshape(-1).tolist() == expected
    assert mix64(values.reshape(-1, 2).T).T.reshape(-1).tolist() == expected


def test_every_bit_of_a_word_moves_every_bit_of_its_hash() -> None:
    """Flipping any one input bit flips each output bit in about half of the words."""
    start = mix64(np.arange(1, 4001, dtype=np.uint64))
    before = mix64(start)
    for bit in range(64):
        moved = before ^ mix64(start ^ np.uint64(1 << bit))
        share = ((moved[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).mean(axis=0)
        assert share.min() > 0.45 and share.max() < 0.55, bit


@given(st.integers(-(1 << 63), MASK), st.text(max_size=30))
def test_a_stream_key_is_a_keyed_blake2b_of_its_path(seed: int, path: str) -> None:
    """The key is the little-endian BLAKE2b of the path, keyed with the seed's 64 bits."""
    expected = blake2b(path.encode(), digest_size=8, key=(seed & MASK).to_bytes(8, "little")).digest()
    assert int(stream_key(seed, path)) == int.from_bytes(expected, "little")


def test_stream_keys_do_not_change_between_releases() -> None:
    """Known answers, so that an accidental change of the hash is seen here and not in a team's data."""
    keys = [int(stream_key(seed, "borough/person/given_name")) for seed in (0, 1)]
    assert keys == [10385116413213565204, 17856530953207115694]


@given(st.integers(0, MASK), st.text(min_size=1, max_size=10), st.text(min_size=1, max_size=10))
def test_other_paths_and_seeds_give_other_streams(seed: int, first: str, second: str) -> None:
    """Two paths, or two seeds, never share a key in practice."""
    assert (stream_key(seed, first) == stream_key(seed, second)) == (first == second)
    assert stream_key(seed, first) != stream_key((seed + 1) & MASK, first)


def test_streams_are_uncorrelated() -> None:
    """Two columns' draws on the same rows agree no more often than chance has it."""
    keys = mix64(np.arange(200_000, dtype=np.uint64))
    first = to_unit(mix64(keys + stream_key(1, "t/a")))
    second = to_unit(mix64(keys + stream_key(1, "t/b")))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.01
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.01


@given(st.lists(st.tuples(WORDS, st.integers(0, 1 << 20)), min_size=1, max_size=20), st.integers(0, MASK))
def test_a_row_key_depends_on_its_own_parent_branch_and_ordinal(rows: list[tuple[int, int]], branch: int) -> None:
    """Each key equals the scalar formula, whichever rows stand beside it."""
    parents, ordinals = (words(*column) for column in zip(*rows, strict=True))
    step = [((ordinal * 0x9E3779B97F4A7C15 + branch) & MASK) ^ parent for parent, ordinal in rows]
    assert row_key(parents, branch, ordinals).tolist() == [scalar_mix64(word) for word in step]


def test_row_keys_of_a_large_family_are_distinct() -> None:
    """A million children on several branches of a thousand parents share no key."""
    parents = np.repeat(mix64(np.arange(1000, dtype=np.uint64)), 250)
    ordinals = np.tile(np.arange(250, dtype=np.uint64), 1000)
    keys = [row_key(parents, int(stream_key(0, f"t/{branch}")), ordinals) for branch in range(4)]
    assert len(np.unique(np.concatenate(keys))) == 1_000_000


@given(st.lists(WORDS, min_size=1, max_size=20))
def test_unit_numbers_keep_the_upper_53_bits(values: list[int]) -> None:
    """A word becomes the float in [0, 1) of its upper 53 bits, exactly."""
    assert to_unit(words(*values)).tolist() == [(value >> 11) / (1 << 53) for value in values]


@pytest.mark.parametrize(("word", "unit"), [(0, 0.0), (MASK, 1 - 2.0**-53)])
def test_unit_numbers_never_reach_one(word: int, unit: float) -> None:
    """The ends of the range are 0 and the largest float below 1."""
    assert to_unit(words(word)).tolist() == [unit]
