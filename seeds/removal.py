"""Removing what we wrote: keys are generated again, so rows of others are never even looked at."""

from __future__ import annotations

import pyarrow as pa

from generators import Run, generate

from .errors import SeedError
from .loader import Chunk
from .manifest import chunk_removal
from .ports import BulkSession


def remove_chunk(session: BulkSession, run: Run, chunk: Chunk) -> dict[str, int]:
    """Delete one chunk's rows, children first, together with its record.

    Raises:
        SeedError: if a table has no primary key to delete by.
    """
    tables = {table.name: table for table in run.dataset.stored}
    for table in tables.values():
        if not table.primary_key:
            raise SeedError(
                f"{table.name} has no primary key, so its rows cannot be told from others'",
                code="RESET_NEEDS_KEY",
                hint="add a primary_key to the dataset",
            )
    columns = {table.name: table.primary_key for table in tables.values()}
    keys: dict[str, list[pa.RecordBatch]] = {name: [] for name in tables}
    for item in generate(run, chunk.start, chunk.stop, level=chunk.level, columns=columns):
        keys[item.table].append(item.batch)
    deleted = {}
    try:
        for name in reversed(tables):
            if keys[name]:
                batch = pa.Table.from_batches(keys[name]).combine_chunks().to_batches()[0]
                deleted[name] = session.delete(tables[name], batch)
        session.execute(*chunk_removal(run.dataset.name, chunk.level, chunk.start))
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return deleted
