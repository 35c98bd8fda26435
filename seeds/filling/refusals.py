"""What a refusal teaches: columns that triggers fill, settings that a session misses, and the finding it becomes."""

from __future__ import annotations

import re
from collections import Counter

from ..catalog import Table
from ..findings import Finding, Severity
from ..planner.filling import FillTable, Relation
from ..rejections import Rejection

GIVE = "give the columns it reads a generator in a dataset file"
_MISSING_SETTING = re.compile(r'configuration parameter "(?P<name>\w+\.\w+)"')
_ASSIGNED = re.compile(
    r"\bNEW\s*\.\s*\"?(\w+)\"?\s*:?=(?!=)|\bINTO\s+(?:STRICT\s+)?NEW\s*\.\s*\"?(\w+)\"?", re.IGNORECASE
)


def missing_setting(rejection: Rejection) -> tuple[str, str]:
    """The session setting that was missed, and a value for it; empty if the refusal is about something else."""
    match = _MISSING_SETTING.search(rejection.message)
    if match is None:
        return "", ""
    return match["name"], "https://service.example.org" if re.search("host|url|domain", match["name"]) else "1"


def filled_by_triggers(table: Table) -> set[str]:
    """Columns that a BEFORE trigger assigns, as far as its text shows, and that may be left out."""
    found = set()
    for trigger in table.triggers:
        if trigger.timing == "before" and trigger.row:
            found |= {name for pair in _ASSIGNED.findall(trigger.body) for name in pair if name}
    primary = table.primary_key
    kept = set(primary.columns) if primary else set()
    return found - kept


def renumbers(table: Table) -> bool:
    """Whether a trigger gives rows another key than they come with, as far as its text shows."""
    primary = table.primary_key
    if primary is None:
        return False
    bodies = [trigger.body for trigger in table.triggers if trigger.timing == "before" and trigger.row]
    assigned = {name.lower() for body in bodies for pair in _ASSIGNED.findall(body) for name in pair if name}
    return not assigned.isdisjoint(name.lower() for name in primary.columns)


def left_out(table: FillTable, rejections: list[Rejection]) -> list[Finding]:
    """One finding for each reason for which rows were refused to the end."""
    counted = Counter((one.reason, one.constraint, one.column, one.message) for one in rejections)
    return [
        refused(table, next(one for one in rejections if (one.reason, one.constraint, one.column, one.message) == what), many)
        for what, many in counted.most_common(5)
    ]  # fmt: skip


def refused(table: FillTable, rejection: Rejection, rows: int) -> Finding:
    """The finding for rows that the database would not take, with the constraint's own text."""
    text = _constraint_text(table.table, rejection.constraint)
    return Finding(
        f"ROWS_REFUSED_{rejection.reason.value.upper()}",
        Severity.ERROR,
        table.key,
        f"{rows:,} rows refused: {rejection.message}{f': {text}' if text else ''}",
        GIVE,
    )


def given_up(table: FillTable, relation: Relation) -> Finding:
    """What becomes of a guess whose table took no rows, where the columns cannot be left empty."""
    return Finding(
        "RELATION_GIVEN_UP", Severity.INFO, table.key,
        f"{', '.join(relation.columns)} refer to nothing: {relation.target} has no such rows, and no key demands any",
        f"see the findings of {relation.target}",
    )  # fmt: skip


def _constraint_text(table: Table, name: str) -> str:
    for check in table.checks:
        if check.name == name:
            return f"CHECK ({check.predicate})"
    for trigger in table.triggers:
        if name and trigger.name == name:
            return f"trigger {trigger.name} calls {trigger.function}"
    return ""
