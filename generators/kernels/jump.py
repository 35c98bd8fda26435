"""Jump consistent hashing (Lamping and Veach, 2014): growing n to n+1 moves about 1/(n+1) of the choices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..streams.stream import U64

_MULTIPLIER = np.uint64(2862933555777941757)
_ONE = np.uint64(1)
_SHIFT = np.uint64(33)


def jump_hash(keys: U64, buckets: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """A bucket in [0, buckets) for each key; ``buckets`` is one number or one for each key.

    Raises:
        ValueError: if any number of buckets is below 1.
    """
    limits = np.broadcast_to(np.asarray(buckets, dtype=np.int64), keys.shape)
    if len(limits) and limits.min() < 1:
        raise ValueError("there is no bucket to choose from")
    chosen = np.zeros(len(keys), dtype=np.int64)
    active = np.arange(len(keys))
    state, jump = keys.copy(), np.zeros(len(keys), dtype=np.int64)
    while len(active):
        chosen[active] = jump
        state = state * _MULTIPLIER + _ONE
        stride = (jump + 1) * (2.0**31 / ((state >> _SHIFT) + _ONE).astype(np.float64))
        jump = np.minimum(stride, 2.0**62).astype(np.int64)
        going = jump < limits[active]
        active, state, jump = active[going], state[going], jump[going]
    return chosen
