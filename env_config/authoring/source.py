"""YAML text becomes nodes that know their lines.

Anchors, aliases, merge keys, tags and a second document are refused: a book says each thing once, where it is read.
The tree is built from the parser's events, so neither depth nor size can hurt before it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import UsageRefused
from .problems import BookProblem, Report, refuse

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 32
_TOO_LARGE = "a book holds addresses only: say once on a service what its environments have in common, and remove what nobody uses"

_KINDS = {
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:int": "integer",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:bool": "boolean",
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:timestamp": "date",
    # Plain "=" and "<<" have types of their own in YAML 1.1.
    "tag:yaml.org,2002:value": "text",
    "tag:yaml.org,2002:merge": "text",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it is written, and the type YAML gives it when it is not quoted."""

    line: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    line: int
    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys in the order of the file; ``key_lines`` says where each one stands."""

    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a book, its nodes, and what is already known to be wrong with them."""

    name: str
    text: str = field(repr=False)
    root: Node = field(repr=False)
    problems: tuple[BookProblem, ...] = ()


def load_source(path: str | Path) -> Source:
    """Read a book's source file.

    Raises:
        SourceRefused: if it cannot be read, or is not YAML.
    """
    file = Path(path)
    report = Report(str(path))
    text = ""
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
        text = "" if _is_too_large(len(raw), report) else raw.decode("utf-8")
    except OSError as error:
        report.add(f"the file cannot be read: {error.strerror}", 0, hint="name a file that is there")
    except UnicodeDecodeError:
        report.add("the file is not UTF-8 text", 0, hint="save it as UTF-8")
    refuse(report.problems)
    return parse_source(text, name=str(path))


def parse_source(text: str, *, name: str = "addresses.yaml") -> Source:
    """Turn YAML text into nodes.

    Raises:
        SourceRefused: if the text is too large or is not YAML at all; everything else is noted in ``problems``.
        UsageRefused: if PyYAML is not installed.
    """
    try:
        import yaml
    except ImportError:
        raise UsageRefused(
            "reading a book's source needs PyYAML", code="USAGE", hint='pip install "understudy-env-config[compile]"'
        ) from None
    report = Report(name)
    if _is_too_large(len(text), report):
        refuse(report.problems)
    try:
        root = _Composer(yaml, text, report).document()
    except yaml.YAMLError as error:
        report.add(*_syntax(error, text), hint="mend the YAML")
        refuse(report.problems)
        raise
    return Source(name, text, root, tuple(report.problems))


def _is_too_large(size: int, report: Report) -> bool:
    if size > MAX_BYTES:
        report.add(f"the book is larger than {MAX_BYTES // 1_048_576} MiB", 0, hint=_TOO_LARGE)
    return size > MAX_BYTES


def _syntax(error: Any, text: str) -> tuple[str, int]:
    lines = text.rstrip().count("\n") + 1
    marks = (getattr(error, "problem_mark", None), getattr(error, "context_mark", None))
    found = [mark.line + 1 for mark in marks if mark is not None]
    # What is never closed ends with the file; to blame is where it begins.
    line = next((one for one in found if one <= lines), lines if found else 0)
    # The parser's own words quote the text around the mistake, and that text may be a secret.
    return f"not YAML: {getattr(error, 'problem', None) or 'a character that YAML does not allow'}", line


class _TooDeep(Exception):
    """Raised and caught within this module."""


class _Composer:
    """Builds the tree from events."""

    def __init__(self, yaml: Any, text: str, report: Report) -> None:
        self._yaml = yaml
        self._loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self._report = report

    def document(self) -> Node:
        try:
            return self._first_document(self._events())
        except _TooDeep as error:
            self._report.add(f"nested deeper than {MAX_DEPTH} levels", error.args[0], hint="a book is flat")
            return Mapping(1)
        finally:
            self._loader.dispose()

    def _events(self) -> Iterator[Any]:
        while self._loader.check_event():
            yield self._loader.get_event()

    def _first_document(self, events: Iterator[Any]) -> Node:
        root: Node | None = None
        for event in events:
            if not isinstance(event, self._yaml.events.NodeEvent):
                continue
            if root is not None:
                self._report.add("a second document", event.start_mark.line + 1, hint="a book is one document")
                break
            root = self._node(event, events, 0)
        return Mapping(1) if root is None else root

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise _TooDeep(line)
        if event.anchor is not None:
            self._report.add("anchors and aliases are not allowed", line, hint="write the value out where it is used")
        kinds = self._yaml.events
        if isinstance(event, kinds.AliasEvent):
            return Scalar(line, "nothing", "")
        if event.tag not in (None, "!"):
            self._report.add("tags are not allowed", line, hint="remove the tag; put text into quotes")
        if isinstance(event, kinds.ScalarEvent):
            return self._scalar(event, line)
        if isinstance(event, kinds.SequenceStartEvent):
            return self._sequence(line, events, depth)
        return self._mapping(line, events, depth)

    def _scalar(self, event: Any, line: int) -> Scalar:
        tag = self._loader.resolve(self._yaml.ScalarNode, event.value, (event.implicit[0], False))
        return Scalar(line, _KINDS.get(tag, "text") if event.implicit[0] else "text", event.value)

    def _sequence(self, line: int, events: Iterator[Any], depth: int) -> Sequence:
        items = []
        for event in events:
            if isinstance(event, self._yaml.events.SequenceEndEvent):
                break
            items.append(self._node(event, events, depth + 1))
        return Sequence(line, tuple(items))

    def _mapping(self, line: int, events: Iterator[Any], depth: int) -> Mapping:
        mapping = Mapping(line)
        for event in events:
            if isinstance(event, self._yaml.events.MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            self._enter(mapping, key, value)
        return mapping

    def _enter(self, mapping: Mapping, key: Node, value: Node) -> None:
        if not isinstance(key, Scalar):
            self._report.add("a key is a word", key.line)
        elif key.text == "<<":
            self._report.add("merge keys are not allowed", key.line, hint="write the values out where they are used")
        elif key.kind != "text":
            self._report.add(f"the key {key.text} is not text to YAML", key.line, hint="put it into quotes")
        elif key.text in mapping.entries:
            first = mapping.key_lines[key.text]
            self._report.add(
                f"the key {key.text} was given already, on line {first}", key.line, hint="remove one of them"
            )
        else:
            mapping.entries[key.text] = value
            mapping.key_lines[key.text] = key.line
