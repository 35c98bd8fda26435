"""Texts that look enumerated, such as a status or a type: a few values that suit the table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from generators.spec import GeneratorSpec

from ...catalog import Column, Table
from ..names import Words, reference_rows
from .matching import column_words
from .model import Meaning
from .subjects import FIELDS_OF_WORK, subjects_of, subjects_of_word
from .traits import default_text, family, room

_TRAILING = frozenset(["code", "name", "value", "id", "old", "new", "current", "previous", "key", "text"])
_SCORE, _CODED_SCORE = 0.68, 0.64
_DEFAULT_WEIGHT = 6.0
_LONGEST_DEFAULT = 40


def enumeration(table: Table, column: Column) -> Mapping[str, float]:
    """Values with their weights, for a text that looks enumerated; empty for any other column.

    Values longer than the column are cut to codes; a default among the values decides how they are spelled.
    """
    return _values(column, subjects_of(table))


def _values(column: Column, subjects: frozenset[str]) -> Mapping[str, float]:
    if family(column) != "text" or not (found := _listed(column, subjects)):
        return {}
    default = default_text(column)
    if default and len(default) <= _LONGEST_DEFAULT:
        found = _with_default(found, default)
    return _coded(found, room(column))


def enumeration_of(column: Column, subjects: frozenset[str]) -> Meaning | None:
    """The meaning of a text that looks enumerated, in a table about these subjects."""
    values = _values(column, subjects)
    if not values:
        return None
    head, coded = _head(column_words(column.name))
    reason = f"a {head} is one of a few"
    spec = GeneratorSpec("choice", {"values": dict(values)})
    return Meaning(spec, score=_CODED_SCORE if coded else _SCORE, reason=reason, null_share=0.05)


def _listed(column: Column, subjects: frozenset[str]) -> Mapping[str, float]:
    named = column_words(column.name)
    head = _head(named)[0]
    by_subject = _lists().get(head, {})
    before = named[named.index(head) - 1] if head in named[1:] else ""
    for subject in (*sorted(subjects_of_word(before)), *sorted(subjects, key=_telling)):
        if subject in by_subject:
            return by_subject[subject]
    return by_subject.get("", {})


def _telling(subject: str) -> tuple[bool, str]:
    """Fields of work come first: they tell more of a status than the kind of thing that has it."""
    return subject not in FIELDS_OF_WORK, subject


def _head(named: Words) -> tuple[str, bool]:
    """The word that tells the list, and whether a word such as ``code`` follows it."""
    place = len(named)
    while place > 1 and (named[place - 1] in _TRAILING or named[place - 1].isdigit()):
        place -= 1
    return (named[place - 1] if named else ""), place < len(named) and not named[-1].isdigit()


def _with_default(values: Mapping[str, float], default: str) -> Mapping[str, float]:
    """The values in the default's spelling, and the default among them."""
    if default.isupper():
        spelled = {value.upper().replace(" ", "_"): weight for value, weight in values.items()}
    elif default[:1].isupper():
        spelled = {value[:1].upper() + value[1:]: weight for value, weight in values.items()}
    else:
        spelled = {value.replace(" ", "_") if "_" in default else value: weight for value, weight in values.items()}
    return spelled if default in spelled else {default: _DEFAULT_WEIGHT, **spelled}


def _coded(values: Mapping[str, float], limit: float) -> Mapping[str, float]:
    """The values as they are, or where one does not fit, all of them as distinct codes of upper-case letters."""
    if all(len(value) <= limit for value in values):
        return values
    size = int(min(limit, 3))
    coded: dict[str, float] = {}
    for value, weight in values.items():
        letters = "".join(character for character in value.upper() if character.isalnum())[:size]
        if letters:
            coded[letters] = coded.get(letters, 0.0) + weight
    return coded


@cache
def _lists() -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """Values and weights by the column's head word and the table's subject; the empty subject is any other."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in reference_rows("enumerations"):
        found.setdefault(row["word"], {}).setdefault(row["subject"], {})[row["value"]] = float(row["weight"])
    return found
