"""The JSON Schema of ``addresses.yaml``, made from the grammar that validates it.

``python -m env_config.authoring.json_schema --write`` writes ``addresses.schema.json``; ``--check`` fails if it is out of date.
What only a reader of the whole book can tell (names that must exist, templates, the proof) is not in it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .grammar import BOOK
from .shapes import DATE, Boolean, Date, Integer, ListOf, MapOf, Record, Shape, Text

FILE = Path(__file__).with_name("addresses.schema.json")


def json_schema() -> dict[str, object]:
    """The schema as a document of draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:understudy-env-config:addresses:1",
        "title": "The address book of understudy-env-config",
        **_written(BOOK),
    }


def _written(shape: Shape) -> dict[str, object]:
    if isinstance(shape, Text):
        return _text(shape)
    if isinstance(shape, Integer):
        limits = {"minimum": shape.minimum, "maximum": shape.maximum}
        return {"type": "integer", "description": shape.says, **limits}
    if isinstance(shape, Boolean):
        return {"type": "boolean"}
    if isinstance(shape, Date):
        return {"type": "string", "description": shape.says, "format": "date", "pattern": _anchored(DATE.pattern)}
    if isinstance(shape, ListOf):
        listed: dict[str, object] = {"type": "array", "items": _written(shape.item)}
        return {"anyOf": [_written(shape.item), listed]} if shape.single else listed
    if isinstance(shape, MapOf):
        names = {"pattern": _anchored(shape.key.pattern), "description": shape.key.says}
        return {"type": "object", "propertyNames": names, "additionalProperties": _written(shape.value)}
    return _record(shape)


def _text(shape: Text) -> dict[str, object]:
    if shape.choices:
        return {"type": "string", "enum": list(shape.choices)}
    return {"type": "string", "description": shape.says, "pattern": _anchored(shape.pattern)}


def _anchored(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _record(shape: Record) -> dict[str, object]:
    properties = {key: _written(value) for key, value in shape.fields.items()}
    for key, note in shape.notes.items():
        looks = properties[key].get("description")
        properties[key] = {**properties[key], "description": f"{note} ({looks})" if looks else note}
    required = {"required": list(shape.required)} if shape.required else {}
    return {"type": "object", "properties": properties, "additionalProperties": False, **required}


def text() -> str:
    """The schema as it is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=True) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the published schema, or check that it is up to date.

    Returns:
        0, or 1 if ``--check`` finds another text.
    """
    parser = argparse.ArgumentParser(
        prog="python -m env_config.authoring.json_schema", description="the published schema"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    what.add_argument("--check", action="store_true", help=f"fail if {FILE.name} is out of date")
    if parser.parse_args(argv).write:
        FILE.write_text(text(), encoding="utf-8")
        return 0
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == text():
        return 0
    sys.stderr.write(f"{FILE.name} is out of date: run with --write\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
