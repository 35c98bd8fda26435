"""What a bound generator is made of: the generators nested in it and the columns it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from ..providers.definition import Bound
from ..spec import Expression


def bounds_of(bound: Bound) -> Iterator[Bound]:
    """A bound generator and all that are nested in its parameters."""
    yield bound
    for value in _values(bound.parameters):
        if isinstance(value, Bound):
            yield from bounds_of(value)
        elif isinstance(value, dict):
            for item in value.values():
                if isinstance(item, Bound):
                    yield from bounds_of(item)


def _values(parameters: Any) -> Iterator[Any]:
    written: type = type(parameters)
    for name, _ in _fields(written):
        yield getattr(parameters, name)


@cache
def _fields(written: type) -> tuple[tuple[str, str], ...]:
    """Name and kind of each field of a parameter class; none of what is no such class."""
    if not is_dataclass(written):
        return ()
    return tuple((item.name, item.metadata.get("kind", "")) for item in fields(written))


def reads_of(bound: Bound) -> Iterator[str]:
    """The columns that a bound generator reads, as written."""
    for inner in bounds_of(bound):
        written: type = type(inner.parameters)
        for name, kind in _fields(written):
            value = getattr(inner.parameters, name)
            if isinstance(value, Expression):
                yield from value.columns
            elif kind == "column" and value:
                yield str(value)
            elif kind == "columns" and value:
                yield from map(str, value)
        yield from _special_reads(inner)
        yield from getattr(inner.parameters, "reads", ())


def _special_reads(bound: Bound) -> Iterator[str]:
    if bound.definition.name == "text":
        yield from (name for _, name, _ in bound.parameters.fields if name)
    elif bound.definition.name == "json_object":
        yield from map(str, bound.parameters.fields.values())
