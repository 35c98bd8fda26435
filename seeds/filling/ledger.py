"""What Understudy wrote into a database that was there before: how far each table has come, and in which runs.

``understudy_fill`` has a row for each dataset; ``understudy_fill_table`` one for each table with rows of ours, written
in the transaction that puts the rows in. Together with the catalogue they are all that a second run, a top-up and a
reset need: rows are never listed, since they can be made again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
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

from ..errors import ManifestConflict
from ..ports import Database
from ..schema import create_absent
from .history import FillRun, read_runs, written_runs

Statement = tuple[str, tuple[object, ...]]

_METADATA = MetaData()
_FILL = Table(
    "understudy_fill",
    _METADATA,
    Column("dataset", String(100), primary_key=True),
    Column("seed", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("rows_asked", BigInteger, nullable=False),
    Column("definition", Text, nullable=False),
    Column("runs", Text, nullable=False),
    Column("environment", String(40), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=True),
    comment="Datasets that Understudy filled this database's own tables with. Do not edit: it decides the next run.",
)
_FILL_TABLE = Table(
    "understudy_fill_table",
    _METADATA,
    Column("dataset", String(100), ForeignKey("understudy_fill.dataset"), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("covered", BigInteger, nullable=False),
    Column("loaded", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    comment="Tables that hold rows of a dataset; written together with the rows.",
)
FILL_TABLES = (_FILL.name, _FILL_TABLE.name)


@dataclass(frozen=True, slots=True)
class Fill:
    """One dataset as it was put into a database's own tables.

    Attributes:
        definition: the dataset's file, or empty where none was given.
        runs: what was asked for, each time that it changed what is made; at least once.
        environment: what the gate read when the fill began.
        finished_at: when the last run ended; None while it has not.
    """

    dataset: str
    seed: int
    as_of: date
    definition: str
    runs: tuple[FillRun, ...]
    environment: str
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TableRecord:
    """How far one table has come.

    Attributes:
        place: its position in the order of loading.
        covered: rows with ordinals below this have been dealt with.
        loaded: of those, the ones that are in the table; the number of rows of triggers, where these put them in.
        refused: ordinals of those that the database would not take.
        redrawn: attempts of rows that were refused at first, by ordinal.
        left_out: columns that were left to the database.
        emptied: columns whose reference led nowhere.
        older: columns of references that lead to rows of others, since the table took none of ours.
    """

    name: str
    place: int
    covered: int
    loaded: int
    refused: tuple[int, ...] = ()
    redrawn: Mapping[int, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    older: tuple[tuple[str, ...], ...] = ()

    @property
    def by_triggers(self) -> bool:
        """Whether triggers put all of the rows in: every one of ours was refused, since theirs were there."""
        return 0 < self.covered <= len(self.refused)


def record_statements(dataset: str, record: TableRecord) -> Iterable[Statement]:
    """What writes a table's record anew, in the transaction of its rows."""
    detail = {
        "refused": list(record.refused),
        "redrawn": {str(ordinal): attempt for ordinal, attempt in sorted(record.redrawn.items())},
        "left_out": list(record.left_out),
        "emptied": list(record.emptied),
        "older": [list(columns) for columns in record.older],
    }
    yield removal_statement(dataset, record.name)
    yield (
        "INSERT INTO understudy_fill_table (dataset, name, place, covered, loaded, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (dataset, record.name, record.place, record.covered, record.loaded, json.dumps(detail)),
    )


def removal_statement(dataset: str, name: str) -> Statement:
    """What forgets a table, in the transaction that deletes its rows."""
    return "DELETE FROM understudy_fill_table WHERE dataset = ? AND name = ?", (dataset, name)


