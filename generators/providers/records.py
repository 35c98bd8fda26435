"""Text of fixed width laid out like a record: several bytes are written at once, from tables of four digits."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@lru_cache(maxsize=1)
def quads() -> NDArray[np.uint32]:
    """The four ASCII digits of each number below 10,000, as one little-endian word."""
    numbers = np.arange(10_000, dtype=np.uint32)
    digits = np.stack([numbers // 1000, numbers // 100 % 10, numbers // 10 % 10, numbers % 10], axis=1)
    return (digits + 48).astype(np.uint8).view("<u4").reshape(-1)


def words(text: str, kind: str) -> Any:
    """ASCII text as little-endian words of the given kind."""
    return np.frombuffer(text.encode("ascii"), dtype=kind)


def as_text(records: NDArray[Any]) -> pa.Array:
    """Packed records as one string a row, without a copy."""
    width = records.dtype.itemsize
    offsets = np.arange(len(records) + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(len(records), pa.py_buffer(offsets), pa.py_buffer(records.view(np.uint8)))


def record(width: int, **fields: tuple[str, int]) -> np.dtype[Any]:
    """A packed row of text: fields of one, two or four bytes at given places."""
    return np.dtype(
        {
            "names": list(fields),
            "formats": [kind for kind, _ in fields.values()],
            "offsets": [place for _, place in fields.values()],
            "itemsize": width,
        }
    )
