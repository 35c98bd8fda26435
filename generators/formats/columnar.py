"""Parquet and Arrow files: types survive, and the same rows in the same batches give the same bytes."""

from __future__ import annotations

from contextlib import suppress
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from .texts import is_uuid

GROUP_ROWS = 131_072
"""Rows of a Parquet row group: what is held back at most, and the unit that readers skip by."""


class ParquetEncoder:
    """Row groups of equal size, however the rows arrive; UUIDs carry their logical type."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        fields = [field.with_type(pa.uuid()) if is_uuid(field.type) else field for field in schema]
        self._schema = pa.schema(fields)
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows."""
        while batch.num_rows:
            taken = batch.slice(0, GROUP_ROWS - self._rows)
            self._held.append(taken)
            self._rows += taken.num_rows
            batch = batch.slice(taken.num_rows)
            if self._rows == GROUP_ROWS:
                self._flush()

    def _flush(self) -> None:
        table = pa.Table.from_batches(self._held).combine_chunks()
        columns = [
            _as_uuid(column) if is_uuid(column.type) else column
            for column in (table.column(place) for place in range(table.num_columns))
        ]
        self._writer.write_table(pa.table(columns, schema=self._schema), row_group_size=GROUP_ROWS)
        self._held, self._rows = [], 0

    def finish(self) -> None:
        """Write the last row group and the footer."""
        if self._rows:
            self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Close the writer, or it would try to write its footer when it is collected."""
        _close(self._writer)


def _as_uuid(column: pa.ChunkedArray) -> pa.ChunkedArray:
    chunks = [pa.ExtensionArray.from_storage(pa.uuid(), chunk) for chunk in column.chunks]
    return pa.chunked_array(chunks, type=pa.uuid())


class ArrowEncoder:
    """The Arrow IPC file format, uncompressed, so that a reader can map it into memory."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pa.ipc.new_file(file, schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows as a record batch."""
        self._writer.write_batch(batch)

    def finish(self) -> None:
        """Write the footer."""
        self._writer.close()

    def abandon(self) -> None:
        """Close the writer, or it would try to write its footer when it is collected."""
        _close(self._writer)


def _close(writer: pq.ParquetWriter | pa.RecordBatchFileWriter) -> None:
    """A full disk has been reported by whatever brought us here."""
    with suppress(OSError, pa.ArrowException):
        writer.close()
