"""Numbers that follow from others: sums of columns, and the rows in sequence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..spec import ColumnType
from .definition import Rows, generator, parameter
from .literals import TEXTS, is_number

_WIDEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Linear:
    terms: Any = parameter("list", "pairs of factor and column: [[1, net], [1, tax]]")
    constant: Any = parameter("any", "what is added to the sum", default="0")

    def __post_init__(self) -> None:
        for term in self.terms:
            if not isinstance(term, list | tuple) or len(term) != 2 or not is_number(str(term[0])):
                raise ValueError(f"a term is a pair of factor and column, got {term!r}")
        if not is_number(str(self.constant)):
            raise ValueError(f"the constant is a number, got {self.constant!r}")

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are summed."""
        return tuple(str(column) for _, column in self.terms)


@generator(
    "linear",
    output=("numeric", "integer", "bigint", "smallint", "double"),
    parameters=Linear,
    examples=({"terms": [[1, "size"], ["-0.5", "size"]], "constant": "10"},),
)
def linear(rows: Rows, parameters: Linear) -> pa.Array:
    """The sum of other columns, each times a factor, and a constant: exact, and null where any of them is null."""
    columns = [(Decimal(str(factor)), rows.column(str(column))) for factor, column in parameters.terms]
    constant = Decimal(str(parameters.constant))
    if any(pa.types.is_floating(values.type) for _, values in columns):
        total = pa.repeat(pa.scalar(float(constant)), rows.count)
        for factor, values in columns:
            total = pc.add(total, pc.multiply(values.cast(pa.float64()), pa.scalar(float(factor))))
        return _as_type(total, rows.type)
    total = pa.repeat(_exact(constant), rows.count)
    for factor, values in columns:
        more = pc.add(total, pc.multiply(_wide(values), _exact(factor)))
        total = more.cast(pa.decimal256(_MOST_DIGITS, more.type.scale))
    return _as_type(total, rows.type)


_MOST_DIGITS = 70
_COLUMN_DIGITS = 38


def _exact(number: Decimal) -> pa.Scalar:
    decimals = max(0, -int(number.as_tuple().exponent))
    return pa.scalar(number.quantize(Decimal(1).scaleb(-decimals)), type=pa.decimal256(20, decimals))


def _wide(values: pa.Array) -> pa.Array:
    if pa.types.is_decimal(values.type):
        return values.cast(pa.decimal256(_COLUMN_DIGITS, values.type.scale))
    return values.cast(pa.int64()).cast(pa.decimal128(19, 0)).cast(pa.decimal256(_COLUMN_DIGITS, 0))


def _as_type(total: pa.Array, kind: ColumnType) -> pa.Array:
    """A sum in the column's type; what its decimals cannot hold is rounded, halves to even."""
    decimals = kind.arguments[1] if kind.name == "numeric" else 0
    if kind.name != "double":
        total = pc.round(total, decimals, round_mode="half_to_even")
    if pa.types.is_decimal(total.type) and kind.name == "numeric":
        return total.cast(kind.arrow, safe=False)
    return total.cast(kind.arrow)


# -------------------------------------------------------------------------------------------------------- sequence


@dataclass(frozen=True, slots=True)
class Sequence:
    start: int = parameter("integer", "the first row's number", default=1)
    step: int = parameter("integer", "from one row to the next", default=1)

    def __post_init__(self) -> None:
        if not self.step:
            raise ValueError("a sequence needs a step other than 0")


@generator(
    "sequence",
    output=("bigint", "integer", "smallint", "numeric", *TEXTS),
    parameters=Sequence,
    capacity=lambda _: _WIDEST,
    examples=({}, {"start": 10, "step": 10}),
)
def sequence(rows: Rows, parameters: Sequence) -> pa.Array:
    """Whole numbers in the order of the rows: 1, 2, 3 and so on."""
    numbers = pa.array((rows.ids() - 1) * parameters.step + parameters.start)
    if rows.type.name == "numeric":
        return numbers.cast(pa.decimal128(19, 0)).cast(rows.type.arrow)
    return numbers.cast(rows.type.arrow)
