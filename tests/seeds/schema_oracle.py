"""As much of JSON Schema as the published schema uses: enough to see what an editor would underline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
KNOWN = frozenset({
    "$ref", "additionalProperties", "anyOf", "const", "default", "description", "enum", "examples", "exclusiveMinimum",
    "format", "items", "maxProperties", "maximum", "minItems", "minProperties", "minimum", "oneOf", "pattern",
    "patternProperties", "properties", "required", "type",
})  # fmt: skip


def faults(value: Any, schema: Any, root: Any, path: str = "") -> Iterator[str]:
    """Yields what the schema refuses in a value, each with its path."""
    if isinstance(schema, bool):
        yield from () if schema else (f"{path}: not expected",)
        return
    assert set(schema) <= KNOWN | {"$schema", "$defs", "title"}, f"teach the oracle: {set(schema) - KNOWN}"
    if "$ref" in schema:
        yield from faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path)
    yield from _plain_faults(value, schema, path)
    for word, least, most in (("anyOf", 1, 99), ("oneOf", 1, 1)):
        if word in schema:
            fitting = sum(not list(faults(value, choice, root, path)) for choice in schema[word])
            if not least <= fitting <= most:
                yield f"{path}: fits {fitting} of the forms"
    if isinstance(value, dict):
        yield from _member_faults(value, schema, root, path)
    if isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value):
            yield from faults(item, schema["items"], root, f"{path}/{place}")


def _plain_faults(value: Any, schema: Any, path: str) -> Iterator[str]:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{path}: not of type {kinds}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: not one of the values"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: not the value"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{path}: does not match {schema['pattern']}"
    if _is(value, "number"):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not low <= value <= high or value <= schema.get("exclusiveMinimum", value - 1):
            yield f"{path}: out of range"
    if isinstance(value, list) and len(value) < schema.get("minItems", 0):
        yield f"{path}: too short"
    if isinstance(value, dict):
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
            yield f"{path}: {len(value)} members"
        yield from (f"{path}: lacks {name}" for name in schema.get("required", ()) if name not in value)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _member_faults(value: dict[Any, Any], schema: Any, root: Any, path: str) -> Iterator[str]:
    patterns = schema.get("patternProperties", {})
    for key, item in value.items():
        name = str(key).lower() if isinstance(key, bool) else str(key)
        found = [inner for pattern, inner in patterns.items() if re.search(pattern, name)]
        if name in schema.get("properties", {}):
            found.append(schema["properties"][name])
        for inner in found or [schema.get("additionalProperties", True)]:
            yield from faults(item, inner, root, f"{path}/{name}")
