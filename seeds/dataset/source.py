"""YAML as plain values with the line of each: YAML 1.2's plain scalars, no surprises, no way to exhaust the reader.

Only ``true`` and ``false`` are booleans, so a key ``no`` or a value ``on`` stays text; dates, octal and sexagesimal
numbers stay text too. A key given twice is refused, where YAML readers silently take the last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml

from ..errors import DatasetFileError

LARGEST_FILE = 1 << 20
"""Bytes: fifty times the size of a dataset of forty tables."""
MOST_NODES = 100_000
"""Nodes after every alias is written out."""
DEEPEST = 40

_CODE = "DATASET_YAML"
_TAG = "tag:yaml.org,2002:"
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Loader):  # type: ignore[misc]
    """Scalars by YAML 1.2's core schema, narrowed: what is not plainly a number, a truth value or null is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - yaml's own interface


_PlainLoader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_PlainLoader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_PlainLoader.add_implicit_resolver(f"{_TAG}int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_PlainLoader.add_implicit_resolver(
    f"{_TAG}float",
    re.compile(r"^[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


@dataclass(slots=True)
class Place:
    """Where a value stands: its line, its own text if it is a scalar, and the places inside it."""

    line: int
    text: str = ""
    inside: dict[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as plain values, and where each of them stands."""

    file: str
    value: object
    root: Place

    def place(self, path: Sequence[str]) -> Place:
        """The place that the longest possible part of ``path`` leads to; steps the file does not show are skipped.

        A generator's name follows its column directly in the engine's paths, and stands below ``generate`` in a file;
        an unnamed part stands below ``rows``.
        """
        place = self.root
        for step in path:
            for name in (step, "generate", *_WRITTEN_AS.get(step, ())):
                found = place.inside.get(name)
                if found is not None and (name != "generate" or step == name or step in found.inside):
                    place = found if name != "generate" or step == name else found.inside[step]
                    break
        return place

    def line(self, path: Sequence[str], quoted: str = "") -> int:
        """The line of ``path``; inside it, of the first value that is ``quoted`` or has it as a word."""
        place = self.place(path)
        return _line_of(place, quoted) or place.line if quoted else place.line


_WRITTEN_AS = {"parts": ("rows",), "count": ("rows", "parts"), "foreign_keys": ("columns",)}


def _line_of(place: Place, quoted: str) -> int:
    if place.text == quoted or re.search(rf"(?<![\w.]){re.escape(quoted)}(?!\w)", place.text):
        return place.line
    for name, inner in place.inside.items():
        if name == quoted:
            return inner.line
        if line := _line_of(inner, quoted):
            return line
    return 0


def read_source(data: bytes, file: str) -> Source:
    """Read a YAML stream; several documents, parted by ``---``, hold the parts of one dataset.

    Raises:
        DatasetFileError: if it is too large, is not UTF-8, is not YAML, is empty, gives a key twice, nests or repeats
            itself too much, or asks for a type of its own.
    """
    if len(data) > LARGEST_FILE:
        raise DatasetFileError(f"the file has {len(data):,} bytes, more than {LARGEST_FILE:,}", file=file, code=_CODE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DatasetFileError("the file is not UTF-8", file=file, line=line, code=_CODE) from None
    try:
        _check_depth(text, file)
        documents = [root for root in yaml.compose_all(text, Loader=_PlainLoader) if root.value != ""]
    except yaml.YAMLError as error:
        raise _syntax_error(error, text, file) from None
    if not documents:
        raise DatasetFileError("the file is empty", file=file, line=1, code=_CODE, hint="start with 'dataset: name'")
    value, place = _Reader(file).read(_together(documents), 0)
    return Source(file, value, place)


def _together(documents: Sequence[yaml.Node]) -> yaml.Node:
    """Several documents as one: what both of two mappings hold is joined where it is a mapping, and given twice elsewhere."""
    first, *rest = documents
    for other in rest:
        if not (isinstance(first, yaml.MappingNode) and isinstance(other, yaml.MappingNode)):
            return other  # the shape is refused where its line is known
        known = {key.value: value for key, value in first.value if isinstance(key, yaml.ScalarNode)}
        for key, value in other.value:
            into = known.get(key.value) if isinstance(key, yaml.ScalarNode) else None
            if isinstance(into, yaml.MappingNode) and isinstance(value, yaml.MappingNode):
                into.value.extend(value.value)
            else:
                first.value.append((key, value))
    return first


def _check_depth(text: str, file: str) -> None:
    """Events come one by one, so a file of a million brackets is refused before anything recurses over it."""
    depth = 0
    for event in yaml.parse(text, Loader=_PlainLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            line = _line(event)
            raise DatasetFileError(f"values nest more than {DEEPEST} deep", file=file, line=line, code=_CODE)


def _syntax_error(error: yaml.YAMLError, text: str, file: str) -> DatasetFileError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        line = mark.line + 1
    else:
        line = text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    hint = "indent with spaces, not tabs" if "cannot start any token" in problem else ""
    return DatasetFileError(f"this is not YAML: {problem}", file=file, line=line, code=_CODE, hint=hint)


class _Reader:
    """Builds plain values from nodes; aliases are written out, and counted, at every use."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.nodes = 0

    def read(self, node: yaml.Node, depth: int) -> tuple[object, Place]:
        self.nodes += 1
        if self.nodes > MOST_NODES or depth > DEEPEST:
            raise self._refuse(f"aliases make more than {MOST_NODES:,} values of the file", node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return self._sequence(node, depth)
        return self._scalar(node), Place(_line(node), node.value if isinstance(node.value, str) else "")

    def _mapping(self, node: yaml.MappingNode, depth: int) -> tuple[object, Place]:
        if node.tag != f"{_TAG}map":
            raise self._refuse(f"the tag {node.tag} is not allowed", node)
        values: dict[object, object] = {}
        place = Place(_line(node))
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._refuse("a key must be a single value", key_node)
            key = self._scalar(key_node)
            if key == "<<":
                raise self._refuse("merge keys ('<<') are not allowed", key_node)
            if key in values:
                first = place.inside[str(key_node.value)].line if key_node.value in place.inside else _line(node)
                raise self._refuse(f"the key {key_node.value!r} is given twice, first in line {first}", key_node)
            values[key], inner = self.read(value_node, depth + 1)
            place.inside[key_node.value] = Place(_line(key_node), inner.text, inner.inside)
        return values, place

    def _sequence(self, node: yaml.SequenceNode, depth: int) -> tuple[object, Place]:
        found = [self.read(item, depth + 1) for item in node.value]
        return [value for value, _ in found], Place(
            _line(node), inside={str(index): place for index, (_, place) in enumerate(found)}
        )

    def _scalar(self, node: yaml.Node) -> object:
        kind, text = node.tag.removeprefix(_TAG), node.value
        if kind == "str":
            return text
        if kind in ("int", "float"):
            return self._number(node, kind)
        if kind == "bool" and text in ("true", "false"):
            return bool(text == "true")
        if kind == "null":
            return None
        raise self._refuse(f"the tag {node.tag} does not suit {str(text)[:40]!r}", node)

    def _number(self, node: yaml.Node, kind: str) -> float:
        try:
            number: float = int(node.value) if kind == "int" else float(node.value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._refuse(f"{node.value[:40]!r} is no number, or too large a one", node)
        return number

    def _refuse(self, message: str, node: yaml.Node) -> DatasetFileError:
        return DatasetFileError(message, file=self.file, line=_line(node), code=_CODE)


def _line(marked: yaml.Node | yaml.Event) -> int:
    return marked.start_mark.line + 1 if marked.start_mark else 0
