"""A generator's definition is at once its schema, its documentation, its validation and its registration.

A parameter class is a frozen dataclass whose fields come from :func:`parameter`; :func:`generator` registers a
function under a name. The reference page, the JSON Schema of dataset files and the lock are made from the same objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import ParameterError, SpecError, UnknownNameError
from ..spec import ColumnType, Expression, GeneratorSpec, parse_expression
from ..streams.stream import U64

Kind = Literal["integer", "number", "text", "flag", "list", "mapping", "any", "column", "columns", "expression",
               "generator", "cases", "weights", "table"]  # fmt: skip


class Promise(StrEnum):
    """Why an identifier can be nobody's: law 9 of the engine."""

    NEVER_ISSUED = "never_issued"
    UNISSUABLE = "unissuable"


class Rows(Protocol):
    """What a generator may know of the rows it fills; everything is aligned and ``count`` long."""

    count: int
    type: ColumnType
    path: str
    seed: int
    as_of: int
    epoch: int

    def bits(self, salt: str = "") -> U64:
        """Random words of this column; another ``salt`` gives an independent stream."""

    def unit(self, salt: str = "") -> NDArray[np.float64]:
        """Random numbers in [0, 1)."""

    def ids(self) -> NDArray[np.int64]:
        """The rows' keys, distinct in the table."""

    def ordinals(self) -> NDArray[np.int64]:
        """The rows' positions in their part under their parent, from 0."""

    def part_names(self) -> pa.Array:
        """The name of the part each row belongs to."""

    def unique_index(self, capacity: int, group: str = "") -> U64:
        """Numbers in [0, capacity), distinct over the whole table at its planned size, in scrambled order.

        Columns that name the same ``group`` get the same numbers.
        """

    def column(self, name: str) -> pa.Array:
        """Another column of the row, or ``table.column`` of an ancestor."""

    def encoded(self, name: str) -> pa.DictionaryArray | None:
        """Another column of the same table as its generator encoded it, if it did: few values and many places."""

    def evaluate(self, expression: Expression) -> pa.Array:
        """An expression over the row."""

    def make(self, bound: Bound, salt: str, kind: ColumnType | None = None) -> pa.Array:
        """Another generator's values for the same rows, on a stream of its own and possibly of another type."""

    def at(self, positions: NDArray[np.int64]) -> Rows:
        """The rows at some positions only."""

    def aggregate(self, table: str, column: str, function: str) -> pa.Array:
        """``sum``, ``count``, ``min`` or ``max`` over each row's children in ``table``."""

    def relative(self, table: str, part: str, ordinals: pa.Array, column: str) -> pa.Array:
        """``column`` of the rows at ``ordinals`` of a part of ``table`` under the ancestor both share, or null."""

    def reference(self, table: str, *, skip: int = 0) -> NDArray[np.int64]:
        """Keys of rows in another tree's root ``table`` but its first few, by consistent hashing."""

    def shared(
        self,
        tables: Sequence[str],
        columns: Sequence[Sequence[str]],
        position: int,
        group: str,
        *,
        in_turn: bool = False,
    ) -> pa.Array:
        """Keys in the table at ``position`` of rows that agree with those chosen in the other tables; null if none."""

    def first_id(self, table: str) -> int:
        """The key of the first row of the root ``table``."""

    def lookup(self, table: str, keys: pa.Array, column: str) -> pa.Array:
        """The values of ``column`` in the rows of root ``table`` that carry the keys, recomputed."""


class Generate(Protocol):
    """A generator: pure, vectorised, one value a row."""

    def __call__(self, rows: Rows, parameters: Any, /) -> pa.Array: ...


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything there is to know of a generator."""

    name: str
    summary: str
    parameters: type
    output: tuple[str, ...]
    make: Generate
    version: int = 1
    promise: Promise | None = None
    examples: tuple[Mapping[str, object], ...] = ()
    capacity: Callable[[Any], int] | None = None
    index_of: Callable[[Any, pa.Array], NDArray[np.int64]] | None = None
    per_row: bool = False
    default: str = ""
    """The parameter that a bare value stands for: ``{choice: [a, b]}`` is ``{choice: {values: [a, b]}}``."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A definition with checked parameters."""

    definition: Definition
    parameters: Any


