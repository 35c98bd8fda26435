"""JSON and XML, put together from other generators' values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..spec import ColumnType
from .definition import Bound, Rows, bind, generator, parameter, read_generator
from .draws import text_scalar
from .literals import TEXTS, as_written
from .vocabulary import joined, label, noun, number_text

JSON = ("json", *TEXTS)
_JSON_TYPES = {
    "integer": ColumnType("bigint"),
    "number": ColumnType("double"),
    "boolean": ColumnType("boolean"),
    "text": ColumnType("text"),
    "object": ColumnType("text"),
    "array": ColumnType("text"),
}
_NULL = "null"


@dataclass(frozen=True, slots=True)
class Document:
    keys: Any = parameter("mapping", "a mapping of key to the generator of its value", default=None)
    kind: str = parameter("text", "what the whole is", default="object", choices=("object", "array"))
    types: Any = parameter(
        "mapping", "the JSON type of each key's value: integer, number, text, boolean, object or array; text if not said",
        default=None,
    )  # fmt: skip

    def __post_init__(self) -> None:
        types = dict(self.types or {})
        for key, written in types.items():
            if written not in _JSON_TYPES:
                raise ValueError(f"{key} has the type {written!r}; known: {', '.join(_JSON_TYPES)}")
        bound = {str(key): bound_of(item) for key, item in (self.keys or {}).items()}
        # Bound once here, so that nested generators are seen by whoever walks the parameters.
        object.__setattr__(self, "keys", bound)
        object.__setattr__(self, "types", types)


def bound_of(written: Any) -> Bound:
    """A nested generator as written, checked."""
    return written if isinstance(written, Bound) else bind(read_generator(written))


@generator(
    "document",
    output=JSON,
    parameters=Document,
    default="keys",
    examples=({"keys": {"name": "label", "size": {"integer": {"max_value": 9}}}, "types": {"size": "integer"}}, {}),
)
def document(rows: Rows, parameters: Document) -> pa.Array:
    """JSON objects whose keys have other generators' values, or arrays of those values."""
    is_object = parameters.kind == "object"
    parts: list[Any] = ["{" if is_object else "["]
    for place, (key, bound) in enumerate(parameters.keys.items()):
        named = f"{quoted_key(key)}: " if is_object else ""
        parts += [(", " if place else "") + named, _value(rows, key, bound, parameters.types.get(key, "text"))]
    parts.append("}" if is_object else "]")
    if len(parts) == 2:
        return pa.repeat(text_scalar("".join(parts)), rows.count)
    return joined(*parts)


def _value(rows: Rows, key: str, bound: Bound, kind: str) -> pa.Array:
    made = rows.make(bound, f"key/{key}", _JSON_TYPES[kind])
    written = as_written(made)
    if kind == "text":
        written = quoted(written)
    elif kind == "integer":
        written = as_written(made.cast(pa.int64())) if not pa.types.is_integer(made.type) else written
    return written.fill_null(_NULL)


def quoted_key(key: str) -> str:
    """A JSON string with what it needs escaped."""
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quoted(texts: pa.Array) -> pa.Array:
    """Texts as JSON strings; null stays null."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        texts = pc.replace_substring(texts, plain, escaped)
    return joined('"', texts, '"')


@dataclass(frozen=True, slots=True)
class JsonValue:
    kind: str = parameter(
        "text", "which JSON kind", default="object",
        choices=("object", "array", "string", "number", "boolean", "null"),
    )  # fmt: skip


@generator(
    "json_value",
    output=JSON,
    parameters=JsonValue,
    default="kind",
    examples=({}, {"kind": "array"}, {"kind": "number"}),
)
def json_value(rows: Rows, parameters: JsonValue) -> pa.Array:
    """Small JSON values of one kind."""
    match parameters.kind:
        case "object":
            return joined('{"name": "', label(rows, None), '", "count": ', number_text(rows, 0, 99), "}")
        case "array":
            return joined('["', noun(rows), '", "', noun(rows, "second"), '"]')
        case "string":
            return joined('"', label(rows, None), '"')
        case "number":
            return number_text(rows, 0, 999)
        case "boolean":
            return pa.array(rows.unit() < 0.5).cast(pa.string())
        case _:
            return pa.repeat(text_scalar(_NULL), rows.count)


@generator("xml_text", output=TEXTS)
def xml_text(rows: Rows, _: Any) -> pa.Array:
    """Small well-formed XML."""
    return joined("<item><name>", label(rows, None), "</name><count>", number_text(rows, 0, 99), "</count></item>")
