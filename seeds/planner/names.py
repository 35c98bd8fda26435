"""What identifiers say: their words, whatever the spelling, with abbreviations written out.

``words("nhsNumber2")`` is ``("nhs", "number", "2")``; ``words("tncy_ref")`` is ``("tenancy", "reference")``.
The abbreviations, and the words that names written in one piece are cut into, are in ``reference/meaning/``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

Words = tuple[str, ...]

_RUNS = re.compile(r"[^\W_]+")
_PIECES = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_LONGEST_ABBREVIATION = 4
_SHORTEST_PIECE = 3
_SHORT_ENDINGS = frozenset(
    (
        "id",
        "no",
        "at",
        "by",
        "cd",
        "dt",
        "ip",
        "ref",
        "qty",
        "amt",
        "pct",
        "url",
        "num",
        "nbr",
        "flg",
        "typ",
        "uom",
        "ytd",
    )
)
_SHORT_BEGINNINGS = frozenset({"is", "ip"})


@lru_cache(maxsize=65_536)
def words(identifier: str) -> Words:
    """The identifier's words in lower case, digits apart, abbreviations and run-on spellings written out."""
    pieces: list[str] = []
    for run in _RUNS.findall(identifier):
        pieces.extend(piece.lower() for piece in _PIECES.findall(run))
    return _written_out(tuple(part for piece in pieces for part in _parts(piece)))


# ------------------------------------------------------------------------------------------------- abbreviations


def _written_out(pieces: Words) -> Words:
    """Abbreviations replaced, the longest first."""
    found: list[str] = []
    place = 0
    while place < len(pieces):
        length, meant = _expansion(pieces, place)
        found.extend(meant)
        place += length
    return tuple(found)


def _expansion(pieces: Words, place: int) -> tuple[int, Words]:
    """How many pieces from ``place`` on are one abbreviation, and what it means; one piece is itself otherwise."""
    for length in range(min(_LONGEST_ABBREVIATION, len(pieces) - place), 0, -1):
        meant = _abbreviations().get(pieces[place : place + length])
        if meant is None:
            continue
        for where in _places(pieces, place, length):
            if where in meant:
                return length, meant[where]
    return 1, (pieces[place],)


def _places(pieces: Words, place: int, length: int) -> Iterable[str]:
    """What can be said of the place that an abbreviation stands at, the most telling first."""
    after = [piece for piece in pieces[place + length :] if not piece.isdigit()]
    if place == 0:
        yield "first" if after else "alone"
    if not after:
        yield "last"
    if place or not after:
        yield "later"
    yield "any"


@cache
def _abbreviations() -> Mapping[Words, Mapping[str, Words]]:
    """What each abbreviation means, by where it stands."""
    found: dict[Words, dict[str, Words]] = {}
    for row in reference_rows("abbreviations"):
        found.setdefault(tuple(row["short"].split()), {})[row["place"]] = tuple(row["words"].split())
    return found


# --------------------------------------------------------------------------------------------- names in one piece


@lru_cache(maxsize=65_536)
def _parts(piece: str) -> Words:
    """A name written in one piece as its words, if known words make it up; fewest words win."""
    if len(piece) <= _SHORTEST_PIECE or piece.isdigit() or (piece,) in _abbreviations():
        return (piece,)
    if piece in _vocabulary() or singular(piece) in _vocabulary():
        return (piece,)
    return _cut(piece) or (piece,)


def _cut(piece: str) -> Words:
    """The fewest known words that make up the piece; empty if none do."""
    best: dict[int, Words] = {0: ()}
    for end in range(1, len(piece) + 1):
        for start in range(end):
            if start in best and _is_part(piece, start, end):
                candidate = (*best[start], piece[start:end])
                if end not in best or len(candidate) < len(best[end]):
                    best[end] = candidate
    return best.get(len(piece), ())


def _is_part(piece: str, start: int, end: int) -> bool:
    part = piece[start:end]
    if end - start >= _SHORTEST_PIECE and part in _vocabulary():
        return True
    return (end == len(piece) and part in _SHORT_ENDINGS) or (start == 0 and part in _SHORT_BEGINNINGS)


@cache
def _vocabulary() -> frozenset[str]:
    """Words that names written in one piece are made of, and abbreviations long enough to be told from syllables."""
    whole = {row["word"] for row in reference_rows("vocabulary")}
    cut = (row["short"] for row in reference_rows("abbreviations"))
    return frozenset(whole.union(short for short in cut if len(short) > _SHORTEST_PIECE and " " not in short))


# ---------------------------------------------------------------------------------------------------- singular

_SINGULAR_ENDINGS = re.compile(r"(ss|us|is)$")
_HISSING = re.compile(r"(ss|x|zz|ch|sh|(?<![aeo])us|[^aeiou]o)es$")


@lru_cache(maxsize=16_384)
def singular(word: str) -> str:
    """The word for one of them: ``people`` is ``person``, ``companies`` is ``company``, ``status`` is itself."""
    if word in _irregular():
        return _irregular()[word]
    if not word.endswith("s") or len(word) <= _SHORTEST_PIECE or _SINGULAR_ENDINGS.search(word):
        return word
    if word.endswith("ies") and len(word) > _LONGEST_ABBREVIATION:
        return f"{word[:-3]}y"
    return word[:-2] if _HISSING.search(word) else word[:-1]


@cache
def _irregular() -> Mapping[str, str]:
    """Words that the rules get wrong; some end in s and are singular."""
    return {row["plural"]: row["singular"] for row in reference_rows("plurals")}


def singulars(all_words: Words) -> Words:
    """The words, the last of them for one of them: ``("library", "books")`` is ``("library", "book")``."""
    return (*all_words[:-1], singular(all_words[-1])) if all_words else ()


# ------------------------------------------------------------------------------------------------------- tables


def reference_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table in ``reference/meaning/``, by column."""
    text = files("seeds").joinpath("reference", "meaning", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
