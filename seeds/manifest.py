"""What a target says about itself: which datasets it holds, made how, and which chunks of them have been committed.

``understudy_manifest`` has a row for each dataset; ``understudy_chunk`` one for each committed chunk, written in the
chunk's own transaction. Structures are kept as JSON text, which every database can hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from generators import Digest

from .ports import Database
from .schema import create_absent

Status = Literal["loading", "complete"]
Statement = tuple[str, tuple[object, ...]]

_METADATA = MetaData()
_MANIFEST = Table(
    "understudy_manifest",
    _METADATA,
    Column("dataset", String(100), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("seed", Text, nullable=False),  # any whole number, larger than a bigint too
    Column("units", BigInteger, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("epoch", Date, nullable=False),
    Column("id_offset", BigInteger, nullable=False),
    Column("shifts", Text, nullable=False),
    Column("generator_lock", Text, nullable=False),
    Column("lock_digest", String(64), nullable=False),
    Column("definition", Text, nullable=False),
    Column("created_tables", Text, nullable=False),
    Column("table_digests", Text, nullable=False),
    Column("table_rows", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=True),
    Column("understudy", String(40), nullable=False),
    Column("environment", String(40), nullable=False),
    comment="Datasets that Understudy loaded here. Do not edit: it decides what the next run does.",
)
_CHUNK = Table(
    "understudy_chunk",
    _METADATA,
    Column("dataset", ForeignKey("understudy_manifest.dataset"), primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("start_unit", BigInteger, primary_key=True, autoincrement=False),
    Column("stop_unit", BigInteger, nullable=False),
    Column("table_sums", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    comment="Chunks of datasets that are complete; written together with their rows.",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One dataset as a target holds it.

    Attributes:
        lock: generator versions and reference-data digests, ready for JSON.
        definition: the dataset's file as it was, so that its rows can be found after it has changed.
        created_tables: the tables that were not there before.
        digests: SHA-256 of each table, once complete.
        rows: number of rows of each table, once complete.
        environment: the environment that the gate read when the load began.
        understudy: the version of the program that began the load.
    """

    dataset: str
    version: int
    seed: int
    units: int
    as_of: date
    epoch: date
    id_offset: int
    shifts: dict[str, int]
    lock: dict[str, object]
    lock_digest: str
    digests: dict[str, str]
    rows: dict[str, int]
    status: Status
    started_at: datetime
    finished_at: datetime | None
    environment: str
    definition: str = ""
    created_tables: tuple[str, ...] = ()
    understudy: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Chunk:
    """All rows of one level's trees for the units in [start, stop)."""

    level: int
    start: int
    stop: int


def chunk_claim(dataset: str, level: int, start: int, stop: int) -> Statement:
    """Insert a chunk's record before its rows; returns a row if it was not there yet.

    While another transaction holds the same claim, the database makes this one wait for its end.
    """
    statement = (
        "INSERT INTO understudy_chunk (dataset, level, start_unit, stop_unit, table_sums, seconds) "
        "VALUES (?, ?, ?, ?, '{}', 0) ON CONFLICT DO NOTHING RETURNING start_unit"
    )
    return statement, (dataset, level, start, stop)


def chunk_record(dataset: str, level: int, start: int, digests: Mapping[str, Digest], seconds: float) -> Statement:
    """Complete a claimed chunk's record with the sums of its rows, before the commit."""
    sums = {name: [digest.rows, digest.first, digest.second] for name, digest in digests.items()}
    return (
        "UPDATE understudy_chunk SET table_sums = ?, seconds = ? WHERE dataset = ? AND level = ? AND start_unit = ?",
        (_json(sums), float(seconds), dataset, level, start),
    )


def chunk_removal(dataset: str, level: int, start: int) -> Statement:
    """Forget a chunk, in the transaction that deletes its rows."""
    return (
        "DELETE FROM understudy_chunk WHERE dataset = ? AND level = ? AND start_unit = ?",
        (dataset, level, start),
    )


