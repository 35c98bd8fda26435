"""Counting through the combinations of several ranges, so that larger ranges add combinations and move few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]


def grid_place(numbers: I64, sizes: Sequence[int], position: int) -> I64:
    """The coordinate along one axis of the numbered cells of a grid; no two numbers have the same cell.

    Cells come in the order of their largest coordinate: first the cube of side 1, then what the cube of side 2 adds,
    and so on; an axis that ends stays behind. So the cells numbered below the product of the smaller grid's sides stay
    where they are if only its longest axis grows, and those below the power of its shortest side whatever grows.

    Args:
        numbers: which cells; those at or above the product of the sizes begin anew.
        sizes: cells along each axis, at least 1.
        position: the axis wanted.
    """
    numbers = numbers % _volume(sizes)
    side = _side(numbers, sizes)
    inside = [np.minimum(side, size) for size in sizes]
    rest = numbers - np.prod(inside, axis=0, dtype=np.int64)
    found, open_rows = np.zeros(len(numbers), dtype=np.int64), np.ones(len(numbers), dtype=np.bool_)
    for axis, size in enumerate(sizes):
        # Cells whose first coordinate on the outside is this one's: those before lie inside, those after anywhere.
        widths = [inside[other] if other < axis else np.minimum(side + 1, sizes[other]) for other in range(len(sizes))]
        widths[axis] = np.ones(len(numbers), dtype=np.int64)
        cells = np.where(side < size, np.prod(widths, axis=0, dtype=np.int64), 0)
        here = open_rows & (rest < cells)
        if axis == position:
            found[here] = side[here]
        else:
            lower = np.maximum(np.prod(widths[position + 1 :], axis=0, dtype=np.int64), 1)
            found[here] = (rest // lower % np.maximum(widths[position], 1))[here]
        open_rows &= ~here
        rest = rest - cells
    return found


def _volume(sizes: Sequence[int]) -> int:
    volume = 1
    for size in sizes:
        volume *= size
    return min(volume, np.iinfo(np.int64).max)


def _side(numbers: I64, sizes: Sequence[int]) -> I64:
    """The side of the largest cube, cut by the grid, whose cells all come before each number."""
    low, high = np.zeros(len(numbers), dtype=np.int64), np.full(len(numbers), max(sizes), dtype=np.int64)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        before = np.prod([np.minimum(middle, size).astype(np.float64) for size in sizes], axis=0)
        exact = np.prod([np.minimum(middle, size) for size in sizes], axis=0, dtype=np.int64)
        fits = (before < 2.0**62) & (exact <= numbers)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low
