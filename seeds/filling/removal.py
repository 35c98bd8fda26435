"""Taking a fill out again: its rows are made once more to know their keys, so rows of others are never looked at.

Tables go in the reverse of the order in which they came; those that refer to one another in a circle go together.
Each such group commits with the ledger's record of it, so a reset that is killed goes on where it stopped.

| finding | means |
|---|---|
| `RESET_IN_USE` | rows of others refer to rows of ours: they stay, and so does what they need |
| `RESET_REFUSED` | the database would not let rows go, for another reason |
| `RESET_CONSEQUENCES` | rows that triggers wrote together with ours went with them |
| `RESET_NEEDED` | rows stay because rows that stay refer to them |
| `RESET_UNKNOWN_ROWS` | the table has changed so much that its rows cannot be told from others' |
| `RESET_SCHEMA_CHANGED` | rows are not found under the keys that are made for the table as it is now |
| `RESET_ROWS_ABSENT` | rows were gone already, deleted by others or by triggers |
| `RESET_TABLE_GONE` | the table is not there any more |
| `RESET_ROWS_STAY` | rows that others, or triggers, have written since |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..driver_errors import refused
from ..environment import may_write
from ..findings import Finding, Severity
from ..loader import Progress
from ..ports import Fillable
from .deletion import Deletion
from .ledger import Ledger
from .ours import Ours


@dataclass(frozen=True, slots=True)
class FillRemoval:
    """What a reset took away, by table, and what there is to know."""

    rows: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Whether none of our rows stays."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def reset(
    database: Fillable,
    dataset: str,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[Progress], None] = lambda _: None,
) -> FillRemoval:
    """Delete the rows that the ledger knows to be the dataset's, and nothing else.

    Raises:
        WriteRefused: if the gate does not know the database as a place for test data.
        ManifestConflict: if it holds nothing of this dataset.
        TargetBusy: if somebody is filling it.
    """
    with refused(database.location):
        may_write(database, stamp=None, clock=clock)
        with database.lock(dataset):
            ledger = Ledger(database)
            ours = Ours(database, ledger.held(dataset), ledger.records(dataset))
            writer = database.writer()
            try:
                writer.set_session(ours.session)
                deletion = Deletion(writer, dataset, ours)
                deletion.run(progress)
            finally:
                writer.close()
            if not ledger.records(dataset):
                ledger.remove(dataset)
            stay = tuple(_others(database, ours, kept=deletion.kept))
    return FillRemoval(deletion.deleted, (*deletion.findings, *stay))


def _others(database: Fillable, ours: Ours, *, kept: set[str]) -> Iterator[Finding]:
    """Rows in our tables, and in those that triggers of our tables write to, that nobody had written before us."""
    written = [
        trigger.body
        for name in ours.records
        if name in ours.catalog.tables
        for trigger in ours.catalog.tables[name].triggers
    ]
    for name, table in database.catalog(schemas=()).tables.items():
        more = table.existing.count - ours.before(name).count
        if more <= 0 or name in kept:
            continue
        word = rf"\b{re.escape(table.name.name)}\b"
        if name in ours.records or any(re.search(word, body, re.IGNORECASE) for body in written):
            yield Finding(
                "RESET_ROWS_STAY",
                Severity.INFO,
                name,
                f"{more:,} rows stay that Understudy did not write: of triggers, or of others",
            )
