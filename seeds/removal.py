"""Removing what we wrote: keys are generated again, so rows of others are never even looked at."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from generators import Dataset, Run, generate, lock_digest
from generators.spec import TableSpec

from .dataset import parse_dataset
from .driver_errors import refused
from .environment import may_write
from .errors import ManifestConflict, SeedError
from .holding import manifest_of, run_of
from .loader import Progress
from .manifest import Chunk, Manifest, ManifestStore, chunk_removal
from .ports import BulkSession, Database
from .schema import drop_empty_tables

_UNFINISHED = "UPDATE understudy_manifest SET status = 'loading', finished_at = NULL WHERE dataset = ?"
_SUMS = "SELECT table_sums FROM understudy_chunk WHERE dataset = ? AND level = ? AND start_unit = ?"


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
    with refused(database.location):
        may_write(database, stamp=None, clock=clock)
        with database.lock(dataset.name):
            store = ManifestStore(database)
            manifest = manifest_of(database, dataset)
            dataset = _as_loaded(dataset, manifest)
            chunks = sorted(store.chunks(dataset.name), reverse=True)
            deleted = _remove_chunks(database, run_of(dataset, manifest), manifest, chunks, progress)
            dropped = drop_empty_tables(database, reversed(manifest.created_tables)) if drop_tables else ()
            store.remove(dataset.name)
    return Removal(deleted, dropped)


def _as_loaded(dataset: Dataset, manifest: Manifest) -> Dataset:
    if manifest.lock_digest == lock_digest(dataset) or not manifest.definition:
        return dataset
    return parse_dataset(manifest.definition.encode(), f"{dataset.name} as loaded")


def _remove_chunks(
    database: Database,
    run: Run,
    manifest: Manifest,
    chunks: list[Chunk],
    progress: Callable[[Progress], None],
) -> dict[str, int]:
    _check_keys(run.dataset)
    stored = [table for table in run.dataset.stored if database.columns_of(table.name)]
    deleted = {table.name: 0 for table in run.dataset.stored}
    same = manifest.lock_digest == lock_digest(run.dataset)
    session = database.session()
    try:
        for position, chunk in enumerate(chunks):
            for name, rows in remove_chunk(session, run, chunk, stored, must_agree=not same).items():
                deleted[name] += rows
            progress(Progress(position + 1, len(chunks), sum(deleted.values())))
    finally:
        session.close()
    return deleted


def _check_keys(dataset: Dataset) -> None:
    for table in dataset.stored:
        if not table.primary_key:
            raise SeedError(
                f"{table.name} has no primary key, so its rows cannot be told from others'",
                code="RESET_NEEDS_KEY",
                hint="add a primary_key to the dataset",
            )


def remove_chunk(
    session: BulkSession, run: Run, chunk: Chunk, stored: Sequence[TableSpec], *, must_agree: bool = False
) -> dict[str, int]:
    """Delete one chunk's rows, children first, together with its record; the manifest is unfinished from then on.

    Args:
        session: a connection to the target.
        run: what made the rows.
        chunk: which of them.
        stored: the tables that are there, each after those it refers to.
        must_agree: as many rows must go as came. Asked for where the generators are not those that made the rows: the
            keys may then be others, and rows would stay behind that nobody knows any more.

    Raises:
        ManifestConflict: if not as many rows went; they are all still there.
    """
    columns = {table.name: table.primary_key for table in stored}
    keys: dict[str, list[pa.RecordBatch]] = {name: [] for name in columns}
    for item in generate(run, chunk.start, chunk.stop, level=chunk.level, tables=columns, columns=columns):
        keys[item.table].append(item.batch)
    deleted = {}
    try:
        for table in reversed(stored):
            if keys[table.name]:
                batch = pa.Table.from_batches(keys[table.name]).combine_chunks().to_batches()[0]
                deleted[table.name] = session.delete(table, batch)
        if must_agree:
            _check_deleted(session, run.dataset.name, chunk, deleted)
        session.execute(_UNFINISHED, (run.dataset.name,))
        session.execute(*chunk_removal(run.dataset.name, chunk.level, chunk.start))
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return deleted


def _check_deleted(session: BulkSession, dataset: str, chunk: Chunk, deleted: dict[str, int]) -> None:
    ((sums,),) = session.fetch(_SUMS, (dataset, chunk.level, chunk.start))
    loaded = {name: rows for name, (rows, *_) in json.loads(str(sums)).items() if rows}
    gone = {name: rows for name, rows in deleted.items() if rows}
    if loaded != gone:
        raise ManifestConflict(
            f"the keys of {dataset} are others today than when it was loaded: "
            f"{sum(gone.values()):,} of {sum(loaded.values()):,} rows were found",
            code="MANIFEST_LOCK_CHANGED",
            hint="reset it with the version of Understudy that loaded it, or drop its tables and the manifest's",
        )
