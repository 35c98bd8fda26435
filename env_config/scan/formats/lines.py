"""Formats in which one line is one setting: dotenv, properties, INI, TOML, shell scripts, Dockerfiles."""

from __future__ import annotations

import re

from ..model import Literal

_SETTING = re.compile(
    r"^[ \t]*(?:export[ \t]+|set[ \t]+|-[ \t]+)?(?P<key>[^\s=:#;\[!][^\s=:\[]*?|\"[^\"\n]+\")[ \t]*(?P<sign>[=:])[ \t]*(?P<value>[^\n]*)$"
)
_SECTION = re.compile(r"^[ \t]*\[\[?[ \t]*([^\]\n]+?)[ \t]*\]\]?[ \t]*(?:[#;].*)?$")
_TRAILING = re.compile(r"\s[#;].*$")
_SHELL_NAME = re.compile(r"^[ \t]*(?:(?:export|local|readonly|declare(?:[ \t]+-\w+)*|ENV|ARG)[ \t]+)?([A-Za-z_]\w*)=")
_DOCKER_PAIR = re.compile(r"^[ \t]*ENV[ \t]+([A-Za-z_]\w*)[ \t]+(?=[^=\s])", re.IGNORECASE)
_SHELL_COMMENT = re.compile(r"(?:^|\s)#.*$")


def _unquoted(value: str) -> tuple[int, str]:
    """The value without its quotes or its trailing comment, and how far it was moved."""
    if value[:1] in ("'", '"'):
        triple = value[:3] in ("'''", '"""')
        mark = value[:3] if triple else value[0]
        end = value.find(mark, len(mark))
        if end > 0:
            return len(mark), value[len(mark) : end]
        return len(mark), value[len(mark) :]
    return 0, _TRAILING.sub("", value).rstrip()


def settings(text: str) -> list[Literal]:
    """Settings ``key=value`` or ``key: value``, under ``[sections]``; other lines are values without a key."""
    found: list[Literal] = []
    section: tuple[str, ...] = ()
    at = 0
    for line in text.splitlines(keepends=True):
        found.extend(_setting(line.rstrip("\r\n"), at, section))
        match = _SECTION.match(line)
        if match is not None:
            section = tuple(part.strip("\"' ") for part in match[1].split("."))
        at += len(line)
    return found


def _setting(line: str, at: int, section: tuple[str, ...]) -> list[Literal]:
    stripped = line.lstrip()
    if not stripped or stripped[0] in "#;!" or _SECTION.match(line):
        return []
    match = _SETTING.match(line)
    if match is None or "://" in match["key"] or (match["sign"] == ":" and match["value"].startswith("//")):
        return [Literal(at + len(line) - len(stripped), section, stripped)]
    moved, value = _unquoted(match["value"])
    return [Literal(at + match.start("value") + moved, (*section, match["key"].strip('"')), value)]


def shell(text: str) -> list[Literal]:
    """Assignments with their names; every other line as one value."""
    found: list[Literal] = []
    at = 0
    for line in text.splitlines(keepends=True):
        code = _SHELL_COMMENT.sub("", line.rstrip("\r\n"))
        if code.strip():
            name = _SHELL_NAME.match(code) or _DOCKER_PAIR.match(code)
            if name is None:
                found.append(Literal(at, (), code))
            else:
                moved, value = _unquoted(code[name.end() :])
                found.append(Literal(at + name.end() + moved, (name[1],), value))
        at += len(line)
    return found
