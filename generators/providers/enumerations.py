"""Values from a list, each at most once or each in turn, and values that differ from what the row already has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .definition import Bound, Rows, generator, parameter
from .literals import as_written, literals

_ROUNDS = 16


@dataclass(frozen=True, slots=True)
class Values:
    values: Any = parameter("list", "the values")

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("there is no value to choose")


@dataclass(frozen=True, slots=True)
class DistinctValues:
    values: Any = parameter("list", "the values, no two of them equal")

    def __post_init__(self) -> None:
        texts = [str(value) for value in self.values]
        if not texts or len(set(texts)) < len(texts):
            raise ValueError(f"the values must be there and differ, got {self.values!r}")


@generator(
    "unique_choice",
    output=("any",),
    parameters=DistinctValues,
    default="values",
    capacity=lambda parameters: len(parameters.values),
    examples=({"values": [f"band {number}" for number in range(128)]},),
)
def unique_choice(rows: Rows, parameters: DistinctValues) -> pa.Array:
    """Values of a list, each at most once, in scrambled order."""
    index = rows.unique_index(len(parameters.values)).view(np.int64)
    return literals(parameters.values, rows.type).take(pa.array(index))


@generator(
    "cycle", output=("any",), parameters=Values, default="values", examples=({"values": ["open", "held", "closed"]},)
)
def cycle(rows: Rows, parameters: Values) -> pa.Array:
    """Values of a list in turn, row by row, so that each of them occurs."""
    place = (rows.ids() - 1) % len(parameters.values)
    return literals(parameters.values, rows.type).take(pa.array(place))


@dataclass(frozen=True, slots=True)
class Unlike:
    of: Bound = parameter("generator", "the generator of the value")
    columns: list[str] = parameter("columns", "columns to differ from", default=())
    excluded: Any = parameter("list", "constants to differ from", default=())


@generator(
    "unlike",
    output=("any",),
    parameters=Unlike,
    examples=({"of": {"choice": ["E8", "N16", "E5"]}, "columns": ["district"], "excluded": ["E9"]},),
)
def unlike(rows: Rows, parameters: Unlike) -> pa.Array:
    """Another generator's value, drawn anew up to sixteen times where it equals a column of the row or a constant."""
    values = _drawn(rows, parameters.of, "of")
    for attempt in range(1, _ROUNDS + 1):
        clashing = np.flatnonzero(_clashes(rows, parameters, values))
        if not len(clashing):
            break
        fresh = _drawn(rows.at(clashing), parameters.of, f"of{attempt}")
        source = np.arange(rows.count)
        source[clashing] = rows.count + np.arange(len(clashing))
        values = pa.concat_arrays([values, fresh]).take(pa.array(source))
    return values


def _drawn(rows: Rows, of: Bound, salt: str) -> pa.Array:
    return rows.make(of, salt).cast(rows.type.arrow)


def _clashes(rows: Rows, parameters: Unlike, values: pa.Array) -> NDArray[np.bool_]:
    found = np.zeros(rows.count, dtype=np.bool_)
    for name in parameters.columns:
        found |= _equal(values, rows.column(str(name)))
    if parameters.excluded:
        among = literals(parameters.excluded, rows.type)
        found |= np.asarray(pc.is_in(values, value_set=among)) & np.asarray(values.is_valid())
    return found


def _equal(values: pa.Array, others: pa.Array) -> NDArray[np.bool_]:
    """Where two columns agree, compared in the first one's type, or as text if the second does not fit it."""
    if values.type != others.type:
        try:
            others = others.cast(values.type)
        except pa.ArrowException:
            values, others = as_written(values), as_written(others)
    return np.asarray(pc.equal(values, others).fill_null(False))
