"""The runs that put a dataset's rows in, as far as it takes to plan each of them again, and as JSON.

Whoever asks for more rows, or for some tables only, plans anew. Rows of a table belong to the run that made them:
from where the table had come when it began to where it had come when the next one did.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar, cast
from uuid import UUID

from generators import Growth

from ..catalog import ExistingRows

Jump = tuple[int, int]
"""From which row on a sequence goes on how much further, to stay clear of numbers that others have taken."""

Jumps = Mapping[str, Mapping[str, tuple[Jump, ...]]]
"""Jumps by table and column."""

_Value = TypeVar("_Value")
_NONE = ExistingRows()


@dataclass(frozen=True, slots=True)
class FillRun:
    """What was asked for at one time, and how things stood then.

    Attributes:
        rows: asked for in every table.
        only: patterns of tables to fill; empty is all.
        exclude: patterns of tables to leave alone.
        schemas: the schemas looked at; empty is all.
        covered: rows of each table that earlier runs had dealt with.
        existing: rows that the plan took for others', by table.
        jumps: where sequences leave numbers out.
        shapes: what each table looked like, as a digest.
        sizes: how many rows each table was to have in the end.
        own: rows asked for in tables that have a number of their own.
    """

    rows: int
    scale: float = 1.0
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    create_partitions: bool = False
    covered: Mapping[str, int] = field(default_factory=dict)
    existing: Mapping[str, ExistingRows] = field(default_factory=dict)
    jumps: Jumps = field(default_factory=dict)
    shapes: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    own: Mapping[str, int] = field(default_factory=dict)

    def plans_like(self, other: FillRun) -> bool:
        """Whether both make the same rows of everything."""
        return (*self._asked(), self.existing, self.jumps, self.shapes, self.sizes) == (
            *other._asked(), other.existing, other.jumps, other.shapes, other.sizes,
        )  # fmt: skip

    def _asked(self) -> tuple[object, ...]:
        return self.rows, self.scale, self.only, self.exclude, self.schemas, self.create_partitions, self.own


def with_run(runs: Sequence[FillRun], new: FillRun) -> tuple[FillRun, ...]:
    """The runs with a new one, unless the last makes the same rows; those that made none are forgotten.

    Tables that hold no row by now, since they were reset, begin anew.
    """
    kept = [
        replace(run, covered={name: rows for name, rows in run.covered.items() if name in new.covered}) for run in runs
    ]
    if kept and kept[-1].plans_like(new):
        return tuple(kept)
    while kept and kept[-1].covered == new.covered:
        kept.pop()
    return (*kept, new)


def segments(runs: Sequence[FillRun], table: str, covered: int) -> Iterator[tuple[int, int, int]]:
    """Which rows of a table which run made: its number, the first row, and the one after the last."""
    ends = [run.covered.get(table, 0) for run in runs[1:]] + [covered]
    for number, (run, stop) in enumerate(zip(runs, ends, strict=True)):
        start = run.covered.get(table, 0)
        if start < stop:
            yield number, start, stop


def growth_of(runs: Sequence[FillRun]) -> dict[str, Growth]:
    """How tables came to their rows: each run but the last is a stage that is over."""
    names = sorted({name for run in runs for name in run.sizes})
    return {
        name: Growth(
            tuple(run.covered.get(name, 0) for run in runs[1:]),
            tuple(run.sizes.get(name, 0) for run in runs[:-1]),
        )
        for name in names
        if len(runs) > 1
    }


def written_runs(runs: Sequence[FillRun]) -> str:
    """The runs as JSON; of what stood there, only what differs from the run before."""
    texts = []
    before = FillRun(0)
    for run in runs:
        texts.append(
            {
                "rows": run.rows,
                "scale": run.scale,
                "only": run.only,
                "exclude": run.exclude,
                "schemas": run.schemas,
                "create_partitions": run.create_partitions,
                "covered": {name: rows for name, rows in run.covered.items() if rows},
                "existing": _changes(before.existing, run.existing, _NONE, _written),
                "jumps": run.jumps,
                "shapes": _changes(before.shapes, run.shapes, "", str),
                "sizes": _changes(before.sizes, run.sizes, 0, int),
                "own": run.own,
            }
        )
        before = run
    return json.dumps(texts)


def read_runs(text: str) -> tuple[FillRun, ...]:
    """The runs from their JSON."""
    runs: list[FillRun] = []
    before = FillRun(0)
    for entry in json.loads(text):
        before = FillRun(
            rows=entry["rows"],
            scale=entry["scale"],
            only=tuple(entry["only"]),
            exclude=tuple(entry["exclude"]),
            schemas=tuple(entry["schemas"]),
            create_partitions=entry["create_partitions"],
            covered=entry["covered"],
            existing=_changed(before.existing, {name: _read(rows) for name, rows in entry["existing"].items()}, _NONE),
            jumps={
                table: {column: tuple((row, further) for row, further in jumps) for column, jumps in columns.items()}
                for table, columns in entry["jumps"].items()
            },
            shapes=_changed(before.shapes, entry["shapes"], ""),
            sizes=_changed(before.sizes, entry["sizes"], 0),
            own=entry["own"],
        )
        runs.append(before)
    return tuple(runs)


def _changes(
    before: Mapping[str, _Value], after: Mapping[str, _Value], nothing: _Value, write: Callable[[_Value], object]
) -> dict[str, object]:
    names = sorted({*before, *after})
    changed = [name for name in names if before.get(name, nothing) != after.get(name, nothing)]
    return {name: write(after.get(name, nothing)) for name in changed}


def _changed(before: Mapping[str, _Value], changes: Mapping[str, _Value], nothing: _Value) -> dict[str, _Value]:
    return {name: value for name, value in {**before, **changes}.items() if value != nothing}


_TAGS: Mapping[str, Callable[[str], object]] = {
    "date": date.fromisoformat, "datetime": datetime.fromisoformat, "Decimal": Decimal, "UUID": UUID,
}  # fmt: skip


def _written(rows: ExistingRows) -> dict[str, object]:
    values = {name: [_tagged(value) for value in column] for name, column in rows.values.items()}
    return {"count": rows.count, "values": values, "largest": dict(rows.largest)}


def _tagged(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return {type(value).__name__: str(value)}


def _read(written: Mapping[str, object]) -> ExistingRows:
    values = cast("Mapping[str, list[object]]", written["values"])
    return ExistingRows(
        cast("int", written["count"]),
        {name: tuple(_untagged(value) for value in column) for name, column in values.items()},
        cast("Mapping[str, int]", written["largest"]),
    )


def _untagged(value: object) -> object:
    if not isinstance(value, dict):
        return value
    ((name, text),) = value.items()
    read = _TAGS.get(name)
    return text if read is None else read(text)
