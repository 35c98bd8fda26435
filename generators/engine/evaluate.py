"""Expressions become Arrow compute calls, so nulls follow SQL and nothing is ever executed as Python."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import ExpressionError
from ..kernels import add_months, bounded_between, civil_from_days
from ..providers.core import scaled_decimal
from ..providers.definition import Rows
from ..spec import Expression

Value = pa.Array | pa.Scalar

_BINARY: dict[type[ast.AST], Callable[[Value, Value], Value]] = {
    ast.Add: pc.add,
    ast.Sub: pc.subtract,
    ast.Mult: pc.multiply,
    ast.Div: lambda left, right: pc.divide(_real(left), _real(right)),
    ast.FloorDiv: lambda left, right: _floor_divide(left, right),
    ast.Mod: lambda left, right: pc.subtract(left, pc.multiply(_floor_divide(left, right), right)),
    ast.Eq: pc.equal,
    ast.NotEq: pc.not_equal,
    ast.Lt: pc.less,
    ast.LtE: pc.less_equal,
    ast.Gt: pc.greater,
    ast.GtE: pc.greater_equal,
}


def evaluate(expression: Expression, rows: Rows) -> pa.Array:
    """The expression's value on each row.

    Raises:
        ExpressionError: if the operands' types do not fit, with Arrow's reason.
    """
    try:
        value = _Evaluator(rows).visit(expression.tree)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        reason = str(error).split("\n")[0]
        raise ExpressionError(f"cannot evaluate {expression.text!r}: {reason}", where=(rows.path,)) from None
    return value if isinstance(value, pa.Array) else pa.repeat(value, rows.count)


class _Evaluator:
    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def visit(self, node: ast.expr) -> Value:
        return getattr(self, f"_{type(node).__name__.lower()}")(node)  # type: ignore[no-any-return]

    def _constant(self, node: ast.Constant) -> Value:
        value = node.value
        return pa.scalar(value, type=pa.int64()) if type(value) is int else pa.scalar(value)

    def _name(self, node: ast.Name) -> Value:
        rows = self.rows
        if node.id in ("as_of", "epoch"):
            return pa.scalar(getattr(rows, node.id), type=pa.int32()).cast(pa.date32())
        if node.id == "ordinal":
            return pa.array(rows.ordinals())
        if node.id == "id":
            return pa.array(rows.ids())
        if node.id == "part":
            return rows.part_names()
        return rows.column(node.id)

    def _attribute(self, node: ast.Attribute) -> Value:
        assert isinstance(node.value, ast.Name)
        return self.rows.column(f"{node.value.id}.{node.attr}")

    def _binop(self, node: ast.BinOp) -> Value:
        return _BINARY[type(node.op)](self.visit(node.left), self.visit(node.right))

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.visit(node.operand)
        return pc.invert(value) if isinstance(node.op, ast.Not) else pc.negate(value)

    def _boolop(self, node: ast.BoolOp) -> Value:
        join = pc.and_kleene if isinstance(node.op, ast.And) else pc.or_kleene
        return reduce(join, (self.visit(value) for value in node.values))

    def _compare(self, node: ast.Compare) -> Value:
        found, left = [], self.visit(node.left)
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                inside = pc.is_in(left, value_set=_constants(right_node, left.type))
                found.append(pc.invert(inside) if isinstance(operator, ast.NotIn) else inside)
                continue
            right = self.visit(right_node)
            found.append(_BINARY[type(operator)](left, right))
            left = right
        return reduce(pc.and_kleene, found)

    def _ifexp(self, node: ast.IfExp) -> Value:
        condition = pc.coalesce(self.visit(node.test), False)
        return pc.if_else(condition, self.visit(node.body), self.visit(node.orelse))

    def _call(self, node: ast.Call) -> Value:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name == "draw":
            return pa.array(self.rows.unit(_text(node, 0)))
        if name == "date":
            return pa.scalar(date.fromisoformat(_text(node, 0)))
        if name == "randint":
            low, high = (self._days_or_whole(self.visit(argument)) for argument in node.args[:2])
            return pa.array(bounded_between(self.rows.bits(_text(node, 2)), low, high))
        arguments = [self.visit(argument) for argument in node.args]
        try:
            return _CALLS[name](self, *arguments)
        except pa.ArrowException:
            raise
        except TypeError:
            raise ExpressionError(f"{name}() does not take {len(arguments)} arguments") from None

    def _days_or_whole(self, value: Value) -> Any:
        """Whole numbers as NumPy; null counts as 0, the result is masked by the caller's own nulls."""
        if pa.types.is_date32(value.type):
            value = value.cast(pa.int32())
        array = value if isinstance(value, pa.Array) else pa.repeat(value, self.rows.count)
        return np.asarray(pc.fill_null(array.cast(pa.int64(), safe=False), 0))

    def add_months(self, day: Value, months: Value, factor: int = 1) -> Value:
        moved = add_months(self._days_or_whole(day), self._days_or_whole(months) * factor)
        return self._dates(moved, day, months)

    def add_days(self, day: Value, count: Value) -> Value:
        return self._dates(self._days_or_whole(day) + self._days_or_whole(count), day, count)

    def civil(self, day: Value, place: int) -> Value:
        part = civil_from_days(self._days_or_whole(day))[place]
        return self._masked(pa.array(part), day)

    def age(self, born: Value, at: Value) -> Value:
        first, last = self._days_or_whole(born), self._days_or_whole(at)
        (y0, m0, d0), (y1, m1, d1) = civil_from_days(first), civil_from_days(last)
        years = y1 - y0 - ((m1 < m0) | ((m1 == m0) & (d1 < d0)))
        return self._masked(pa.array(years), born, at)

    def days_between(self, start: Value, end: Value) -> Value:
        return self._masked(pa.array(self._days_or_whole(end) - self._days_or_whole(start)), start, end)

    def weekday(self, day: Value) -> Value:
        return self._masked(pa.array((self._days_or_whole(day) + 3) % 7), day)

    def start_of_week(self, day: Value) -> Value:
        days = self._days_or_whole(day)
        return self._dates(days - (days + 3) % 7, day)

    def money(self, pence: Value) -> Value:
        return self._masked(scaled_decimal(self._days_or_whole(pence), 2), pence)

    def concat(self, *parts: Value) -> Value:
        return pc.binary_join_element_wise(*(part.cast(pa.string()) for part in parts), "")

    def _dates(self, days: Any, *sources: Value) -> Value:
        return self._masked(pa.array(days.astype(np.int32)).cast(pa.date32()), *sources)

    def _masked(self, value: pa.Array, *sources: Value) -> Value:
        for source in sources:
            if isinstance(source, pa.Array) and source.null_count:
                value = pc.if_else(source.is_valid(), value, pa.scalar(None, value.type))
        return value


