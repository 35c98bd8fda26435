"""Expressions over a row's columns: Python's own grammar, parsed by ``ast`` and cut down to a safe list.

Allowed are constants, names (a column, ``table.column`` of an ancestor, ``as_of``, ``epoch``, ``ordinal``,
``part``, ``id``), arithmetic, comparison, ``and``/``or``/``not``, ``a if c else b``, ``x in (…)`` over
constants, and calls of the listed functions. Everything else is refused while loading; nothing is ever evaluated as code.

Nulls follow SQL: what is computed from a null is null, and a null condition counts as false. Both sides of a
condition are computed on every row, so what has no value (a division by zero, a date outside the years 1 to 9999)
is null rather than an error.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ..errors import ExpressionError, UnknownNameError

PARAMETERS = frozenset({"as_of", "epoch", "ordinal", "part", "id"})


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: what it gives, and how many arguments it takes.

    Attributes:
        doc: for the reference page.
        fewest: arguments at least.
        most: arguments at most; none means any number.
        quoted: which argument must be a quoted constant, from 0.
    """

    doc: str
    fewest: int = 1
    most: int | None = 1
    quoted: int | None = None

    @property
    def arity(self) -> str:
        """The number of arguments in words."""
        if self.most is None:
            return f"at least {self.fewest}"
        return str(self.most)


FUNCTIONS: dict[str, Function] = {
    "abs": Function("abs(number): its magnitude"),
    "add_days": Function("add_days(date, n): the date n days later", 2, 2),
    "add_months": Function("add_months(date, n): the same day n months later, or the month's last day", 2, 2),
    "add_years": Function("add_years(date, n): the same day n years later, or 28 February", 2, 2),
    "age": Function("age(born, at): completed years; someone born on 29 February completes one on 1 March", 2, 2),
    "coalesce": Function("coalesce(a, b, …): the first argument that is not null", 1, None),
    "concat": Function("concat(a, b, …): the arguments as text, joined; null if any is null", 1, None),
    "date": Function("date('2026-04-06'): a constant date", quoted=0),
    "day": Function("day(date): day of the month"),
    "days_between": Function("days_between(start, end): end minus start in days", 2, 2),
    "draw": Function("draw('name'): a number in [0, 1) that belongs to this row and name", quoted=0),
    "floor": Function("floor(number): the whole number at or below"),
    "greatest": Function("greatest(a, b, …): the largest argument; null if any is null", 1, None),
    "int": Function("int(number): without its fraction; true is 1 and false is 0"),
    "is_null": Function("is_null(value): true where it is null"),
    "least": Function("least(a, b, …): the smallest argument; null if any is null", 1, None),
    "length": Function("length(text): number of characters"),
    "lower": Function("lower(text): in lower case"),
    "money": Function("money(pence): an amount with two decimals; fractions of a penny are rounded, halves to even"),
    "month": Function("month(date): 1 to 12"),
    "randint": Function(
        "randint(low, high, 'name'): a whole number between both, ends included, for this row and name", 3, 3, 2
    ),
    "round": Function("round(number): the nearest whole number, halves to even"),
    "start_of_week": Function("start_of_week(date): the Monday on or before"),
    "upper": Function("upper(text): in upper case"),
    "weekday": Function("weekday(date): Monday is 0"),
    "year": Function("year(date): calendar year"),
}
_NODES = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare,
    ast.IfExp, ast.Call, ast.Tuple, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub, ast.Not,
    ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
)  # fmt: skip
_LONGEST = 2000
_DEEPEST = 100
_WHOLE = 1 << 63
_HINT = "use columns, constants, arithmetic, comparisons, and/or/not, 'a if c else b' and the listed functions"


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: its text, its tree and the columns it reads."""

    text: str
    tree: ast.expr
    columns: frozenset[str]


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Parse and check an expression.

    Raises:
        ExpressionError: if it does not parse or steps outside the safe language.
        UnknownNameError: for a function that does not exist.
    """
    tree = _parse(text)
    _check_depth(tree, text)
    names: set[str] = set()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    choices = {id(node) for node in _choices(tree)}
    for node in ast.walk(tree):
        _check_node(node, text)
        if isinstance(node, ast.Tuple) and id(node) not in choices:
            raise ExpressionError(f"a list of values only stands after 'in' in {text!r}", hint=_HINT)
        if isinstance(node, ast.Attribute):
            names.add(_dotted(node, text))
        elif isinstance(node, ast.Name) and id(node) not in called | inner and node.id not in PARAMETERS:
            names.add(node.id)
    return Expression(text, tree.body, frozenset(names))


