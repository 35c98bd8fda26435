"""Seeding a target: behind the gate, under the lock, and never more than was asked for.

A target's manifest decides what ``seed`` does: nothing there means load, the same arguments mean nothing to do, more
units mean a top-up, an unfinished load means going on, and anything else is refused with the command that would do it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from generators import Dataset, Digest, units_for_rows

from .coherence import check, rule_queries
from .driver_errors import refused
from .environment import may_write
from .errors import VerificationFailed
from .holding import run_of
from .loader import ChunkResult, Progress, load_chunks, missing_chunks
from .manifest import Manifest, ManifestStore
from .ports import Database
from .preparation import Request, check_same, prepare

__all__ = ["Clock", "Outcome", "Request", "SeedReport", "seed"]

Outcome = Literal["loaded", "resumed", "topped up", "unchanged"]


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What a run did and what the target holds now."""

    outcome: Outcome
    manifest: Manifest
    loaded_rows: int
    load_seconds: float
    seconds: float
    rules_checked: int


Clock = Callable[[], datetime]


def seed(
    database: Database, request: Request, *, clock: Clock, progress: Callable[[Progress], None] = lambda _: None
) -> SeedReport:
    """Bring the target to what is asked, or say why not before anything is written.

    Raises:
        WriteRefused: if the gate does not know the target as a place for test data.
        ManifestConflict: if the target holds the dataset with another seed, date, definition or a larger size.
        ForeignRows: if rows of others stand in the dataset's tables.
        TargetBusy: if somebody else is seeding it.
        VerificationFailed: if the rows loaded break a rule of the dataset.
    """
    started = time.perf_counter()
    dataset = request.dataset
    dataset.check_capacity(request.units)
    with refused(database.location):
        permission = may_write(database, stamp=request.stamp, clock=clock)
        with database.lock(dataset.name):
            store = ManifestStore(database)
            present = store.read(dataset.name)
            if present is not None:
                check_same(request, present)
                if present.status == "complete" and present.units == request.units:
                    return SeedReport("unchanged", present, 0, 0.0, time.perf_counter() - started, 0)
            manifest = prepare(database, request, store, present, permission.environment, clock)
            rows, load_seconds = _load(database, request, manifest, store, progress)
            checked = _check_after_load(database, dataset, manifest)
            manifest = store.complete(manifest, *_sums(store, dataset), finished_at=clock())
    return SeedReport(_outcome(present), manifest, rows, load_seconds, time.perf_counter() - started, checked)


def _outcome(present: Manifest | None) -> Outcome:
    if present is None:
        return "loaded"
    return "resumed" if present.status == "loading" else "topped up"


def _load(
    database: Database,
    request: Request,
    manifest: Manifest,
    store: ManifestStore,
    progress: Callable[[Progress], None],
) -> tuple[int, float]:
    run = run_of(request.dataset, manifest)
    chunk_units = units_for_rows(run, request.chunk_rows)
    done, rows, total = 0, 0, 0

    def report(result: ChunkResult) -> None:
        nonlocal done, rows
        done += result.chunk.stop - result.chunk.start
        rows += sum(digest.rows for digest in result.digests.values())
        progress(Progress(done, total, rows))

    started = time.perf_counter()
    # More than once only if a killed loader's last commit, still under way, covered less than the chunk it stood for.
    while chunks := missing_chunks(run.dataset, run.units, store.chunks(run.dataset.name), chunk_units):
        total = done + sum(chunk.stop - chunk.start for chunk in chunks)
        progress(Progress(done, total, rows))
        load_chunks(
            database, run, chunks, connections=_connections(database, request), block_units=chunk_units, report=report
        )
    return rows, time.perf_counter() - started


def _connections(database: Database, request: Request) -> int:
    if not database.capabilities.concurrent_writers:
        return 1
    return request.connections or database.capabilities.default_connections


def _sums(store: ManifestStore, dataset: Dataset) -> tuple[dict[str, str], dict[str, int]]:
    sums = store.sums(dataset.name)
    tables = {item.name: item for item in dataset.stored}
    digests = {name: sums.get(name, Digest()).hexdigest(name, item.stored_columns) for name, item in tables.items()}
    return digests, {name: sums.get(name, Digest()).rows for name in tables}


def _check_after_load(database: Database, dataset: Dataset, manifest: Manifest) -> int:
    results = check(database, rule_queries(database, dataset, run_of(dataset, manifest)))
    broken = [result for result in results if result.violations]
    if broken:
        raise VerificationFailed(
            "; ".join(f"{result.name}: {result.violations} rows" for result in broken),
            code="RULE_BROKEN",
            hint="run 'understudy verify --sql' to see each rule's query",
        )
    return len(results)
