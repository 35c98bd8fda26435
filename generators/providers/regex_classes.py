"""The characters of a regular expression: its classes and escapes, in Python's, POSIX' and PostgreSQL's spelling."""

from __future__ import annotations

import re
from re import _constants as codes  # type: ignore[attr-defined]
from typing import Any

from .shapes import PRINTABLE, Cell, Chars

_RANGE = 256

_POSIX = {
    "alnum": "A-Za-z0-9", "alpha": "A-Za-z", "ascii": "\\x00-\\x7f", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\s",
    "upper": "A-Z", "word": "\\w", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_SPACES: Chars = frozenset(map(ord, " \t\n\r\f\v"))
_DIGITS: Chars = frozenset(map(ord, "0123456789"))
_WORDS: Chars = frozenset(ord(char) for char in map(chr, PRINTABLE) if char.isalnum() or char == "_")
_CATEGORIES: dict[Any, Chars] = {
    codes.CATEGORY_DIGIT: _DIGITS,
    codes.CATEGORY_NOT_DIGIT: PRINTABLE - _DIGITS,
    codes.CATEGORY_SPACE: _SPACES,
    codes.CATEGORY_NOT_SPACE: PRINTABLE - _SPACES,
    codes.CATEGORY_WORD: _WORDS,
    codes.CATEGORY_NOT_WORD: PRINTABLE - _WORDS,
}


def python_pattern(pattern: str) -> str:
    """A pattern whose classes and escapes are POSIX' or PostgreSQL's, as Python writes them."""
    written, inside = "", False
    for found in _TOKEN.finditer(re.sub(r"\[\[:[<>]:\]\]", r"\\b", pattern)):
        token = found[0]
        if found["posix"] and inside:
            token = _POSIX.get(found["posix"], token)
        elif token == "[" and inside:
            token = r"\["
        elif not inside and token in _ESCAPES:
            token = _ESCAPES[token]
        elif token.startswith("[") and not inside:
            inside = True
        elif token == "]":
            inside = False
        written += token
    return written


_TOKEN = re.compile(r"\\.|\[:(?P<posix>\w+):\]|\[\^?\]?(?=[^\]]*\])|.", re.DOTALL)
_ESCAPES = {r"\m": r"\b", r"\M": r"\b", r"\y": r"\b", r"\Y": r"\B"}


def cell_of(operation: Any, argument: Any, flags: int) -> Cell:
    """The cell of a single character, a class, or anything."""
    fold = bool(flags & re.IGNORECASE)
    if operation is codes.LITERAL:
        return Cell(_folded(frozenset((argument,)), fold), argument)
    if operation is codes.NOT_LITERAL:
        return Cell(PRINTABLE - _folded(frozenset((argument,)), fold))
    if operation is codes.ANY:
        return Cell(PRINTABLE)
    if operation is not codes.IN:
        raise ValueError(f"{operation} is not supported in a pattern")
    negated = argument[0][0] is codes.NEGATE
    chars = _folded(frozenset().union(*(_members(*item) for item in argument[negated:])), fold)
    return Cell(PRINTABLE - chars if negated else chars & PRINTABLE or chars)


def _members(operation: Any, argument: Any) -> Chars:
    if operation is codes.LITERAL:
        return frozenset((argument,))
    if operation is codes.RANGE:
        first, last = argument
        # Of a range that reaches beyond ASCII, what is printable is enough, if there is any.
        plain = frozenset(range(first, min(last, 0x7F) + 1))
        return plain & PRINTABLE or frozenset(range(first, min(last, first + _RANGE) + 1))
    return _CATEGORIES[argument]


def _folded(chars: Chars, fold: bool) -> Chars:
    if not fold:
        return chars
    both = {ord(other) for char in chars for other in (chr(char).lower(), chr(char).upper()) if len(other) == 1}
    return chars | frozenset(both)
