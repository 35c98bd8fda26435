"""What a table is about, from its name and, failing that, from the columns beside one another in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from ...catalog import Table
from ..names import Words, reference_rows, singular, words

_TELLING = (
    frozenset({"forename", "surname"}),
    frozenset({"first", "name"}),
    frozenset({"last", "name"}),
    frozenset({"birth", "date"}),
    frozenset({"mobile"}),
    frozenset({"email"}),
    frozenset({"phone"}),
    frozenset({"gender"}),
    frozenset({"nhs", "number"}),
    frozenset({"ni", "number"}),
)
FIELDS_OF_WORK = frozenset({"health", "social_care", "housing"})
_ENOUGH = 2
_BY_HEAD_ONLY = frozenset({"person", "place"})
_SYSTEM, _LONG = 2, 7


def subjects_of(table: Table) -> frozenset[str]:
    """The subjects that the table is about, such as ``person``; empty where nothing tells."""
    return _subjects(table.name.name, tuple(column.name for column in table.columns))


@lru_cache(maxsize=4096)
def _subjects(name: str, columns: tuple[str, ...]) -> frozenset[str]:
    table_words = table_words_of(name)
    for place in range(len(table_words), 0, -1):
        found = _subjects_of_word(table_words[place - 1])
        if found:
            return _settled(found, table_words[place:], columns) | _wider(table_words[: place - 1])
    return frozenset({"person"}) if _tellings(columns) >= _ENOUGH else frozenset()


def _settled(found: frozenset[str], behind: Words, columns: tuple[str, ...]) -> frozenset[str]:
    """The subjects less people and places, where other things follow the word or it means other things too.

    ``clients`` and ``tenants`` are people only if they have columns of the kind that people have.
    """
    if not _neutral().issuperset(behind):
        return found - _BY_HEAD_ONLY
    if found == {"person"} or _tellings(columns):
        return found
    return found - {"person"}


@cache
def _neutral() -> frozenset[str]:
    """Words behind a table's subject that leave it what it is."""
    return frozenset(row["word"] for row in reference_rows("qualifiers") if row["of"] == "table")


def _subjects_of_word(word: str) -> frozenset[str]:
    """A word's subjects; behind two letters that stand for a system, as in ``ctproperty``, it is looked for too."""
    known = _by_word()
    return known.get(word) or (known.get(word[_SYSTEM:], frozenset()) if len(word) >= _LONG else frozenset())


def subjects_of_word(word: str) -> frozenset[str]:
    """The subjects that a word stands for."""
    return _by_word().get(word, frozenset())


def _wider(leading: Words) -> frozenset[str]:
    """Fields of work that the words before the head tell, such as health; they never make a table a list of people."""
    fields = {subject for word in leading for subject in _by_word().get(word, ())}
    return frozenset(fields & FIELDS_OF_WORK)


def _tellings(columns: tuple[str, ...]) -> int:
    """How many kinds of columns there are that hardly any but a table of people has."""
    seen = [frozenset(words(column)) for column in columns]
    return sum(any(telling <= column for column in seen) for telling in _TELLING)


@lru_cache(maxsize=4096)
def table_words_of(name: str) -> Words:
    """A table's words in the singular."""
    return tuple(map(singular, words(name)))


@cache
def _by_word() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in reference_rows("subjects"):
        if row["subject"] != "human":
            found.setdefault(singular(row["word"]), set()).add(row["subject"])
    return {word: frozenset(subjects) for word, subjects in found.items()}


@cache
def words_of(subject: str) -> frozenset[str]:
    """The words that stand for a subject; ``human`` are those that hardly mean anything but a person."""
    return frozenset(singular(row["word"]) for row in reference_rows("subjects") if row["subject"] == subject)
