"""Formats by name, and how to open a file in one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import pyarrow as pa

from ..errors import SpecError, UnknownNameError
from .columnar import ArrowEncoder, ParquetEncoder
from .delimited import CsvEncoder
from .ndjson import NdjsonEncoder
from .staging import Encoder, StagedWriter

FORMATS = ("arrow", "csv", "ndjson", "parquet")
_ENCODERS: Mapping[str, Callable[[BinaryIO, pa.Schema], Encoder]] = {
    "arrow": ArrowEncoder,
    "csv": CsvEncoder,
    "parquet": ParquetEncoder,
}


class Writer(Protocol):
    """A file that takes rows in bounded memory, and appears under its name only when it is complete."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows; they must have the schema the writer was opened with."""

    def close(self) -> None:
        """Complete the file and give it its name."""

    def discard(self) -> None:
        """Forget everything written; nothing is left behind."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


def open_writer(format: str, path: Path, schema: pa.Schema, *, json_columns: Collection[str] = ()) -> Writer:  # noqa: A002
    """A writer of one table's rows.

    Args:
        format: one of :data:`FORMATS`.
        path: the file's name once it is complete; its folder must exist.
        schema: the rows' schema, see :func:`generators.schema_of`.
        json_columns: text columns that hold JSON, which ``ndjson`` embeds instead of quoting it.

    Raises:
        UnknownNameError: for a format that does not exist.
        SpecError: for two columns of the same name.
    """
    if format not in FORMATS:
        raise UnknownNameError("format", format, FORMATS)
    if len(set(schema.names)) < len(schema.names):
        raise SpecError(f"two columns of {path.name} have the same name")

    def encoder(file: BinaryIO, schema: pa.Schema) -> Encoder:
        return NdjsonEncoder(file, schema, json_columns) if format == "ndjson" else _ENCODERS[format](file, schema)

    return StagedWriter(path, schema, encoder)
