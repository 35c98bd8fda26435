"""Columns as text, a column at a time: what both CSV and JSON are put together from."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import civil_from_days, digits_of, fixed_width_strings, literal_bytes

_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype=np.uint8).reshape(256, 2)
_DASH = ord("-")
_UUID_BYTES = 16
_UUID_GROUPS = (4, 2, 2, 2, 6)
_SCIENTIFIC_SCALE = 7
"""From this scale on, Arrow writes small decimals with an exponent."""


def is_uuid(kind: pa.DataType) -> bool:
    """True for the type that holds UUIDs: sixteen bytes."""
    return bool(pa.types.is_fixed_size_binary(kind) and kind.byte_width == _UUID_BYTES)


def plain_text(values: pa.Array) -> pa.Array:
    """Values of any type but a list as text, exact and reversible; nulls stay null.

    Numbers keep their scale, floating point is the shortest text that reads back equal, dates are ISO 8601.
    """
    kind = values.type
    if pa.types.is_string(kind):
        return values
    if is_uuid(kind):
        return _uuid_text(values)
    if pa.types.is_timestamp(kind):
        return _timestamp_text(values)
    text = values.cast(pa.string())
    if pa.types.is_decimal(kind) and kind.scale >= _SCIENTIFIC_SCALE:
        return _without_exponents(values, text)
    if pa.types.is_floating(kind):
        return _spelled_out(text)
    return text


def _uuid_text(values: pa.Array) -> pa.Array:
    data = np.frombuffer(values.buffers()[1], dtype=np.uint8, count=(values.offset + len(values)) * _UUID_BYTES)
    digits = _HEX[data.reshape(-1, _UUID_BYTES)[values.offset :]]
    blocks, start = [], 0
    for size in _UUID_GROUPS:
        if start:
            blocks.append(np.full((len(values), 1), _DASH, dtype=np.uint8))
        blocks.append(digits[:, start : start + size].reshape(len(values), size * 2))
        start += size
    return with_nulls_of(values, fixed_width_strings(*blocks))


def _timestamp_text(values: pa.Array) -> pa.Array:
    """ISO 8601 to the microsecond, with ``Z`` where the type has a zone; years 1 to 9999, as Python's dates."""
    moments = np.asarray(values.cast(pa.timestamp("us", values.type.tz)).cast(pa.int64()).fill_null(0))
    seconds, micros = np.divmod(moments, 1_000_000)
    days, clock = np.divmod(seconds, 86_400)
    years, months, month_days = civil_from_days(days)
    blocks: list[NDArray[np.uint8]] = []
    for mark, part, width in (
        ("", years, 4), ("-", months, 2), ("-", month_days, 2),
        ("T", clock // 3600, 2), (":", clock // 60 % 60, 2), (":", clock % 60, 2), (".", micros, 6),
    ):  # fmt: skip
        blocks += [literal_bytes(mark, len(values)), digits_of(part, width)]
    if values.type.tz:
        blocks.append(literal_bytes("Z", len(values)))
    return with_nulls_of(values, fixed_width_strings(*blocks))


def _without_exponents(values: pa.Array, text: pa.Array) -> pa.Array:
    """Only the values that Arrow wrote with an exponent are written again, one by one: they are rare and tiny."""
    mask = pc.fill_null(pc.match_substring(text, "E"), False)
    if not pc.any(mask).as_py():
        return text
    again = pa.array([f"{value.as_py():f}" for value in values.filter(mask)], type=pa.string())
    return pc.replace_with_mask(text, mask, again)


def _spelled_out(text: pa.Array) -> pa.Array:
    """What is no number, in PostgreSQL's words."""
    for written, word in (("nan", "NaN"), ("inf", "Infinity"), ("-inf", "-Infinity")):
        text = pc.if_else(pc.equal(text, written), word, text)
    return text


def with_nulls_of(source: pa.Array, values: pa.Array) -> pa.Array:
    """``values``, null wherever ``source`` is."""
    return pc.if_else(source.is_valid(), values, pa.scalar(None, values.type)) if source.null_count else values


def bytes_in(values: pa.Array) -> NDArray[np.bool_]:
    """Which of the 256 bytes occur in the values, nulls aside as far as they hold no text."""
    found = np.zeros(256, dtype=np.bool_)
    buffers = values.buffers()
    if len(values) and buffers[2] is not None:
        ends = np.frombuffer(buffers[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]
        found[np.frombuffer(buffers[2], dtype=np.uint8)[ends[0] : ends[-1]]] = True
    return found


def joined_lists(values: pa.Array, elements: pa.Array) -> pa.Array:
    """The texts of a list column's elements (as :meth:`flatten` gives them), joined by commas for each row."""
    sizes = np.asarray(pc.fill_null(pc.list_value_length(values), 0)).astype(np.int64)
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    return with_nulls_of(values, pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), elements), ","))


def line_bytes(pieces: list[pa.Array | str], rows: int, null: str) -> pa.Buffer:
    """The pieces laid side by side, row after row, as one run of bytes."""
    if not any(isinstance(piece, pa.Array) for piece in pieces):
        return pa.py_buffer("".join(map(str, pieces)).encode() * rows)
    lines = pc.binary_join_element_wise(*pieces, "", null_handling="replace", null_replacement=null)
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)[lines.offset : lines.offset + rows + 1]
    return lines.buffers()[2][int(offsets[0]) : int(offsets[-1])]
