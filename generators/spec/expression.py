"""Expressions over a row's columns: Python's own grammar, parsed by ``ast`` and cut down to a safe list.

Allowed are constants, names (a column, ``table.column`` of an ancestor, ``as_of``, ``epoch``, ``ordinal``,
``part``, ``id``), arithmetic, comparison, ``and``/``or``/``not``, ``a if c else b``, ``x in (…)`` over
constants, and calls of the listed functions. Everything else is refused while loading; nothing is ever evaluated as code.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ..errors import ExpressionError, UnknownNameError

PARAMETERS = frozenset({"as_of", "epoch", "ordinal", "part", "id"})
FUNCTIONS: dict[str, str] = {
    "abs": "magnitude of a number",
    "add_days": "add_days(date, n): the date n days later",
    "add_months": "add_months(date, n): the same day n months later, or the month's last day",
    "add_years": "add_years(date, n): the same day n years later, or 28 February",
    "age": "age(born, at): completed years",
    "coalesce": "the first argument that is not null",
    "concat": "arguments as text, joined; null if any is null",
    "date": "date('2026-04-06'): a constant date",
    "day": "day of the month of a date",
    "days_between": "days_between(start, end): end minus start in days",
    "draw": "draw('name'): a number in [0, 1) that belongs to this row and name",
    "floor": "the whole number below",
    "greatest": "largest argument",
    "int": "drop the fraction",
    "is_null": "true where the argument is null",
    "least": "smallest argument",
    "length": "number of characters",
    "lower": "text in lower case",
    "money": "money(pence): an amount with two decimals",
    "month": "month of a date, 1 to 12",
    "randint": "randint(low, high, 'name'): a whole number between both, ends included, for this row and name",
    "round": "nearest whole number, halves to even",
    "start_of_week": "the Monday on or before a date",
    "upper": "text in upper case",
    "weekday": "day of the week, Monday is 0",
    "year": "calendar year of a date",
}
_NODES = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare,
    ast.IfExp, ast.Call, ast.Tuple, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub, ast.Not,
    ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
)  # fmt: skip
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: its text, its tree and the columns it reads."""

    text: str
    tree: ast.expr
    columns: frozenset[str]


def parse_expression(text: str) -> Expression:
    """Parse and check an expression.

    Raises:
        ExpressionError: if it does not parse or steps outside the safe language.
        UnknownNameError: for a function that does not exist.
    """
    if len(text) > _LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters, more than {_LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise ExpressionError(f"cannot read the expression {text!r}: {reason}") from None
    names: set[str] = set()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ExpressionError(f"{type(node).__name__} is not allowed in {text!r}", hint=_HINT)
        if isinstance(node, ast.Call):
            _check_call(node, text)
        elif isinstance(node, ast.Attribute):
            names.add(_dotted(node, text))
        elif isinstance(node, ast.Name) and id(node) not in called | inner and node.id not in PARAMETERS:
            names.add(node.id)
        elif isinstance(node, ast.Constant) and not isinstance(node.value, int | float | str | bool | None):
            raise ExpressionError(f"the constant {node.value!r} is not allowed in {text!r}", hint=_HINT)
    return Expression(text, tree.body, frozenset(names))


_HINT = "use columns, constants, arithmetic, comparisons, and/or/not, 'a if c else b' and the listed functions"


def _check_call(node: ast.Call, text: str) -> None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise ExpressionError(f"only plain calls of the listed functions are allowed in {text!r}", hint=_HINT)
    if node.func.id not in FUNCTIONS:
        raise UnknownNameError("function", node.func.id, FUNCTIONS)


def _dotted(node: ast.Attribute, text: str) -> str:
    if not isinstance(node.value, ast.Name):
        raise ExpressionError(f"only table.column is allowed in {text!r}", hint=_HINT)
    return f"{node.value.id}.{node.attr}"
