"""A definition as plain values: the one source of reference pages, JSON listings and the service's catalogue."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from ..spec import Expression
from .definition import Definition


def describe(definition: Definition) -> dict[str, Any]:
    """Everything there is to know of a generator, ready for JSON."""
    return {
        "name": definition.name,
        "version": definition.version,
        "summary": definition.summary,
        "output": list(definition.output),
        "promise": definition.promise,
        "unique": definition.capacity is not None,
        "parameters": [
            {
                "name": item.name,
                "kind": item.metadata["kind"],
                "required": item.default is MISSING,
                "default": _plain(item.default),
                "choices": list(item.metadata["choices"]),
                "doc": item.metadata["doc"],
            }
            for item in fields(definition.parameters)
        ],
        "examples": [dict(example) for example in definition.examples],
    }


def _plain(default: Any) -> Any:
    """A default as it would be written in a file."""
    if default is MISSING:
        return None
    if isinstance(default, Expression):
        return default.text
    return list(default) if isinstance(default, tuple) else default
