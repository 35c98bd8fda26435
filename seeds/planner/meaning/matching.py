"""Finding the rule that a column's name fits best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from generators.spec import GeneratorSpec

from ...catalog import Column
from ..names import Words, reference_rows, singular, words
from .model import Category, Meaning
from .rules import Rule, index
from .subjects import words_of
from .traits import family, fitted_number, room

_QUESTIONS = frozenset({"is", "has", "was", "are", "can", "should", "does"})
_OPAQUE = frozenset({"other", "json", "bytes", "uuid"})
_EXACT, _QUALIFIED, _TAIL, _FAR = 1.0, 0.97, 0.93, 0.89
_LONGER, _AT_HOME, _REMARKED = 0.025, 0.03, 0.02
_COMMENT_ONLY = 0.55
_CRAMPED = 0.7
_LEAST = 0.3
_AS_DIGITS = 0.6
_CODE_ROOM, _CODE_SIZE = 8, 3


@dataclass(frozen=True, slots=True)
class _Match:
    """A rule that fits, the words that it fits by, and how well."""

    rule: Rule
    phrase: Words
    score: float


def matched(column: Column, subjects: frozenset[str], repeats: tuple[int, ...]) -> Meaning | None:
    """What the best rule makes of the column; None if no rule knows it.

    Args:
        column: with its resolved type.
        subjects: what its table is about.
        repeats: how many of its first words repeat its table's name (see :func:`repeated`).
    """
    kind = family(column)
    matches = list(_by_name(column_words(column.name), repeats, subjects))
    if column.comment:
        matches = _with_comment(matches, column.comment, subjects)
    best: Meaning | None = None
    for match in matches:
        meaning = _meaning(match, column, kind)
        if meaning is not None and meaning.score >= _LEAST and (best is None or meaning.score > best.score):
            best = meaning
    return best


@lru_cache(maxsize=65_536)
def column_words(name: str) -> Words:
    """A column's words in the singular, without a rate's unit: what is paid per week is no week."""
    named = tuple(map(singular, words(name)))
    return named[: named.index("per")] if "per" in named[1:] else named


def repeated(named: Words, table_words: Words) -> tuple[int, ...]:
    """How many of the leading words repeat the table's own name, as some schemas do in every column; most first."""
    sizes = range(min(len(named), len(table_words)), 0, -1)
    return tuple(size for size in sizes if named[:size] in (table_words[:size], table_words[-size:]))


@cache
def _qualifiers() -> frozenset[str]:
    """Words that leave what a name means as it is, before and behind it."""
    return frozenset(row["word"] for row in reference_rows("qualifiers") if row["of"] == "column")


# ------------------------------------------------------------------------------------------------------ by name


def _by_name(named: Words, repeats: tuple[int, ...], subjects: frozenset[str]) -> Iterator[_Match]:
    end = len(named)
    if named[:1] and named[0] in _QUESTIONS:
        return
    while end > 0:
        for phrase, rule in _known(named[:end]):
            if _applies(rule, named, subjects):
                strength = _strength(named[: end - len(phrase)], end == len(named), rule, repeats)
                if strength:
                    found = named[end - len(phrase) : end]
                    yield _Match(rule, found, _score(rule, phrase, strength, subjects))
        if not (named[end - 1] in _qualifiers() or named[end - 1].isdigit()):
            return
        end -= 1


@lru_cache(maxsize=16_384)
def _known(named: Words) -> tuple[tuple[Words, Rule], ...]:
    """The phrases that the words end with, with their rules."""
    return tuple((phrase, rule) for phrase, rule in index().get(named[-1], ()) if _ends_with(named, phrase))


def _ends_with(named: Words, phrase: Words) -> bool:
    if len(phrase) > len(named):
        return False
    tail = named[len(named) - len(phrase) :]
    return all(
        word in words_of(part[1:]) if part[0] == "@" else word == part for word, part in zip(tail, phrase, strict=True)
    )


def _applies(rule: Rule, named: Words, subjects: frozenset[str]) -> bool:
    if rule.tables and not rule.tables & subjects:
        return False
    return not (rule.not_tables & subjects or rule.unless.intersection(named))


