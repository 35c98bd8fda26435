"""Files of rows: every format reads back exactly with somebody else's reader, and no file is ever half there."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.errors import SpecError, UnknownNameError
from generators.formats import FORMATS, open_writer
from generators.formats.columnar import GROUP_ROWS
from generators.formats.delimited import LINES

NASTY = st.text(st.sampled_from("a\"',;{}\\\n\r\t\0\x1f\x7f é€𝄞 .N\u2028")) | st.sampled_from(
    ["", "null", "NULL", "\\.", "\\N"]
)
TEXT = st.text() | NASTY
MONEY = st.decimals(-(10**8), 10**8, places=2, allow_nan=False)
TINY = st.decimals(-1, 1, places=9, allow_nan=False)
MOMENT = st.datetimes(datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31"))
COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "small": (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "real": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "flag": (pa.bool_(), st.booleans()),
    "day": (pa.date32(), st.dates()),
    "moment": (pa.timestamp("us"), MOMENT),
    "instant": (pa.timestamp("us", "UTC"), MOMENT.map(lambda moment: moment.replace(tzinfo=UTC))),
    "money": (pa.decimal128(12, 2), MONEY),
    "tiny": (pa.decimal128(20, 9), TINY),
    "text": (pa.string(), TEXT),
    "uuid": (pa.binary(16), st.uuids().map(lambda value: value.bytes)),
    "texts": (pa.list_(pa.string()), st.lists(st.none() | TEXT, max_size=3)),
    "wholes": (pa.list_(pa.int32()), st.lists(st.none() | st.integers(-9, 9), max_size=3)),
}
SCHEMA = pa.schema([pa.field(name, kind) for name, (kind, _) in COLUMNS.items()])
ROW = st.fixed_dictionaries({name: st.none() | values for name, (_, values) in COLUMNS.items()})
TABLES = st.lists(ROW, max_size=5)


@contextmanager
def written(format: str, table: pa.Table, **options: Any) -> Iterator[Path]:  # noqa: A002
    """A file with the table's rows, in batches that begin in the middle of their buffers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows.{format}"
        with open_writer(format, path, table.schema, **options) as writer:
            for batch in table.to_batches(3):
                writer.write(batch)
        yield path


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def in_words(value: Any) -> Any:
    """A value as CSV and JSON write it, by Python's own means."""
    match value:
        case bool():
            return str(value).lower()
        case bytes():
            return str(UUID(bytes=value))
        case datetime():
            return value.replace(tzinfo=None).isoformat(timespec="microseconds") + ("Z" if value.tzinfo else "")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return value


@settings(max_examples=50)
@given(TABLES)
def test_parquet_reads_back_equal(rows: list[dict[str, Any]]) -> None:
    """Types and values survive, and UUIDs come back as UUIDs."""
    table = table_of(rows)
    with written("parquet", table) as path:
        found = pq.read_table(path)
    assert found.schema.field("uuid").type == pa.uuid()
    column = found.schema.get_field_index("uuid")
    plain = found.column("uuid").combine_chunks().storage if rows else table.column("uuid")
    assert found.set_column(column, "uuid", plain).to_pylist() == table.to_pylist()


@settings(max_examples=50)
@given(TABLES)
def test_arrow_reads_back_equal(rows: list[dict[str, Any]]) -> None:
    """The file has the rows' own schema and the rows."""
    table = table_of(rows)
    with written("arrow", table) as path, pa.OSFile(str(path)) as file:
        found = pa.ipc.open_file(file).read_all()
        assert found.schema == table.schema
        assert found.to_pylist() == table.to_pylist()


@settings(max_examples=50)
@given(TABLES)
def test_ndjson_reads_back_with_json(rows: list[dict[str, Any]]) -> None:
    """Each line is an object: numbers with their scale, null as null, text exactly."""
    with written("ndjson", table_of(rows)) as path:
        lines = path.read_bytes().decode().split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        found = json.loads(line, parse_float=str, parse_int=str)
        assert list(found) == list(COLUMNS)
        real = found.pop("real")
        assert (real if real is None else float(real)) == row["real"]
        for name, value in found.items():
            expected = row[name]
            if name == "flag":
                assert value is expected
            elif name == "wholes" and expected is not None:
                assert value == [None if item is None else str(item) for item in expected]
            elif isinstance(expected, int):
                assert value == str(expected)
            else:
                assert value == (expected if isinstance(expected, list) else in_words(expected))


