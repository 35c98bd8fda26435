"""What the command ``scan`` reads and prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from ..errors import ScanError
from ..scanning import Finding, file_rows, scan, table_rows, to_json, to_sarif
from .filling import fillable
from .render import note, say, say_json, table
from .targets import open_target


def run_scan(
    sources: Sequence[str], *, home: Path, sample: int | None, as_json: bool, sarif: bool, schemas: tuple[str, ...]
) -> tuple[Finding, ...]:
    """Scan a database or files, and say what was found."""
    if "://" in sources[0] or sources[0].startswith("env:"):
        if len(sources) > 1:
            raise ScanError("one database at a time", code="SCAN_SOURCES", hint="run the command once for each")
        found, where = _scan_database(sources[0], home, sample, schemas)
    else:
        files = list(chain.from_iterable(_files(Path(name)) for name in sources))
        found, where = scan(chain.from_iterable(file_rows(file, most=sample) for file in files)), sources[0]
    if as_json:
        say_json(to_json(found))
    elif sarif:
        say(to_sarif(found, where))
    else:
        _show(found)
    return found


def _scan_database(
    url: str, home: Path, sample: int | None, schemas: tuple[str, ...]
) -> tuple[tuple[Finding, ...], str]:
    target = open_target(url, home=home, writes=False, existing=True)
    try:
        database = fillable(target)
        return scan(table_rows(database, database.catalog(schemas=schemas), most=sample)), target.location
    finally:
        target.close()


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from (inner for inner in sorted(path.rglob("*")) if inner.is_file() and not inner.name.startswith("."))


def _show(found: Sequence[Finding]) -> None:
    if not found:
        note("nothing that could be a real person's")
        return
    rows = [(one.table, one.column, one.category, one.rows_suspect, one.rows_checked, one.reason) for one in found]
    say(table(["table", "column", "category", "suspect", "rows", "why"], rows))
    note(
        f"\nhint: {len(found):,} columns hold what could be real people's; find out where it came from before anybody uses it"
    )
