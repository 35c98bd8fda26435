"""Before the first row: is what is there compatible with what is asked, and where will new rows go?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, table

from generators import Dataset, Run, lock_digest, lock_of

from .alongside import check_clear, choose_offsets
from .errors import ForeignRows, ManifestConflict
from .holding import check_definition, run_of
from .loader import CHUNK_ROWS
from .manifest import Manifest, ManifestStore
from .ports import Database
from .schema import check_tables, create_tables


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
        chunk_rows: about how many rows are committed together; never changes what is loaded.
        written: dataset and target as somebody wrote them, for hints that can be pasted; never a password.
    """

    dataset: Dataset
    seed: int
    units: int
    as_of: date
    stamp: str | None = None
    alongside: bool = False
    connections: int | None = None
    chunk_rows: int = CHUNK_ROWS
    written: str = ""


def check_same(request: Request, present: Manifest) -> None:
    """Refuse arguments that would not leave the rows present as they are.

    Raises:
        ManifestConflict: with the commands that would do it.
    """
    spec = request.dataset.spec
    place = request.written or spec.name
    drop = " --drop-tables" if present.version != spec.version else ""  # another version may have other columns
    first = f"run 'understudy reset {place}{drop}' first, then 'understudy seed {place}"
    facts = (
        ("seed", present.seed, request.seed),
        ("as_of", present.as_of, request.as_of),
        ("dataset version", present.version, spec.version),
    )
    changed = [f"{what} {there} (asked: {asked})" for what, there, asked in facts if there != asked]
    if changed:
        raise ManifestConflict(
            f"this database already holds {spec.name} with {', '.join(changed)}",
            hint=f"{first} --seed {request.seed} --as-of {request.as_of} --residents {request.units}'",
        )
    check_definition(request.dataset, present)
    if request.units < present.units:
        raise ManifestConflict(
            f"this database holds {present.units:,} {spec.size.unit}s of {spec.name}, more than the "
            f"{request.units:,} asked for",
            code="MANIFEST_LARGER",
            hint=f"{first} --residents {request.units}'",
        )


def prepare(
    database: Database,
    request: Request,
    store: ManifestStore,
    present: Manifest | None,
    environment: str,
    clock: Callable[[], datetime],
) -> Manifest:
    """Refuse, or record what will be there: tables, offsets and the manifest.

    Raises:
        ForeignRows: if rows of others stand in the way.
        SchemaMismatch: if a table has another shape.
    """
    others = _rows_of_others(database, request.dataset, store)
    began_alone = present is not None and not present.id_offset
    if others and (began_alone or not (request.alongside or present)):
        listing = ", ".join(f"{name} ({rows:,})" for name, rows in sorted(others.items()))
        raise ForeignRows(
            f"rows that Understudy did not write stand in {listing}",
            hint=f"their keys can only be avoided from the start: run 'understudy reset {request.dataset.name}' for "
            "this target first, then seed again with --alongside"
            if began_alone
            else "use --alongside to leave them untouched and load beside them, or choose an empty database",
        )
    if present is not None:
        if present.id_offset:
            check_clear(database, run_of(request.dataset, present), request.units)
        create_tables(database, request.dataset.stored)
        return store.grow(present, request.units)
    check_tables(database, request.dataset.stored)
    return _begin(database, request, store, environment, clock, beside_others=bool(others))


def _begin(
    database: Database,
    request: Request,
    store: ManifestStore,
    environment: str,
    clock: Callable[[], datetime],
    *,
    beside_others: bool,
) -> Manifest:
    dataset = request.dataset
    epoch = dataset.spec.epoch_for(request.as_of)
    run = Run(dataset, request.seed, request.units, request.as_of, epoch)
    id_offset, shifts = choose_offsets(database, run) if beside_others else (0, {})
    manifest = store.begin(
        Manifest(
            dataset=dataset.name,
            version=dataset.spec.version,
            seed=request.seed,
            units=request.units,
            as_of=request.as_of,
            epoch=epoch,
            id_offset=id_offset,
            shifts=shifts,
            lock=lock_of(dataset),
            lock_digest=lock_digest(dataset),
            digests={},
            rows={},
            status="loading",
            started_at=clock(),
            finished_at=None,
            environment=environment,
            definition=dataset.spec.source,
            created_tables=tuple(item.name for item in dataset.stored if not database.columns_of(item.name)),
        )
    )
    create_tables(database, dataset.stored)
    return manifest


def _rows_of_others(database: Database, dataset: Dataset, store: ManifestStore) -> dict[str, int]:
    """How many rows there are that no committed chunk accounts for.

    Rows are counted before chunks are read: a loader that was killed may still have its last commit under way.
    """
    counted = {}
    present = [item.name for item in dataset.stored if database.columns_of(item.name)]
    with database.engine().connect() as connection:
        for name in present:
            counted[name] = int(connection.execute(select(func.count()).select_from(table(name))).scalar_one())
    sums = store.sums(dataset.name)
    owned = {name: digest.rows for name, digest in sums.items()}
    return {name: rows - owned.get(name, 0) for name, rows in counted.items() if rows > owned.get(name, 0)}
