"""What a generator makes, seen rather than believed: some rows of a table that has nothing else in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import pyarrow as pa

from generators import GenerationError, Run, compile_dataset, generate
from generators.engine.reads import reads_of
from generators.providers import Definition, bind
from generators.spec import ColumnSpec, ColumnType, DatasetSpec, GeneratorSpec, SizeSpec, TableSpec

from .types import TEXT

ROWS = 64
_SEED = 20_260_406
_NAME = "(value)"
_DAY = date(2026, 4, 6)
_STAND_IN = GeneratorSpec("given_name")


@dataclass(frozen=True, slots=True)
class _Key:
    """A generator that a cache can hold: equal where it is written the same."""

    text: str
    spec: GeneratorSpec = field(compare=False)


def sample(spec: GeneratorSpec, kind: ColumnType, *, rows: int = ROWS, as_of: date = _DAY) -> tuple[object, ...] | None:
    """Values that a generator makes in a column of the type; None if it makes none.

    Columns that it reads are stood in for by given names.
    """
    return _sample(_Key(_text(spec), spec), kind, rows, as_of)


@lru_cache(maxsize=4096)
def _sample(key: _Key, kind: ColumnType, rows: int, as_of: date) -> tuple[object, ...] | None:
    try:
        read = sorted({*reads_of(bind(key.spec))} - {_NAME})
        columns = [ColumnSpec(name, TEXT, _STAND_IN, nullable=True, stored=False) for name in read]
        table = TableSpec("row", (*columns, ColumnSpec(_NAME, kind, key.spec, nullable=True)))
        dataset = compile_dataset(DatasetSpec("sample", 1, as_of, SizeSpec("rows", "row", rows), (table,)))
        batches = [item.batch for item in generate(Run(dataset, _SEED, rows, as_of, as_of))]
    except (GenerationError, pa.ArrowException, ValueError, TypeError, OverflowError):
        # Whatever stops the engine here would stop it there: the generator does not suit the column.
        return None
    return tuple(value for batch in batches for value in batch.column(0).to_pylist())


def _text(value: object) -> str:
    """Parameters as text, in their own order: weights and cases depend on it."""
    if isinstance(value, GeneratorSpec):
        return f"{value.name}({_text(value.parameters)})"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_text(key)}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    return f"{type(value).__name__}:{value!r}"


def definition_of(spec: GeneratorSpec) -> Definition | None:
    """The generator's definition; None if it, or a parameter, does not exist."""
    try:
        return bind(spec).definition
    except GenerationError:
        return None


def capacity_of(spec: GeneratorSpec) -> int | None:
    """How many distinct values a generator promises by construction; None if it promises nothing."""
    try:
        bound = bind(spec)
    except GenerationError:
        return None
    return bound.definition.capacity(bound.parameters) if bound.definition.capacity else None


def columns_read(spec: GeneratorSpec) -> tuple[str, ...]:
    """The columns of the row that a generator reads, in order of their names."""
    try:
        return tuple(sorted(set(reads_of(bind(spec)))))
    except GenerationError:
        return ()


def suits(spec: GeneratorSpec, kind: ColumnType) -> bool:
    """Whether a generator makes values of the type at all, by its definition."""
    found = definition_of(spec)
    return found is not None and ("any" in found.output or kind.name in found.output)
