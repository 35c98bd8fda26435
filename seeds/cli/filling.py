"""What the commands do for a database that has its own tables: ``auto``, or a file that says ``tables_from``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import Any, cast

from ..dataset.existing import ExistingDataset, read_existing
from ..driver_errors import refused
from ..errors import DatasetFileError, SeedError, TargetError
from ..filling import FillOrder, FillReport, fill, plan
from ..findings import Finding, Severity
from ..planner.filling import FillPlan, FillRequest, dataset_text
from ..planner.inventory import inventory, to_json, to_markdown
from ..ports import Database, Fillable
from .progress import progress_bar
from .render import note, say, say_json, table

AUTO = "auto"
AUTO_AS_OF = date(2026, 4, 6)
AUTO_ROWS = 100


@dataclass(frozen=True, slots=True)
class FillArguments:
    """The options that concern databases with tables of their own."""

    rows: int | None = None
    scale: float = 1.0
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    create_partitions: bool = False


def existing_dataset(name: str) -> ExistingDataset | str | None:
    """``auto``, a file over a database's own tables, or None for every other dataset."""
    if name == AUTO:
        return AUTO
    if re.search(r"[./\\]", name):
        return read_existing(Path(name))
    return None


def fill_order(
    dataset: ExistingDataset | str, arguments: FillArguments, *, seed: int, as_of: datetime | None,
    stamp: str | None, written: str,
) -> FillOrder:  # fmt: skip
    """The order that a command's arguments mean.

    Raises:
        SeedError: if no row is asked for, or a scale that is no number.
    """
    if not isfinite(arguments.scale):
        raise SeedError(
            f"{arguments.scale} times as many rows cannot be made", code="SCALE_INVALID",
            hint="give --scale a number above 0, such as 0.5 or 10",
        )  # fmt: skip
    if arguments.rows is not None and arguments.rows < 1:
        raise SeedError(
            f"{arguments.rows:,} rows are asked for in every table", code="ROWS_INVALID", hint="ask for 1 row or more"
        )
    file = dataset if isinstance(dataset, ExistingDataset) else None
    request = FillRequest(
        dataset=file.name if file else AUTO,
        rows=arguments.rows if arguments.rows is not None else (file.rows if file else AUTO_ROWS),
        as_of=as_of.date() if as_of else (file.as_of if file else AUTO_AS_OF),
        seed=seed,
        scale=arguments.scale,
        only=(*arguments.only, *(file.only if file and not arguments.only else ())),
        exclude=(*arguments.exclude, *(file.exclude if file else ())),
        create_partitions=arguments.create_partitions,
    )
    return FillOrder(request, file, stamp, arguments.schemas, file.session if file else {}, written)


def fillable(target: Database) -> Fillable:
    """The target, if its catalogue can be read.

    Raises:
        TargetError: if it is of a kind that can only take datasets with tables of their own.
    """
    if not hasattr(target, "catalog"):
        raise TargetError(
            f"{target.location}: this kind of database cannot be read for its own tables", code="TARGET_NO_CATALOG",
            hint="use PostgreSQL, MariaDB, MySQL or SQLite",
        )  # fmt: skip
    return cast("Fillable", target)


def run_fill(target: Database, order: FillOrder, *, clock: Callable[[], datetime], as_json: bool) -> bool:
    """Fill and report; true if every table got what fits."""
    with progress_bar(f"filling {target.location}", quiet=as_json) as progress:
        report = fill(fillable(target), order, clock=clock, progress=progress)
    filled(report, order, target, as_json=as_json)
    return report.complete


def filled(report: FillReport, order: FillOrder, target: Database, *, as_json: bool) -> None:
    """Rows and findings by table, and totals."""
    if as_json:
        say_json(
            {
                "dataset": order.request.dataset,
                "target": target.location,
                "seed": order.request.seed,
                "as_of": order.request.as_of,
                "tables": {
                    name: {
                        "rows_asked": one.asked,
                        "rows_fitting": one.fitting,
                        "rows_loaded": one.loaded,
                        "rows_present": one.present,
                        "filled": one.filled,
                        "findings": [finding_facts(finding) for finding in one.findings],
                    }
                    for name, one in report.tables.items()
                },
                "totals": _totals(report),
                "findings": [finding_facts(finding) for finding in report.findings],
            }
        )
        return
    say(
        table(
            ["table", "asked", "loaded", "present"],
            [(n, t.asked, t.loaded, t.present) for n, t in report.tables.items()],
        )
    )
    say()
    totals = _totals(report)
    say(
        f"{totals['rows_loaded']:,} rows loaded in {totals['seconds']:.1f} s; {totals['tables_filled']:,} of "
        f"{totals['tables']:,} tables hold what fits"
    )
    say(f"seed {order.request.seed}, as of {order.request.as_of}")
    say(f"database: {target.location}")
    for one in report.tables.values():
        show_findings(one.findings)
    show_findings(report.findings)


