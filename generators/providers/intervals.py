"""Ranges as PostgreSQL writes them, at random places or side by side so that no two overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ..errors import ParameterError
from ..kernels import bounded
from ..spec import ColumnType
from .definition import Rows, generator, parameter
from .draws import I64
from .literals import TEXTS, as_written
from .steps import ORDERED, Scale, scale_of
from .vocabulary import joined

_OF = ("date", "timestamp", "timestamptz", "integer", "bigint", "numeric")
_BOUNDS = ("[)", "[]", "()", "(]")
_DECIMALS = 2
_NUMERIC = ColumnType("numeric", (18, _DECIMALS))


def _scale(of: str) -> Scale:
    """The scale of a range's ends; exact numbers have two decimals."""
    return scale_of(_NUMERIC if of == "numeric" else ColumnType(of))


def _range(scale: Scale, low: I64, high: I64, bounds: str) -> pa.Array:
    ends = [as_written(scale.to_values(end)) for end in (low, high)]
    return joined(bounds[0], '"', ends[0], '","', ends[1], '"', bounds[1])


@dataclass(frozen=True, slots=True)
class RangeLiteral:
    of: str = parameter("text", "the type of the ends", choices=_OF)
    low: Any = parameter("any", "no range begins before this")
    high: Any = parameter("any", "no range ends after this")
    width: int = parameter("integer", "typical width in the type's smallest steps", default=0, minimum=0)
    bounds: str = parameter("text", "which ends belong to the range", default="[)", choices=_BOUNDS)

    def __post_init__(self) -> None:
        scale = _scale(self.of)
        if scale.of_literal(self.high, up=False) - scale.of_literal(self.low, up=True) < 1:
            raise ValueError(f"there is no room between low {self.low!r} and high {self.high!r}")


@generator(
    "range_literal",
    output=TEXTS,
    parameters=RangeLiteral,
    examples=({"of": "date", "low": "2024-04-01", "high": "2026-04-01", "width": 90},),
)
def range_literal(rows: Rows, parameters: RangeLiteral) -> pa.Array:
    """Ranges inside an interval, half to one and a half times as wide as asked, as PostgreSQL writes them."""
    scale = _scale(parameters.of)
    least, most = scale.of_literal(parameters.low, up=True), scale.of_literal(parameters.high, up=False)
    room = most - least
    typical = min(parameters.width or max(room // 8, 1), room)
    narrowest = min(max(typical // 2, 2 if parameters.bounds == "()" else 1), room)
    widest = min(max(typical * 3 // 2, narrowest), room)
    width = bounded(rows.bits("width"), widest - narrowest + 1) + narrowest
    low = least + (rows.unit("low") * (room - width + 1)).astype(np.int64)
    low = np.minimum(low, most - width)
    return _range(scale, low, low + width, parameters.bounds)


@dataclass(frozen=True, slots=True)
class Slot:
    of: str = parameter("text", "the type of the ends", choices=_OF)
    start: Any = parameter("any", "where the first row's range begins")
    width: int = parameter("integer", "width of each range in the type's smallest steps", minimum=1)
    bounds: str = parameter("text", "which ends belong to the range", default="[)", choices=_BOUNDS)

    def __post_init__(self) -> None:
        _scale(self.of).of_literal(self.start, up=True)

    def ends(self, rows: Rows) -> tuple[I64, I64]:
        """Both ends of each row's slot, in steps; ranges that hold both their ends leave one step between them.

        Raises:
            ParameterError: where the slots run past the end of the type.
        """
        scale = _scale(self.of)
        closed = 1 if self.bounds == "[]" else 0
        first, numbers = scale.of_literal(self.start, up=True), rows.ids() - 1
        last = int(numbers.max()) if len(numbers) else 0
        if first + (last + 1) * (self.width + closed) > scale.bounds[1]:
            raise ParameterError(
                f"{last + 1} slots of {self.width} steps run past the end of {self.of}", where=(rows.path,)
            )
        low = first + numbers * (self.width + closed)
        return low, low + self.width


@dataclass(frozen=True, slots=True)
class SlotValue(Slot):
    end: str = parameter("text", "which end of the slot", default="low", choices=("low", "high"))


@generator(
    "slot_range",
    output=TEXTS,
    parameters=Slot,
    examples=({"of": "timestamptz", "start": "2024-04-01T00:00:00", "width": 3_600_000_000},),
)
def slot_range(rows: Rows, parameters: Slot) -> pa.Array:
    """Ranges side by side, one for each row of the table, so that no two of them overlap."""
    return _range(_scale(parameters.of), *parameters.ends(rows), parameters.bounds)


@generator(
    "slot_value",
    output=ORDERED,
    parameters=SlotValue,
    examples=({"of": "integer", "start": 1, "width": 10, "end": "high"},),
)
def slot_value(rows: Rows, parameters: SlotValue) -> pa.Array:
    """One end of each row's own slot, for ranges that a table keeps in two columns."""
    low, high = parameters.ends(rows)
    return _scale(parameters.of).to_values(low if parameters.end == "low" else high).cast(rows.type.arrow)
