"""Simple functions of the database's own are read as what they stand for; any other is refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .reading import read
from .tree import Apply, Name, NotUnderstood, Tree, rewritten

_DEPTH = 8
_QUOTED = re.compile(r"\bAS\s+(\$\w*\$)(.*)\1|\bAS\s+'((?:[^']|'')*)'", re.IGNORECASE | re.DOTALL)
_HEADER = re.compile(r"^\s*CREATE\s.*?FUNCTION\s+[^(]+\(", re.IGNORECASE | re.DOTALL)
_SELECT = re.compile(r"^\s*(?:SELECT|RETURN)\s+(.*?)\s*;?\s*$", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(r"^\s*BEGIN\s+(?:ATOMIC\s+)?(.*?)\s*END\s*;?\s*$", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r"'(?:[^']|'')*'")
_MORE = re.compile(r";|\bFROM\s+[\w.\"]+\s*(?:WHERE|JOIN|;|$)", re.IGNORECASE)
"""Signs of more than one expression: a second statement, or a table that is read."""
_UNQUOTED = re.compile(r"\b(?:RETURN\s|BEGIN\s+ATOMIC)", re.IGNORECASE)
_MODES = {"in", "variadic"}


def inlined(tree: Tree, functions: Mapping[str, str], dialect: str, depth: int = 0) -> Tree:
    """The tree with calls of simple functions replaced by their bodies.

    Args:
        tree: what may call functions.
        functions: sources by lower-case name: a whole ``CREATE FUNCTION``, or a body that speaks of ``$1``, ``$2`` ….
        dialect: what the sources are written in.
        depth: how many calls it is inside already.
    """

    def change(node: Tree) -> Tree | None:
        if not isinstance(node, Apply) or node.operator not in functions:
            return None
        if depth >= _DEPTH:
            raise NotUnderstood(f"{node.operator} calls itself")
        body, names = _body(functions[node.operator], node.operator)
        return inlined(_filled(read(body, dialect), names, node), functions, dialect, depth + 1)

    return rewritten(tree, change)


def _body(source: str, name: str) -> tuple[str, list[str]]:
    """The one expression that a function returns, in which ``$1`` is called ``__1``, and its parameters' names."""
    names = _parameters(source) if _HEADER.match(source) else []
    text = _COMMENT.sub(" ", _statements(source) if _HEADER.match(source) else source)
    block = _BLOCK.match(text)
    match = _SELECT.match(block[1] if block else text)
    if match is None or _MORE.search(_STRING.sub("", match[1])):
        raise NotUnderstood(f"the function {name} is not simple enough to be read")
    return re.sub(r"\$(\d+)", r"__\1", match[1]), names


def _statements(source: str) -> str:
    """What stands between the quotes of a definition, or after its header."""
    quoted = _QUOTED.search(source)
    if quoted:
        return quoted[2] if quoted[2] is not None else quoted[3].replace("''", "'")
    start = _UNQUOTED.search(source)
    return source[start.start() :] if start else source


def _parameters(source: str) -> list[str]:
    """Names of parameters, empty where they have none."""
    start = _HEADER.match(source)
    assert start is not None
    depth, at = 1, start.end()
    while depth and at < len(source):
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        at += 1
    made = []
    for part in re.split(r",(?![^(]*\))", source[start.end() : at - 1]):
        words = [word for word in part.split() if word.lower() not in _MODES]
        made.append(words[0].strip('"').lower() if len(words) > 1 and not words[1].startswith("varying") else "")
    return made


def _filled(body: Tree, names: list[str], call: Apply) -> Tree:
    """The body with the call's operands in the place of its parameters."""

    def change(node: Tree) -> Tree | None:
        if not isinstance(node, Name):
            return None
        if re.fullmatch(r"__\d+", node.name):
            index = int(node.name[2:]) - 1
        elif node.name.lower() in names:
            index = names.index(node.name.lower())
        else:
            raise NotUnderstood(f"{call.operator} speaks of {node.name}, which is none of its parameters")
        if index >= len(call.parts):
            raise NotUnderstood(f"{call.operator} is called with too few operands")
        return call.parts[index]

    return rewritten(body, change)