def _totals(report: FillReport) -> dict[str, Any]:
    tables = report.tables.values()
    return {
        "tables": len(tables),
        "tables_filled": sum(one.filled for one in tables),
        "rows_asked": sum(one.asked for one in tables),
        "rows_loaded": report.loaded,
        "rows_present": sum(one.present for one in tables),
        "plan_seconds": round(report.plan_seconds, 3),
        "seconds": round(report.seconds, 3),
    }


def finding_facts(finding: Finding) -> Mapping[str, object]:
    """A finding for programs."""
    return asdict(finding) | {"fingerprint": finding.fingerprint}


def show_findings(findings: tuple[Finding, ...], *, least: Severity = Severity.WARNING) -> None:
    """Findings for people, on stderr."""
    order = [Severity.INFO, Severity.WARNING, Severity.ERROR]
    for finding in findings:
        if order.index(finding.severity) >= order.index(least):
            note(f"{finding.severity}[{finding.code}] {finding.subject}: {finding.message}")
            if finding.hint:
                note(f"  hint: {finding.hint}")


def run_plan(target: Database, order: FillOrder, *, as_json: bool) -> None:
    """Order, rows, generators with their reasons, and findings; nothing is touched."""
    _, found = plan(fillable(target), order)
    if as_json:
        say_json(_plan_facts(found))
        return
    for number, step in enumerate(found.steps, start=1):
        for name in step.tables:
            one = found.tables[name]
            together = (
                f" (together with {', '.join(t for t in step.tables if t != name)})" if len(step.tables) > 1 else ""
            )
            say(f"{number}. {name}: {one.rows:,} rows of {one.asked:,} asked{together}")
            rows = [(c.name, _generator_text(c.generator), c.reason) for c in one.columns]
            say("\n".join(f"   {line}" for line in table(["column", "generator", "why"], rows).splitlines()))
            say()
    empty = [one for one in found.tables.values() if not one.rows]
    if empty:
        say(f"not filled: {', '.join(one.key for one in empty)}")
    say(f"{sum(one.rows for one in found.tables.values()):,} rows in {len(found.steps):,} steps; nothing was touched")
    for one in found.tables.values():
        show_findings(one.findings, least=Severity.INFO)


def write_plan(target: Database, out: Path, arguments: FillArguments) -> None:
    """The plan as a dataset file.

    Raises:
        DatasetFileError: if the file is there already, or cannot be written.
    """
    order = fill_order(AUTO, arguments, seed=0, as_of=None, stamp=None, written="")
    name = re.sub(r"[^a-z0-9_]+", "_", out.stem.lower()).strip("_") or "existing"
    _, found = plan(fillable(target), replace(order, request=replace(order.request, dataset=name)))
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(dataset_text(found, name))
    except OSError as error:
        raise DatasetFileError(
            f"cannot be written: {error.strerror or error}", file=str(out), code="DATASET_UNWRITABLE",
            hint="choose another name with -o",
        ) from None  # fmt: skip
    note(f"wrote {out}: {len(found.tables)} tables; edit it, then run 'understudy seed {out} --to ...'")


def show_inventory(target: Database, schemas: tuple[str, ...], *, markdown: bool, as_json: bool) -> None:
    """Personal columns with their categories and reasons."""
    with refused(target.location):
        found = inventory(fillable(target).catalog(schemas=schemas))
    if as_json:
        say(to_json(found))
    elif markdown:
        say(to_markdown(found))
    else:
        rows = [(one.table, one.column, str(one.category), one.reason) for one in found]
        say(table(["table", "column", "category", "why"], rows))
        say(f"\n{len(found):,} personal columns")


def _plan_facts(found: FillPlan) -> dict[str, Any]:
    return {
        "dataset": found.spec.name,
        "steps": [list(step.tables) for step in found.steps],
        "tables": {
            name: {
                "rows_asked": one.asked,
                "rows_fitting": one.rows,
                "columns": {
                    column.name: {
                        "generator": _generator_facts(column.generator),
                        "reason": column.reason,
                        "source": column.source,
                        "score": round(column.score, 2),
                        "category": column.category,
                    }
                    for column in one.columns
                },
                "references": [
                    {
                        "columns": list(relation.columns),
                        "table": relation.target.key,
                        "target_columns": list(relation.target_columns),
                        "declared": relation.declared,
                        "reason": relation.reason,
                    }
                    for relation in one.references
                ],
                "deferred": list(one.deferred),
                "findings": [finding_facts(finding) for finding in one.findings],
            }
            for name, one in found.tables.items()
        },
        "findings": [finding_facts(finding) for finding in found.findings],
    }


def _generator_facts(generator: Any) -> Any:
    if generator is None:
        return None
    return {generator.name: dict(generator.parameters)} if generator.parameters else generator.name


def _generator_text(generator: Any) -> str:
    if generator is None:
        return "(left to the database)"
    inside = ", ".join(f"{key}: {_short(value)}" for key, value in generator.parameters.items())
    return f"{generator.name} {{{inside}}}" if inside else str(generator.name)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
