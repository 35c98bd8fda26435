"""Program text: its string literals, and the names and conditions around them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from ..model import Literal
from .flow import unquoted

_LINE_COMMENTS = ("#", "//")
_OPENERS = {
    "python": re.compile(r"\"\"\"|'''|[\"'#]"),
    "c": re.compile(r"@\"|[\"'`]|(?<!:)//|/\*"),
    "ruby": re.compile(r"[\"']|(?:^|(?<=\s))#(?!\{)", re.MULTILINE),
}
_BODIES = {
    '"': re.compile(r"[^\"\\\n]*(?:\\.[^\"\\\n]*)*", re.DOTALL),
    "'": re.compile(r"[^'\\\n]*(?:\\.[^'\\\n]*)*", re.DOTALL),
    "`": re.compile(r"[^`\\]*(?:\\.[^`\\]*)*", re.DOTALL),
    '@"': re.compile(r"[^\"]*(?:\"\"[^\"]*)*"),
    '"""': re.compile(r"[^\"]*(?:\"(?!\"\")[^\"]*)*"),
    "'''": re.compile(r"[^']*(?:'(?!'')[^']*)*"),
}
_XML = re.compile(r"\"(?P<text>[^\"<]*)\"|<!--.*?-->|>(?P<node>[^<>]*)(?=<)", re.DOTALL)
_ADDRESS_LIKE = re.compile(r"[.:/;]|^[\w-]{6,}$|\d{12}")
_NAME_BEFORE = re.compile(r"([A-Za-z_][\w-]*)[\"'\]]*\s*\)?\s*(?::=|=>|\?\?=|[=:(,])\s*[$@A-Za-z]{0,3}$")
_OPENING = re.compile(
    r"""^\s*(?:(?:export|const|let|var|public|private|internal|static|readonly|final|case|when)\s+)*["']?([A-Za-z_][\w-]*)["']?"""
    r"""(?:\s*:\s*[\w<>\[\], ]+)?\s*(?:=>|:=|[=:])\s*(?:new\b[^={]*|dict\(|\w*)?[\[{(]*\s*(?:\#.*|//.*)?$"""
)
_CASE = re.compile(r"""^\s*(?:case|when)\s+["':]?([\w-]+)["']?\s*(?::|=>|->|$)""")
_CONDITION = re.compile(
    r"""["'](?:production|prod|prd|live)["']|\bproduction\?|\b(?:is|in|if|for)_?prod(?:uction)?\b|\bisProd(?:uction)?\b""",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:if|elif|else if|elsif|unless|case|when|switch)\b|[=!]==?|\?|\.(?:includes|Equals)\(")
_DENIES = re.compile(r"!=|\bnot\b|\bunless\b|!\s*is|<>|\bIsNot")
_INDENT = re.compile(r"[ \t]*")
_PARENTS = 6


def reader(family: str) -> Callable[[str], list[Literal]]:
    """The reader of one family of languages: ``python``, ``c``, ``ruby`` or ``xml``."""

    def literals(text: str) -> list[Literal]:
        return _literals(text, _attributes(text) if family == "xml" else _strings(text, _OPENERS[family]))

    return literals


def _literals(text: str, strings: Iterable[tuple[int, int, str]]) -> list[Literal]:
    lines: _Lines | None = None
    found: list[Literal] = []
    for start, at, value in strings:
        if _ADDRESS_LIKE.search(value):
            if lines is None:
                lines = _Lines(text)
            keys, guarded = lines.around(start)
            found.append(Literal(at, keys, value, guarded=guarded))
    return found


def _strings(text: str, opener: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """Strings: where each begins with its quote and without, and what it says. Comments are passed over.

    A quote that is never closed is no string (``don't`` in a template). How far it was looked for is remembered, so that
    no text is read more than once for each kind of quote.
    """
    unclosed: dict[str, int] = {}
    position = 0
    while (token := opener.search(text, position)) is not None:
        mark, position = token[0], token.end()
        if mark in _LINE_COMMENTS:
            position = _after(text, "\n", position)
        elif mark == "/*":
            position = _after(text, "*/", position)
        elif unclosed.get(mark, -1) < position:
            body = _BODIES[mark].match(text, position)
            assert body is not None
            closing = mark.lstrip("@")
            if text.startswith(closing, body.end()):
                value = unquoted(f'"{body[0]}"') if mark == '"' else body[0]
                yield token.start(), position, value
                position = body.end() + len(closing)
            else:
                unclosed[mark] = body.end()


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found < 0 else found + len(mark)


def _attributes(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _XML.finditer(text):
        kind = match.lastgroup
        if kind is not None and match[kind].strip():
            inner = match[kind]
            yield match.start(), match.start(kind) + len(inner) - len(inner.lstrip()), inner.strip()


class _Lines:
    """Lines of a text, and for each the lines that enclose it by indentation."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._parents = self._nearest_less_indented()
        self._opened: dict[int, tuple[tuple[str, ...], bool]] = {-1: ((), False)}

    def around(self, at: int) -> tuple[tuple[str, ...], bool]:
        """The names around a place, and whether only production gets there."""
        number = bisect_right(self._starts, at) - 1
        before = self._text[max(self._starts[number], at - 120) : at]
        keys, guarded = self._enclosing(self._parents[number])
        name = _NAME_BEFORE.search(before)
        case = _CASE.match(before)
        keys += tuple(match[1] for match in (case, name) if match is not None)
        return keys, guarded or _asks_for_production(before)

    def _nearest_less_indented(self) -> list[int]:
        parents: list[int] = []
        open_lines: list[tuple[int, int]] = []
        for number, start in enumerate(self._starts):
            indent = _INDENT.match(self._text, start)
            assert indent is not None
            if indent.end() < len(self._text) and self._text[indent.end()] not in "\r\n":
                depth = indent.end() - start
                while open_lines and open_lines[-1][0] >= depth:
                    open_lines.pop()
                parents.append(open_lines[-1][1] if open_lines else -1)
                open_lines.append((depth, number))
            else:
                parents.append(-1)
        return parents

    def _enclosing(self, number: int) -> tuple[tuple[str, ...], bool]:
        """The keys that a line and those around it open, and whether one of them asks for production."""
        chain = []
        while number not in self._opened:
            chain.append(number)
            number = self._parents[number]
        keys, guarded = self._opened[number]
        for inner in reversed(chain):
            line = self._line(inner)
            opening = _CASE.match(line) or _OPENING.match(line)
            keys = (*keys, opening[1])[-_PARENTS:] if opening is not None else keys
            guarded = guarded or _asks_for_production(line)
            self._opened[inner] = keys, guarded
        return keys, guarded

    def _line(self, number: int) -> str:
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._text)
        return self._text[start : min(end, start + 400)].rstrip()


def _asks_for_production(line: str) -> bool:
    return _CONDITION.search(line) is not None and _ASKS.search(line) is not None and _DENIES.search(line) is None
