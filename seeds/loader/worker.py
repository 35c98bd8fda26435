"""One chunk in one transaction: claim it, generate it, load it, record it, commit."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from generators import Dataset, Digest, Run, compile_dataset, digest_of, generate
from generators.spec import DatasetSpec

from ..databases.registry import open_database
from ..manifest import Chunk, chunk_claim, chunk_record
from ..ports import BulkSession, Database
from .chunks import ChunkResult

_WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class LoadJob:
    """What a loading process needs to know; it travels between processes, so it holds no connection."""

    spec: DatasetSpec
    seed: int
    units: int
    as_of: date
    epoch: date
    id_offset: int
    shifts: tuple[tuple[str, int], ...]
    url: str | None
    home: Path
    block_units: int

    def run(self, dataset: Dataset) -> Run:
        """The generation run that the job describes."""
        return Run(dataset, self.seed, self.units, self.as_of, self.epoch, self.id_offset, dict(self.shifts))


def load_chunk(session: BulkSession, run: Run, chunk: Chunk, block_units: int) -> ChunkResult:
    """Load one chunk and commit it together with its record.

    The record is inserted first: a process that was thought dead and still holds the same chunk makes this one wait,
    and if it commits, there is nothing left to do.
    """
    started = time.perf_counter()
    digests: dict[str, Digest] = {}
    tables = {table.name: table for table in run.dataset.stored}
    try:
        if not session.fetch(*chunk_claim(run.dataset.name, chunk.level, chunk.start, chunk.stop)):
            session.rollback()
            return ChunkResult(chunk, {}, time.perf_counter() - started, already_there=True)
        for item in generate(run, chunk.start, chunk.stop, level=chunk.level, block_units=block_units):
            session.append(tables[item.table], item.batch)
            digests[item.table] = digests.get(item.table, Digest()) + digest_of(item.batch)
        seconds = time.perf_counter() - started
        session.execute(*chunk_record(run.dataset.name, chunk.level, chunk.start, digests, seconds))
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return ChunkResult(chunk, digests, seconds)


@dataclass(slots=True)
class _Worker:
    """The state of one loading process."""

    database: Database
    session: BulkSession
    run: Run
    block_units: int


_WORKERS: list[_Worker] = []


def start_worker(job: LoadJob) -> None:
    """Open this process's connection; called once in each loading process."""
    _die_with_parent(os.getppid())
    database = open_database(job.url, home=job.home)
    run = job.run(compile_dataset(job.spec))
    _WORKERS[:] = [_Worker(database, database.session(), run, job.block_units)]


def work(chunk: Chunk) -> ChunkResult:
    """Load a chunk in a process prepared by :func:`start_worker`."""
    worker = _WORKERS[0]
    return load_chunk(worker.session, worker.run, chunk, worker.block_units)


def _die_with_parent(parent: int, leave: Callable[[int], None] = os._exit) -> None:
    """A loading process whose parent was killed must not go on writing."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        leave(1)

    threading.Thread(target=watch, daemon=True).start()
