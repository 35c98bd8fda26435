"""Arrow values as SQLite holds them, and back, exactly.

| type | held as |
|---|---|
| `date`, `timestamp`, `timestamptz` | ISO text; instants in UTC, without a zone |
| `numeric(p,s)`, p up to 15 | a number, which SQLite's arithmetic treats as a double: reading rounds it to the scale, which restores it exactly; compare sums through `ROUND(…, s)` |
| `numeric(p,s)`, longer | text |
| `uuid` | text with hyphens |
| `json` | the text itself |
| arrays | JSON text |
| `boolean` | 0 and 1 |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from uuid import UUID

import pyarrow as pa

Values = Sequence[object]


def to_sqlite(values: pa.Array) -> Values:
    """A column's values as objects that Python's driver takes."""
    kind = values.type
    if pa.types.is_list(kind):
        return _array_texts(values)
    if pa.types.is_fixed_size_binary(kind):
        return [None if item is None else str(UUID(bytes=item)) for item in values.to_pylist()]
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us"))
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        values = values.cast(pa.string())
    if values.null_count == 0 and pa.types.is_primitive(kind) and not pa.types.is_temporal(kind):
        items: Values = values.to_numpy(zero_copy_only=False).tolist()
        return items
    listed: Values = values.to_pylist()
    return listed


def _array_texts(values: pa.ListArray) -> Values:
    """Each list as JSON; its items by the same rules as columns."""
    items = iter(to_sqlite(values.flatten()))
    return [
        None if size is None else json.dumps([next(items) for _ in range(size)], ensure_ascii=False)
        for size in values.value_lengths().to_pylist()
    ]


def from_sqlite(values: Values, kind: pa.DataType) -> pa.Array:
    """A column's values as read, in the Arrow type of its definition."""
    if pa.types.is_list(kind):
        lists = [None if item is None else json.loads(str(item)) for item in values]
        flat = from_sqlite([item for members in lists if members for item in members], kind.value_type)
        offsets = [0]
        for members in lists:
            offsets.append(offsets[-1] + len(members or ()))
        empty = pa.array([members is None for members in lists], type=pa.bool_())
        return pa.ListArray.from_arrays(pa.array(offsets, type=pa.int32()), flat, mask=empty).cast(kind)
    if pa.types.is_decimal(kind):
        scale = kind.scale
        return _mapped(values, lambda item: item if isinstance(item, str) else f"{item:.{scale}f}", pa.string()).cast(
            kind
        )
    if pa.types.is_fixed_size_binary(kind):
        return _mapped(values, lambda item: UUID(str(item)).bytes, kind)
    if pa.types.is_boolean(kind):
        return _mapped(values, bool, kind)
    if pa.types.is_floating(kind):
        return _mapped(values, lambda item: float(str(item)), kind)
    if pa.types.is_temporal(kind):
        return _temporal(values, kind)
    return pa.array(values, type=kind)


def _temporal(values: Values, kind: pa.DataType) -> pa.Array:
    texts = pa.array(values, type=pa.string())
    if pa.types.is_timestamp(kind) and kind.tz:
        return texts.cast(pa.timestamp("us")).cast(pa.int64()).cast(kind)
    return texts.cast(kind)


def _mapped(values: Values, function: Callable[[object], object], kind: pa.DataType) -> pa.Array:
    return pa.array([None if item is None else function(item) for item in values], type=kind)