def _parse(text: str) -> ast.Expression:
    if len(text) > _LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters, more than {_LONGEST}")
    line = text.strip()
    if "\n" in line:
        if "#" in line:
            raise ExpressionError(
                f"a comment would swallow the rest of {text!r}", hint="comment outside the expression"
            )
        line = " ".join(line.split("\n"))
    try:
        return ast.parse(line, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise ExpressionError(f"cannot read the expression {text!r}: {reason}") from None


def _check_depth(tree: ast.Expression, text: str) -> None:
    waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            raise ExpressionError(f"the expression nests more than {_DEEPEST} deep: {text[:40]!r}…")
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


def _check_node(node: ast.AST, text: str) -> None:
    if isinstance(node, ast.Is | ast.IsNot):
        raise ExpressionError(f"'is' is not allowed in {text!r}", hint="is_null(column) tests for null")
    if not isinstance(node, _NODES):
        raise ExpressionError(f"{type(node).__name__} is not allowed in {text!r}", hint=_HINT)
    if isinstance(node, ast.Call):
        _check_call(node, text)
    elif isinstance(node, ast.Compare):
        _check_compare(node, text)
    elif isinstance(node, ast.Constant):
        _check_constant(node.value, text)
    elif isinstance(node, ast.Name) and node.id.startswith("_"):
        raise ExpressionError(f"the name {node.id!r} is not allowed in {text!r}", hint=_HINT)


def _check_constant(value: object, text: str) -> None:
    allowed = isinstance(value, int | float | str | bool | None)
    if isinstance(value, int) and not -_WHOLE <= value < _WHOLE:
        raise ExpressionError(f"a number in {text[:40]!r}… does not fit 64 bits")
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError(f"a number in {text!r} is too large")
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        allowed = False
    if not allowed:
        raise ExpressionError(f"the constant {value!r} is not allowed in {text!r}", hint=_HINT)


def _check_call(node: ast.Call, text: str) -> None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise ExpressionError(f"only plain calls of the listed functions are allowed in {text!r}", hint=_HINT)
    name, given = node.func.id, len(node.args)
    if name.startswith("__"):
        raise ExpressionError(f"the name {name!r} is not allowed in {text!r}", hint=_HINT)
    if name not in FUNCTIONS:
        raise UnknownNameError("function", name, FUNCTIONS)
    function = FUNCTIONS[name]
    if given < function.fewest or (function.most is not None and given > function.most):
        raise ExpressionError(f"{name}() takes {function.arity} arguments, not {given}, in {text!r}", hint=function.doc)
    if function.quoted is not None:
        quoted = node.args[function.quoted]
        if not isinstance(quoted, ast.Constant) or not isinstance(quoted.value, str):
            place = f"{name}() needs a quoted constant as argument {function.quoted + 1}"
            raise ExpressionError(f"{place} in {text!r}", hint=function.doc)
        if name == "date":
            _check_date(quoted.value, text)


def _check_date(written: str, text: str) -> None:
    try:
        if len(written) != len("2026-04-06"):
            raise ValueError("it is not written as YYYY-MM-DD")
        date.fromisoformat(written)
    except ValueError as error:
        raise ExpressionError(f"{written!r} is no date in {text!r}: {error}", hint=FUNCTIONS["date"].doc) from None


def _check_compare(node: ast.Compare, text: str) -> None:
    for side in (node.left, *node.comparators):
        if isinstance(side, ast.Constant) and side.value is None:
            raise ExpressionError(f"nothing equals null in {text!r}", hint="is_null(column) tests for null")
    for operator, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(operator, ast.In | ast.NotIn) and constants_of(right) is None:
            raise ExpressionError(f"'in' needs constants in parentheses in {text!r}", hint="such as (1, 2) or ('F',)")


def _choices(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for operator, right in zip(node.ops, node.comparators, strict=True):
                if isinstance(operator, ast.In | ast.NotIn):
                    yield right


def constants_of(node: ast.expr) -> list[int | float | str | bool] | None:
    """The values of a tuple of constants, negative numbers included; none if it is anything else, or holds a null."""
    if not isinstance(node, ast.Tuple) or not node.elts:
        return None
    found: list[int | float | str | bool] = []
    for item in node.elts:
        sign = 1
        if isinstance(item, ast.UnaryOp) and isinstance(item.op, ast.USub):
            item, sign = item.operand, -1
        if not isinstance(item, ast.Constant) or not isinstance(item.value, int | float | str | bool):
            return None
        if sign < 0 and (isinstance(item.value, str | bool)):
            return None
        found.append(sign * item.value if sign < 0 and isinstance(item.value, int | float) else item.value)
    return found


def _dotted(node: ast.Attribute, text: str) -> str:
    if not isinstance(node.value, ast.Name) or node.attr.startswith("_"):
        raise ExpressionError(f"only table.column is allowed in {text!r}", hint=_HINT)
    return f"{node.value.id}.{node.attr}"
