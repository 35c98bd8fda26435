"""Keyed permutations of [0, n): distinct in, distinct out, so uniqueness needs no memory and no retry.

A four-round Feistel network over the domain's number of bits (halves of unequal size take turns where it is odd),
walked until it lands inside the domain (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002). The walk
visits fewer than two positions on average, since the network's range is under twice the domain.
"""

from __future__ import annotations

import numpy as np

from ..streams.stream import PIECE, U64, mix64, stream_key

_ROUNDS = 4


class Permutation:
    """A bijection of [0, size) chosen by ``seed`` and ``path``."""

    __slots__ = ("_keys", "_left", "_right", "size")

    def __init__(self, size: int, seed: int, path: str) -> None:
        if size < 1:
            raise ValueError(f"a permutation needs a domain of at least 1, got {size}")
        if size > 1 << 62:
            raise ValueError(f"domains stop at 2**62, got {size}")
        self.size = size
        bits = max(2, (size - 1).bit_length())
        self._left, self._right = np.uint64(bits // 2), np.uint64(bits - bits // 2)
        self._keys = [stream_key(seed, f"{path}#{number}") for number in range(_ROUNDS)]

    def forward(self, indexes: U64) -> U64:
        """The image of each index; indexes must be inside the domain."""
        return self._walk(indexes, reverse=False)

    def inverse(self, values: U64) -> U64:
        """The index each value came from."""
        return self._walk(values, reverse=True)

    def _walk(self, start: U64, *, reverse: bool) -> U64:
        limit = np.uint64(self.size)
        if len(start) and start.max() >= limit:
            raise ValueError(f"{int(start.max())} lies outside the domain of {self.size}")
        step = self._unrolled if reverse else self._rolled
        current = np.empty_like(start)
        for first in range(0, len(start), PIECE):  # in pieces that stay in the processor's cache through all rounds
            current[first : first + PIECE] = step(start[first : first + PIECE])
        outside = np.flatnonzero(current >= limit)
        while len(outside):
            moved = step(current[outside])
            current[outside] = moved
            outside = outside[moved >= limit]
        return current

    def _rolled(self, values: U64) -> U64:
        narrow, wide = _mask(self._left), _mask(self._right)
        left, right = values >> self._right, values & wide
        for key in self._keys:
            left, right = right, left ^ (mix64(right + key) & narrow)
            narrow, wide = wide, narrow
        return (left << self._right) | right

    def _unrolled(self, values: U64) -> U64:
        narrow, wide = _mask(self._left), _mask(self._right)
        left, right = values >> self._right, values & wide
        for key in reversed(self._keys):  # rounds are even in number, so the last left half was a wide one
            narrow, wide = wide, narrow
            left, right = right ^ (mix64(left + key) & narrow), left
        return (left << self._right) | right


def _mask(bits: np.uint64) -> np.uint64:
    return np.uint64((1 << int(bits)) - 1)
