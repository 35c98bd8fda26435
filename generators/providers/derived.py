"""Values that follow from the row's other columns by a formula: products, joined texts, parts of dates, later moments.

A formula is a list of an operation and its operands, which are formulas again; ``{"column": name}`` is a column's value,
anything else a constant: ``["round", ["*", {"column": "net"}, "0.2"], 2]``. Numbers are exact, rounded as SQL rounds
them (halves away from nought), and nothing follows from a null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..kernels import civil_from_days
from .definition import Rows, generator, parameter
from .literals import TEXTS, as_written, is_number

_DIGITS = 36
"""Digits of every intermediate number, so that the product of two fits Arrow's widest decimals."""
_WHOLE = 19
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Derived:
    formula: Any = parameter("list", "an operation and its operands: ['*', {column: price}, {column: quantity}]")

    def __post_init__(self) -> None:
        for node in _walk(self.formula):
            if isinstance(node, list | tuple) and (not node or node[0] not in OPERATIONS):
                raise ValueError(f"a formula begins with one of {', '.join(sorted(OPERATIONS))}, got {node!r}")
            if isinstance(node, Mapping) and set(node) != {"column"}:
                raise ValueError(f"a column is written as {{column: name}}, got {node!r}")

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that the formula reads."""
        return tuple(dict.fromkeys(str(node["column"]) for node in _walk(self.formula) if isinstance(node, Mapping)))


def _walk(node: Any) -> Iterator[Any]:
    yield node
    if isinstance(node, list | tuple):
        for part in node[1:]:
            yield from _walk(part)


@generator(
    "derived",
    output=("numeric", "integer", "bigint", "smallint", "date", "timestamp", "timestamptz", *TEXTS),
    parameters=Derived,
    default="formula",
    examples=({"formula": ["round", ["*", {"column": "size"}, "0.2"], 2]},),
)
def derived(rows: Rows, parameters: Derived) -> pa.Array:
    """What a formula makes of the row's other columns: exact numbers, texts, dates and moments."""
    made = _value(rows, parameters.formula)
    if not isinstance(made, pa.Array | pa.ChunkedArray):
        made = pa.repeat(made, rows.count)
    kind = rows.type.arrow
    if pa.types.is_decimal(made.type) and pa.types.is_integer(kind):
        made = made.cast(pa.decimal256(made.type.precision, made.type.scale)).cast(pa.int64())
    return _text(made) if pa.types.is_string(kind) else made.cast(kind)


def _value(rows: Rows, node: Any) -> Any:
    if isinstance(node, Mapping):
        return rows.column(str(node["column"]))
    if isinstance(node, list | tuple):
        return OPERATIONS[node[0]](*(_value(rows, part) for part in node[1:]))
    return pa.scalar(node)


def _text(value: Any) -> Any:
    return (
        value
        if pa.types.is_string(value.type)
        else as_written(value)
        if isinstance(value, pa.Array)
        else value.cast(pa.string())
    )


# ---------------------------------------------------------------------------------------------------------- numbers


def _exact(value: Any) -> Any:
    """A number as a decimal; a text is a constant that is written exactly."""
    if isinstance(value, pa.Scalar) and pa.types.is_string(value.type) and is_number(value.as_py()):
        number = Decimal(value.as_py())
        return pa.scalar(number, type=pa.decimal256(_DIGITS, max(0, -int(number.as_tuple().exponent))))
    if pa.types.is_decimal(value.type):
        return value.cast(pa.decimal256(_DIGITS, value.type.scale))
    wide = value.cast(pa.int64()).cast(pa.decimal128(_WHOLE, 0))
    return wide.cast(pa.decimal256(_DIGITS, 0))


def _narrow(value: Any) -> Any:
    return value.cast(pa.decimal256(_DIGITS, value.type.scale))


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    one, two = _exact(left), _exact(right)
    scale = max(one.type.scale, two.type.scale)
    kind = pa.decimal256(_DIGITS, scale)
    return one.cast(kind), two.cast(kind)


def _times(left: Any, right: Any) -> Any:
    return _narrow(pc.multiply(_exact(left), _exact(right)))


def _plus(left: Any, right: Any) -> Any:
    return _narrow(pc.add(*_alike(left, right)))


def _minus(left: Any, right: Any) -> Any:
    return _narrow(pc.subtract(*_alike(left, right)))


def _round(value: Any, places: Any) -> Any:
    """Halves away from nought, as SQL rounds exact numbers; the decimals are as many as asked for."""
    wanted = int(places.as_py())
    exact = _exact(value)
    if exact.type.scale <= wanted:
        return exact
    return pc.round(exact, wanted, round_mode="half_towards_infinity").cast(pa.decimal256(_DIGITS, wanted))


