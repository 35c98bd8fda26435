"""Shapes that a node must have. The same declarations validate a book and become its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from difflib import get_close_matches

from .problems import Report
from .secrecy import LOOKS, names_secret
from .source import Mapping, Node, Scalar, Sequence

INVISIBLE = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""For a character class: controls, and what a reader cannot see or is misled by."""
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,60}")


@dataclass(frozen=True, slots=True)
class Text:
    """Text that a pattern matches as a whole, or one of some words.

    Attributes:
        says: what it should be, for messages.
        pattern: a regular expression that JavaScript and Python read alike; not anchored.
        choices: the only words allowed; unquoted ``off`` counts as the word.
    """

    says: str
    pattern: str = f"[^{INVISIBLE}]*"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within bounds."""

    says: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Boolean:
    """The word ``true`` or ``false``."""

    says: str = "true or false"


@dataclass(frozen=True, slots=True)
class Date:
    """A day, quoted or not."""

    says: str = "a date such as 2030-12-31"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; with ``single``, one value may stand for a list of one."""

    item: Shape
    single: bool = False


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from names of one kind to values of one shape."""

    key: Text
    value: Shape
    open_names: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping whose keys are known; any other is an error."""

    fields: Map[str, Shape]
    required: tuple[str, ...] = ()
    notes: Map[str, str] = field(default_factory=dict)


Shape = Text | Integer | Boolean | Date | ListOf | MapOf | Record

DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_KIND_WORDS = {
    "nothing": "nothing",
    "boolean": "true or false",
    "integer": "a number",
    "number": "a number",
    "date": "a date",
}


def accept(shape: Shape, node: Node, path: str, report: Report) -> Node | None:
    """The node without whatever breaks its shape; None if nothing is left. What was left out is reported."""
    if isinstance(shape, (Record, MapOf)):
        return _mapping(shape, node, path, report)
    if isinstance(shape, ListOf):
        return _list(shape, node, path, report)
    return _scalar(shape, node, path, report)


def _wrong(path: str, node: Node, wanted: str, report: Report) -> Node | None:
    hint = ""
    if isinstance(node, Scalar) and node.kind == "nothing":
        hint = "write a value, or {} for a block without any"
    elif isinstance(node, Scalar) and node.kind != "text":
        hint = "put text into quotes"
    report.add(f"{path} should be {wanted}, and is {_found(path, node)}", node.line, hint=hint)
    return None


def _found(path: str, node: Node) -> str:
    """What stands there, in words; its value as well, unless that may be a secret."""
    if isinstance(node, Mapping):
        return "a block of keys"
    if isinstance(node, Sequence):
        return "a list"
    kind, value = _KIND_WORDS.get(node.kind, "text"), _value(path, node)
    return f"{kind}: {value}" if value else kind


def _value(path: str, node: Scalar) -> str:
    """A value as it may be shown, or an empty string."""
    plain = _PLAIN.fullmatch(node.text) and not names_secret(path) and not LOOKS.search(node.text)
    return node.text if plain else ""


def _scalar(shape: Text | Integer | Boolean | Date, node: Node, path: str, report: Report) -> Node | None:
    if not isinstance(node, Scalar):
        return _wrong(path, node, shape.says, report)
    if isinstance(shape, Text):
        return _text(shape, node, path, report)
    if isinstance(shape, Integer):
        return _integer(shape, node, path, report)
    if isinstance(shape, Boolean):
        return (
            node
            if node.kind == "boolean" and node.text.lower() in ("true", "false")
            else _wrong(path, node, shape.says, report)
        )
    if node.kind in ("text", "date") and DATE.fullmatch(node.text):
        return node
    shown = f", and is {value}" if (value := _value(path, node)) else ""
    report.add(f"{path} should be {shape.says}{shown}", node.line)
    return None


def _text(shape: Text, node: Scalar, path: str, report: Report) -> Node | None:
    if shape.choices and node.text in shape.choices and node.kind in ("text", "boolean"):
        return Scalar(node.line, "text", node.text)
    if node.kind != "text":
        return _wrong(path, node, shape.says, report)
    if _INVISIBLE.search(node.text):
        report.add(f"{path} contains a control or an invisible character", node.line, hint="type it again")
        return None
    if shape.choices:
        shown = f", and is {value}" if (value := _value(path, node)) else ""
        message = f"{path} should be one of {', '.join(shape.choices)}{shown}"
        report.add(message, node.line, hint=suggestion(node.text, shape.choices))
        return None
    if not re.fullmatch(shape.pattern, node.text):
        shown = f"{value} " if (value := _value(path, node)) else ""
        report.add(f"{path}: {shown}is not {shape.says}", node.line, hint=f"write {shape.says}")
        return None
    return node


