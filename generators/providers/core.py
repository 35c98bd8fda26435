"""Generators that every dataset needs: constants, keys, numbers, choices, dates, conditions and lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import ParameterError
from ..kernels import AliasTable, bounded, bounded_between
from ..spec import ColumnType, Expression
from .definition import Bound, Rows, generator, parameter, read_weights
from .draws import Slots
from .literals import literals


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any = parameter("any", "the value of every row")


@generator("constant", output=("any",), parameters=Constant, default="value", examples=({"value": "GB"},))
def constant(rows: Rows, parameters: Constant) -> pa.Array:
    """The same value on every row."""
    return pa.repeat(literals((parameters.value,), rows.type)[0], rows.count)


@generator("key", output=("bigint",), capacity=lambda _: 1 << 62)
def key(rows: Rows, _: Any) -> pa.Array:
    """The row's key: packed from its parent's key and its ordinal, so it never moves."""
    return pa.array(rows.ids())


@generator("ordinal", output=("integer", "bigint", "smallint"))
def ordinal(rows: Rows, _: Any) -> pa.Array:
    """The row's position under its parent, from 0."""
    return pa.array(rows.ordinals())


@dataclass(frozen=True, slots=True)
class Integer:
    min_value: int = parameter("integer", "smallest value", default=0)
    max_value: int = parameter("integer", "largest value")

    def __post_init__(self) -> None:
        if self.max_value < self.min_value:
            raise ValueError(f"max_value {self.max_value} is below min_value {self.min_value}")

    @property
    def size(self) -> int:
        """How many values there are."""
        return self.max_value - self.min_value + 1


def _integer_index(parameters: Integer, values: pa.Array) -> NDArray[np.int64]:
    numbers = np.asarray(values.cast(pa.int64()).fill_null(parameters.min_value - 1)) - parameters.min_value
    return np.where((numbers >= 0) & (numbers < parameters.size), numbers, -1)


@generator(
    "integer",
    output=("integer", "bigint", "smallint"),
    parameters=Integer,
    examples=({"min_value": 1, "max_value": 6},),
)
def integer(rows: Rows, parameters: Integer) -> pa.Array:
    """Whole numbers, all equally likely, both ends included."""
    return pa.array(bounded(rows.bits(), parameters.size) + parameters.min_value)


@generator(
    "unique_integer",
    output=("integer", "bigint"),
    parameters=Integer,
    capacity=lambda parameters: parameters.size,
    index_of=_integer_index,
    examples=({"min_value": 100000, "max_value": 999999},),
)
def unique_integer(rows: Rows, parameters: Integer) -> pa.Array:
    """Whole numbers, each at most once, in scrambled order."""
    return pa.array(rows.unique_index(parameters.size).view(np.int64) + parameters.min_value)


@dataclass(frozen=True, slots=True)
class Number:
    min_value: float = parameter("number", "smallest value", default=0.0)
    max_value: float = parameter("number", "upper bound")
    decimals: int = parameter("integer", "decimals kept", default=2, minimum=0, maximum=9)


@generator("number", output=("double", "numeric"), parameters=Number, examples=({"max_value": 99.99},))
def number(rows: Rows, parameters: Number) -> pa.Array:
    """Numbers with decimals, all equally likely; exact in a numeric column."""
    scale = 10**parameters.decimals
    low, high = round(parameters.min_value * scale), round(parameters.max_value * scale)
    if high < low:
        raise ParameterError(f"max_value {parameters.max_value} is below min_value {parameters.min_value}")
    steps = bounded(rows.bits(), high - low + 1) + low
    if rows.type.name == "numeric":
        return scaled_decimal(steps, parameters.decimals).cast(rows.type.arrow)
    return pa.array(steps / scale)


def scaled_decimal(steps: NDArray[np.int64], decimals: int) -> pa.Array:
    """Whole steps of ``10**-decimals`` as decimals, exactly."""
    whole = pa.array(steps).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, decimals), len(whole), whole.buffers())


@dataclass(frozen=True, slots=True)
class Boolean:
    probability: float = parameter("number", "share of true rows", default=0.5, minimum=0, maximum=1)


@generator("boolean", output=("boolean",), parameters=Boolean, default="probability", examples=({"probability": 0.1},))
def boolean(rows: Rows, parameters: Boolean) -> pa.Array:
    """True with a given probability."""
    return pa.array(rows.unit() < parameters.probability)


@dataclass(frozen=True, slots=True)
class Choice:
    values: tuple[tuple[Any, float], ...] = parameter("weights", "a list of values, or a mapping of value to weight")


@lru_cache(maxsize=512)
def _alias(weights: tuple[float, ...]) -> AliasTable:
    return AliasTable(weights)