def _real(value: Value) -> Value:
    return value.cast(pa.float64())


def _floor_divide(left: Value, right: Value) -> Value:
    if not (pa.types.is_integer(left.type) and pa.types.is_integer(right.type)):
        return pc.floor(pc.divide(_real(left), _real(right)))
    quotient = pc.divide(left, right)
    product = pc.multiply(quotient, right)
    below = pc.and_(pc.not_equal(product, left), pc.xor(pc.less(left, 0), pc.less(right, 0)))
    return pc.subtract(quotient, pc.cast(below, quotient.type))


def _constants(node: ast.expr, kind: pa.DataType) -> pa.Array:
    if not isinstance(node, ast.Tuple) or not all(isinstance(item, ast.Constant) for item in node.elts):
        raise ExpressionError("'in' needs constants in parentheses, such as (1, 2)")
    return pa.array([item.value for item in node.elts if isinstance(item, ast.Constant)], type=kind)


def _text(node: ast.Call, place: int) -> str:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    argument = node.args[place] if place < len(node.args) else None
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        raise ExpressionError(f"{name}() needs a quoted name as its argument {place + 1}")
    return argument.value


def _whole(value: Value) -> Value:
    return pc.cast(pc.floor(value), pa.int64()) if pa.types.is_floating(value.type) else value.cast(pa.int64())


_CALLS: dict[str, Callable[..., Value]] = {
    "abs": lambda _, value: pc.abs(value),
    "add_days": _Evaluator.add_days,
    "add_months": _Evaluator.add_months,
    "add_years": lambda self, day, years: self.add_months(day, years, 12),
    "age": _Evaluator.age,
    "coalesce": lambda _, *values: pc.coalesce(*values),
    "concat": _Evaluator.concat,
    "day": lambda self, day: self.civil(day, 2),
    "days_between": _Evaluator.days_between,
    "floor": lambda _, value: _whole(value),
    "greatest": lambda _, *values: pc.max_element_wise(*values, skip_nulls=False),
    "int": lambda _, value: pc.cast(pc.trunc(value), pa.int64()),
    "is_null": lambda _, value: pc.is_null(value),
    "least": lambda _, *values: pc.min_element_wise(*values, skip_nulls=False),
    "length": lambda _, value: pc.cast(pc.utf8_length(value), pa.int64()),
    "lower": lambda _, value: pc.utf8_lower(value),
    "money": _Evaluator.money,
    "month": lambda self, day: self.civil(day, 1),
    "round": lambda _, value: pc.cast(pc.round(value, round_mode="half_to_even"), pa.int64()),
    "start_of_week": _Evaluator.start_of_week,
    "upper": lambda _, value: pc.utf8_upper(value),
    "weekday": _Evaluator.weekday,
    "year": lambda self, day: self.civil(day, 0),
}
