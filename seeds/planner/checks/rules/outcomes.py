"""What rules answer with: single claims, impossibilities, and choices between claims."""

from __future__ import annotations

from collections.abc import Iterable

from ..domains import NULL
from ..formula import TRUE, Either, Every, Fact, Formula
from ..frame import Claim
from ..model import Domain, TextPattern


def fact(column: str, domain: Domain) -> Formula:
    """A claim on one column, of which null is not a part."""
    return Fact(column, domain)


def never(claim: Claim) -> Formula:
    """What cannot be: only a null lets the row pass."""
    return one_of([Fact(column, NULL) for column in claim.columns])


def always() -> Formula:
    """What is so for every value."""
    return TRUE


def one_of(arms: Iterable[Formula]) -> Formula:
    """Any of these."""
    kept = tuple(arms)
    return kept[0] if len(kept) == 1 else Either(kept)


def all_of(*parts: Formula) -> Formula:
    """All of these."""
    return parts[0] if len(parts) == 1 else Every(parts)


def matching(column: str, pattern: TextPattern) -> Formula:
    """A text that is as the pattern says."""
    return Fact(column, Domain(patterns=(pattern,)))


def formed(column: str, *forms: str) -> Formula:
    """A text or range in these forms."""
    return Fact(column, Domain(forms=frozenset(forms))) if forms else TRUE
