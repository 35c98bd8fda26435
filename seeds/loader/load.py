"""Runs chunks level by level, in this process or in several, and reports each as it commits."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from itertools import groupby

from generators import Run

from ..errors import TargetUnavailable
from ..manifest import Chunk
from ..ports import Database
from .chunks import ChunkResult
from .worker import LoadJob, load_chunk, start_worker, work


def load_chunks(
    database: Database, run: Run, job: LoadJob, chunks: list[Chunk], workers: int, report: Callable[[ChunkResult], None]
) -> None:
    """Load all chunks; a level starts when the one below has committed.

    Raises:
        TargetUnavailable: if a loading process or the server went away; what was committed stays and is not repeated.
    """
    workers = min(workers, len(chunks))
    if workers <= 1:
        _load_here(database, run, job, chunks, report)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker, initargs=(job,)) as pool:
        try:
            for _, level in groupby(sorted(chunks), key=lambda chunk: chunk.level):
                for result in _level(pool, list(level)):
                    report(result)
        except BrokenProcessPool:
            raise TargetUnavailable(
                "a loading process ended early", hint="run the same command again: it goes on where this one stopped"
            ) from None


def _level(pool: ProcessPoolExecutor, chunks: list[Chunk]) -> Iterator[ChunkResult]:
    futures = [pool.submit(work, chunk) for chunk in chunks]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def _load_here(
    database: Database, run: Run, job: LoadJob, chunks: list[Chunk], report: Callable[[ChunkResult], None]
) -> None:
    session = database.session()
    try:
        for chunk in sorted(chunks):
            report(load_chunk(session, run, chunk, job.block_units))
    finally:
        session.close()
