"""Constants as a plan writes them, read in a column's own type, and values of any type as the text databases read.

A plan can be written as JSON: exact numbers are text such as ``"1.50"``, dates ``"2026-04-06"`` and moments
``"2026-04-06T10:00:00"``, which are UTC where no offset says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import ParameterError
from ..spec import ColumnType
from .draws import text_scalar

TEXTS = ("text", "varchar", "char")
"""Types that hold any text."""

_BYTES = 16


def read_literal(written: Any, kind: ColumnType) -> Any:
    """A written constant as Python's value for the type; None stays None.

    Raises:
        ValueError: if it cannot be read as the type.
    """
    if written is None or kind.array:
        return written
    match kind.name:
        case "bigint" | "integer" | "smallint":
            return _whole(written)
        case "numeric":
            return _exact(written)
        case "double":
            return float(written)
        case "date":
            return _moment(written).date()
        case "timestamp":
            return _moment(written).replace(tzinfo=None)
        case "timestamptz":
            return _moment(written)
        case "boolean":
            return written if isinstance(written, bool) else str(written).lower() in ("true", "t", "1")
        case "uuid":
            return UUID(str(written)).bytes
        case _:
            return str(written).lower() if isinstance(written, bool) else str(written)


def literals(written: Iterable[Any], kind: ColumnType) -> pa.Array:
    """Written constants as an Arrow array of the type, kept for the next block.

    Raises:
        ParameterError: if one of them cannot be read as the type.
    """
    typed = tuple((type(item).__name__, tuple(item) if isinstance(item, list) else item) for item in written)
    return _literals(typed, kind)


@lru_cache(maxsize=512)
def _literals(typed: tuple[tuple[str, Any], ...], kind: ColumnType) -> pa.Array:
    # The type's name keeps 1 and True apart, which are the same key otherwise.
    try:
        return pa.array([read_literal(item, kind) for _, item in typed], type=kind.arrow)
    except (ValueError, TypeError, OverflowError) as error:
        raise ParameterError(f"a constant is no {kind}: {error}") from None


def is_number(text: str) -> bool:
    """Whether a text spells a finite number."""
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


def _exact(written: Any) -> Decimal:
    try:
        return Decimal(str(written))
    except InvalidOperation:
        raise ValueError(f"{written!r} is no number") from None


def _whole(written: Any) -> int:
    number = _exact(int(written) if isinstance(written, bool) else written)
    if number != number.to_integral_value():
        raise ValueError(f"{written!r} is no whole number")
    return int(number)


def _moment(written: Any) -> datetime:
    """A date or moment in UTC; a date is its midnight."""
    if isinstance(written, date) and not isinstance(written, datetime):
        return datetime(written.year, written.month, written.day, tzinfo=UTC)
    moment = written if isinstance(written, datetime) else datetime.fromisoformat(str(written))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def as_written(values: pa.Array) -> pa.Array:
    """Values of any type as the text that a database reads them from."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    if pa.types.is_fixed_size_binary(kind):
        return uuid_text(values)
    if pa.types.is_timestamp(kind):
        written = values.cast(pa.timestamp("us")).cast(pa.string())
        return written if kind.tz is None else pc.binary_join_element_wise(written, text_scalar("+00"), text_scalar(""))
    return values.cast(pa.string())


def uuid_text(values: pa.Array) -> pa.Array:
    """Sixteen bytes a row as the hyphenated text of a UUID."""
    raw = np.frombuffer(values.buffers()[1], dtype=np.uint8)[
        values.offset * _BYTES : (values.offset + len(values)) * _BYTES
    ]
    digits = hexadecimal(raw.reshape(-1, _BYTES))
    matrix = np.full((len(values), 36), ord("-"), dtype=np.uint8)
    start = 0
    for place, width in ((0, 8), (9, 4), (14, 4), (19, 4), (24, 12)):
        matrix[:, place : place + width] = digits[:, start : start + width]
        start += width
    offsets = np.arange(len(values) + 1, dtype=np.int32) * np.int32(36)
    nulls = values.is_valid().buffers()[1] if values.null_count else None
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(matrix), nulls)


def hexadecimal(raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bytes, shape (rows, n), as lower-case hexadecimal digits, shape (rows, 2n)."""
    digits = np.empty((*raw.shape, 2), dtype=np.uint8)
    digits[..., 0] = _digits()[raw >> 4]
    digits[..., 1] = _digits()[raw & 15]
    return digits.reshape(raw.shape[0], 2 * raw.shape[1])


@lru_cache(maxsize=1)
def _digits() -> NDArray[np.uint8]:
    return np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
