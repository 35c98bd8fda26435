"""`generate`: the same rows as everywhere, in four kinds of files, whole or in parts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

from generators import Digest, digest_of
from generators.formats import FORMATS
from tests.seeds.boroughs import borough, generated
from tests.seeds.command_line import CommandLine, finish, start

DATASET = ("borough", "-n", 250, "--seed", 7)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


def rows_in(path: Path) -> int:
    """The number of rows in a file of any format, by other means than those that wrote it."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    if path.suffix == ".ndjson":
        return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if json.loads(line))
    return table_in(path).num_rows


def table_in(path: Path) -> pa.Table:
    """The contents of a Parquet or Arrow file."""
    if path.suffix == ".parquet":
        return pq.read_table(path)
    with ipc.open_file(path) as reader:
        return reader.read_all()


def digest_of_files(paths: list[Path]) -> Digest:
    """The digest of what several files hold together."""
    total = Digest()
    for path in paths:
        for batch in table_in(path).to_batches():
            total += digest_of(batch)
    return total


def expect_borough(folder: Path, form: str) -> None:
    """The files of a folder hold the borough, value for value."""
    digests, _ = generated(250)
    for table in borough().stored:
        found = digest_of_files([*folder.glob(f"{table.name}.{form}"), *folder.glob(f"{table.name}-*.{form}")])
        assert found.hexdigest(table.name, table.stored_columns) == digests[table.name], table.name


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_every_row(command: CommandLine, tmp_path: Path, form: str) -> None:
    """One file for each table, and as many rows as the database would hold."""
    made = command("generate", *DATASET, "--out", tmp_path / "out", "--format", form, "--json")
    assert (made.code, made.err, set(made.json)) == (0, "", {"files"})
    _, rows = generated(250)
    assert {file["table"]: file["rows"] for file in made.json["files"]} == rows
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{name}.{form}" for name in rows}
    for file in made.json["files"]:
        assert rows_in(Path(file["path"])) == file["rows"]


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_files_hold_what_was_generated(command: CommandLine, tmp_path: Path, form: str) -> None:
    """Read back, the values have the digests of `digest`."""
    assert command("generate", *DATASET, "--out", tmp_path, "--format", form).code == 0
    expect_borough(tmp_path, form)


def test_parts_make_up_the_whole(command: CommandLine, tmp_path: Path) -> None:
    """The first, second and third of three parts hold every row once."""
    for part in ("2/3", "1/3", "3/3"):
        assert command("generate", *DATASET, "--out", tmp_path, "--partition", part).code == 0
    assert len(list(tmp_path.iterdir())) == 3 * len(borough().stored)
    expect_borough(tmp_path, "parquet")


def test_more_parts_than_units_are_fine(command: CommandLine, tmp_path: Path) -> None:
    """A part without a unit has files without a row."""
    made = command("generate", "borough", "-n", 2, "--out", tmp_path, "--partition", "1/3", "--json")
    assert made.code == 0
    assert sum(file["rows"] for file in made.json["files"]) == 0
    assert all(rows_in(Path(file["path"])) == 0 for file in made.json["files"])


def test_processes_make_up_the_whole(tmp_path: Path) -> None:
    """Two processes write a file each of every table, and leave no other."""
    ended = finish(start("generate", *DATASET, "--out", tmp_path, "--workers", 2, "--json"))
    assert ended.code == 0, ended.err
    assert len(list(tmp_path.iterdir())) == len(ended.json["files"]) == 2 * len(borough().stored)
    expect_borough(tmp_path, "parquet")


def test_a_folder_that_cannot_be_written_to_is_refused(command: CommandLine, tmp_path: Path) -> None:
    """A file in the folder's place is an error with a way out, not a traceback."""
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        refused = command("generate", *DATASET, "--out", folder, "--json")
        assert (refused.code, refused.error["code"], refused.out) == (2, "OUT_UNWRITABLE", "")
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"
