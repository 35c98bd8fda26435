"""Cells of a grid counted through: each once, and those that were there before the grid grew stay where they were."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.kernels import grid_place

sizes = st.lists(st.integers(1, 7), min_size=1, max_size=4)


def cells(sides: list[int], many: int) -> list[tuple[int, ...]]:
    """The first cells of a grid."""
    numbers = np.arange(many, dtype=np.int64)
    return list(zip(*(grid_place(numbers, sides, axis).tolist() for axis in range(len(sides))), strict=True))


@given(sizes)
def test_every_cell_has_one_number(sides: list[int]) -> None:
    """As many numbers as there are cells reach each of them, and none outside."""
    found = cells(sides, prod(sides))
    assert len(set(found)) == prod(sides)
    assert all(0 <= place < side for cell in found for place, side in zip(cell, sides, strict=True))


@given(sizes, st.data())
def test_a_larger_grid_moves_no_cell_of_the_common_cube(sides: list[int], data: st.DataObject) -> None:
    """Whichever sides grow: the cells of the cube over the shortest side keep their numbers."""
    larger = [side + data.draw(st.integers(0, 4)) for side in sides]
    many = min(sides) ** len(sides)
    assert cells(larger, many) == cells(sides, many)


@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 9))
def test_a_longer_longest_side_moves_no_cell_at_all(short: int, more: int, growth: int) -> None:
    """Of two sides the longer one may grow at any time."""
    sides, larger = [short + more, short], [short + more + growth, short]
    assert cells(larger, prod(sides)) == cells(sides, prod(sides))


@pytest.mark.parametrize("number", [0, 10**12 - 1, 10**12, 3 * 10**12])
def test_large_grids_are_counted_exactly(number: int) -> None:
    """Two million by two million: the cell of a number lies in the shell that the number's root says."""
    place = max(int(grid_place(np.array([number]), [2_000_000, 2_000_000], axis)[0]) for axis in (0, 1))
    assert place**2 <= number < (place + 1) ** 2
