"""Files instead of a database: each process writes its own part of every table."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from generators import Run, compile_dataset, generate, ordered, partition, schema_of
from generators.formats import FORMATS, Writer, open_writer
from generators.spec import DatasetSpec

from ..errors import SeedError

_PART = re.compile(r"^(\d+)/(\d+)$")


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that was written."""

    table: str
    path: str
    rows: int


@dataclass(frozen=True, slots=True)
class _Task:
    spec: DatasetSpec
    values: tuple[object, ...]
    start: int
    stop: int
    folder: Path
    form: str
    suffix: str


def export_dataset(run: Run, folder: Path, form: str, part: str, workers: int) -> list[ExportedFile]:
    """Write every stored table's rows; tables without rows get a file with no row.

    Args:
        run: what to generate.
        folder: where to write; made if absent.
        form: one of :data:`generators.formats.FORMATS`.
        part: ``i/n``, from 1.
        workers: processes; above one, each writes its own files.

    Raises:
        SeedError: for a format or part that does not exist, or a folder that cannot be written to.
    """
    if form not in FORMATS:
        raise SeedError(f"unknown format {form!r}", code="FORMAT_UNKNOWN", hint=f"use one of {', '.join(FORMATS)}")
    index, count = _read_part(part)
    start, stop = partition(run.units, index, count)
    tasks = []
    for worker in range(workers):
        low, high = partition(stop - start, worker, workers)
        number, total = index * workers + worker + 1, count * workers
        suffix = f"-{number:05d}-of-{total:05d}" if total > 1 else ""
        values = (run.seed, run.units, run.as_of, run.epoch, run.id_offset, run.shifts)
        tasks.append(_Task(run.dataset.spec, values, start + low, start + high, folder, form, suffix))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [item for items in ordered(_export, tasks, workers) for item in items]
    except OSError as error:
        raise SeedError(
            f"cannot write to {folder}: {error.strerror or error}",
            code="OUT_UNWRITABLE",
            hint="name a folder that you may write to, on a disk with room",
        ) from error


def _read_part(part: str) -> tuple[int, int]:
    match = _PART.match(part)
    index, count = (int(match[1]) - 1, int(match[2])) if match else (-1, 0)
    if not 0 <= index < count:
        raise SeedError(f"cannot read the part {part!r}", code="PARTITION_INVALID", hint="write for example 3/8")
    return index, count


def _export(task: _Task) -> list[ExportedFile]:
    run = Run(compile_dataset(task.spec), *task.values)  # type: ignore[arg-type]
    paths = {table.name: task.folder / f"{table.name}{task.suffix}.{task.form}" for table in run.dataset.stored}
    rows = dict.fromkeys(paths, 0)
    with ExitStack() as stack:
        writers: dict[str, Writer] = {
            table.name: stack.enter_context(
                open_writer(
                    task.form,
                    paths[table.name],
                    schema_of(table),
                    json_columns=tuple(c.name for c in table.stored_columns if c.type.name == "json"),
                )
            )
            for table in run.dataset.stored
        }
        for item in generate(run, task.start, task.stop):
            writers[item.table].write(item.batch)
            rows[item.table] += item.batch.num_rows
    return [ExportedFile(name, str(path), rows[name]) for name, path in paths.items()]
