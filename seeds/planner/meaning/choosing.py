"""Of everything that could be said of a column, the surest."""

from __future__ import annotations

from functools import lru_cache

from ...catalog import Column, Table
from .counts import count_of
from .enumerated import enumeration_of
from .flags import flag_of
from .matching import code_of, column_words, matched, repeated
from .model import Meaning
from .moments import moment_of
from .subjects import subjects_of, table_words_of
from .traits import family, room

_CODE, _CODE_SCORE = 3, 0.3


def meaning_of(table: Table, column: Column) -> Meaning:
    """What ``column`` of ``table`` holds, judged by its name, type, comment and the table it stands in.

    Where nothing tells, the meaning has no generator and the score 0. Whether the values keep to the column's length,
    keys and constraints is not looked at: whoever uses the meaning makes them fit.
    """
    repeats = repeated(column_words(column.name), table_words_of(table.name.name))
    return _meaning_of(column, subjects_of(table), repeats)


@lru_cache(maxsize=16_384)
def _meaning_of(column: Column, subjects: frozenset[str], repeats: tuple[int, ...]) -> Meaning:
    """The meaning by all that it depends on: of a table, what it is about and how its name is repeated."""
    candidates = (
        matched(column, subjects, repeats),
        moment_of(column),
        flag_of(column),
        count_of(column),
        enumeration_of(column, subjects),
    )
    known = [candidate for candidate in candidates if candidate is not None]
    return max(known, key=lambda candidate: candidate.score, default=_unknown(column))


def enumerated(table: Table, column: Column) -> bool:
    """Whether the column is a text of a few values that repeat by their nature, such as a status or a country."""
    meaning = meaning_of(table, column)
    return family(column) == "text" and meaning.generator is not None and meaning.generator.name == "choice"


def _unknown(column: Column) -> Meaning:
    """Nothing tells, except that a text of one to three characters can hardly be anything but a code."""
    if family(column) == "text" and room(column) <= _CODE:
        return Meaning(code_of(column), score=_CODE_SCORE, reason="too narrow for anything but a code")
    return Meaning()
