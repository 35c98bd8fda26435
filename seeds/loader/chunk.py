"""One chunk in one transaction: claim it, generate it, load it, record it, commit."""

from __future__ import annotations

import time

from generators import Digest, Run, digest_of, generate

from ..manifest import Chunk, chunk_claim, chunk_record
from ..ports import BulkSession
from .chunks import ChunkResult


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