def _strength(leading: Words, whole_end: bool, rule: Rule, repeats: tuple[int, ...]) -> float:
    rest = leading[next((size for size in repeats if size <= len(leading)), 0) :]
    if rule.exact and rest:
        return 0.0
    if not rest:
        return _EXACT if whole_end else _QUALIFIED
    if all(word in _qualifiers() or word.isdigit() for word in rest):
        return _QUALIFIED
    return _TAIL if len(rest) == 1 else _FAR


def _score(rule: Rule, phrase: Words, strength: float, subjects: frozenset[str]) -> float:
    home = _AT_HOME if rule.tables & subjects else 0.0
    return min(rule.score * strength + _LONGER * (len(phrase) - 1) + home, 1.0)


# --------------------------------------------------------------------------------------------------- by comment


def _with_comment(matches: list[_Match], comment: str, subjects: frozenset[str]) -> list[_Match]:
    """Matches that the comment confirms are surer; telling phrases that only the comment has are worth a little."""
    said = column_words(comment)
    confirmed = [
        replace(match, score=min(match.score + _REMARKED, 1.0)) if set(match.phrase) <= set(said) else match
        for match in matches
    ]
    for end in range(1, len(said) + 1):
        for phrase, rule in _known(said[:end]):
            telling = len(phrase) > 1 and rule.category is not Category.NONE and phrase[0][0] != "@"
            if telling and _applies(rule, (), subjects):
                confirmed.append(_Match(rule, phrase, rule.score * _COMMENT_ONLY))
    return confirmed


# ------------------------------------------------------------------------------------------------- to a meaning


def _meaning(match: _Match, column: Column, kind: str) -> Meaning | None:
    rule = match.rule
    variants = rule.variants.get(kind) or (rule.variants.get("integer", ()) if kind == "number" else ())
    reason = f"called {' '.join(match.phrase)!r}"
    if not variants:
        if kind in _OPAQUE and rule.category is not Category.NONE:
            return _of(match, None, match.score * _CRAMPED, f"{reason}, in a type that says no more")
        return _digits(match, column, reason) if kind == "text" else None
    limit = room(column)
    for variant in variants:
        if variant.size <= limit:
            return _of(match, _fitting(variant.generator, column, kind), match.score, reason)
    code = code_of(column) if kind == "text" else None
    return _of(match, code, match.score * _CRAMPED, f"{reason}, but too narrow for what that looks like")


def _digits(match: _Match, column: Column, reason: str) -> Meaning | None:
    """A number that is kept as text, as digits."""
    whole = match.rule.variants.get("integer", ())
    if not whole or match.rule.variants.get("text") or whole[0].generator.name != "integer" or room(column) < 1:
        return None
    most = len(str(whole[0].generator.parameters["max_value"]))
    size = int(min(most, room(column)))
    spec = GeneratorSpec("regex", {"pattern": f"^[1-9][0-9]{{0,{size - 1}}}$" if size > 1 else "^[1-9]$"})
    return _of(match, spec, match.score * _AS_DIGITS, f"{reason}, in digits")


def code_of(column: Column) -> GeneratorSpec | None:
    """A short code, for texts that have no room for words."""
    limit = room(column)
    if not 1 <= limit <= _CODE_ROOM:
        return None
    return GeneratorSpec("regex", {"pattern": f"^[A-Z]{{{min(int(limit), _CODE_SIZE)}}}$"})


def _fitting(spec: GeneratorSpec, column: Column, kind: str) -> GeneratorSpec:
    if kind in ("integer", "number"):
        return fitted_number(spec, column)
    if spec.name == "token" and kind == "text" and room(column) < int(str(spec.parameters["length"])):
        return GeneratorSpec("token", {"length": int(room(column))})
    return spec


def _of(match: _Match, generator: GeneratorSpec | None, score: float, reason: str) -> Meaning:
    rule = match.rule
    return Meaning(generator, rule.category, round(score, 3), reason, rule.null_share, rule.moment)
