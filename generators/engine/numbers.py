"""Arithmetic where Arrow's own differs from what a row's author expects: division, remainders and mixed decimals."""

from __future__ import annotations

from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Value: TypeAlias = Any
"""A ``pyarrow.Array`` as long as the rows, or a ``pyarrow.Scalar`` that stands for all of them."""

_DIGITS = 38
_WHOLE_DIGITS = 19


_NOUGHT = pa.scalar(0, type=pa.int64())


def real(value: Value) -> Value:
    """As floating point."""
    return value.cast(pa.float64())


def divide(left: Value, right: Value) -> Value:
    """The quotient as floating point; null where the divisor is zero."""
    return pc.divide(real(left), _not_zero(real(right)))


def floor_divide(left: Value, right: Value) -> Value:
    """The quotient rounded down, as Python's ``//``; null where the divisor is zero."""
    right = _not_zero(right)
    if not (pa.types.is_integer(left.type) and pa.types.is_integer(right.type)):
        return pc.floor(pc.divide(real(left), real(right)))
    quotient = pc.divide_checked(left, right)
    below = pc.and_(
        pc.not_equal(pc.multiply(quotient, right), left), pc.xor(pc.less(left, _NOUGHT), pc.less(right, _NOUGHT))
    )  # fmt: skip
    return pc.subtract(quotient, pc.cast(below, quotient.type))


def remainder(left: Value, right: Value) -> Value:
    """What ``//`` leaves over, with the sign of the divisor; null where the divisor is zero."""
    return pc.subtract(left, pc.multiply(floor_divide(left, right), right))


def _not_zero(value: Value) -> Value:
    return pc.if_else(pc.equal(value, pa.scalar(0, value.type)), pa.scalar(None, value.type), value)


def fit(left: Value, right: Value) -> tuple[Value, Value]:
    """Factors whose product has at most 38 digits: the wider one gives up digits, and Arrow refuses if it needs them."""
    if not (pa.types.is_decimal(left.type) or pa.types.is_decimal(right.type)):
        return left, right
    left, right = _decimal(left), _decimal(right)
    if pa.types.is_floating(left.type) or pa.types.is_floating(right.type):
        return left, right
    if left.type.precision + right.type.precision + 1 > _DIGITS:
        if left.type.precision < right.type.precision:
            right, left = fit(right, left)
        else:
            kind = pa.decimal128(max(_DIGITS - 1 - right.type.precision, left.type.scale), left.type.scale)
            left = left.cast(kind)
    return left, right


def _decimal(value: Value) -> Value:
    return value.cast(pa.decimal128(_WHOLE_DIGITS, 0)) if pa.types.is_integer(value.type) else value


def alike(values: tuple[Value, ...]) -> list[Value]:
    """Numbers in one type: whole, decimal or floating, whichever holds them all; anything else as it is."""
    kinds = [value.type for value in values]
    if not any(pa.types.is_decimal(kind) for kind in kinds):
        return list(values)
    if any(pa.types.is_floating(kind) for kind in kinds):
        return [real(value) for value in values]
    exact = [_decimal(value) for value in values]
    scale = max(value.type.scale for value in exact)
    whole = max(value.type.precision - value.type.scale for value in exact)
    return [value.cast(pa.decimal128(min(_DIGITS, whole + scale), scale)) for value in exact]
