"""Patterns of SQL in Python's syntax, where they mean the same there."""

from __future__ import annotations

import re
import warnings

from .model import TextPattern
from .tree import NotUnderstood

_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "lower": "a-z", "upper": "A-Z", "space": r"\s",
    "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e", "graph": r"\x21-\x7e", "word": r"\w",
}  # fmt: skip
_CONSTRAINTS = {
    "m": r"\b(?=\w)", "M": r"\b(?<=\w)", "y": r"\b", "Y": r"\B", "A": "^", "Z": "$", "z": "$",
    "<": r"\b(?=\w)", ">": r"\b(?<=\w)",
}  # fmt: skip
_KEPT = set("dDsSwWnrtfvbB0123456789")


def from_regex(source: str, dialect: str, *, ignore_case: bool = False, negated: bool = False) -> TextPattern:
    """A regular expression of the database's own flavour.

    Raises:
        NotUnderstood: it means something that Python's expressions cannot say.
    """
    body = source
    if dialect == "postgres" and body.startswith("***"):
        if not body.startswith("***:"):
            raise NotUnderstood("a regular expression with a director is not understood")
        body = body[4:]
    options = re.match(r"\(\?([a-z]+)\)", body)
    if options:
        if set(options[1]) - set("icst"):
            raise NotUnderstood(f"the regular expression option {options[1]!r} is not understood")
        ignore_case = (ignore_case or "i" in options[1]) and "c" not in options[1]
        body = body[options.end() :]
    translated = _Translation(body, dialect == "postgres", "[\\s\\S]" if negated else ".").text()
    return _checked(TextPattern(translated, ignore_case, negated, source))


def _checked(pattern: TextPattern) -> TextPattern:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern.regex)
    except (re.error, Warning, OverflowError) as error:
        raise NotUnderstood(f"the regular expression {pattern.source!r} is not understood") from error
    return pattern


class _Translation:
    """One regular expression being rewritten, character by character."""

    def __init__(self, source: str, postgres: bool, dot: str) -> None:
        self.source, self.postgres, self.dot, self.at = source, postgres, dot, 0

    def text(self) -> str:
        made: list[str] = []
        while self.at < len(self.source):
            made.append(self._next())
        return "".join(made)

    def _next(self) -> str:
        sign = self.source[self.at]
        if sign == "\\":
            return self._escape(inside=False)
        if sign == "[":
            return self._bracket()
        self.at += 1
        if sign == ".":
            return self.dot
        if sign == "{" and not re.match(r"\d+(,\d*)?\}", self.source[self.at :]):
            return r"\{"
        return sign

    def _escape(self, *, inside: bool) -> str:
        if self.at + 1 >= len(self.source):
            raise NotUnderstood("a regular expression ends in a backslash")
        sign = self.source[self.at + 1]
        self.at += 2
        if not inside and self.postgres and sign == "b":
            raise NotUnderstood("a backspace in a regular expression is not understood")
        if not inside and sign in _CONSTRAINTS and (self.postgres or sign in "AZz"):
            return _CONSTRAINTS[sign]
        if sign in _KEPT:
            return "\\" + sign
        if sign in "ux":
            return self._code_point(4 if sign == "u" else 2)
        if sign == "e":
            return r"\x1b"
        if sign.isalpha():
            raise NotUnderstood(f"\\{sign} in a regular expression is not understood")
        return re.escape(sign) if not inside else "\\" + sign

    def _code_point(self, digits: int) -> str:
        match = re.compile(rf"[0-9a-fA-F]{{{digits}}}").match(self.source, self.at)
        if match is None:
            raise NotUnderstood("a code point in a regular expression is not understood")
        self.at = match.end()
        return f"\\u{int(match[0], 16):04x}"

    def _bracket(self) -> str:
        word = re.match(r"\[\[:([<>]):\]\]", self.source[self.at :])
        if word:
            self.at += word.end()
            return _CONSTRAINTS[word[1]]
        made = ["["]
        self.at += 1
        if self.source[self.at : self.at + 1] == "^":
            made.append("^")
            self.at += 1
        if self.source[self.at : self.at + 1] == "]":
            made.append(r"\]")
            self.at += 1
        while self.source[self.at : self.at + 1] != "]":
            if self.at >= len(self.source):
                raise NotUnderstood("a bracket in a regular expression does not end")
            made.append(self._member())
        self.at += 1
        return "".join(made) + "]"

    def _member(self) -> str:
        named = re.match(r"\[:(\w+):\]", self.source[self.at :])
        if named:
            self.at += named.end()
            if named[1] not in _CLASSES:
                raise NotUnderstood(f"the class {named[1]!r} in a regular expression is not understood")
            return _CLASSES[named[1]]
        sign = self.source[self.at]
        if sign == "\\":
            return self._escape(inside=True)
        if sign == "[" and self.source[self.at + 1 : self.at + 2] in (".", "="):
            raise NotUnderstood("a collating element in a regular expression is not understood")
        self.at += 1
        return "\\" + sign if sign in "[&~|" else sign