@settings(max_examples=50)
@given(TABLES)
def test_csv_reads_back_with_pythons_reader(rows: list[dict[str, Any]]) -> None:
    """Quotes, commas and line breaks of every kind survive; a null is an empty field."""
    with written("csv", table_of(rows)) as path:
        text = path.read_bytes().decode()
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert found[0] == list(COLUMNS)
    for fields, row in zip(found[1:], rows, strict=True):
        for name, field in zip(COLUMNS, fields, strict=True):
            value = row[name]
            if value is None:
                assert field == ""
            elif name == "real":
                assert float(field) == value
            elif not isinstance(value, list):
                assert field == str(in_words(value))


def test_csv_tells_null_from_nothing() -> None:
    """A null is an empty field and an empty text a pair of quotes; plain text stands without quotes."""
    table = pa.table({"a": [None, "", "x", "x y", 'a"b', "a,b", "\\."], "b": pa.array([None, 1, 2, 3, 4, 5, 6])})
    with written("csv", table) as path:
        assert path.read_text() == 'a,b\n,\n"",1\nx,2\nx y,3\n"a""b",4\n"a,b",5\n"\\.",6\n'


def test_csv_writes_arrays_as_postgres_does() -> None:
    """Elements are quoted where PostgreSQL would quote them; a null element is NULL, a null array an empty field."""
    values = [["a", "b"], [], None, ["", None, "null"], ["a b", "a,b"], ['a"b', "a\\b", "{}"]]
    with written("csv", pa.table({"a": values})) as path:
        lines = path.read_text().splitlines()
    assert lines[1:] == [
        '"{a,b}"', "{}", "", '"{"""",NULL,""null""}"', '"{""a b"",""a,b""}"', r'"{""a\""b"",""a\\b"",""{}""}"',
    ]  # fmt: skip


def test_ndjson_embeds_json_columns() -> None:
    """A JSON column is part of its line's object, on that one line, not a text inside it."""
    table = pa.table({"a": ['{"x": [1,\n2]}', None, '"text"'], "b": ['{"x": 1}'] * 3, "c": [["{}", None]] * 3})
    with written("ndjson", table, json_columns=("a", "c")) as path:
        found = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["a"] for row in found] == [{"x": [1, 2]}, None, "text"]
    assert [row["b"] for row in found] == ['{"x": 1}'] * 3
    assert [row["c"] for row in found] == [[{}, None]] * 3


def test_what_is_no_number_is_a_word() -> None:
    """Infinities and not-a-number are PostgreSQL's words: JSON has no numbers for them."""
    table = pa.table({"a": [float("nan"), float("inf"), float("-inf"), 1e300, None]})
    with written("csv", table) as path:
        assert path.read_text().splitlines()[1:] == ["NaN", "Infinity", "-Infinity", "1e+300", ""]
    with written("ndjson", table) as path:
        found = [json.loads(line)["a"] for line in path.read_text().splitlines()]
    assert found == ["NaN", "Infinity", "-Infinity", 1e300, None]


POSTGRES = {
    "whole": "bigint", "small": "smallint", "real": "double precision", "flag": "boolean", "day": "date",
    "moment": "timestamp", "instant": "timestamptz", "money": "numeric(12,2)", "tiny": "numeric(20,9)", "text": "text",
    "uuid": "uuid", "texts": "text[]", "wholes": "integer[]",
}  # fmt: skip


def test_postgres_reads_csv_back_exactly(database_url: str) -> None:
    """COPY … WITH (FORMAT csv, HEADER) gives the same rows: nulls, empty texts, arrays and all."""
    address = "postgresql://" + database_url.split("://", 1)[1]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set timezone to 'UTC'")
        definition = ", ".join(f'"{name}" {kind}' for name, kind in POSTGRES.items())
        connection.execute(f"create table rows (place int, {definition})")

        @settings(max_examples=60)
        @given(TABLES)
        def check(rows: list[dict[str, Any]]) -> None:
            rows = [_without_zero_bytes(row) for row in rows]
            table = table_of(rows).add_column(0, "place", pa.array(range(len(rows)), pa.int32()))
            connection.execute("delete from rows")
            with written("csv", table) as path, connection.cursor() as cursor:
                with cursor.copy("copy rows from stdin with (format csv, header)") as copy:
                    copy.write(path.read_bytes())
                found = cursor.execute("select * from rows order by place").fetchall()
            assert [row[1:] for row in found] == [tuple(_python_value(row[name]) for name in COLUMNS) for row in rows]

        check()


