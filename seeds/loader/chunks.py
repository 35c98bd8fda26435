"""Which ranges of units are still to be loaded, cut into chunks of about equal numbers of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generators import Dataset, Digest

from ..manifest import Chunk

CHUNK_ROWS = 100_000
"""Rows committed together: large enough to amortise a commit, small enough to lose little when killed."""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What one chunk put into the database."""

    chunk: Chunk
    digests: dict[str, Digest]
    seconds: float
    already_there: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an act has come: steps done, steps in all, and rows so far."""

    done: int
    total: int
    rows: int


def missing_chunks(dataset: Dataset, units: int, done: Iterable[Chunk], chunk_units: int) -> list[Chunk]:
    """The chunks that complete ``[0, units)`` on every level, lowest level first.

    Levels whose trees all have a fixed size belong to the first unit and make one chunk.
    """
    done = list(done)
    missing: list[Chunk] = []
    for level, roots in enumerate(dataset.levels):
        covered = sorted((chunk.start, chunk.stop) for chunk in done if chunk.level == level)
        scales = any(
            root == dataset.spec.size.root or isinstance(dataset.tables[root].spec.rows, float) for root in roots
        )
        for start, stop in _gaps(covered, units):
            step = chunk_units if scales else stop - start
            missing.extend(Chunk(level, *cut) for cut in _cuts(start, stop, step))
    return missing


def _gaps(covered: list[tuple[int, int]], units: int) -> Iterable[tuple[int, int]]:
    position = 0
    for start, stop in [*covered, (units, units)]:
        if start > position:
            yield position, min(start, units)
        position = max(position, stop)


def _cuts(start: int, stop: int, step: int) -> Iterable[tuple[int, int]]:
    """Cuts at multiples of ``step``, so that chunks fall at the same places whatever was there before."""
    while start < stop:
        end = min(stop, (start // step + 1) * step)
        yield start, end
        start = end
