"""Names to plain Latin letters, byte by byte over a whole column: no string is touched on its own."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .draws import byte_offsets, byte_values

_WITHOUT_DECOMPOSITION = {
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ß": "s",
    "æ": "a",
    "œ": "o",
    "ð": "d",
    "þ": "t",
    "ə": "a",
}
_RANGES = ((0x80, 0x250), (0x250, 0x2B0), (0x1E00, 0x1F00))
_LIMIT = 0x2000
_TWO, _THREE, _FOUR, _CONTINUED = 0xC0, 0xE0, 0xF0, 0x80


@lru_cache(maxsize=1)
def _ascii_letters() -> NDArray[np.uint8]:
    """The lower-case letter of each byte that is one, and 0 for every other."""
    letters = np.zeros(256, dtype=np.uint8)
    for code in range(ord("a"), ord("z") + 1):
        letters[code] = letters[code - 32] = code
    return letters


@lru_cache(maxsize=1)
def _letters_beyond() -> NDArray[np.uint8]:
    """The plain letter that a code point below U+2000 is built on, and 0 where there is none."""
    letters = np.zeros(_LIMIT, dtype=np.uint8)
    for first, last in _RANGES:
        for code in range(first, last):
            lower = chr(code).lower()
            plain = _WITHOUT_DECOMPOSITION.get(lower, unicodedata.normalize("NFKD", lower)[0])
            if plain.isascii() and plain.isalpha():
                letters[code] = ord(plain)
    return letters


def latin_letters(values: pa.Array) -> pa.Array:
    """Text cut down to the letters a to z: case and accents are dropped, and whatever else there is with them.

    ``O'Brien-Şahin`` becomes ``obriensahin``. Letters outside Latin leave nothing.
    """
    raw, offsets = byte_values(values), byte_offsets(values)
    letters = np.take(_ascii_letters(), raw)
    if len(raw) and raw.max() >= _CONTINUED:
        _fold_beyond(raw, letters)
    kept = letters > 0
    if kept.all():
        return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(letters))
    running = np.zeros(len(raw) + 1, dtype=np.int32)
    np.cumsum(kept, out=running[1:])
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(running[offsets]), pa.py_buffer(letters[kept]))


def _fold_beyond(raw: NDArray[np.uint8], letters: NDArray[np.uint8]) -> None:
    """Write the plain letter of every character of two or three bytes in place of its first byte."""
    first = np.flatnonzero((raw >= _TWO) & (raw < _FOUR))
    wide = raw[first] >= _THREE
    lead, next_one = raw[first].astype(np.int64), raw[first + 1].astype(np.int64) & 0x3F
    last = raw[np.minimum(first + 2, len(raw) - 1)].astype(np.int64) & 0x3F
    code = np.where(wide, (lead & 0x0F) << 12 | next_one << 6 | last, (lead & 0x1F) << 6 | next_one)
    letters[first] = np.where(code < _LIMIT, _letters_beyond()[np.minimum(code, _LIMIT - 1)], 0)