@generator(
    "choice",
    output=("any",),
    parameters=Choice,
    default="values",
    examples=({"values": ["red", "green"]}, {"values": {"SEC": 80, "INT": 20}}),
)
def choice(rows: Rows, parameters: Choice) -> pa.Array:
    """One of a list of values, by weight."""
    values, weights = zip(*parameters.values, strict=True)
    index = _alias(weights).draw(rows.bits())
    return pc.take(literals(values, rows.type), pa.array(index), boundscheck=False)


@dataclass(frozen=True, slots=True)
class GroupedChoice:
    group: Expression = parameter("expression", "which of the lists a row chooses from, from 0")
    values: tuple[Any, ...] = parameter("list", "for each group, a list of values or a mapping of value to weight")

    def __post_init__(self) -> None:
        for written in self.values:
            read_weights(written, ())


@lru_cache(maxsize=256)
def _grouped(groups: tuple[tuple[tuple[Any, float], ...], ...]) -> tuple[tuple[Any, ...], Slots]:
    values = tuple(dict.fromkeys(value for group in groups for value, _ in group))
    places = {value: place for place, value in enumerate(values)}
    return values, Slots([[(places[value], weight) for value, weight in group] for group in groups])


@generator(
    "grouped_choice",
    output=("any",),
    parameters=GroupedChoice,
    examples=({"group": "size - 1", "values": [["single"], {"couple": 7, "sharers": 3}]},),
)
def grouped_choice(rows: Rows, parameters: GroupedChoice) -> pa.Array:
    """One of a list of values, by weight, from a list that another column picks; shares are exact to 1 in 16,384."""
    groups = tuple(read_weights(written, ()) for written in parameters.values)
    values, slots = _grouped(groups)
    group = rows.evaluate(parameters.group).cast(pa.int64())
    bounds = pc.min_max(group).as_py()
    if rows.count and (group.null_count or bounds["min"] < 0 or bounds["max"] >= len(groups)):
        raise ParameterError(f"{parameters.group.text!r} leaves the list of {len(groups)} groups", where=(rows.path,))
    places = pa.array(slots.draw(rows.bits(), np.asarray(group)))
    return pc.take(literals(values, rows.type), places, boundscheck=False)


@dataclass(frozen=True, slots=True)
class Between:
    start: Expression = parameter("expression", "earliest date, an expression such as add_years(epoch, -5)")
    end: Expression = parameter("expression", "latest date, an expression")


@generator(
    "date_between",
    output=("date",),
    parameters=Between,
    examples=({"start": "add_years(epoch, -5)", "end": "epoch"},),
)
def date_between(rows: Rows, parameters: Between) -> pa.Array:
    """Dates between two others, both included; the start where the end lies before it."""
    ends = [rows.evaluate(end).cast(pa.date32()).cast(pa.int32()) for end in (parameters.start, parameters.end)]
    low, high = (np.asarray(end.fill_null(0) if end.null_count else end).astype(np.int64) for end in ends)
    days = bounded_between(rows.bits(), low, high).astype(np.int32)
    missing = [np.asarray(end.is_null()) for end in ends if end.null_count]
    mask = np.logical_or.reduce(missing) if missing else None
    return pa.array(days, mask=mask).cast(pa.date32())


@dataclass(frozen=True, slots=True)
class TimestampOn:
    date: Expression = parameter("expression", "the day, an expression")
    first_hour: int = parameter("integer", "earliest hour", default=8, minimum=0, maximum=23)
    last_hour: int = parameter("integer", "latest hour", default=17, minimum=0, maximum=23)


@generator(
    "timestamp_on",
    output=("timestamp", "timestamptz"),
    parameters=TimestampOn,
    default="date",
    examples=({"date": "epoch"},),
)
def timestamp_on(rows: Rows, parameters: TimestampOn) -> pa.Array:
    """A moment on a given day, to the second, within working hours."""
    days = rows.evaluate(parameters.date).cast(pa.date32()).cast(pa.timestamp("us")).cast(pa.int64())
    span = max(1, parameters.last_hour + 1 - parameters.first_hour) * 3600
    seconds = bounded(rows.bits(), span) + parameters.first_hour * 3600
    return pc.add(days, pa.array(seconds * 1_000_000)).cast(rows.type.arrow)


@dataclass(frozen=True, slots=True)
class Computed:
    value: Expression = parameter("expression", "an expression over the row's columns")


@generator(
    "expression", output=("any",), parameters=Computed, default="value", examples=({"value": "quantity * price"},)
)
def expression(rows: Rows, parameters: Computed) -> pa.Array:
    """The value of an expression over the row's other columns and its ancestors' columns."""
    return rows.evaluate(parameters.value)


@dataclass(frozen=True, slots=True)
class Given:
    on: Expression = parameter("expression", "the column or expression that decides")
    cases: dict[str, Bound] = parameter("cases", "a generator for each value")
    otherwise: Bound | None = parameter("generator", "the generator for every other value", default=None)


