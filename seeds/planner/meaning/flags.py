"""Yes or no, whether kept as booleans, as numbers or as letters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from generators.spec import GeneratorSpec

from ...catalog import Column
from ..names import Words, reference_rows
from .matching import column_words
from .model import Meaning
from .traits import default_text, family, room

_ASKING = frozenset(["is", "has", "can", "should", "was", "does", "are", "allow", "enable", "must"])
_HEADS = frozenset(["flag", "indicator", "yn"])
_VERBS = frozenset({"is", "has"})
_NEGATIONS = frozenset(["not", "no", "non", "without", "disable"])
_UNKNOWN, _USUALLY, _RARELY = 0.3, 0.85, 0.1
_KNOWN_SCORE, _UNKNOWN_SCORE, _LETTER_SCORE, _WORD_SCORE = 0.7, 0.4, 0.72, 0.45
_LONGEST_FLAG = 5
_SPELLINGS = (("Y", "N"), ("y", "n"), ("T", "F"), ("t", "f"), ("1", "0"), ("true", "false"), ("yes", "no"))


def flag_of(column: Column) -> Meaning | None:
    """A flag, true as often as its name and default suggest; None for columns that are none."""
    kind, named = family(column), column_words(column.name)
    share, word = _share(named, column)
    reason = f"{word!r} is true in about {share:.0%} of rows" if word else "a flag of no particular kind"
    if kind == "boolean":
        spec = GeneratorSpec("boolean", {"probability": share})
        return Meaning(spec, score=_KNOWN_SCORE if word else _UNKNOWN_SCORE, reason=reason, null_share=0.05)
    score = _certainty(named, column, word)
    if kind not in ("integer", "text") or not score:
        return None
    yes, no = (1, 0) if kind == "integer" else _letters(column)
    if kind == "text" and room(column) < len(str(no)):
        return None
    spec = GeneratorSpec("choice", {"values": {yes: round(share * 100), no: round(100 - share * 100)}})
    return Meaning(spec, score=score, reason=reason, null_share=0.05)


def _certainty(named: Words, column: Column, word: str) -> float:
    """How sure it is that a number or a text is a flag; 0 where nothing says so."""
    if not named:
        return 0.0
    if named[-1] in _HEADS or (len(named) > 1 and named[0] in _ASKING) or _VERBS.intersection(named[:-1]):
        return _LETTER_SCORE
    short = family(column) == "integer" or room(column) <= _LONGEST_FLAG
    return _WORD_SCORE if short and word and word == named[-1] else 0.0


def _letters(column: Column) -> tuple[str, str]:
    """Yes and no in the spelling of the column's default, or as its width suggests."""
    default = default_text(column).strip()
    for spelling in _SPELLINGS:
        if default in spelling:
            return spelling
    return _SPELLINGS[0]


def _share(named: Words, column: Column) -> tuple[float, str]:
    """How often it is true, and the word that tells."""
    word = next((word for word in reversed(named) if word in _shares()), "")
    usual = _by_default(column)
    if not word:
        return (_UNKNOWN if usual is None else usual), ""
    share = _shares()[word]
    if _NEGATIONS.intersection(named[: named.index(word)]):
        share = 1 - share
    if usual is not None and (usual > 0.5) != (share > 0.5):
        share = (usual + share) / 2
    return round(share, 2), word


def _by_default(column: Column) -> float | None:
    default = column.default.strip().strip("()").split("::")[0].strip("'").lower()
    if default in ("true", "1", "b'1", "y", "t"):
        return _USUALLY
    return _RARELY if default in ("false", "0", "b'0", "n", "f") else None


@cache
def _shares() -> Mapping[str, float]:
    return {row["word"]: float(row["share"]) for row in reference_rows("flags")}
