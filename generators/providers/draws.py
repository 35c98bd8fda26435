"""Ways of drawing that several providers share: by a column instead of by row, and weighted by one look-up."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import ParameterError
from ..streams.stream import PIECE, U64, mix64, stream_key
from .definition import Rows

I64 = NDArray[np.int64]


def text_scalar(text: str) -> pa.Scalar:
    """A constant for Arrow's functions; with its type named, it costs a twentieth of what Arrow guesses it in."""
    return pa.scalar(text, type=pa.string())


class Slots:
    """Weighted choice within groups: each group is a row of ``2**power`` equal slots, so a draw is one look-up.

    A share is exact to ``2**-power``; the last value of a group takes what rounding leaves.
    """

    __slots__ = ("_power", "_shift", "_table", "groups")

    def __init__(self, groups: Sequence[Sequence[tuple[int, float]]], power: int = 14) -> None:
        self.groups = len(groups)
        self._power, self._shift = power, np.uint64(64 - power)
        table = np.concatenate([_slots(group, 1 << power) for group in groups])
        # The narrowest type keeps the table in the processor's cache, which is what a draw costs.
        self._table = table.astype(np.min_scalar_type(int(table.max())))

    def draw(self, bits: U64, group: NDArray[np.integer] | int = 0) -> NDArray[np.unsignedinteger]:
        """One value of each row's group, by the upper bits of a random word a row."""
        drawn = np.empty(len(bits), dtype=self._table.dtype)
        groups = np.asarray(group, dtype=np.int64)
        for start in range(0, len(bits), PIECE):  # in pieces that stay in the processor's cache
            piece = slice(start, start + PIECE)
            place = (bits[piece] >> self._shift).view(np.int64)
            if self.groups > 1:
                place += (groups[piece] if groups.ndim else groups) << self._power
            drawn[piece] = self._table[place]
        return drawn


def _slots(group: Sequence[tuple[int, float]], size: int) -> NDArray[np.int32]:
    values = np.array([value for value, _ in group], dtype=np.int32)
    reached = np.cumsum([weight for _, weight in group])
    bounds = np.round(reached * (size / reached[-1])).astype(np.int64)
    return np.repeat(values, np.diff(bounds, prepend=0))


def shared_bits(rows: Rows, by: str, salt: str = "") -> U64:
    """Random words that are equal wherever the column ``by`` is equal; the row's own where it is empty or not given.

    Raises:
        ParameterError: if ``by`` holds neither whole numbers nor dates nor text.
    """
    if not by:
        return rows.bits(salt)
    column = rows.column(by)
    key = stream_key(rows.seed, f"{rows.path}#by/{salt}")
    words = mix64(mix64(whole_keys(rows, column).view(np.uint64)) + key)
    if column.null_count:
        words = np.where(np.asarray(column.is_valid()), words, rows.bits(salt))
    return words


def whole_keys(rows: Rows, column: pa.Array) -> I64:
    """A number for each value: itself if it is whole, days if it is a date, a hash if it is text; 0 where empty."""
    kind = column.type
    if pa.types.is_date32(kind):
        column = column.cast(pa.int32())
    elif pa.types.is_string(kind):
        # Hashing each distinct text once: rows that share a value share the work.
        encoded = column.dictionary_encode()
        hashes = [stream_key(0, str(text)) for text in encoded.dictionary.to_pylist()]
        column = pa.array(np.array(hashes, dtype=np.uint64).view(np.int64)).take(encoded.indices)
    elif not pa.types.is_integer(kind):
        raise ParameterError(f"'by' needs a column of whole numbers, dates or text, got {kind}", where=(rows.path,))
    return np.asarray(column.cast(pa.int64()).fill_null(0))


def codes_of(values: pa.Array, labels: Sequence[Hashable], other: int) -> NDArray[np.int64]:
    """The position of each text among a few ``labels``; ``other`` where it is none of them or empty."""
    lengths = np.diff(_offsets(values))
    if len(values) and not values.null_count and lengths.min() == 1 and lengths.max() == 1:
        table = np.full(256, other, dtype=np.int64)
        for place, label in enumerate(labels):
            text = str(label).encode()
            if len(text) == 1:
                table[text[0]] = place
        return table[byte_values(values)]
    found = pc.index_in(values, value_set=pa.array([str(label) for label in labels], type=pa.string()))
    return np.asarray(found.fill_null(other).cast(pa.int64()))


def _offsets(values: pa.Array) -> NDArray[np.int32]:
    buffer = values.buffers()[1]
    if buffer is None or not len(values):
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(buffer, dtype=np.int32)[values.offset : values.offset + len(values) + 1]


def byte_values(values: pa.Array) -> NDArray[np.uint8]:
    """All bytes of a text array, one text after the other."""
    offsets = _offsets(values)
    buffer = values.buffers()[2]
    if buffer is None:
        return np.zeros(0, dtype=np.uint8)
    return np.frombuffer(buffer, dtype=np.uint8)[offsets[0] : offsets[-1]]


def byte_offsets(values: pa.Array) -> NDArray[np.int32]:
    """Where each text starts in :func:`byte_values`, and at the end where the last one stops."""
    offsets = _offsets(values)
    starts: NDArray[np.int32] = offsets - offsets[0]
    return starts