def _integer(shape: Integer, node: Scalar, path: str, report: Report) -> Node | None:
    if node.kind != "integer" or not re.fullmatch(r"0|-?[1-9][0-9]{0,9}", node.text):
        return _wrong(path, node, shape.says, report)
    if not shape.minimum <= int(node.text) <= shape.maximum:
        report.add(f"{path} should be {shape.says}, and is {node.text}", node.line)
        return None
    return node


def _list(shape: ListOf, node: Node, path: str, report: Report) -> Node | None:
    if not isinstance(node, Sequence):
        if not shape.single or isinstance(node, Mapping):
            return _wrong(path, node, "a list", report)
        node = Sequence(node.line, (node,))
    kept = (accept(shape.item, item, f"{path}[{number}]", report) for number, item in enumerate(node.items))
    return Sequence(node.line, tuple(item for item in kept if item is not None))


def _mapping(shape: Record | MapOf, node: Node, path: str, report: Report) -> Node | None:
    if not isinstance(node, Mapping):
        return _wrong(path or "the book", node, "a block of keys", report)
    kept = Mapping(node.line)
    for key, value in node.entries.items():
        line = node.key_lines[key]
        inner = _value_shape(shape, key, path, line, report)
        clean = None if inner is None else accept(inner, value, f"{path}.{key}".lstrip("."), report)
        # A key whose value was refused is still there: nobody is told that it is missing as well.
        kept.key_lines[key] = line
        if clean is not None:
            kept.entries[key] = clean
    for name in shape.required if isinstance(shape, Record) else ():
        if name not in node.entries:
            report.add(f"{path or 'the book'} lacks {name}", node.line, hint=f"add {name}")
    return kept


def _value_shape(shape: Record | MapOf, key: str, path: str, line: int, report: Report) -> Shape | None:
    """The shape of a key's value, or None if the key itself is wrong."""
    where = f" in {path}" if path else ""
    if isinstance(shape, MapOf):
        if shape.open_names and names_secret(key):
            _secret(key, where, line, report)
        elif re.fullmatch(shape.key.pattern, key):
            return shape.value
        else:
            report.add(f"a key{where} is not {shape.key.says}", line, hint=f"write {shape.key.says}")
        return None
    if key in shape.fields:
        return shape.fields[key]
    if names_secret(key):
        _secret(key, where, line, report)
    else:
        report.add(f"unknown key {_shown(key)}{where}", line, hint=suggestion(key, shape.fields))
    return None


def _shown(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else "of characters that no key has"


def _secret(key: str, where: str, line: int, report: Report) -> None:
    hint = "write a reference instead, such as secret: ssm:/service/stage/name, and change the secret: it has been written down"
    report.add(f"{_shown(key)}{where} is a secret, and a book holds none", line, hint=hint)


def suggestion(word: str, known: Map[str, object] | tuple[str, ...]) -> str:
    """A hint that names the nearest known word, or all of them if they are few."""
    near = get_close_matches(word, list(known), 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"known: {', '.join(sorted(known))}" if known else "nothing is known here"


class Fields:
    """A record that was accepted, with typed access to its values and their lines."""

    __slots__ = ("_node",)

    def __init__(self, node: Node | None) -> None:
        self._node = node if isinstance(node, Mapping) else Mapping(0)

    @property
    def start(self) -> int:
        return self._node.line

    @property
    def given(self) -> Iterable[str]:
        """Every key that the file has, also where its value was refused."""
        return self._node.key_lines

    def __contains__(self, key: str) -> bool:
        return key in self._node.key_lines

    def line(self, key: str) -> int:
        """The line of a key; of the whole block if the key is not there."""
        return self._node.key_lines.get(key, self._node.line)

    def text(self, key: str, default: str = "") -> str:
        node = self._node.entries.get(key)
        return node.text if isinstance(node, Scalar) else default

    def integer(self, key: str) -> int | None:
        text = self.text(key)
        return int(text) if text else None

    def boolean(self, key: str, default: bool = False) -> bool:
        text = self.text(key)
        return text.lower() == "true" if text else default

    def texts(self, key: str) -> tuple[tuple[str, int], ...]:
        """The items of a list of text, each with its line."""
        node = self._node.entries.get(key)
        items = node.items if isinstance(node, Sequence) else ()
        return tuple((item.text, item.line) for item in items if isinstance(item, Scalar))

    def words(self, key: str) -> tuple[str, ...]:
        return tuple(text for text, _ in self.texts(key))

    def fields(self, key: str) -> Fields:
        """A block inside; empty if it is not there."""
        return Fields(self._node.entries.get(key))

    def blocks(self) -> Iterator[tuple[str, int, Fields]]:
        """Every key with its line and its block."""
        for key, node in self._node.entries.items():
            yield key, self._node.key_lines[key], Fields(node)

    def records(self, key: str) -> tuple[Fields, ...]:
        """The items of a list of records."""
        node = self._node.entries.get(key)
        return tuple(Fields(item) for item in node.items) if isinstance(node, Sequence) else ()

    def __iter__(self) -> Iterator[str]:
        return iter(self._node.entries)