@dataclass(frozen=True, slots=True)
class NoParameters:
    """A generator without parameters."""


REGISTRY: dict[str, Definition] = {}

PREFIXES: dict[str, Callable[[str], Definition]] = {}
"""Where names with a dot lead: ``faker.name`` is what ``PREFIXES["faker"]`` returns for ``name``."""


def parameter(
    kind: Kind,
    doc: str,
    *,
    default: Any = MISSING,
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
) -> Any:
    """A documented parameter; without a default it is required."""
    metadata = {"kind": kind, "doc": doc, "choices": choices, "minimum": minimum, "maximum": maximum}
    return field(default=default, metadata=metadata, kw_only=True)


def generator(
    name: str,
    *,
    output: tuple[str, ...],
    parameters: type = NoParameters,
    version: int = 1,
    promise: Promise | None = None,
    examples: tuple[Mapping[str, object], ...] = (),
    capacity: Callable[[Any], int] | None = None,
    index_of: Callable[[Any, pa.Array], NDArray[np.int64]] | None = None,
    per_row: bool = False,
    default: str = "",
) -> Callable[[Generate], Generate]:
    """Register a function as the generator ``name``; its docstring's first line is the summary."""

    def register(function: Generate) -> Generate:
        if name in REGISTRY:
            raise ValueError(f"two generators are called {name!r}")
        summary = (function.__doc__ or "").strip().split("\n")[0]
        REGISTRY[name] = Definition(
            name,
            summary,
            parameters,
            output,
            function,
            version,
            promise,
            examples,
            capacity,
            index_of,
            per_row,
            default,
        )
        return function

    return register


def bind(spec: GeneratorSpec, *, where: tuple[str, ...] = ()) -> Bound:
    """Check a written generator against its definition.

    Raises:
        UnknownNameError: for a generator or parameter that does not exist.
        ParameterError: for a missing parameter or a value of the wrong kind or out of range.
        ExpressionError: for an expression that cannot be read.
    """
    definition = find(spec.name, where=where)
    known = _parameters(definition.parameters)
    values: dict[str, Any] = {}
    for name, value in spec.parameters.items():
        if name not in known:
            raise UnknownNameError(f"parameter of {spec.name}", name, known, where=(*where, spec.name))
        values[name] = _coerce(known[name].metadata, value, (*where, spec.name, name))
    for name, item in known.items():
        if name not in values and item.default is MISSING:
            raise ParameterError(
                f"{spec.name} needs the parameter {name!r}", where=where, hint=f"{name}: {item.metadata['doc']}"
            )
    try:
        parameters = definition.parameters(**values)
    except ValueError as error:
        raise ParameterError(f"{spec.name}: {error}", where=where) from None
    if not definition.per_row and getattr(parameters, "per_row", False):
        # A pool may be asked to draw row by row; then its definition says so.
        definition = replace(definition, per_row=True)
    return Bound(definition, parameters)


@cache
def _parameters(written: type) -> Mapping[str, Field[Any]]:
    """The fields of a parameter class by name; there are as many such classes as kinds of generators."""
    return {item.name: item for item in fields(written)}


def find(name: str, *, where: tuple[str, ...] = ()) -> Definition:
    """The definition called ``name``; ``faker.x`` and ``mimesis.x`` are the pools' ``x``."""
    prefix, dot, rest = name.partition(".")
    if dot and prefix in PREFIXES:
        try:
            return PREFIXES[prefix](rest)
        except SpecError as error:
            error.where = where
            raise
    if name not in REGISTRY:
        raise UnknownNameError("generator", name, REGISTRY, where=where)
    return REGISTRY[name]


