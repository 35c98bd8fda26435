"""JSON, JSON with comments, and YAML's flow style: one tokeniser with a stack of keys."""

from __future__ import annotations

import re

from ..model import Literal

_PLACEHOLDER = r"\$\{(?:[^{}\n]|\{[^{}\n]*\}|\$\{[^{}\n]*\})*\}|\{\{[^}\n]*\}\}"
_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\n]|\'\')*\')'
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<mark>[{}\[\],]|:(?=[\s\"'{\[]|$))"
    rf"|(?P<word>(?:{_PLACEHOLDER}|[^\s{{}}\[\],\"']))(?P<rest>(?:{_PLACEHOLDER}|[^\n{{}}\[\],:]|:(?=\S))*)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_DEPTH_LIMIT = 200


def unquoted(token: str) -> str:
    """The text between quotes, its escapes replaced."""
    if token[:1] == "'":
        return token[1:-1].replace("''", "'")
    inner = token[1:-1]
    return _ESCAPE.sub(_unescape, inner) if "\\" in inner else inner


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _ESCAPED.get(match[2], match[2])


def literals(text: str, at: int = 0, keys: tuple[str, ...] = ()) -> list[Literal]:
    """Every scalar of a JSON-like text.

    Args:
        text: the whole text, or a flow value inside YAML.
        at: where the text begins in its file.
        keys: the keys around it.
    """
    return list(_Reader(at, keys).read(text))


class _Reader:
    """Follows brackets; each open one has its key, and whether it counts items."""

    def __init__(self, at: int, keys: tuple[str, ...]) -> None:
        self._at = at
        self._path = list(keys)
        self._counts: list[int | None] = []
        self._pending: tuple[int, str] | None = None
        self._key: str | None = None
        self._found: list[Literal] = []

    def read(self, text: str) -> list[Literal]:
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "string":
                self._pending = (token.start() + 1, unquoted(token[0]))
            elif kind == "mark":
                self._mark(token[0])
            elif kind in ("word", "rest"):
                self._pending = (token.start(), token[0].strip())
        self._flush()
        return self._found

    def _mark(self, mark: str) -> None:
        if mark == ":":
            if self._pending is not None:
                self._key = self._pending[1]
            self._pending = None
        elif mark in "{[":
            self._open(mark)
        else:
            self._flush()
            if mark == ",":
                if self._counts and self._counts[-1] is not None:
                    self._counts[-1] += 1
            elif self._counts:
                self._counts.pop()
                self._path.pop()
            self._key = None

    def _open(self, mark: str) -> None:
        if len(self._counts) < _DEPTH_LIMIT:
            self._path.append(self._here())
            self._counts.append(0 if mark == "[" else None)
        self._key = self._pending = None

    def _here(self) -> str:
        if self._key is not None:
            return self._key
        count = self._counts[-1] if self._counts else None
        return "" if count is None else f"[{count}]"

    def _flush(self) -> None:
        if self._pending is None:
            return
        at, value = self._pending
        self._pending = None
        path = tuple(key for key in self._path if key)
        if self._key is not None or (self._counts and self._counts[-1] is not None):
            path += (self._here(),)
        self._found.append(Literal(self._at + at, path, value))