def _quotient(left: Any, right: Any, places: Any) -> Any:
    """``round(left / right, places)``; null where the divisor is nought."""
    wanted = int(places.as_py())
    over, under = (np.asarray(_unscaled(one)) for one in _alike(left, right))
    factor = 2 * 10**wanted
    known = under != 0
    size = np.abs(np.where(known, under, 1))
    nearest = (np.abs(over) * factor + size) // (2 * size)
    signed = np.where((over < 0) != (under < 0), -nearest, nearest)
    whole = pa.array(signed, mask=~known).cast(pa.decimal128(_WHOLE, 0)).cast(pa.decimal256(_DIGITS, 0))
    shift = pa.scalar(Decimal(1).scaleb(-wanted), type=pa.decimal256(_DIGITS, wanted))
    return _narrow(pc.multiply(whole, shift)) if wanted else whole


def _unscaled(value: Any) -> Any:
    scale = value.type.scale
    moved = pc.multiply(value, pa.scalar(Decimal(10) ** scale, type=pa.decimal256(_DIGITS, 0)))
    return pc.fill_null(moved.cast(pa.decimal256(_DIGITS, 0), safe=False).cast(pa.int64()), 0)


# ------------------------------------------------------------------------------------------------------------ texts


def _joined(*parts: Any) -> Any:
    return pc.binary_join_element_wise(*(_text(part) for part in parts), "")


def _cut(text: Any, start: Any, stop: Any) -> Any:
    return pc.utf8_slice_codeunits(text, int(start.as_py()), int(stop.as_py()))


def _padded(text: Any, size: Any, sign: Any) -> Any:
    """Filled up on the left; what is longer is cut on the right."""
    wanted = int(size.as_py())
    filled = pc.utf8_lpad(_text(text), wanted, sign.as_py())
    return pc.utf8_slice_codeunits(filled, 0, wanted)


def _either(first: Any, second: Any) -> Any:
    return pc.coalesce(first, second)


# --------------------------------------------------------------------------------------------------- dates, moments


def _days(value: Any) -> Any:
    if pa.types.is_timestamp(value.type):
        value = value.cast(pa.timestamp("us", value.type.tz)).cast(pa.int64())
        return pa.array(np.asarray(pc.fill_null(value, 0)) // _DAY, mask=np.asarray(pc.is_null(value)))
    return value.cast(pa.int32()).cast(pa.int64())


def _part(place: int) -> Callable[[Any], Any]:
    def part(value: Any) -> Any:
        days = _days(value)
        numbers = civil_from_days(np.asarray(pc.fill_null(days, 0)))[place]
        return pa.array(numbers, mask=np.asarray(pc.is_null(days)))

    return part


def _start(unit: str) -> Callable[[Any], Any]:
    def start(value: Any) -> Any:
        days = _days(value).cast(pa.int32()).cast(pa.date32())
        return pc.floor_temporal(days.cast(pa.timestamp("s")), unit=unit).cast(pa.date32()) if unit != "day" else days

    return start


def _between(start: Any, end: Any) -> Any:
    return pc.subtract(_days(end), _days(start))


def _micros(value: Any) -> Any:
    if pa.types.is_date32(value.type):
        value = value.cast(pa.timestamp("us"))
    return value.cast(pa.timestamp("us", value.type.tz)).cast(pa.int64())


def _after(start: Any, count: Any, step: Any) -> Any:
    """So many steps of so many microseconds later."""
    moved = pc.multiply(count.cast(pa.int64()), pa.scalar(int(step.as_py()), pa.int64()))
    made = pc.add(_micros(start), moved)
    if pa.types.is_date32(start.type):
        return made.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    return made.cast(start.type)


def _span(start: Any, end: Any) -> Any:
    """How long it takes from one moment to another, as databases read intervals."""
    gap = pc.subtract(_micros(end), _micros(start))
    return pc.binary_join_element_wise(gap.cast(pa.string()), "microseconds", " ")


OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": _plus, "-": _minus, "*": _times, "round": _round, "quotient": _quotient, "length": pc.utf8_length,
    "greatest": lambda *values: pc.max_element_wise(*_alike(*values), skip_nulls=False),
    "least": lambda *values: pc.min_element_wise(*_alike(*values), skip_nulls=False),
    "concat": _joined, "lower": pc.utf8_lower, "upper": pc.utf8_upper,
    "trim": lambda text: pc.utf8_trim(text, " "), "slice": _cut, "pad": _padded, "coalesce": _either,
    "replace": lambda text, old, new: pc.replace_substring(text, old.as_py(), new.as_py()),
    "replace_pattern": lambda text, old, new: pc.replace_substring_regex(text, old.as_py(), new.as_py()),
    "year": _part(0), "month": _part(1), "day": _part(2), "date": _start("day"), "start_of_month": _start("month"),
    "start_of_year": _start("year"), "days_between": _between, "after": _after, "span": _span,
}  # fmt: skip
"""What a formula can do, by name."""