class ManifestStore:
    """The manifest of a target; a target without one is read as empty, and nothing is created by reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, dataset: str) -> Manifest | None:
        """The dataset's manifest, or None where the target does not hold it."""
        if not self._exists():
            return None
        with self._database.engine().connect() as connection:
            row = connection.execute(select(_MANIFEST).where(_MANIFEST.c.dataset == dataset)).one_or_none()
        return None if row is None else _manifest(row)

    def begin(self, manifest: Manifest) -> Manifest:
        """Record that loading begins, creating the two tables where they are absent.

        Raises:
            SchemaMismatch: if tables of their names have another shape.
        """
        begun = replace(manifest, status="loading", understudy=manifest.understudy or _program_version())
        create_absent(self._database, _METADATA)
        with self._database.engine().begin() as connection:
            connection.execute(insert(_MANIFEST).values(_values(begun)))
        return begun

    def grow(self, manifest: Manifest, units: int) -> Manifest:
        """Record that loading goes on, towards ``units``; the manifest counts as unfinished until :meth:`complete`."""
        return self._update(replace(manifest, units=units, status="loading", finished_at=None))

    def complete(
        self, manifest: Manifest, digests: Mapping[str, str], rows: Mapping[str, int], *, finished_at: datetime
    ) -> Manifest:
        """Record that every chunk is there, with each table's digest and number of rows."""
        done = replace(manifest, digests=dict(digests), rows=dict(rows), status="complete", finished_at=finished_at)
        return self._update(done)

    def chunks(self, dataset: str) -> list[Chunk]:
        """The committed chunks, in order of level and start."""
        if not self._exists():
            return []
        columns = (_CHUNK.c.level, _CHUNK.c.start_unit, _CHUNK.c.stop_unit)
        with self._database.engine().connect() as connection:
            rows = connection.execute(select(*columns).where(_CHUNK.c.dataset == dataset).order_by(*columns))
            return [Chunk(row.level, row.start_unit, row.stop_unit) for row in rows]

    def sums(self, dataset: str) -> dict[str, Digest]:
        """Each table's digest over all committed chunks."""
        total: dict[str, Digest] = {}
        if not self._exists():
            return total
        with self._database.engine().connect() as connection:
            texts = connection.scalars(select(_CHUNK.c.table_sums).where(_CHUNK.c.dataset == dataset))
            for text in texts:
                for name, (rows, first, second) in json.loads(text).items():
                    total[name] = total.get(name, Digest()) + Digest(rows, first, second)
        return total

    def remove(self, dataset: str) -> None:
        """Forget the dataset and its chunks; the two tables stay."""
        with self._database.engine().begin() as connection:
            connection.execute(delete(_CHUNK).where(_CHUNK.c.dataset == dataset))
            connection.execute(delete(_MANIFEST).where(_MANIFEST.c.dataset == dataset))

    def _exists(self) -> bool:
        return bool(self._database.columns_of(_MANIFEST.name) and self._database.columns_of(_CHUNK.name))

    def _update(self, manifest: Manifest) -> Manifest:
        with self._database.engine().begin() as connection:
            connection.execute(
                update(_MANIFEST).where(_MANIFEST.c.dataset == manifest.dataset).values(_values(manifest))
            )
        return manifest


def _values(manifest: Manifest) -> dict[str, object]:
    return {
        "dataset": manifest.dataset,
        "version": manifest.version,
        "seed": str(manifest.seed),
        "units": manifest.units,
        "as_of": manifest.as_of,
        "epoch": manifest.epoch,
        "id_offset": manifest.id_offset,
        "shifts": _json(manifest.shifts),
        "generator_lock": _json(manifest.lock),
        "lock_digest": manifest.lock_digest,
        "definition": manifest.definition,
        "created_tables": _json(list(manifest.created_tables)),
        "table_digests": _json(manifest.digests),
        "table_rows": _json(manifest.rows),
        "status": manifest.status,
        "started_at": _in_utc(manifest.started_at),
        "finished_at": None if manifest.finished_at is None else _in_utc(manifest.finished_at),
        "understudy": manifest.understudy,
        "environment": manifest.environment,
    }


def _manifest(row: Row[tuple[object, ...]]) -> Manifest:
    return Manifest(
        dataset=row.dataset,
        version=row.version,
        seed=int(row.seed),
        units=row.units,
        as_of=row.as_of,
        epoch=row.epoch,
        id_offset=row.id_offset,
        shifts=json.loads(row.shifts),
        lock=json.loads(row.generator_lock),
        lock_digest=row.lock_digest,
        definition=row.definition,
        created_tables=tuple(json.loads(row.created_tables)),
        digests=json.loads(row.table_digests),
        rows=json.loads(row.table_rows),
        status=row.status,
        started_at=_in_utc(row.started_at),
        finished_at=None if row.finished_at is None else _in_utc(row.finished_at),
        environment=row.environment,
        understudy=row.understudy,
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=False)


def _in_utc(instant: datetime) -> datetime:
    """An instant as written; databases without time zones give UTC back bare."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _program_version() -> str:
    try:
        return version("understudy")
    except PackageNotFoundError:
        return "unknown"
