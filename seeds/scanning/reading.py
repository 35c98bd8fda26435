"""Rows of anything: tables of a database read through one cursor, files as their suffix says, other files line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
from sqlalchemy import text

from ..catalog import Catalog, Kind, Table
from ..errors import ScanError
from ..ports import BOOKKEEPING_TABLES, Fillable

_BATCH = 10_000
_BLOCK = 1 << 24
_UNREAD = frozenset({
    Kind.BOOLEAN, Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.INTERVAL, Kind.BYTES, Kind.FLOAT, Kind.UUID,
})  # fmt: skip
"""Types whose values are no identifiers."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table; columns that cannot hold identifiers are left out."""

    table: str
    batch: pa.RecordBatch


def table_rows(database: Fillable, catalog: Catalog, *, most: int | None = None) -> Iterator[Rows]:
    """Rows of every table and view-less relation, in bounded memory.

    Args:
        database: where they are.
        catalog: its tables; Understudy's own are left out.
        most: rows read of each table; none means all.
    """
    for name, table in sorted(catalog.tables.items()):
        if table.name.name in BOOKKEEPING_TABLES:
            continue
        yield from _rows_of(database, name, table, most)


def _rows_of(database: Fillable, name: str, table: Table, most: int | None) -> Iterator[Rows]:
    columns = [column.name for column in table.columns if column.type.kind not in _UNREAD or column.type.dimensions]
    if not columns:
        return
    chosen = ", ".join(database.identifier(column) for column in columns)
    place = ".".join(database.identifier(part) for part in (table.name.schema, table.name.name) if part)
    limit = f" LIMIT {most}" if most is not None else ""
    with database.engine().connect().execution_options(stream_results=True) as connection:
        statement = f"SELECT {chosen} FROM {place}{limit}"  # noqa: S608 - quoted identifiers and a number
        found = connection.execute(text(statement.replace(":", r"\:")))
        for part in found.partitions(_BATCH):
            values = [[None if value is None else str(value) for value in column] for column in zip(*part, strict=True)]
            yield Rows(name, pa.record_batch([pa.array(column, pa.string()) for column in values], columns))


def file_rows(path: Path, *, most: int | None = None) -> Iterator[Rows]:
    """Rows of a file: Parquet, Arrow, CSV, TSV or NDJSON; anything else as lines of text in a column ``line``.

    Raises:
        ScanError: if it cannot be read as what its suffix says.
    """
    seen = 0
    try:
        for batch in _batches(path):
            part = batch if most is None else batch.slice(0, max(most - seen, 0))
            seen += batch.num_rows
            yield Rows(path.name, _textual(part))
            if most is not None and seen >= most:
                return
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0][:120] if isinstance(error, OSError) else "it is not what its suffix says"
        hint = "" if isinstance(error, FileNotFoundError) else "rename it to .txt to have it read line by line"
        raise ScanError(f"{path}: {reason}", hint=hint) from None


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    kind = "".join(path.suffixes[-2:]).lower().removesuffix(".gz").rpartition(".")[2]
    if kind == "parquet":
        yield from pa.parquet.ParquetFile(path).iter_batches(_BATCH)
    elif kind in ("arrow", "arrows", "feather", "ipc"):
        yield from _arrow(path)
    elif kind in ("csv", "tsv"):
        parse = pa.csv.ParseOptions(delimiter="\t" if kind == "tsv" else ",", newlines_in_values=True)
        with pa.csv.open_csv(
            path,
            pa.csv.ReadOptions(block_size=_BLOCK),
            parse,
            pa.csv.ConvertOptions(column_types=_all_text(path, parse)),
        ) as reader:
            yield from reader
    elif kind in ("ndjson", "jsonl"):
        with pa.json.open_json(path, pa.json.ReadOptions(block_size=_BLOCK)) as reader:
            yield from reader
    else:
        yield from _lines(path)


def _arrow(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source:
        try:
            file = pa.ipc.open_file(source)
        except pa.ArrowInvalid:
            source.seek(0)
            yield from pa.ipc.open_stream(source)
            return
        yield from (file.get_batch(place) for place in range(file.num_record_batches))


def _all_text(path: Path, parse: pa.csv.ParseOptions) -> dict[str, pa.DataType]:
    """Every column as text: a number read as one loses its leading zero."""
    with pa.csv.open_csv(path, pa.csv.ReadOptions(block_size=_BLOCK), parse) as reader:
        return dict.fromkeys(reader.schema.names, pa.string())


def _lines(path: Path) -> Iterator[pa.RecordBatch]:
    lines: list[str] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            lines.append(line.rstrip("\n"))
            if len(lines) == _BATCH:
                yield pa.record_batch([pa.array(lines)], ["line"])
                lines = []
    if lines:
        yield pa.record_batch([pa.array(lines)], ["line"])


def _textual(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Nested values as their parts, each a column of its own; types that hold no identifier are left out."""
    names, columns = [], []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        for place, values in _flat(name, column):
            if (
                pa.types.is_string(values.type)
                or pa.types.is_large_string(values.type)
                or pa.types.is_integer(values.type)
            ):
                names.append(place)
                columns.append(values)
    if not columns:
        return pa.record_batch(
            [pa.nulls(batch.num_rows, pa.string())], [batch.schema.names[0] if batch.schema.names else "-"]
        )
    most = max(len(values) for values in columns)
    return pa.record_batch([_padded(values, most) for values in columns], names)


def _flat(name: str, values: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    kind = values.type
    if pa.types.is_dictionary(kind):
        yield from _flat(name, values.dictionary_decode())
    elif pa.types.is_struct(kind):
        for place in range(kind.num_fields):
            yield from _flat(f"{name}.{kind.field(place).name}", values.field(place))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _flat(name, values.flatten())
    else:
        yield name, values


def _padded(values: pa.Array, rows: int) -> pa.Array:
    return pa.concat_arrays([values, pa.nulls(rows - len(values), values.type)]) if len(values) < rows else values
