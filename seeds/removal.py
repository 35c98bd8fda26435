"""Removing what we wrote: keys are generated again, so rows of others are never even looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from generators import Dataset, Run, generate, lock_digest

from .dataset import parse_dataset
from .environment import may_write
from .errors import SeedError
from .holding import manifest_of, run_of
from .loader import Progress
from .manifest import Chunk, ManifestStore, chunk_removal
from .ports import BulkSession, Database
from .schema import drop_empty_tables


@dataclass(frozen=True, slots=True)
class Removal:
    """What a reset took away: rows by table, and tables."""

    rows: dict[str, int]
    tables: tuple[str, ...]


def reset(
    database: Database,
    dataset: Dataset,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[Progress], None] = lambda _: None,
    drop_tables: bool = False,
) -> Removal:
    """Delete the rows that the manifest says are ours, chunk by chunk, and nothing else.

    The manifest keeps the definition that made the rows, so they are found though the dataset may have changed.
    With ``drop_tables``, tables that the dataset's load created and that are empty now go as well.

    Raises:
        WriteRefused: if the gate does not know the target as a place for test data.
        ManifestConflict: if there is nothing of this dataset here.
    """
    may_write(database, stamp=None, clock=clock)
    with database.lock(dataset.name):
        store = ManifestStore(database)
        manifest = manifest_of(database, dataset)
        if manifest.lock_digest != lock_digest(dataset) and manifest.definition:
            dataset = parse_dataset(manifest.definition.encode(), f"{dataset.name} as loaded")
        run = run_of(dataset, manifest)
        chunks = sorted(store.chunks(dataset.name), reverse=True)
        deleted = {table.name: 0 for table in dataset.stored}
        session = database.session()
        try:
            for position, chunk in enumerate(chunks):
                for name, rows in remove_chunk(session, run, chunk).items():
                    deleted[name] += rows
                progress(Progress(position + 1, len(chunks), sum(deleted.values())))
        finally:
            session.close()
        dropped = drop_empty_tables(database, reversed(manifest.created_tables)) if drop_tables else ()
        store.remove(dataset.name)
    return Removal(deleted, dropped)


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
