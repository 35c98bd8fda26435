"""The dataset file for a database that has its own tables: only what somebody wants otherwise than it was planned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from generators import GenerationError
from generators.errors import UnknownNameError
from generators.providers import bind, read_generator
from generators.spec import GeneratorSpec

from ..catalog import Catalog, Table, TableName
from ..errors import DatasetFileError
from .file import Day, Generate, Name, Record
from .load import engine_error, shape_error
from .source import Source, read_source
from .text import bytes_of

_COLUMNS = re.compile(r"\s*,\s*")
_TARGET = re.compile(r"^(?P<table>.+?)\s*\(\s*(?P<columns>[^()]+?)\s*\)$")


class ExistingColumn(Record):
    """What is wanted of a column."""

    generate: Annotated[Generate, Field(description="how values come about; left out, it is planned")] = None
    nulls: Annotated[float | None, Field(ge=0, le=1, description="share of rows left empty")] = None


class ExistingTable(Record):
    """What is wanted of a table."""

    rows: Annotated[int | None, Field(ge=0, description="how many; left out, as many as every table")] = None
    columns: dict[str, ExistingColumn] = {}
    references: Annotated[
        dict[str, str | None],
        Field(description="column, or columns with commas, to table.column or table(a, b); null denies a guess"),
    ] = {}


class ExistingFile(Record):
    """A dataset over the tables of a database: numbers of rows, generators and references that differ from the plan."""

    dataset: Annotated[Name, Field(description="the dataset's name; part of what decides every value")]
    tables_from: Annotated[Literal["database"], Field(description="the tables are the target's own")]
    as_of: Annotated[Day, Field(description="the reference date, unless asked otherwise")]
    rows: Annotated[int, Field(ge=0, description="rows in every table, unless said otherwise")] = 100
    session: Annotated[dict[str, str | int], Field(description="settings of the loading session")] = {}
    only: Annotated[list[str], Field(description="name patterns of the tables to fill")] = []
    exclude: Annotated[list[str], Field(description="name patterns of tables to leave alone")] = []
    tables: dict[str, ExistingTable] = {}
    description: str = ""


@dataclass(frozen=True, slots=True)
class WantedColumn:
    """What a file wants of a column: a generator, a share of nulls, or neither."""

    generator: GeneratorSpec | None = None
    nulls: float | None = None


@dataclass(frozen=True, slots=True)
class WantedTable:
    """What a file wants of a table; a reference to None denies what would be guessed."""

    rows: int | None = None
    columns: Mapping[str, WantedColumn] = field(default_factory=dict)
    references: Mapping[tuple[str, ...], tuple[TableName, tuple[str, ...]] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExistingDataset:
    """A file over a database's own tables, read but not yet compared with the database."""

    name: str
    as_of: date
    rows: int
    session: Mapping[str, str]
    only: tuple[str, ...]
    exclude: tuple[str, ...]
    file: ExistingFile
    source: Source
    text: str

    def choices(self, catalog: Catalog) -> dict[str, WantedTable]:
        """What is wanted of each table, by its key in the catalogue.

        Raises:
            DatasetFileError: for a table, column or reference that the database does not have.
        """
        return {name: self._table(name, entry, catalog) for name, entry in self.file.tables.items()}

    def _table(self, name: str, entry: ExistingTable, catalog: Catalog) -> WantedTable:
        where = ("tables", name)
        table = catalog.tables.get(name)
        if table is None:
            raise self._unknown("table", name, catalog.tables, where)
        columns = {
            column: self._column(table, column, wanted, (*where, "columns", column))
            for column, wanted in entry.columns.items()
        }
        references = {}
        for own, target in entry.references.items():
            place = (*where, "references", own)
            names = self._columns(table, own, place)
            references[names] = None if target is None else self._target(target, len(names), catalog, place)
        return WantedTable(entry.rows, columns, references)

    def _column(self, table: Table, name: str, wanted: ExistingColumn, where: tuple[str, ...]) -> WantedColumn:
        self._columns(table, name, where)
        if wanted.generate is None:
            return WantedColumn(None, wanted.nulls)
        try:
            spec = read_generator(wanted.generate, where)
            bind(spec, where=where)
        except GenerationError as error:
            raise engine_error(self.source, error) from None
        return WantedColumn(spec, wanted.nulls)

    def _columns(self, table: Table, text: str, where: tuple[str, ...]) -> tuple[str, ...]:
        known = [column.name for column in table.columns]
        names = (text,) if text in known else tuple(_COLUMNS.split(text.strip()))
        for name in names:
            if name not in known:
                raise self._unknown("column", name, known, where)
        return names

    def _target(
        self, text: str, count: int, catalog: Catalog, where: tuple[str, ...]
    ) -> tuple[TableName, tuple[str, ...]]:
        match = _TARGET.match(text)
        name, _, rest = (match["table"], "", match["columns"]) if match else text.rpartition(".")
        if name not in catalog.tables:
            raise self._unknown("table", name or text, catalog.tables, where)
        columns = self._columns(catalog.tables[name], rest, where)
        if len(columns) != count:
            raise DatasetFileError(
                f"{count} columns cannot refer to {len(columns)} (at {'.'.join(where)})", file=self.source.file,
                line=self.source.line(where), hint="write table.column, or table(a, b) for several",
            )  # fmt: skip
        return catalog.tables[name].name, columns

    def _unknown(self, what: str, name: str, known: Iterable[str], where: tuple[str, ...]) -> DatasetFileError:
        return engine_error(self.source, UnknownNameError(what, name, known, where=where))


def is_existing(data: bytes, file: str) -> bool:
    """Whether a dataset file is one over a database's own tables."""
    value = read_source(data, file).value
    return isinstance(value, dict) and "tables_from" in value


def read_existing(path: Path) -> ExistingDataset | None:
    """The dataset in a file, or None if it is one that brings tables of its own.

    Raises:
        DatasetFileError: for a file that cannot be read, and everything wrong inside it.
    """
    data = bytes_of(path)
    return parse_existing(data, str(path)) if is_existing(data, str(path)) else None


def parse_existing(data: bytes, file: str) -> ExistingDataset:
    """The dataset in the bytes of a file that is called ``file`` in messages.

    Raises:
        DatasetFileError: for everything wrong inside it.
    """
    source = read_source(data, file)
    try:
        found = ExistingFile.model_validate(source.value)
    except ValidationError as error:
        raise shape_error(source, error) from None
    return ExistingDataset(
        name=found.dataset,
        as_of=found.as_of,
        rows=found.rows,
        session={name: str(value) for name, value in found.session.items()},
        only=tuple(found.only),
        exclude=tuple(found.exclude),
        file=found,
        source=source,
        text=data.decode("utf-8"),
    )
