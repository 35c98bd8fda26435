"""Random numbers of the fit: counters through the engine's hash, so that the same inputs fit the same population."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..streams import mix64, stream_key, to_unit

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

FIT_SEED = 2021
"""The fit's own seed; it has nothing to do with the seed a dataset is generated with."""


class Dice:
    """A stream of draws under a name; each call takes the next numbers of it."""

    __slots__ = ("_key", "_used")

    def __init__(self, path: str, seed: int = FIT_SEED) -> None:
        self._key = stream_key(seed, f"population/{path}")
        self._used = 0

    def unit(self, *shape: int) -> F64:
        """Numbers in [0, 1) in the shape given."""
        count = int(np.prod(shape))
        counters = np.arange(self._used, self._used + count, dtype=np.uint64)
        self._used += count
        return to_unit(mix64(counters, self._key)).reshape(shape)

    def normal(self, *shape: int) -> F64:
        """Standard normal numbers, by Box and Muller's formula."""
        radius = np.sqrt(-2 * np.log1p(-self.unit(*shape)))
        return np.asarray(radius * np.cos(2 * np.pi * self.unit(*shape)))

    def gumbel(self, *shape: int) -> F64:
        """Standard Gumbel numbers: adding them to log weights makes the largest a weighted draw."""
        return np.asarray(-np.log(-np.log1p(-self.unit(*shape)) + 1e-300))

    def whole(self, low: int, high: int, *shape: int) -> I64:
        """Whole numbers from ``low`` to ``high``, both included."""
        return low + (self.unit(*shape) * (high - low + 1)).astype(np.int64)

    def chance(self, probability: F64 | float, *shape: int) -> NDArray[np.bool_]:
        """True with a probability, which may differ by place."""
        return self.unit(*(shape or np.shape(probability))) < probability

    def pick(self, weights: F64, rows: I64) -> I64:
        """A column for each of ``rows``, drawn by that row of a matrix of weights."""
        reached = np.cumsum(weights, axis=1)
        reached /= reached[:, -1:]
        return np.asarray((self.unit(len(rows))[:, None] >= reached[rows]).sum(axis=1))

    def poisson(self, mean: F64, limit: int) -> I64:
        """Counts with a mean a place, at most ``limit``."""
        drawn, term = self.unit(len(mean)), np.exp(-mean)
        reached, counts = term.copy(), np.zeros(len(mean), dtype=np.int64)
        for number in range(1, limit + 1):
            counts += drawn >= reached
            term = term * mean / number
            reached += term
        return counts
