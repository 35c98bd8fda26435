"""Text of fixed width, written as a matrix of bytes and handed to Arrow without a copy of any string."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
_ZERO = 48


def digits_of(values: NDArray[np.int64], width: int) -> U8:
    """Decimal digits, zero-padded, shape (rows, width); the value must fit."""
    if len(values) and (values.min() < 0 or values.max() >= 10**width):
        raise ValueError(f"a value does not fit {width} digits")
    rest: NDArray[Any] = values.astype(np.uint32 if width <= 9 else np.uint64)
    matrix = np.empty((len(values), width), dtype=np.uint8)
    ten = rest.dtype.type(10)
    for place in range(width - 1, -1, -1):
        quotient = rest // ten
        matrix[:, place] = (rest - quotient * ten) + _ZERO
        rest = quotient
    return matrix


def literal_bytes(text: str, rows: int) -> U8:
    """The same ASCII text on every row, shape (rows, len(text))."""
    return np.broadcast_to(np.frombuffer(text.encode("ascii"), dtype=np.uint8), (rows, len(text)))


def fixed_width_strings(*blocks: U8) -> pa.Array:
    """One string a row from matrices of ASCII bytes laid side by side."""
    matrix = np.concatenate(blocks, axis=1) if len(blocks) > 1 else np.ascontiguousarray(blocks[0])
    rows, width = matrix.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(matrix))