def _without_zero_bytes(row: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL has no text with a zero byte."""
    clean = {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}
    if clean["texts"]:
        clean["texts"] = [text and text.replace("\0", "") for text in clean["texts"]]
    return clean


def _python_value(value: Any) -> Any:
    return UUID(bytes=value) if isinstance(value, bytes) else value


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_rows_give_the_same_bytes(format: str) -> None:  # noqa: A002
    """Nothing of the moment or the machine gets into a file."""
    table = pa.table({"a": range(1000), "b": [f"text {place}" for place in range(1000)]})
    with written(format, table) as first, written(format, table) as second:
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet"])
def test_how_rows_are_batched_leaves_no_trace(format: str, tmp_path: Path) -> None:  # noqa: A002
    """One batch or many: the same file."""
    table = pa.table({"a": range(LINES + 5), "b": pa.array(["x", None, "y\n"] * ((LINES + 5) // 3 + 1))[: LINES + 5]})
    contents = []
    for size in (7, 1000, LINES + 5):
        with open_writer(format, tmp_path / "rows", table.schema) as writer:
            for batch in table.to_batches(size):
                writer.write(batch)
        contents.append((tmp_path / "rows").read_bytes())
    assert contents[0] == contents[1] == contents[2]


def test_parquet_holds_back_one_row_group_at_most(tmp_path: Path) -> None:
    """Row groups are full but for the last, and are written as they fill: memory does not grow with the rows."""
    table = pa.table({"a": range(2 * GROUP_ROWS + 10)})
    with open_writer("parquet", tmp_path / "rows", table.schema) as writer:
        for batch in table.to_batches(GROUP_ROWS - 1):
            writer.write(batch)
        assert next(tmp_path.iterdir()).stat().st_size > GROUP_ROWS
    found = pq.ParquetFile(tmp_path / "rows").metadata
    assert [found.row_group(place).num_rows for place in range(found.num_row_groups)] == [GROUP_ROWS, GROUP_ROWS, 10]


@pytest.mark.parametrize("format", FORMATS)
def test_a_table_without_rows_is_a_whole_file(format: str) -> None:  # noqa: A002
    """No rows are still a header, a schema, or an empty file."""
    with written(format, table_of([])) as path:
        assert path.is_file()
        if format == "csv":
            assert path.read_text() == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.filterwarnings("error")
def test_a_failure_leaves_nothing_behind(format: str, tmp_path: Path) -> None:  # noqa: A002
    """After an exception neither the file nor its hidden neighbour is there, and an older file stays as it was."""
    path = tmp_path / "rows"
    path.write_text("older")
    table = pa.table({"a": range(10)})
    with pytest.raises(KeyError), open_writer(format, path, table.schema) as writer:
        writer.write(table.to_batches()[0])
        assert path.read_text() == "older"
        raise KeyError
    assert [found.name for found in tmp_path.iterdir()] == ["rows"]
    assert path.read_text() == "older"


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_has_its_name_only_when_complete(format: str, tmp_path: Path) -> None:  # noqa: A002
    """Until the writer is closed the name does not exist; afterwards nothing else does, and closing again is harmless."""
    path = tmp_path / "rows"
    table = pa.table({"a": range(10)})
    writer = open_writer(format, path, table.schema)
    writer.write(table.to_batches()[0])
    assert not path.exists()
    writer.close()
    writer.close()
    assert [found.name for found in tmp_path.iterdir()] == ["rows"]
    with pytest.raises(SpecError, match="closed"):
        writer.write(table.to_batches()[0])


def test_a_rename_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Where the name cannot be given, the rows are not left under another one."""
    (tmp_path / "rows").mkdir()
    writer = open_writer("csv", tmp_path / "rows", pa.schema([("a", pa.int64())]))
    with pytest.raises(OSError):
        writer.close()
    assert [found.name for found in tmp_path.iterdir()] == ["rows"]


def test_rows_of_another_schema_are_refused(tmp_path: Path) -> None:
    """A writer takes only the rows it was opened for."""
    writer = open_writer("csv", tmp_path / "rows", pa.schema([("a", pa.int64())]))
    with writer, pytest.raises(SpecError, match=r"\['b'\]"):
        writer.write(pa.record_batch({"b": pa.array([1])}))


def test_an_unknown_format_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """A slip in a format's name is named with what was probably meant, and no file appears."""
    with pytest.raises(UnknownNameError) as caught:
        open_writer("parket", tmp_path / "rows", SCHEMA)
    assert caught.value.nearest == ("parquet",)
    assert not list(tmp_path.iterdir())


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    """A reader could not tell them apart."""
    with pytest.raises(SpecError, match="same name"):
        open_writer("ndjson", tmp_path / "rows", pa.schema([("a", pa.int64()), ("a", pa.int64())]))