class Ledger:
    """The record of fills in one database; reading creates nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, dataset: str) -> Fill | None:
        """The dataset's fill, or None where this database has none."""
        if not self._exists():
            return None
        with self._database.engine().connect() as connection:
            row = connection.execute(select(_FILL).where(_FILL.c.dataset == dataset)).one_or_none()
        return None if row is None else _fill(row)

    def held(self, dataset: str) -> Fill:
        """The dataset's fill.

        Raises:
            ManifestConflict: if this database has none.
        """
        fill = self.read(dataset)
        if fill is None:
            raise ManifestConflict(
                f"{self._database.location} does not hold {dataset}", code="MANIFEST_ABSENT",
                hint=f"run 'understudy seed {dataset}' first",
            )  # fmt: skip
        return fill

    def records(self, dataset: str) -> dict[str, TableRecord]:
        """The tables that hold rows of the dataset, in the order of loading."""
        if not self._exists():
            return {}
        query = select(_FILL_TABLE).where(_FILL_TABLE.c.dataset == dataset).order_by(_FILL_TABLE.c.place)
        with self._database.engine().connect() as connection:
            return {row.name: _record(row) for row in connection.execute(query)}

    def begin(self, fill: Fill) -> None:
        """Record that a fill begins or goes on, creating the bookkeeping where it is absent."""
        create_absent(self._database, _METADATA)
        values = _values(fill)
        with self._database.engine().begin() as connection:
            known = connection.execute(select(_FILL.c.dataset).where(_FILL.c.dataset == fill.dataset)).first()
            if known is None:
                connection.execute(insert(_FILL).values(values))
            else:
                connection.execute(update(_FILL).where(_FILL.c.dataset == fill.dataset).values(values))

    def finish(self, fill: Fill, finished_at: datetime) -> None:
        """Record that a fill has ended."""
        self.begin(replace(fill, finished_at=finished_at))

    def forget(self, dataset: str, names: Iterable[str]) -> None:
        """Forget tables that hold no row of the dataset any more."""
        with self._database.engine().begin() as connection:
            for name in names:
                here = (_FILL_TABLE.c.dataset == dataset) & (_FILL_TABLE.c.name == name)
                connection.execute(delete(_FILL_TABLE).where(here))

    def remove(self, dataset: str) -> None:
        """Forget the dataset; the two tables stay."""
        with self._database.engine().begin() as connection:
            connection.execute(delete(_FILL_TABLE).where(_FILL_TABLE.c.dataset == dataset))
            connection.execute(delete(_FILL).where(_FILL.c.dataset == dataset))

    def _exists(self) -> bool:
        return all(self._database.columns_of(name) for name in FILL_TABLES)


def _values(fill: Fill) -> dict[str, object]:
    return {
        "dataset": fill.dataset,
        "seed": str(fill.seed),
        "as_of": fill.as_of,
        "rows_asked": fill.runs[-1].rows,
        "definition": fill.definition,
        "runs": written_runs(fill.runs),
        "environment": fill.environment,
        "started_at": fill.started_at,
        "finished_at": fill.finished_at,
    }


def _fill(row: Row[tuple[object, ...]]) -> Fill:
    return Fill(
        dataset=row.dataset,
        seed=int(row.seed),
        as_of=row.as_of,
        definition=row.definition,
        runs=read_runs(row.runs),
        environment=row.environment,
        started_at=_in_utc(row.started_at),
        finished_at=None if row.finished_at is None else _in_utc(row.finished_at),
    )


def _record(row: Row[tuple[object, ...]]) -> TableRecord:
    detail = json.loads(row.detail)
    return TableRecord(
        name=row.name,
        place=row.place,
        covered=row.covered,
        loaded=row.loaded,
        refused=tuple(detail["refused"]),
        redrawn={int(ordinal): attempt for ordinal, attempt in detail["redrawn"].items()},
        left_out=tuple(detail["left_out"]),
        emptied=tuple(detail["emptied"]),
        older=tuple(tuple(columns) for columns in detail.get("older", ())),
    )


def _in_utc(instant: datetime) -> datetime:
    """An instant as written; databases without time zones give UTC back bare."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
