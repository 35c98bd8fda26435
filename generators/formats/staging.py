"""A file appears under its name when it is complete, and not before: until then it is a hidden neighbour."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import pyarrow as pa

from ..errors import SpecError


class Encoder(Protocol):
    """Rows of one format on their way into an open file."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows."""

    def finish(self) -> None:
        """Write what is still held back, and the format's end."""

    def abandon(self) -> None:
        """Let go of the file, which nobody will read."""


class StagedWriter:
    """Sends rows through an encoder into a file beside the target, and renames it at the end.

    Used as a context manager, an exception discards the file; whatever stood under the target's name stays.
    """

    def __init__(self, path: Path, schema: pa.Schema, encoder: Callable[[BinaryIO, pa.Schema], Encoder]) -> None:
        self.path = path
        self.schema = schema
        self._staged = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._encoder: Encoder | None = None
        self._file: BinaryIO | None = self._staged.open("wb")
        try:
            self._encoder = encoder(self._file, schema)
        except BaseException:
            self.discard()
            raise

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows; they must have the writer's schema.

        Raises:
            SpecError: for rows of another schema, or after the writer was closed.
        """
        if self._encoder is None:
            raise SpecError(f"{self.path.name} is closed already")
        if not batch.schema.equals(self.schema):
            raise SpecError(f"rows of {batch.schema.names} do not fit {self.path.name}, which has {self.schema.names}")
        self._encoder.write(batch)

    def close(self) -> None:
        """Complete the file and give it its name; a second call does nothing."""
        if self._file is None or self._encoder is None:
            return
        try:
            self._encoder.finish()
            self._file.close()
            self._staged.replace(self.path)
        except BaseException:
            self.discard()
            raise
        self._file = self._encoder = None

    def discard(self) -> None:
        """Forget everything written; nothing is left behind."""
        if self._file is None:
            return
        try:
            if self._encoder is not None:
                self._encoder.abandon()
            self._file.close()
        finally:
            self._file = self._encoder = None
            self._staged.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()
