"""Random words to bounded integers, by multiplying high instead of dividing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..streams.stream import U64

_HALF = np.uint64(32)


def bounded(bits: U64, size: int) -> NDArray[np.int64]:
    """Integers in [0, size) from random words.

    Up to 2**32 values the bias is below ``size / 2**32`` (Lemire, "Fast random integer generation in an
    interval", 2019, without the rejection: a value must come from exactly one draw). Above, a remainder is
    taken, whose bias is below ``size / 2**64``.
    """
    if not 0 < size <= 1 << 63:
        raise ValueError(f"size must be positive and at most 2**63, got {size}")
    if size <= 1 << 32:
        scaled = bits >> _HALF
        scaled *= np.uint64(size)
        scaled >>= _HALF
        return scaled.view(np.int64)
    return (bits % np.uint64(size)).view(np.int64)


def bounded_between(bits: U64, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.int64]:
    """Integers between two aligned arrays, both ends included; where ``high < low``, the value is ``low``.

    As in :func:`bounded`, a span above 2**32 takes a remainder; which way a row goes depends on its own span only.
    """
    span = np.maximum(high - low + 1, 1).astype(np.uint64)
    step = ((bits >> _HALF) * span) >> _HALF
    wide = span > np.uint64(1 << 32)
    if wide.any():
        step = np.where(wide, bits % span, step)
    between: NDArray[np.int64] = low + step.view(np.int64)
    return between