def from_like(source: str, *, ignore_case: bool, negated: bool, escape: str = "\\") -> TextPattern:
    """A LIKE pattern: ``%`` is anything, ``_`` one character."""
    return _anchored(_wild(source, {"%": None, "_": "."}, escape), source, ignore_case, negated)


def from_glob(source: str, *, negated: bool) -> TextPattern:
    """A GLOB pattern: ``*``, ``?`` and brackets."""
    parts: list[str | None] = []
    at = 0
    while at < len(source):
        bracket = re.compile(r"\[\^?\]?[^\]]*\]").match(source, at)
        if bracket:
            parts.append(re.sub(r"([\\\[&~|])", r"\\\1", bracket[0][1:-1]).join("[]"))
            at = bracket.end()
            continue
        parts += _wild(source[at], {"*": None, "?": "."}, "")
        at += 1
    return _anchored(parts, source, False, negated)


def _wild(source: str, wild: dict[str, str | None], escape: str) -> list[str | None]:
    """The pattern's pieces; None is anything at all."""
    parts: list[str | None] = []
    escaped = False
    for sign in source:
        if escape and sign == escape and not escaped:
            escaped = True
            continue
        parts.append(wild[sign] if sign in wild and not escaped else _plain(sign))
        escaped = False
    return parts


def _plain(sign: str) -> str:
    return "\\" + sign if sign in r"\.^$*+?{}[]()|" else sign


def _anchored(parts: list[str | None], source: str, ignore_case: bool, negated: bool) -> TextPattern:
    head, tail = "^", "$"
    while parts and parts[0] is None:
        head, parts = "", parts[1:]
    while parts and parts[-1] is None:
        tail, parts = "", parts[:-1]
    one = "[\\s\\S]" if negated else "."
    body = "".join(one + "*" if part is None else one if part == "." else part for part in parts)
    return _checked(TextPattern(f"{head}{body}{tail}", ignore_case, negated, source))


def from_similar(source: str, *, negated: bool, escape: str = "\\") -> TextPattern:
    """A SIMILAR TO pattern: a regular expression with ``%`` and ``_``, of the whole text."""
    made, at, bracket = [], 0, False
    while at < len(source):
        sign = source[at]
        if escape and sign == escape and at + 1 < len(source):
            made.append(_plain(source[at + 1]))
            at += 2
            continue
        bracket = sign == "[" or (bracket and sign != "]")
        made.append({"%": ".*", "_": ".", ".": r"\.", "^": r"\^", "$": r"\$"}.get(sign, sign) if not bracket else sign)
        at += 1
    return _checked(TextPattern(f"^(?:{''.join(made)})$", False, negated, source))


def containing(
    text: str, *, before: str = "", after: str = "", negated: bool = False, ignore_case: bool = False
) -> TextPattern:
    """A text with a given piece in it, with anchors or other patterns before and after."""
    body = "".join(map(_plain, text))
    return _checked(TextPattern(f"{before}{body}{after}", ignore_case, negated, f"{before}{text}{after}"))


def matches(pattern: TextPattern, text: str) -> bool:
    """Whether a text is as the pattern says."""
    found = re.search(pattern.regex, text, re.IGNORECASE if pattern.ignore_case else 0)
    return (found is None) is pattern.negated
