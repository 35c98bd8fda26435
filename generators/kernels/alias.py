"""Weighted choice in constant time: Walker's alias method with Vose's construction (1991)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..streams.stream import PIECE, U64

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


class AliasTable:
    """Draws an index in [0, n) with the given weights from one random word a row."""

    __slots__ = ("_alias", "_threshold", "size")

    def __init__(self, weights: Sequence[float]) -> None:
        scaled = np.asarray(weights, dtype=np.float64)
        if scaled.ndim != 1 or not len(scaled) or not np.all(np.isfinite(scaled)) or np.any(scaled < 0):
            raise ValueError("weights must be a non-empty list of non-negative numbers")
        if not scaled.sum() > 0:
            raise ValueError("at least one weight must be above zero")
        self.size = len(scaled)
        share, alias = _vose(scaled * (self.size / scaled.sum()))
        # Comparing 32-bit integers keeps the draw exact across machines; 2**32 means "always itself".
        self._threshold = np.round(share * 2.0**32).astype(np.uint64)
        self._alias = alias

    def draw(self, bits: U64) -> NDArray[np.int64]:
        """Indices, one for each random word: the upper half picks a column, the lower half a side of it."""
        drawn = np.empty(len(bits), dtype=np.int64)
        for start in range(0, len(bits), PIECE):  # in pieces that stay in the processor's cache
            drawn[start : start + PIECE] = self._draw(bits[start : start + PIECE])
        return drawn

    def _draw(self, bits: U64) -> NDArray[np.int64]:
        column = (((bits >> _HALF) * np.uint64(self.size)) >> _HALF).view(np.int64)
        return np.where((bits & _LOW) < self._threshold[column], column, self._alias[column])


def _vose(share: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    alias = np.arange(len(share), dtype=np.int64)
    small = [index for index, value in enumerate(share) if value < 1.0]
    large = [index for index, value in enumerate(share) if value >= 1.0]
    while small and large:
        less, more = small.pop(), large.pop()
        alias[less] = more
        share[more] -= 1.0 - share[less]
        (small if share[more] < 1.0 else large).append(more)
    share[small + large] = 1.0
    return share, alias
