"""Keyed permutations: bijections of every size, each undone by its inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.kernels import Permutation

LARGEST = 1 << 62


def image(permutation: Permutation, *indexes: int) -> list[int]:
    return permutation.forward(np.array(indexes, dtype=np.uint64)).tolist()


@pytest.mark.parametrize("seed", [0, 7])
def test_every_small_permutation_is_a_bijection(seed: int) -> None:
    """For every size from 1 to 300 each value comes out exactly once, and the inverse leads back."""
    for size in range(1, 301):
        permutation, everything = Permutation(size, seed, "t/c"), np.arange(size, dtype=np.uint64)
        forward = permutation.forward(everything)
        assert sorted(forward.tolist()) == list(range(size))
        assert permutation.inverse(forward).tolist() == list(range(size))


@given(st.integers(301, 200_000), st.integers(0, 1 << 64))
def test_a_larger_permutation_is_a_bijection(size: int, seed: int) -> None:
    """A random size and seed give every value exactly once."""
    forward = Permutation(size, seed, "p").forward(np.arange(size, dtype=np.uint64))
    assert np.bincount(forward.view(np.int64), minlength=size).tolist() == [1] * size


@given(st.data(), st.integers(1, LARGEST), st.integers(0, 1 << 64), st.text(max_size=8))
def test_the_inverse_undoes_a_permutation(data: st.DataObject, size: int, seed: int, path: str) -> None:
    """For any domain up to 2**62, values stay inside and inverse after forward is the identity, both ways round."""
    indexes = np.array(data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=20)), dtype=np.uint64)
    permutation = Permutation(size, seed, path)
    assert (permutation.forward(indexes) < np.uint64(size)).all()
    assert (permutation.inverse(permutation.forward(indexes)) == indexes).all()
    assert (permutation.forward(permutation.inverse(indexes)) == indexes).all()


@pytest.mark.parametrize("size", [1 << 61, LARGEST - 1, LARGEST])
def test_the_largest_domains_keep_their_last_value_inside(size: int) -> None:
    """Near 2**62 the ends of the domain stay inside and distinct."""
    found = image(Permutation(size, 1, "p"), 0, 1, size - 2, size - 1)
    assert len(set(found)) == 4 and all(0 <= value < size for value in found)


@given(st.integers(20, 5000), st.integers(0, 1000))
def test_other_keys_give_another_order(size: int, seed: int) -> None:
    """Another seed or another path permutes otherwise."""
    everything = range(size)
    first = image(Permutation(size, seed, "a"), *everything)
    assert first != image(Permutation(size, seed, "b"), *everything)
    assert first != image(Permutation(size, seed + 1, "a"), *everything)
    assert first != list(everything)


def test_an_image_does_not_depend_on_its_neighbours() -> None:
    """An index alone has the image that it has among all others."""
    permutation = Permutation(1000, 3, "p")
    assert [image(permutation, index)[0] for index in range(1000)] == image(permutation, *range(1000))


def test_the_order_looks_random() -> None:
    """Neighbours in are not neighbours out: images of consecutive indexes are uncorrelated."""
    forward = Permutation(100_000, 1, "p").forward(np.arange(100_000, dtype=np.uint64)).astype(float)
    assert abs(np.corrcoef(forward[1:], forward[:-1])[0, 1]) < 0.02
    assert abs(np.corrcoef(forward, np.arange(100_000))[0, 1]) < 0.02


@pytest.mark.parametrize(("size", "words"), [(0, "at least 1"), (-5, "at least 1"), (LARGEST + 1, "stop at")])
def test_a_domain_that_cannot_be_permuted_is_refused(size: int, words: str) -> None:
    """Empty domains and those beyond 2**62 are refused."""
    with pytest.raises(ValueError, match=words):
        Permutation(size, 1, "p")


@pytest.mark.parametrize("outside", [10, 11, (1 << 64) - 1])
def test_an_index_outside_the_domain_is_refused(outside: int) -> None:
    """An index that is not in the domain is an error, never a value that another index has too."""
    with pytest.raises(ValueError, match="outside the domain of 10"):
        image(Permutation(10, 1, "p"), 3, outside)
