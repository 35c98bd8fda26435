"""Random formulas over columns of their own, all of them not false for one witness row.

Any number of rows may repeat the witness, so a table under such CHECKs has room for every number of rows. A formula
carries its value for the witness with it, in SQL's logic of three values.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from tests.seeds.filling_schemas import TrialTable, quoted

Truth = bool | None
Value = int | str | bool | date | None

_COMPARED: dict[str, Callable[..., bool]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_WITNESSES: dict[str, tuple[Value, ...]] = {
    "integer": (0, 1, 7, 20, -3),
    "numeric(8,2)": (0, 1, 12, 100),
    "text": ("open", "closed", "a", "Ab3", "x-1", ""),
    "boolean": (True, False),
    "date": (date(2020, 1, 1), date(2024, 2, 29), date(2025, 12, 31)),
}
_NAMES = {"integer": "level", "numeric(8,2)": "cost", "text": "label", "boolean": "done", "date": "day"}


@dataclass(frozen=True, slots=True)
class Formula:
    """SQL text with its value for the witness."""

    sql: str
    value: Truth


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A column with the value that the witness has in it."""

    name: str
    type: str
    value: Value


def add_formulas(draw: st.DrawFn, table: TrialTable) -> None:
    """Three to five columns, and one to three CHECKs over them."""
    columns: list[Witnessed] = []
    for type_ in draw(st.lists(st.sampled_from(sorted(_WITNESSES)), min_size=2, max_size=5)):
        nullable = draw(st.booleans())
        column = table.add(_NAMES[type_], type_, nullable=nullable)
        value = draw(st.sampled_from((*_WITNESSES[type_], *((None,) if nullable else ()))))
        columns.append(Witnessed(quoted(column.name), type_, value))
        table.compared.add(column.name)
    for _ in range(draw(st.integers(1, 3))):
        formula = draw(_formulas(columns))
        table.check(formula.sql if formula.value is not False else f"NOT ({formula.sql})")


def _formulas(columns: list[Witnessed]) -> st.SearchStrategy[Formula]:
    atoms: st.SearchStrategy[Formula] = _atoms(columns)
    return st.recursive(atoms, _combined, max_leaves=5)


def _combined(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    return st.builds(_and, inner, inner) | st.builds(_or, inner, inner) | st.builds(_not, inner)


def _and(left: Formula, right: Formula) -> Formula:
    both = (left.value, right.value)
    return Formula(f"({left.sql}) AND ({right.sql})", False if False in both else None if None in both else True)


def _or(left: Formula, right: Formula) -> Formula:
    both = (left.value, right.value)
    return Formula(f"({left.sql}) OR ({right.sql})", True if True in both else None if None in both else False)


def _not(one: Formula) -> Formula:
    return Formula(f"NOT ({one.sql})", None if one.value is None else not one.value)


@st.composite
def _atoms(draw: st.DrawFn, columns: list[Witnessed]) -> Formula:
    column = draw(st.sampled_from(columns))
    if draw(st.integers(0, 3)) == 0:
        word = draw(st.sampled_from(("IS NULL", "IS NOT NULL")))
        return Formula(f"{column.name} {word}", (column.value is None) == (word == "IS NULL"))
    others = [one for one in columns if one.type == column.type and one.name != column.name]
    if draw(st.booleans()) and others:
        other = draw(st.sampled_from(others))
        word = draw(st.sampled_from(sorted(_COMPARED if column.type not in ("text", "boolean") else ("=", "<>"))))
        return _comparison(column, word, other.name, other.value)
    if column.type == "boolean":
        return _flag(draw, column)
    if column.type == "text":
        return _text(draw, column)
    word = draw(st.sampled_from((*sorted(_COMPARED), "IN")))
    if word == "IN":
        return _among(column, draw(st.lists(_constants(column.type), min_size=1, max_size=4, unique=True)))
    constant = draw(_constants(column.type))
    return _comparison(column, word, _written(constant), constant)


def _constants(type_: str) -> st.SearchStrategy[Value]:
    if type_ == "date":
        return st.dates(date(2019, 6, 1), date(2026, 6, 1))
    if type_ == "text":
        return st.sampled_from(_WITNESSES["text"])
    return st.integers(-5, 120)


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f"'{value}'"


def _comparison(column: Witnessed, word: str, right: str, value: Value) -> Formula:
    known = column.value is not None and value is not None
    return Formula(f"{column.name} {word} {right}", _COMPARED[word](column.value, value) if known else None)


def _among(column: Witnessed, values: list[Value]) -> Formula:
    written = ", ".join(_written(value) for value in values)
    return Formula(f"{column.name} IN ({written})", None if column.value is None else column.value in values)


def _flag(draw: st.DrawFn, column: Witnessed) -> Formula:
    word = draw(st.sampled_from(("", "IS TRUE", "IS NOT TRUE", "IS FALSE", "= true", "= false")))
    value = column.value
    truth: Truth = {
        "": value, "IS TRUE": value is True, "IS NOT TRUE": value is not True, "IS FALSE": value is False,
        "= true": value, "= false": None if value is None else not value,
    }[word]  # type: ignore[assignment]  # fmt: skip
    return Formula(f"{column.name} {word}".strip(), truth)


def _text(draw: st.DrawFn, column: Witnessed) -> Formula:
    text = column.value
    kind = draw(st.sampled_from(("=", "<>", "IN", "length", "LIKE", "~", "lower")))
    if kind == "IN":
        return _among(column, draw(st.lists(_constants("text"), min_size=1, max_size=3, unique=True)))
    if kind in ("=", "<>"):
        constant = draw(_constants("text"))
        return _comparison(column, kind, _written(constant), constant)
    if kind == "length":
        word, size = draw(st.sampled_from(sorted(_COMPARED))), draw(st.integers(0, 8))
        known = isinstance(text, str) and _COMPARED[word](len(text), size)
        return Formula(f"length({column.name}) {word} {size}", None if text is None else known)
    if kind == "lower":
        return Formula(
            f"{column.name} = lower({column.name})", None if text is None else str(text) == str(text).lower()
        )
    pattern, regex = draw(st.sampled_from((("a%", "^a"), ("%o%", "o"), ("__%", "^..")))) if kind == "LIKE" else (
        (regex := draw(st.sampled_from(("^[a-z]+$", "[0-9]", "^(open|closed)$", "^$")))), regex
    )  # fmt: skip
    return Formula(f"{column.name} {kind} '{pattern}'", None if text is None else bool(re.search(regex, str(text))))
