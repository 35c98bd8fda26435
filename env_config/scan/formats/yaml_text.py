"""YAML, read by its indentation: enough to know which keys stand around a value, with no parser to install."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..model import Literal
from . import flow

_LINE = re.compile(r"^([ \t]*)([^\n]*)$", re.MULTILINE)
_KEY = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'{\[\]},&*!|>%@`-](?:[^:#\n]|:(?=[^\s])|(?<=\S)\#)*?|-(?=\S)(?:[^:#\n]|:(?=\S))*?)"""
    r"""\s*:(?:\s+|$)"""
)
_PROPERTIES = re.compile(r"(?:[&!][^\s]*\s+)+")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")
_COMMENT = re.compile(r"\s+#.*$")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


@dataclass(slots=True)
class _Open:
    """A key or list item whose value goes on below."""

    indent: int
    key: str
    item: bool
    items: int = 0


def literals(text: str) -> list[Literal]:
    """Every scalar of a YAML text with the keys around it; lines of block scalars one by one."""
    reader = _Reader()
    for line in _LINE.finditer(text):
        reader.line(line.start(2), len(line[1]), line[2].rstrip())
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found: list[Literal] = []
        self._stack: list[_Open] = []
        self._block: int | None = None
        self._documents = 0
        self._items_at_root = 0

    def line(self, at: int, indent: int, rest: str) -> None:
        if not rest:
            return
        if self._block is not None:
            if indent > self._block:
                self._scalar(at, rest)
                return
            self._block = None
        if rest[0] == "#":
            return
        if indent == 0 and rest.startswith(("---", "...")) and not rest[3:].strip():
            self._documents += rest[0] == "-"
            self._stack.clear()
            return
        at, indent, rest = self._dashes(at, indent, rest)
        if rest:
            self._entry(at, indent, rest)

    def _dashes(self, at: int, indent: int, rest: str) -> tuple[int, int, str]:
        while rest == "-" or rest.startswith(("- ", "-\t")):
            while self._stack and (
                self._stack[-1].indent > indent or (self._stack[-1].indent == indent and self._stack[-1].item)
            ):
                self._stack.pop()
            if self._stack:
                number, self._stack[-1].items = self._stack[-1].items, self._stack[-1].items + 1
            else:
                number, self._items_at_root = self._items_at_root, self._items_at_root + 1
            self._stack.append(_Open(indent, f"[{number}]", item=True))
            inner = rest[1:].lstrip()
            step = len(rest) - len(inner)
            at, indent, rest = at + step, indent + step, inner
        return at, indent, rest

    def _entry(self, at: int, indent: int, rest: str) -> None:
        match = _KEY.match(rest)
        if match is None:
            self._value(at, indent, rest)
            return
        while self._stack and self._stack[-1].indent >= indent:
            self._stack.pop()
        key = match["key"]
        self._stack.append(_Open(indent, flow.unquoted(key) if key[0] in "\"'" else key, item=False))
        value = rest[match.end() :]
        if value and value[0] != "#":
            self._value(at + match.end(), indent, value)

    def _value(self, at: int, indent: int, value: str) -> None:
        properties = _PROPERTIES.match(value)
        if properties is not None:
            at, value = at + properties.end(), value[properties.end() :]
        if _BLOCK.match(value):
            self._block = indent
        elif value[:1] in ("{", "[") and not value.startswith("{{"):
            self.found.extend(flow.literals(value, at, self._keys()))
        elif value[:1] in ("'", '"'):
            end = value.find(value[0], 1)
            while value[0] == "'" and value[end : end + 2] == "''":
                end = value.find("'", end + 2)
            while value[0] == '"' and end > 0 and value[end - 1] == "\\":
                end = value.find('"', end + 1)
            self._scalar(at + 1, flow.unquoted(value[: end + 1]) if end > 0 else value[1:])
        elif value:
            self._scalar(at, _COMMENT.sub("", value))

    def _scalar(self, at: int, value: str) -> None:
        keys = self._keys()
        pair = _ASSIGNMENT.fullmatch(value) if self._block is None else None
        if pair is not None and (not keys or keys[-1].startswith("[")):
            self.found.append(Literal(at + pair.start(2), (*keys, pair[1]), pair[2]))
        else:
            self.found.append(Literal(at, keys, value))

    def _keys(self) -> tuple[str, ...]:
        keys = tuple(entry.key for entry in self._stack)
        return (f"[document {self._documents}]", *keys) if self._documents else keys
