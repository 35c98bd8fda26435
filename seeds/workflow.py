"""Seeding a target: behind the gate, under the lock, and never more than was asked for.

A target's manifest decides what ``seed`` does: nothing there means load, the same arguments mean nothing to do, more
units mean a top-up, an unfinished load means going on, and anything else is refused with the command that would do it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, select, table

from generators import Dataset, Digest, Run, lock_digest, lock_of, units_for_rows

from .alongside import choose_offsets
from .environment import may_write
from .errors import ForeignRows, ManifestConflict, VerificationFailed
from .holding import run_of
from .loader import CHUNK_ROWS, ChunkResult, Progress, load_chunks, missing_chunks
from .manifest import Manifest, ManifestStore
from .ports import Database
from .schema import check_tables, create_tables
from .verification import check_rules

Outcome = Literal["loaded", "resumed", "topped up", "unchanged"]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks to be in a target.

    Attributes:
        dataset: the compiled dataset.
        seed: decides every value.
        units: the size, in the dataset's units.
        as_of: the reference date.
        stamp: the environment that an empty database may be marked with.
        alongside: rows of others in the same tables are allowed, and left untouched.
        connections: how many load at once; None lets the database's capabilities decide.
    """

    dataset: Dataset
    seed: int
    units: int
    as_of: date
    stamp: str | None = None
    alongside: bool = False
    connections: int | None = None


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
    request.dataset.check_capacity(request.units)
    permission = may_write(database, stamp=request.stamp, clock=clock)
    with database.lock(request.dataset.name):
        store = ManifestStore(database)
        present = store.read(request.dataset.name)
        if present is not None:
            _check_same(request, present)
            if present.status == "complete" and present.units == request.units:
                return SeedReport("unchanged", present, 0, 0.0, time.perf_counter() - started, 0)
        manifest = _prepare(database, request, store, present, permission.environment, clock)
        outcome: Outcome = "loaded" if present is None else ("resumed" if present.status == "loading" else "topped up")
        rows, load_seconds = _load(database, request, manifest, store, progress)
        checked = _check_after_load(database, request.dataset)
        manifest = store.complete(manifest, *_sums(store, request.dataset), finished_at=clock())
    return SeedReport(outcome, manifest, rows, load_seconds, time.perf_counter() - started, checked)


def _check_same(request: Request, present: Manifest) -> None:
    name = request.dataset.name
    changed = [
        f"{what} {there} (asked: {asked})"
        for what, there, asked in (
            ("seed", present.seed, request.seed),
            ("as_of", present.as_of, request.as_of),
            ("dataset version", present.version, request.dataset.spec.version),
        )
        if there != asked
    ]
    if changed:
        raise ManifestConflict(
            f"this database already holds {name} with {', '.join(changed)}",
            hint=f"run 'understudy reset {name}' for this target first, then seed again",
        )
    if present.lock_digest != lock_digest(request.dataset):
        raise ManifestConflict(
            f"this database holds {name} made by another definition or other versions of its generators",
            code="MANIFEST_LOCK_CHANGED",
            hint=f"run 'understudy reset {name} --drop-tables' for this target first, then seed again",
        )
    if request.units < present.units:
        raise ManifestConflict(
            f"this database holds {present.units:,} {request.dataset.spec.size.unit}s of {name}, more than the "
            f"{request.units:,} asked for",
            code="MANIFEST_LARGER",
            hint=f"run 'understudy reset {name}' for this target first to have fewer",
        )


def _prepare(
    database: Database, request: Request, store: ManifestStore, present: Manifest | None, environment: str, clock: Clock
) -> Manifest:
    """Refuse or record before the first row: tables, offsets and the manifest."""
    owned = {name: digest.rows for name, digest in store.sums(request.dataset.name).items()} if present else {}
    others = _rows_of_others(database, request.dataset, owned)
    alongside = request.alongside or (present is not None and (present.id_offset > 0 or bool(present.shifts)))
    if others and not alongside:
        listing = ", ".join(f"{name} ({rows:,})" for name, rows in sorted(others.items()))
        raise ForeignRows(
            f"rows that Understudy did not write stand in {listing}",
            hint="use --alongside to leave them untouched and load beside them, or choose an empty database",
        )
    if present is not None:
        create_tables(database, request.dataset.stored)
        return store.grow(present, request.units)
    id_offset, shifts = choose_offsets(database, _run(request, 0, {})) if others else (0, {})
    absent = tuple(item.name for item in request.dataset.stored if not database.columns_of(item.name))
    check_tables(database, request.dataset.stored)
    manifest = store.begin(
        Manifest(
            dataset=request.dataset.name,
            version=request.dataset.spec.version,
            seed=request.seed,
            units=request.units,
            as_of=request.as_of,
            epoch=request.as_of,
            id_offset=id_offset,
            shifts=shifts,
            lock=lock_of(request.dataset),
            lock_digest=lock_digest(request.dataset),
            digests={},
            rows={},
            status="loading",
            started_at=clock(),
            finished_at=None,
            environment=environment,
            definition=request.dataset.spec.source,
            created_tables=absent,
        )
    )
    create_tables(database, request.dataset.stored)
    return manifest


def _rows_of_others(database: Database, dataset: Dataset, owned: dict[str, int]) -> dict[str, int]:
    present = [item for item in dataset.stored if database.columns_of(item.name)]
    found = {}
    with database.engine().connect() as connection:
        for item in present:
            rows = connection.execute(select(func.count()).select_from(table(item.name))).scalar_one()
            if rows > owned.get(item.name, 0):
                found[item.name] = rows - owned.get(item.name, 0)
    return found


def _run(request: Request, id_offset: int, shifts: dict[str, int], epoch: date | None = None) -> Run:
    return Run(
        request.dataset, request.seed, request.units, request.as_of, epoch or request.as_of, id_offset, shifts
    )


def _load(
    database: Database,
    request: Request,
    manifest: Manifest,
    store: ManifestStore,
    progress: Callable[[Progress], None],
) -> tuple[int, float]:
    run = run_of(request.dataset, manifest)
    chunk_units = units_for_rows(run, CHUNK_ROWS)
    chunks = missing_chunks(run.dataset, run.units, store.chunks(run.dataset.name), chunk_units)
    done, rows = 0, 0
    total = sum(chunk.stop - chunk.start for chunk in chunks)
    progress(Progress(0, total, 0))

    def report(result: ChunkResult) -> None:
        nonlocal done, rows
        done += result.chunk.stop - result.chunk.start
        rows += sum(digest.rows for digest in result.digests.values())
        progress(Progress(done, total, rows))

    started = time.perf_counter()
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


def _check_after_load(database: Database, dataset: Dataset) -> int:
    results = check_rules(database, dataset)
    broken = [result for result in results if result.violations]
    if broken:
        raise VerificationFailed(
            "; ".join(f"{result.name}: {result.violations} rows" for result in broken),
            code="RULE_BROKEN",
            hint="run 'understudy verify' to see each rule's query",
        )
    return len(results)
