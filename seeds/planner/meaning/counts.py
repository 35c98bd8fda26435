"""Counts, told by a plural or by words such as *number of* in front, where no rule knows more."""

from __future__ import annotations

from generators.spec import GeneratorSpec

from ...catalog import Column
from ..names import singular, words
from .model import Meaning
from .traits import family, fitted_number

_COUNTING = frozenset(["total", "max", "maximum", "min", "minimum", "count", "sum", "average"])
_SCORE = 0.42
_LARGEST = 20


def count_of(column: Column) -> Meaning | None:
    """Small whole numbers for columns such as ``open_issues`` or ``num_child_under_16``."""
    named = tuple(word for word in words(column.name) if not word.isdigit())
    if family(column) not in ("integer", "number") or not named:
        return None
    if singular(named[-1]) == named[-1] and named[:2] != ("number", "of") and named[0] not in _COUNTING:
        return None
    spec = fitted_number(GeneratorSpec("integer", {"min_value": 0, "max_value": _LARGEST}), column)
    return Meaning(spec, score=_SCORE, reason="a number of things", null_share=0.05)
