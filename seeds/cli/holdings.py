"""``reset`` and ``verify`` for the rows that were put into a database's own tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from ..dataset.existing import ExistingDataset
from ..errors import SeedError
from ..filling import FillCheck, FillRemoval, reset_fill, verify_fill
from ..findings import Severity
from ..ports import Database
from .filling import fillable, finding_facts, show_findings
from .progress import progress_bar
from .render import say, say_json, table


def name_of(dataset: ExistingDataset | str) -> str:
    """What the ledger calls the dataset."""
    return dataset if isinstance(dataset, str) else dataset.name


def run_reset(
    target: Database, dataset: ExistingDataset | str, *, clock: Callable[[], datetime], drop_tables: bool, as_json: bool
) -> bool:
    """Delete the dataset's rows and report; true if none of them stays.

    Raises:
        SeedError: if the tables were to be dropped too.
    """
    name = name_of(dataset)
    if drop_tables:
        raise SeedError(
            f"the tables that {name} filled are the database's own, and are never dropped",
            code="RESET_OWN_TABLES", hint="leave out --drop-tables",
        )  # fmt: skip
    with progress_bar(f"resetting {name}", quiet=as_json) as progress:
        removal = reset_fill(fillable(target), name, clock=clock, progress=progress)
    _show_removal(name, removal, target, as_json=as_json)
    return removal.complete


def _show_removal(name: str, removal: FillRemoval, target: Database, *, as_json: bool) -> None:
    if as_json:
        findings = [finding_facts(finding) for finding in removal.findings]
        say_json({"dataset": name, "target": target.location, "deleted": dict(removal.rows), "findings": findings})
        return
    say(table(["table", "deleted"], list(removal.rows.items())))
    say()
    say(f"{sum(removal.rows.values()):,} rows of {name} deleted; rows of others are as they were")
    say(f"database: {target.location}")
    show_findings(removal.findings, least=Severity.INFO)


def run_verify(target: Database, dataset: ExistingDataset | str, *, sql: bool, as_json: bool) -> bool:
    """Look for the dataset's rows and for references that lead nowhere; true if everything holds, or ``sql`` is asked."""
    name = name_of(dataset)
    check = verify_fill(fillable(target), name)
    if sql:
        for one in check.references:
            say(f"-- {one.table}({', '.join(one.columns)}) refers to {one.target}")
            say(f"{one.sql};\n")
        return True
    if as_json:
        facts = {
            "tables": [asdict(one) for one in check.tables],
            "references": [asdict(one) for one in check.references],
        }
        say_json({"holds": check.holds, "dataset": name, "target": target.location, **facts})
    else:
        _show_check(check, target)
    return check.holds


def _show_check(check: FillCheck, target: Database) -> None:
    say(table(["table", "expected", "found"], [(one.name, one.expected, one.found) for one in check.tables]))
    say()
    broken = [one for one in check.references if one.orphans]
    for one in broken:
        whose = "" if one.counts else "; they may be rows of others"
        say(f"{one.table}({', '.join(one.columns)}): {one.orphans:,} rows refer to nothing in {one.target}{whose}")
    inferred = sum(not one.declared for one in check.references)
    say(f"{len(check.references):,} references looked at, {inferred:,} of them not declared")
    say("everything holds" if check.holds else "this database does not hold what was put into it")
    say(f"database: {target.location}")