@generator(
    "given",
    output=("any",),
    parameters=Given,
    examples=({"on": "sex", "cases": {"F": {"choice": ["Ms"]}, "M": {"choice": ["Mr"]}}},),
)
def given(rows: Rows, parameters: Given) -> pa.Array:
    """Another generator for each value of a column; null where no case fits."""
    codes, names = _labels(rows.evaluate(parameters.on))
    pieces: list[pa.Array] = []
    source = np.full(rows.count, -1, dtype=np.int64)
    filled = 0
    for code, name in enumerate(names):
        bound = parameters.cases.get(name, parameters.otherwise) if name is not None else parameters.otherwise
        positions = np.flatnonzero(codes == code)
        if bound is None or not len(positions):
            continue
        part = rows if len(positions) == rows.count else rows.at(positions)
        pieces.append(part.make(bound, name or "otherwise").cast(rows.type.arrow))
        if len(positions) == rows.count:
            return pieces[0]
        source[positions] = np.arange(filled, filled + len(positions))
        filled += len(positions)
    if not pieces:
        return pa.nulls(rows.count, rows.type.arrow)
    return pa.concat_arrays(pieces).take(pa.array(source, mask=source < 0 if filled < rows.count else None))


def _labels(values: pa.Array) -> tuple[NDArray[np.int64], list[str | None]]:
    """Each row's label as a code, and the labels; null is the last one."""
    if pa.types.is_boolean(values.type):
        known = np.asarray(values.fill_null(False)).astype(np.int64)
        names: list[str | None] = ["false", "true"]
    else:
        encoded = values.cast(pa.string()).dictionary_encode()
        known = np.asarray(encoded.indices.fill_null(0)).astype(np.int64)
        names = encoded.dictionary.to_pylist()
    if values.null_count:
        known = np.where(np.asarray(values.is_null()), len(names), known)
    return known, [*names, None]


@dataclass(frozen=True, slots=True)
class Pick:
    index: Expression = parameter("expression", "which of the values, from 0; null makes null")
    values: tuple[Any, ...] = parameter("list", "the values")


@generator("pick", output=("any",), parameters=Pick, examples=({"index": "ordinal % 2", "values": ["even", "odd"]},))
def pick(rows: Rows, parameters: Pick) -> pa.Array:
    """The value at a computed place in a list: a label for a code, faster than nested conditions."""
    index = rows.evaluate(parameters.index)
    try:
        return literals(parameters.values, rows.type).take(index.cast(pa.int32()))
    except (pa.ArrowIndexError, IndexError):
        raise ParameterError(
            f"the index {parameters.index.text!r} leaves the list of {len(parameters.values)} values",
            where=(rows.path,),
        ) from None


@generator("uuid", output=("uuid",), capacity=lambda _: 1 << 62)
def uuid(rows: Rows, _: Any) -> pa.Array:
    """Version 8 UUIDs (RFC 9562) that carry the row's key, so they are distinct by construction."""
    words = np.empty((rows.count, 2), dtype=">u8")
    mixed = rows.bits()
    ids = rows.ids().view(np.uint64)
    # 48 random bits, version 8, 12 random bits; variant 10, then the 62-bit key itself.
    words[:, 0] = (mixed & np.uint64(0xFFFFFFFFFFFF0FFF)) | np.uint64(0x8000)
    words[:, 1] = (ids & np.uint64((1 << 62) - 1)) | np.uint64(1 << 63)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), rows.count, [None, pa.py_buffer(words.tobytes())])


@dataclass(frozen=True, slots=True)
class ListOf:
    of: Bound = parameter("generator", "the generator of one element")
    min_size: int = parameter("integer", "fewest elements", default=0, minimum=0)
    max_size: int = parameter("integer", "most elements", default=3, minimum=0, maximum=64)

    def __post_init__(self) -> None:
        if self.max_size < self.min_size:
            raise ValueError(f"max_size {self.max_size} is below min_size {self.min_size}")


@generator("list", output=("array",), parameters=ListOf, examples=({"of": {"choice": ["a", "b"]}, "max_size": 2},))
def list_of(rows: Rows, parameters: ListOf) -> pa.Array:
    """Arrays of another generator's values, of varying length."""
    sizes = bounded(rows.bits("size"), parameters.max_size - parameters.min_size + 1) + parameters.min_size
    kind = ColumnType(rows.type.name, rows.type.arguments)
    elements = [rows.make(parameters.of, f"element{place}", kind) for place in range(parameters.max_size)]
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    if not elements:
        return pa.array([[]] * rows.count, type=rows.type.arrow)
    wide = pa.concat_arrays([element.cast(rows.type.arrow.value_type) for element in elements])
    row = np.repeat(np.arange(rows.count), sizes)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], sizes)
    return pa.ListArray.from_arrays(pa.array(offsets), wide.take(pa.array(place * rows.count + row)))


def days(value: date) -> int:
    """A date as days since 1970-01-01."""
    return (value - date(1970, 1, 1)).days
