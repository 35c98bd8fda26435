"""Values as a column keeps them, so that a row is found again by what was sent.

| type | keeps |
|---|---|
| `binary(n)` | n octets: what is shorter is filled up with zeros, which count when it is compared |
| `datetime(n)`, `timestamp(n)`, `time(n)` | n digits after the second |
| `float` | 32 bits, which are another number than the 64 that were sent |
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from datetime import datetime, time

from ...catalog import Column, Kind

_TIMED = (Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.TIME)
_FRACTION = re.compile(r"(?<=:\d\d)\.(\d+)")
_MICROSECONDS = 6


def kept(values: Sequence[object], column: Column) -> Sequence[object]:
    """The values, changed as the server would change them when it puts them into the column."""
    change = _change(column)
    return values if change is None else [None if item is None else change(item) for item in values]


def _change(column: Column) -> Callable[[object], object] | None:
    kind = column.type
    if kind.base == "binary" and kind.size:
        size = kind.size
        return lambda item: item.ljust(size, b"\0") if isinstance(item, bytes) else item
    if kind.kind in _TIMED and (kind.scale or 0) < _MICROSECONDS:
        digits = kind.scale or 0
        return lambda item: _cut(item, digits)
    return _in_32_bits if kind.base == "float" else None


def _cut(item: object, digits: int) -> object:
    """Without the digits that the column has no room for; MySQL would round, perhaps past another moment."""
    if isinstance(item, datetime | time):
        step = 10 ** (_MICROSECONDS - digits)
        return item.replace(microsecond=item.microsecond - item.microsecond % step)
    if isinstance(item, str):
        return _FRACTION.sub(lambda found: f".{found[1][:digits]}" if digits else "", item)
    return item


def _in_32_bits(item: object) -> object:
    try:
        return struct.unpack("f", struct.pack("f", item))[0] if isinstance(item, float) else item
    except OverflowError:  # more than the column holds, as the server will say
        return item
