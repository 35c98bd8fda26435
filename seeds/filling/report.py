"""What a fill did: rows asked and loaded, and findings, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table after a fill.

    Attributes:
        asked: rows asked for.
        loaded: rows that this run put in.
        present: rows of Understudy's that stand in the table now.
        existing: rows of others that were there before.
        fitting: rows that fit the table's constraints; fewer than asked for where a finding says so.
        redrawn: rows that had to be drawn again because the database refused them.
        lost: rows of Understudy's that others have deleted since; they stay out.
    """

    asked: int
    loaded: int
    present: int
    fitting: int
    existing: int = 0
    findings: tuple[Finding, ...] = ()
    redrawn: int = 0
    lost: int = 0

    @property
    def filled(self) -> bool:
        """Whether the table holds as many rows as its constraints allow, and at least one if any were asked for."""
        if not self.fitting:
            refused = any(finding.severity is Severity.ERROR for finding in self.findings)
            return self.asked == 0 or (self.existing > 0 and not refused)
        return self.present + self.lost >= self.fitting


@dataclass(frozen=True, slots=True)
class FillReport:
    """A whole fill, table by table in the order of loading."""

    tables: Mapping[str, TableReport]
    findings: tuple[Finding, ...]
    seconds: float
    plan_seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every table got what fits."""
        return all(table.filled for table in self.tables.values())

    @property
    def loaded(self) -> int:
        """Rows put in, in all."""
        return sum(table.loaded for table in self.tables.values())
