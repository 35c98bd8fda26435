"""Columns that say who made or changed a row: they tell of the row's making, not of what it is about."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import pairwise

from ..names import reference_rows
from .matching import column_words

_PEOPLE = frozenset({"by", "user", "uid", "login"})


@lru_cache(maxsize=65_536)
def editor_column(name: str) -> bool:
    """Whether a column is called like ``created_by``, ``last_modified_user`` or ``creator_id``."""
    named = column_words(name)
    done, doers = _words("editing"), _words("editor")
    return any(word in doers for word in named) or any(
        first in done and second in _PEOPLE for first, second in pairwise(named)
    )


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(row["word"] for row in reference_rows("references") if row["kind"] == kind)
