"""A scan: rows come in, findings come out; nothing of a value is kept but its masked shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .judging import ColumnJudge, Finding
from .reading import Rows

_NAMES = re.compile(
    r"(first|fore|given|christian|middle|last|family|sur|maiden|full|known_?as|resident|tenant|customer|person|contact|applicant)"
    r"[_ ]?names?$|^names?$|^(fname|lname|sname|surname|forenames?|forename|surnames)$",
    re.IGNORECASE,
)


def scan(rows: Iterable[Rows]) -> tuple[Finding, ...]:
    """What could be real in the rows of some tables, table by table.

    Names cannot be told from invented ones; they are reported where the same table holds identifiers that could be real.
    """
    judges: dict[tuple[str, str], ColumnJudge] = {}
    filled: dict[tuple[str, str], int] = {}
    for part in rows:
        for name, values in zip(part.batch.schema.names, part.batch.columns, strict=True):
            judge = judges.setdefault((part.table, name), ColumnJudge(part.table, name))
            judge.look(values)
            filled[part.table, name] = filled.get((part.table, name), 0) + len(values) - values.null_count
    found = [finding for judge in judges.values() for finding in judge.findings()]
    return (*found, *_names_beside(found, judges, filled))


def _names_beside(
    found: list[Finding], judges: dict[tuple[str, str], ColumnJudge], filled: dict[tuple[str, str], int]
) -> Iterator[Finding]:
    suspect = {finding.table: finding.column for finding in reversed(found)}
    for (table, column), judge in judges.items():
        if table in suspect and _NAMES.search(column) and filled[table, column]:
            reason = f"names beside identifiers that could be real, such as {suspect[table]}"
            yield Finding(table, column, "name", judge.rows, filled[table, column], reason)
