"""Runs chunks level by level on a few connections, and reports each as it commits.

Connections are served by threads, not processes: a driver at work on COPY lets go of the interpreter, NumPy and Arrow
do for most of theirs, and a thread starts at once where a process would first import everything again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import groupby
from queue import SimpleQueue

from generators import Run

from ..manifest import Chunk
from ..ports import BulkSession, Database
from .chunk import load_chunk
from .chunks import ChunkResult


def load_chunks(
    database: Database,
    run: Run,
    chunks: list[Chunk],
    *,
    connections: int,
    block_units: int,
    report: Callable[[ChunkResult], None],
) -> None:
    """Load all chunks; a level starts when the one below has committed.

    An error stops the load: chunks under way are rolled back, and what was committed stays and is not repeated.
    """
    if not chunks:
        return
    with _sessions(database, min(connections, len(chunks))) as idle:

        def work(chunk: Chunk) -> ChunkResult:
            session = idle.get()
            try:
                return load_chunk(session, run, chunk, block_units)
            finally:
                idle.put(session)

        with ThreadPoolExecutor(min(connections, len(chunks)), thread_name_prefix="load") as pool:
            for _, level in groupby(sorted(chunks), key=lambda chunk: chunk.level):
                for result in _level(pool, work, list(level)):
                    report(result)


def _level(
    pool: ThreadPoolExecutor, work: Callable[[Chunk], ChunkResult], chunks: list[Chunk]
) -> Iterator[ChunkResult]:
    futures = [pool.submit(work, chunk) for chunk in chunks]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


@contextmanager
def _sessions(database: Database, count: int) -> Iterator[SimpleQueue[BulkSession]]:
    idle: SimpleQueue[BulkSession] = SimpleQueue()
    opened: list[BulkSession] = []
    try:
        for _ in range(count):
            opened.append(database.session())
            idle.put(opened[-1])
        yield idle
    finally:
        for session in opened:
            session.close()
