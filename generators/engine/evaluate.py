"""Expressions become Arrow compute calls, so nulls follow SQL and nothing is ever executed as Python."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date
from functools import lru_cache, reduce
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import ExpressionError
from ..kernels import bounded_between
from ..providers.definition import Rows
from ..spec import Expression
from ..spec.expression import constants_of
from .functions import CALLS, masked, whole_numbers
from .numbers import Value, divide, fit, floor_divide, remainder

_Operator: TypeAlias = Callable[[Any, Any], Any]
_ARITHMETIC: dict[type[ast.AST], _Operator] = {
    ast.Add: pc.add_checked,
    ast.Sub: pc.subtract_checked,
    ast.Mult: pc.multiply_checked,
    ast.Div: divide,
    ast.FloorDiv: floor_divide,
    ast.Mod: remainder,
}
_COMPARISON: dict[type[ast.AST], _Operator] = {
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
    where = _place_of(rows.path)
    try:
        value = _Evaluator(rows).visit(expression.tree)
        return value if isinstance(value, pa.Array) else pa.repeat(value, rows.count)
    except ExpressionError as error:
        message = f"cannot evaluate {expression.text!r}: {error.message}"
        raise ExpressionError(message, where=error.where or where, hint=error.hint) from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        reason = str(error).split("\n")[0]
        raise ExpressionError(f"cannot evaluate {expression.text!r}: {reason}", where=where) from None


def _place_of(path: str) -> tuple[str, ...]:
    """The place in the dataset of a stream's path: ``table/column``, ``table/(keep)`` or ``table/part/(count)``."""
    table, *rest = path.split("/")
    if not rest:
        return ("tables", table)
    if rest[0] == "(keep)":
        return ("tables", table, "keep")
    if rest[-1] == "(count)":
        return ("tables", table, "parts", rest[0])
    return ("tables", table, "columns", rest[0])


_FALSE = pa.scalar(False, type=pa.bool_())


@lru_cache(maxsize=4096)
def _scalar(kind: str, value: object) -> pa.Scalar:
    """A constant; kept, because making one costs Arrow a search for optional packages."""
    return pa.scalar(value, type=pa.int64()) if kind == "int" else pa.scalar(value)


class _Evaluator:
    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def visit(self, node: ast.expr) -> Value:
        return getattr(self, f"_{type(node).__name__.lower()}")(node)

    def _constant(self, node: ast.Constant) -> Value:
        return _scalar(type(node.value).__name__, node.value)

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
        left, right = self.visit(node.left), self.visit(node.right)
        if pa.types.is_temporal(left.type) or pa.types.is_temporal(right.type):
            raise ExpressionError("dates are no numbers", hint="use add_days(date, n) or days_between(start, end)")
        if isinstance(node.op, ast.Mult):
            left, right = fit(left, right)
        return _ARITHMETIC[type(node.op)](left, right)

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.visit(node.operand)
        return pc.invert(_truth(value)) if isinstance(node.op, ast.Not) else pc.negate_checked(value)

    def _boolop(self, node: ast.BoolOp) -> Value:
        join = pc.and_kleene if isinstance(node.op, ast.And) else pc.or_kleene
        return reduce(join, (_truth(self.visit(value)) for value in node.values))

    def _compare(self, node: ast.Compare) -> Value:
        found, left = [], self.visit(node.left)
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                inside = _inside(left, right_node)
                found.append(pc.invert(inside) if isinstance(operator, ast.NotIn) else inside)
                continue
            right = self.visit(right_node)
            found.append(_COMPARISON[type(operator)](left, right))
            left = right
        return reduce(pc.and_kleene, found)

    def _ifexp(self, node: ast.IfExp) -> Value:
        condition = pc.coalesce(_truth(self.visit(node.test)), _FALSE)
        return pc.if_else(condition, self.visit(node.body), self.visit(node.orelse))

    def _call(self, node: ast.Call) -> Value:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name == "draw":
            return pa.array(self.rows.unit(_quoted(node.args[0])))
        if name == "date":
            return pa.scalar(date.fromisoformat(_quoted(node.args[0])))
        arguments = [self.visit(argument) for argument in node.args]
        if name == "randint":
            return self._randint(arguments[0], arguments[1], _quoted(node.args[2]))
        return CALLS[name](self.rows.count, *arguments)

    def _randint(self, low: Value, high: Value, salt: str) -> Value:
        count = self.rows.count
        numbers = bounded_between(self.rows.bits(salt), whole_numbers(low, count), whole_numbers(high, count))
        return masked(pa.array(numbers), low, high)


def _truth(value: Value) -> Value:
    return value.cast(pa.bool_()) if pa.types.is_null(value.type) else value


def _inside(value: Value, node: ast.expr) -> Value:
    try:
        among = pa.array(constants_of(node), type=value.type)
    except (pa.ArrowException, TypeError):
        among = pa.array(constants_of(node))
        if pa.types.is_integer(value.type) or pa.types.is_decimal(value.type):
            value, among = value.cast(pa.float64()), among.cast(pa.float64())
    found = pc.is_in(value, value_set=among)
    return pc.if_else(pc.is_valid(value), found, pa.scalar(None, pa.bool_()))


def _quoted(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value
