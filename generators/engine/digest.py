"""A digest of a table that does not depend on the order or grouping of its rows.

Each row is hashed to 64 bits from its named values, two sums of the row hashes (one of them scrambled again) are
kept modulo 2**64, and the digest is the SHA-256 of names, types, the number of rows and both sums. Sums add up
over partitions and chunks, so the digest can be built anywhere in any order, and re-derived from a database without
sorting. It detects accidents, with a chance of about 2**-64 to miss one; it is not meant against forgery.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..spec import ColumnSpec
from ..streams.stream import U64, mix64, stream_key

_FORMAT = "understudy digest 1"
_NULL = np.uint64(0xA5A5_5A5A_0F0F_F0F0)
_MASK = (1 << 64) - 1
_WORD = 8


@dataclass(frozen=True, slots=True)
class Digest:
    """Sums over rows; ``+`` joins disjoint sets of rows."""

    rows: int = 0
    first: int = 0
    second: int = 0

    def __add__(self, other: Digest) -> Digest:
        return Digest(self.rows + other.rows, (self.first + other.first) & _MASK, (self.second + other.second) & _MASK)

    def hexdigest(self, table: str, columns: tuple[ColumnSpec, ...]) -> str:
        """The SHA-256 over the table's shape and the sums."""
        shape = "\n".join(f"{column.name} {column.type}" for column in sorted(columns, key=lambda item: item.name))
        text = f"{_FORMAT}\n{table}\n{shape}\n{self.rows} {self.first} {self.second}\n"
        return sha256(text.encode()).hexdigest()


def digest_of(batch: pa.RecordBatch) -> Digest:
    """The digest of a batch of rows."""
    if not batch.num_rows:
        return Digest()
    total = np.zeros(batch.num_rows, dtype=np.uint64)
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        total += mix64(_hashes(values) ^ stream_key(0, f"digest/{name}"))
    rows = mix64(total)
    return Digest(batch.num_rows, int(rows.sum()), int(mix64(rows).sum()))


def _hashes(values: pa.Array) -> U64:
    hashed = _valid_hashes(values)
    if values.null_count:
        hashed = np.where(np.asarray(values.is_null()), _NULL, hashed)
    return hashed


def _valid_hashes(values: pa.Array) -> U64:
    kind = values.type
    if pa.types.is_string(kind):
        return _text_hashes(values)
    if pa.types.is_list(kind):
        return _list_hashes(values)
    if pa.types.is_boolean(kind):
        return np.asarray(values.fill_null(False)).astype(np.uint64)
    if pa.types.is_decimal(kind):
        return mix64(_words(values, 2)[:, 0]) ^ _words(values, 2)[:, 1]
    if pa.types.is_fixed_size_binary(kind):
        return mix64(_words(values, kind.byte_width // _WORD)[:, 0]) ^ _words(values, kind.byte_width // _WORD)[:, -1]
    if pa.types.is_floating(kind):
        return np.asarray(values.fill_null(0.0)).view(np.uint64)
    if pa.types.is_date32(kind):
        values = values.cast(pa.int32())
    return np.asarray(values.cast(pa.int64()).fill_null(0)).view(np.uint64)


def _words(values: pa.Array, width: int) -> U64:
    buffer = values.buffers()[1]
    words = np.frombuffer(buffer, dtype="<u8", count=(values.offset + len(values)) * width)
    return words.reshape(-1, width)[values.offset :]


def _text_hashes(values: pa.Array) -> U64:
    """Eight bytes at a time: a word read at any offset, cut to the text's length, folded into the row's hash."""
    rows = len(values)
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int32)[values.offset : values.offset + rows + 1].astype(
        np.int64
    )
    lengths = np.diff(offsets)
    if values.null_count:
        lengths = np.where(np.asarray(values.is_null()), 0, lengths)
    hashed = lengths.astype(np.uint64)
    longest = int(lengths.max(initial=0))
    if not longest:
        return hashed
    begin = int(offsets[0])
    data = np.frombuffer(values.buffers()[2], dtype=np.uint8)[begin : int(offsets[-1])]
    padded = np.concatenate((data, np.zeros(_WORD, dtype=np.uint8)))
    windows: U64 = np.ndarray(shape=(len(data) + 1,), dtype="<u8", buffer=padded, strides=(1,))
    starts = offsets[:-1] - begin
    active = np.flatnonzero(lengths > 0)
    for position in range(0, longest, _WORD):
        if position:
            active = active[lengths[active] > position]
        left = np.minimum(lengths[active] - position, _WORD).astype(np.uint64)
        cut = np.uint64(_MASK) >> ((np.uint64(_WORD) - left) * np.uint64(8))
        hashed[active] = mix64(
            hashed[active] * np.uint64(0x9E3779B97F4A7C15) ^ (windows[starts[active] + position] & cut)
        )
    return hashed


def _list_hashes(values: pa.ListArray) -> U64:
    elements: NDArray[np.uint64] = _hashes(values.flatten())
    sizes = np.asarray(pc.fill_null(pc.list_value_length(values), 0)).astype(np.int64)
    owners = np.repeat(np.arange(len(values)), sizes)
    places = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    hashed = sizes.astype(np.uint64)
    np.add.at(hashed, owners, mix64(elements ^ mix64(places.astype(np.uint64) + np.uint64(1))))
    return hashed
