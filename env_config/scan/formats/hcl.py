"""HCL: Terraform files and their variables."""

from __future__ import annotations

import re

from ..model import Literal

_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\\n$]|\\.|\$\{(?:[^{}\n]|\{[^{}\n]*\})*\}|\$)*")'
    r"|(?P<unclosed>\"[^\n]*)"
    r"|(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)"
    r"|<<-?\s*(?P<marker>\w+)\n(?P<heredoc>.*?)^[ \t]*(?P=marker)\b"
    r"|(?P<compare>[=!<>]=|=>)"
    r"|(?P<mark>[{}\[\]=:,\n()?])"
    r"|(?P<word>[A-Za-z_0-9][\w./*-]*)",
    re.DOTALL | re.MULTILINE,
)


def literals(text: str) -> list[Literal]:
    """Every string of an HCL text, and every bare word that stands where a value does."""
    return _Reader().read(text)


class _Reader:
    def __init__(self) -> None:
        self._found: list[Literal] = []
        self._path: list[str] = []
        self._marks: list[str] = []
        self._words: list[str] = []
        self._key: str | None = None
        self._value = False
        self._items: list[int] = []

    def read(self, text: str) -> list[Literal]:
        for token in _TOKEN.finditer(text):
            if token["string"] is not None:
                self._text(token.start() + 1, token["string"][1:-1], bare=False)
            elif token["word"] is not None:
                self._text(token.start(), token["word"], bare=True)
            elif token["heredoc"] is not None:
                self._heredoc(token.start("heredoc"), token["heredoc"])
            elif token["compare"] is not None:
                self._compare(token["compare"])
            elif token["mark"] is not None:
                self._mark(token["mark"])
        return self._found

    def _text(self, at: int, value: str, *, bare: bool) -> None:
        is_value = self._value or (self._marks and self._marks[-1] == "[")
        if is_value and (not bare or "." in value or value.isdigit()):
            self._found.append(Literal(at, self._keys(), value, bare=bare))
        self._words.append(value)

    def _heredoc(self, at: int, body: str) -> None:
        for line in body.splitlines(keepends=True):
            if line.strip():
                self._found.append(Literal(at, self._keys(), line.strip()))
            at += len(line)

    def _keys(self) -> tuple[str, ...]:
        path = tuple(self._path)
        if self._key is not None:
            path += (self._key,)
        if self._marks and self._marks[-1] == "[":
            path += (f"[{self._items[-1]}]",)
        return path

    def _compare(self, sign: str) -> None:
        if sign == "=>":  # for expressions and maps; what stands before it is a key
            self._mark("=")

    def _mark(self, mark: str) -> None:
        if mark in "=:" and not self._value and self._words:
            self._key, self._value = self._words[-1], True
        elif mark == "{":
            self._open("{", self._key if self._key is not None else ".".join(self._words))
        elif mark == "[":
            self._open("[", self._key if self._key is not None else "")
        elif mark in "}]":
            self._close()
        elif mark == ",":
            if self._items and self._marks[-1] == "[":
                self._items[-1] += 1
            else:
                self._end()
        elif mark == "\n" and not (self._marks and self._marks[-1] == "["):
            self._end()

    def _open(self, mark: str, key: str) -> None:
        self._marks.append(mark)
        self._path.append(key)
        self._items.append(0)
        self._end()

    def _close(self) -> None:
        if self._marks:
            self._marks.pop()
            self._path.pop()
            self._items.pop()
        self._end()

    def _end(self) -> None:
        self._words.clear()
        self._key, self._value = None, False
