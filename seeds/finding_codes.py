"""Every code that a finding can have: what it means, and what a person can do about it.

Findings themselves say what happened where; this is what stays the same between them, kept in ``reference/findings/``.
The reference page is made from it, and a test compares it with the codes that the source uses.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class FindingCode:
    """What findings of one code have in common."""

    code: str
    meaning: str
    remedy: str


@lru_cache(maxsize=1)
def finding_codes() -> tuple[FindingCode, ...]:
    """All of them, by their codes."""
    text = files("seeds").joinpath("reference", "findings", "codes.csv").read_text(encoding="utf-8")
    return tuple(FindingCode(**row) for row in csv.DictReader(text.splitlines()))