def _coerce(metadata: Mapping[str, Any], value: Any, where: tuple[str, ...]) -> Any:
    kind: Kind = metadata["kind"]
    checked = _READERS[kind](value, where)
    choices = metadata["choices"]
    if choices and checked not in choices:
        raise UnknownNameError("value", str(checked), choices, where=where)
    low, high = metadata["minimum"], metadata["maximum"]
    if (low is not None and checked < low) or (high is not None and checked > high):
        raise ParameterError(f"{checked} is outside [{low}, {high}]", where=where)
    return checked


def _of(types: type | tuple[type, ...], words: str) -> Callable[[Any, tuple[str, ...]], Any]:
    def read(value: Any, where: tuple[str, ...]) -> Any:
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            raise ParameterError(f"expected {words}, got {value!r}", where=where)
        return value

    return read


def _read_expression(value: Any, where: tuple[str, ...]) -> Expression:
    if not isinstance(value, str | int | float):
        raise ParameterError(f"expected an expression, got {value!r}", where=where)
    return parse_expression(str(value))


def read_generator(value: Any, where: tuple[str, ...] = ()) -> GeneratorSpec:
    """A generator as written in a file: ``name`` or ``{name: {parameters}}`` or ``{name: value}``."""
    if isinstance(value, str):
        return GeneratorSpec(value)
    if not isinstance(value, Mapping) or len(value) != 1:
        raise ParameterError(
            f"expected one generator, got {value!r}", where=where, hint="write name, or {name: {parameter: value}}"
        )
    name, content = next(iter(value.items()))
    definition = find(str(name), where=where)
    kinds = {item.name: item.metadata["kind"] for item in fields(definition.parameters)}
    if content is None:
        return GeneratorSpec(str(name))
    # A mapping may itself be the bare value (the weights of a choice): it is one if no key is a parameter's name.
    takes_mapping = kinds.get(definition.default) in ("any", "cases", "mapping", "weights")
    bare = not isinstance(content, Mapping) or (content and takes_mapping and not set(kinds) & set(content))
    if bare and definition.default:
        return GeneratorSpec(str(name), {definition.default: content})
    if not isinstance(content, Mapping):
        raise ParameterError(f"{name} takes named parameters, got {content!r}", where=where)
    return GeneratorSpec(str(name), {str(key): item for key, item in content.items()})


def _read_nested(value: Any, where: tuple[str, ...]) -> Bound:
    return bind(read_generator(value, where), where=where)


def _read_cases(value: Any, where: tuple[str, ...]) -> dict[str, Bound]:
    if not isinstance(value, Mapping) or not value:
        raise ParameterError(f"expected a mapping of value to generator, got {value!r}", where=where)
    return {_label(key): _read_nested(item, (*where, str(key))) for key, item in value.items()}


def _label(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def read_weights(value: Any, where: tuple[str, ...]) -> tuple[tuple[Any, float], ...]:
    """Values with their weights from a list, where all weigh the same, or from a mapping."""
    if isinstance(value, list | tuple) and value:
        return tuple((item, 1.0) for item in value)
    if isinstance(value, Mapping) and value:
        for weight in value.values():
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not weight >= 0:
                raise ParameterError(f"a weight must be a number of at least 0, got {weight!r}", where=where)
        return tuple((item, float(weight)) for item, weight in value.items())
    raise ParameterError(f"expected a list of values or a mapping of value to weight, got {value!r}", where=where)


_READERS: dict[Kind, Callable[[Any, tuple[str, ...]], Any]] = {
    "integer": _of(int, "a whole number"),
    "number": _of((int, float), "a number"),
    "text": _of(str, "text"),
    "flag": _of(bool, "true or false"),
    "list": _of((list, tuple), "a list"),
    "mapping": _of(Mapping, "a mapping"),
    "any": lambda value, where: value,
    "column": _of(str, "a column's name"),
    "columns": _of((list, tuple), "a list of column names"),
    "table": _of(str, "a table's name"),
    "expression": _read_expression,
    "generator": _read_nested,
    "cases": _read_cases,
    "weights": read_weights,
}
