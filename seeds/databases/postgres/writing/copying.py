"""Arrow batches as the text that COPY reads: every value is read by its column's own input function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from generators.formats.texts import is_uuid, plain_text

from ....catalog import Table
from ....rejections import Rejection
from ..session import quoted
from .channel import Channel
from .rejections import copied_line, rejection_from

ROWS_SENT = 8192
"""Rows written at a time: the server reads one piece while the next is being written."""


def copy_rows(channel: Channel, target: str, batch: pa.RecordBatch) -> None:
    """Put a batch's rows into ``target``, a name quoted for SQL, with every constraint and trigger on.

    Texts are written between quotes and nulls as nothing, so that an empty text is no null.
    """
    columns = ", ".join(quoted(name) for name in batch.schema.names)
    channel.send(f"COPY {target} ({columns}) FROM STDIN (FORMAT csv)", _pieces(batch))


def row_at(batch: pa.RecordBatch, line: int) -> int:
    """Which row of a batch the server means by ``line``; -1 if none.

    The server counts the line ends inside of texts too, except that in the first row, before it has seen how lines
    end, it takes only a carriage return for one.
    """
    extra = np.zeros(batch.num_rows, dtype=np.int64)
    for column in _written(batch).columns:
        if _is_text(column.type):
            extra += pc.fill_null(pc.count_substring(column, "\n"), 0).to_numpy(zero_copy_only=False)
            extra[0] += (column[0].as_py() or "").count("\r") - (column[0].as_py() or "").count("\n")
    row = int(np.searchsorted(np.cumsum(extra + 1), line))
    return row if line > 0 and row < batch.num_rows else -1


def rejection_at(error: psycopg.Error, table: Table, batch: pa.RecordBatch) -> Rejection:
    """Why ``table`` refused the batch, and which row of it where the server says so."""
    return replace(rejection_from(error, table), position=row_at(batch, copied_line(error)))


def taken(batch: pa.RecordBatch, rows: NDArray[np.int64]) -> pa.RecordBatch:
    """The given rows of a batch, which are in order."""
    first = int(rows[0])
    if int(rows[-1]) - first + 1 == len(rows):
        return batch.slice(first, len(rows))
    return batch.take(pa.array(rows))


def _pieces(batch: pa.RecordBatch) -> Iterator[memoryview]:
    options = csv.WriteOptions(include_header=False)
    written = _written(batch)
    for start in range(0, batch.num_rows, ROWS_SENT):
        sink = pa.BufferOutputStream()
        csv.write_csv(written.slice(start, ROWS_SENT), sink, options)
        yield memoryview(sink.getvalue())


def _written(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with plain columns only: octets as the text that PostgreSQL reads, extensions as what they hold."""
    return pa.RecordBatch.from_arrays([_plain(column) for column in batch.columns], names=batch.schema.names)


def _plain(values: pa.Array) -> pa.Array:
    """What Arrow's own writer can write, and writes fast: it is ten times slower at moments than all else together."""
    kind = values.type
    if isinstance(values, pa.ExtensionArray):
        return _plain(values.storage)
    if is_uuid(kind) or pa.types.is_timestamp(kind):
        return plain_text(values)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else f"\\x{value.hex()}" for value in values.to_pylist()], pa.string())
    return values


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
