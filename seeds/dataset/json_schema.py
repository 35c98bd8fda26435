"""The JSON Schema of dataset files, every generator with its parameters included: what an editor completes from.

python -m seeds.dataset.json_schema --write [PATH]
python -m seeds.dataset.json_schema --check [PATH]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from generators import REGISTRY, Definition
from generators.providers import Bound

from .existing import ExistingFile
from .file import DatasetFile

DEFAULT_PATH = Path("docs/reference/dataset.schema.json")

_Schema = dict[str, Any]
_FORMS = (DatasetFile, ExistingFile)
"""A file that brings tables of its own, and one over the tables of a database."""
_GENERATOR = {"$ref": "#/$defs/generator"}
_POOLS = r"^(faker|mimesis)\.[a-z0-9_.]+$"
_KINDS: Mapping[str, _Schema] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "list": {"type": "array"},
    "mapping": {"type": "object"},
    "any": {},
    "column": {"type": "string"},
    "columns": {"type": "array", "items": {"type": "string"}},
    "table": {"type": "string"},
    "expression": {"type": ["string", "number"]},
    "generator": _GENERATOR,
    "cases": {"type": "object", "minProperties": 1, "additionalProperties": _GENERATOR},
    "weights": {
        "anyOf": [
            {"type": "array", "minItems": 1},
            {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number", "minimum": 0}},
        ]
    },
}


def dataset_schema() -> _Schema:
    """The schema of both forms of file, in the 2020-12 dialect; the same registry gives the same text."""
    _, schema = models_json_schema([(form, "validation") for form in _FORMS])
    _tidy(schema)
    definitions: _Schema = schema["$defs"]
    definitions["generator"] = _any_generator()
    for name, definition in _listed().items():
        definitions[_key(name)] = _generator(definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Understudy dataset",
        "anyOf": [{"$ref": f"#/$defs/{form.__name__}"} for form in _FORMS],
        "$defs": dict(sorted(definitions.items())),
    }


def _listed() -> dict[str, Definition]:
    """Generators by name; those of the pools are as many as Faker and Mimesis have, and go by a pattern instead."""
    return {name: REGISTRY[name] for name in sorted(REGISTRY) if not re.match(_POOLS, name)}


def _tidy(value: Any) -> None:
    """Put references where the models mark generators, admit only good names, drop titles that echo a key."""
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict):
            if isinstance(item.get("title"), str):
                item.pop("title")
            if item.pop("x-generator", False):
                item.pop("default", None)
                item.update(_GENERATOR)
            if "patternProperties" in item:
                item["additionalProperties"] = False
        if isinstance(item, dict | list):
            _tidy(item)


def _key(name: str) -> str:
    return f"generator:{name}"


def _any_generator() -> _Schema:
    bare = [name for name, definition in _listed().items() if not _required(definition)]
    named = {name: {"$ref": f"#/$defs/{_key(name)}"} for name in _listed()}
    return {
        "description": "a generator's name, or the name with its parameters",
        "anyOf": [
            {"enum": bare},
            {"type": "string", "pattern": _POOLS},
            {
                "type": "object",
                "properties": named,
                "patternProperties": {_POOLS: True},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ],
    }


def _required(definition: Definition) -> list[str]:
    return [item.name for item in fields(definition.parameters) if item.default is MISSING]


def _generator(definition: Definition) -> _Schema:
    """What may follow a generator's name: its parameters, the value of its main one, or nothing."""
    named: _Schema = {
        "type": "object",
        "properties": {item.name: _parameter(item) for item in fields(definition.parameters)},
        "additionalProperties": False,
    }
    if required := _required(definition):
        named["required"] = required
    forms = [named]
    for item in fields(definition.parameters):
        if item.name == definition.default:
            forms.append(_parameter(item))
    if not required:
        forms.append({"type": "null"})
    described: _Schema = {"description": _description(definition)}
    if definition.examples:
        described["examples"] = [dict(example) for example in definition.examples]
    return {**described, **named} if len(forms) == 1 else {**described, "anyOf": forms}


def _description(definition: Definition) -> str:
    makes = f"Makes {', '.join(definition.output)}."
    promise = f" Identifiers are {definition.promise.value}." if definition.promise else ""
    return f"{definition.summary} {makes}{promise}"


def _parameter(item: Field[Any]) -> _Schema:
    about = item.metadata
    schema = {**_KINDS[about["kind"]], "description": about["doc"]}
    if about["choices"]:
        schema["enum"] = list(about["choices"])
    for bound in ("minimum", "maximum"):
        if about[bound] is not None:
            schema[bound] = about[bound]
    if item.default is not MISSING and isinstance(item.default, str | int | float) and item.default != "":
        schema["default"] = item.default
    return schema


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(dataset_schema(), indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> object:
    return value.definition.name if isinstance(value, Bound) else str(value)


def main(arguments: Sequence[str]) -> int:
    """Write the schema, or say whether the file holds it; the exit code of a command."""
    parser = argparse.ArgumentParser(prog="python -m seeds.dataset.json_schema", description="JSON Schema of datasets")
    action = parser.add_mutually_exclusive_group(required=True)
    for name, words in (("--write", "write the schema"), ("--check", "refuse a file that is not the schema")):
        action.add_argument(name, nargs="?", type=Path, const=DEFAULT_PATH, metavar="PATH", help=words)
    chosen = parser.parse_args(arguments)
    if chosen.write:
        chosen.write.parent.mkdir(parents=True, exist_ok=True)
        chosen.write.write_text(schema_text(), encoding="utf-8")
        return 0
    if chosen.check.is_file() and chosen.check.read_text(encoding="utf-8") == schema_text():
        return 0
    sys.stderr.write(f"error: {chosen.check} is not the schema of today's generators\n\n")
    sys.stderr.write(f"hint: python -m seeds.dataset.json_schema --write {chosen.check}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
