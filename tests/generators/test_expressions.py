"""The expression language: every function and operator against Python's own, nulls as in SQL, everything else refused."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.engine.evaluate import evaluate
from generators.engine.functions import CALLS
from generators.errors import ExpressionError, SpecError, UnknownNameError
from generators.spec import FUNCTIONS, parse_expression

TODAY = date(2026, 4, 6)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
WHOLE = st.integers(-1_000_000, 1_000_000)
PAIRS = st.lists(st.tuples(st.none() | WHOLE, st.none() | WHOLE), min_size=1, max_size=20)


class Columns:
    """Rows whose columns are given: the evaluator's side of the engine, and nothing else of it."""

    path = "person/value"
    as_of = epoch = (TODAY - date(1970, 1, 1)).days

    def __init__(self, **columns: Any) -> None:
        self.columns = {name: pa.array(values) for name, values in columns.items()}
        self.count = len(next(iter(self.columns.values()))) if columns else 3

    def column(self, name: str) -> pa.Array:
        return self.columns[name.rpartition(".")[2]]

    def ids(self) -> Any:
        return np.arange(self.count) + 100

    def ordinals(self) -> Any:
        return np.arange(self.count)

    def part_names(self) -> pa.Array:
        return pa.array(["row"] * self.count)

    def bits(self, salt: str = "") -> Any:
        return np.arange(self.count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15 * (len(salt) + 1) % 2**64)

    def unit(self, salt: str = "") -> Any:
        return (self.bits(salt) >> np.uint64(11)) / 2**53


def value_of(text: str, **columns: Any) -> list[Any]:
    """What an expression gives on rows with the given columns."""
    result = evaluate(parse_expression(text), Columns(**columns))  # type: ignore[arg-type]
    found: list[Any] = result.to_pylist()
    return found


def with_nulls(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, null for a null argument."""
    return lambda *arguments: None if None in arguments else function(*arguments)


def months_later(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def completed_years(born: date, at: date) -> int:
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


ON_DATES: dict[str, Callable[[date], Any]] = {
    "year(d)": lambda d: d.year,
    "month(d)": lambda d: d.month,
    "day(d)": lambda d: d.day,
    "weekday(d)": lambda d: d.weekday(),
    "start_of_week(d)": lambda d: d - timedelta(days=d.weekday()),
    "age(d, as_of)": lambda d: completed_years(d, TODAY),
    "days_between(d, as_of)": lambda d: (TODAY - d).days,
    "d < date('2000-01-01')": lambda d: d < date(2000, 1, 1),
    "coalesce(d, epoch)": lambda d: d,
}


@pytest.mark.parametrize("text", ON_DATES)
@given(days=st.lists(st.none() | DAYS, min_size=1, max_size=20))
def test_a_function_of_a_date_is_pythons(text: str, days: list[date | None]) -> None:
    """Parts, ages and weeks agree with the standard library, and a null date gives null."""
    expected = list(map(with_nulls(ON_DATES[text]), days))
    if text.startswith("coalesce"):
        expected = [day or TODAY for day in days]
    assert value_of(text, d=pa.array(days, pa.date32())) == expected


ON_DATE_AND_NUMBER: dict[str, Callable[[date, int], date]] = {
    "add_days(d, n)": lambda d, n: d + timedelta(days=n),
    "add_months(d, n)": months_later,
    "add_years(d, n)": lambda d, n: months_later(d, 12 * n),
}


@pytest.mark.parametrize("text", ON_DATE_AND_NUMBER)
@given(rows=st.lists(st.tuples(st.none() | DAYS, st.none() | st.integers(-500, 500)), min_size=1, max_size=20))
def test_moving_a_date_is_pythons(text: str, rows: list[tuple[date | None, int | None]]) -> None:
    """Days, months and years are added as the calendar has them, a month's last day standing in for a missing one."""
    days, numbers = pa.array([d for d, _ in rows], pa.date32()), pa.array([n for _, n in rows], pa.int64())
    expected = [with_nulls(ON_DATE_AND_NUMBER[text])(*row) for row in rows]
    assert value_of(text, d=days, n=numbers) == expected


ON_NUMBERS: dict[str, Callable[[int, int], Any]] = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b if b else None,
    "a // b": lambda a, b: a // b if b else None,
    "a % b": lambda a, b: a % b if b else None,
    "-a": lambda a, b: -a,
    "a < b": lambda a, b: a < b,
    "a <= b": lambda a, b: a <= b,
    "a > b": lambda a, b: a > b,
    "a >= b": lambda a, b: a >= b,
    "a == b": lambda a, b: a == b,
    "a != b": lambda a, b: a != b,
    "not a < b": lambda a, b: not a < b,
    "abs(a)": lambda a, b: abs(a),
    "least(a, b, 7)": lambda a, b: min(a, b, 7),
    "greatest(a, b, 7)": lambda a, b: max(a, b, 7),
    "round(a / 4)": lambda a, b: round(a / 4),
    "floor(a / 4)": lambda a, b: a // 4,
    "int(a / 4)": lambda a, b: math.trunc(a / 4),
    "money(a)": lambda a, b: Decimal(a).scaleb(-2),
    "money(a) * b": lambda a, b: Decimal(a).scaleb(-2) * b,
    "money(a) * money(b)": lambda a, b: Decimal(a).scaleb(-2) * Decimal(b).scaleb(-2),
    "money(a) - money(b)": lambda a, b: Decimal(a - b).scaleb(-2),
    "least(money(a), b)": lambda a, b: min(Decimal(a).scaleb(-2), b),
    "a in (-1, 0, 1)": lambda a, b: a in (-1, 0, 1),
    "a not in (1, 2)": lambda a, b: a not in (1, 2),
    "concat(a, ':', b)": lambda a, b: f"{a}:{b}",
}


@pytest.mark.parametrize("text", ON_NUMBERS)
@given(rows=PAIRS)
def test_arithmetic_is_pythons(text: str, rows: list[tuple[int | None, int | None]]) -> None:
    """Operators and functions of numbers agree with Python where it has a value, and are null where it has none."""
    expected = []
    for a, b in rows:
        needed = (a, b) if "b" in text.replace("abs", "") else (a, 0)
        expected.append(None if None in needed else ON_NUMBERS[text](*needed))  # type: ignore[arg-type]
    columns = {"a": pa.array([a for a, _ in rows], pa.int64()), "b": pa.array([b for _, b in rows], pa.int64())}
    assert value_of(text, **columns) == expected


@given(st.lists(st.none() | st.text(), min_size=1, max_size=10))
def test_text_functions_are_pythons(texts: list[str | None]) -> None:
    """Length counts characters, concatenation joins, and a null text stays null."""
    column = pa.array(texts, pa.string())
    assert value_of("length(t)", t=column) == list(map(with_nulls(len), texts))
    assert value_of("concat('<', t, '>')", t=column) == list(map(with_nulls(lambda t: f"<{t}>"), texts))
    assert value_of("is_null(t)", t=column) == [t is None for t in texts]


@given(st.lists(st.none() | st.text(st.characters(max_codepoint=0x7F)), min_size=1, max_size=10))
def test_changing_case_is_pythons(texts: list[str | None]) -> None:
    """Upper and lower case agree with Python on ASCII text."""
    column = pa.array(texts, pa.string())
    assert value_of("upper(t)", t=column) == list(map(with_nulls(str.upper), texts))
    assert value_of("lower(t)", t=column) == list(map(with_nulls(str.lower), texts))


TRUTH = [(a, b) for a in (True, False, None) for b in (True, False, None)]


@pytest.mark.parametrize(
    ("text", "oracle"),
    [
        ("a and b", lambda a, b: False if False in (a, b) else None if None in (a, b) else True),
        ("a or b", lambda a, b: True if True in (a, b) else None if None in (a, b) else False),
        ("not a", lambda a, b: None if a is None else not a),
        ("1 if a else 2", lambda a, b: 1 if a else 2),
        ("b if a else None", lambda a, b: b if a else None),
        ("int(a)", lambda a, b: None if a is None else int(a)),
        ("a and None", lambda a, b: False if a is False else None),
        ("coalesce(a, None, b)", lambda a, b: b if a is None else a),
    ],
)
def test_truth_has_three_values(text: str, oracle: Callable[[Any, Any], Any]) -> None:
    """Conditions follow SQL: unknown stays unknown unless the other side decides, and chooses as false does."""
    a, b = ([pair[place] for pair in TRUTH] for place in (0, 1))
    assert value_of(text, a=pa.array(a, pa.bool_()), b=pa.array(b, pa.bool_())) == [oracle(*pair) for pair in TRUTH]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("id", [100, 101, 102]),
        ("ordinal * 2", [0, 2, 4]),
        ("part", ["row"] * 3),
        ("as_of", [TODAY] * 3),
        ("epoch", [TODAY] * 3),
        ("add_months(as_of, -1)", [date(2026, 3, 6)] * 3),
        ("household.a", [1, None, 3]),
        ("None", [None] * 3),
        ("add_days(as_of, None)", [None] * 3),
        ("add_days(add_days(as_of, a), None)", [None] * 3),
        ("coalesce(None, None)", [None] * 3),
        ("7 // -2", [-4] * 3),
        ("7 % -2", [-1] * 3),
        ("1 / 0", [None] * 3),
        ("7 % 0", [None] * 3),
        ("0 < a < 2", [True, None, False]),
        ("10 // a if a > 1 else 0", [0, 0, 3]),
        ("add_years(as_of, 9000)", [None] * 3),
        ("add_days(as_of, 1000000000000)", [None] * 3),
        ("a in (1, 2.5)", [True, None, False]),
        ("a not in (1, 2)", [False, None, True]),
        ("add_days(\n  as_of,\n  1)", [date(2026, 4, 7)] * 3),
        ("money(0.5 + a)", [Decimal("0.02"), None, Decimal("0.04")]),
        ("floor(money(150))", [1] * 3),
        ("int(-1.5)", [-1] * 3),
        ("round(2.5)", [2] * 3),
        ("greatest(money(a), 0)", [Decimal("0.01"), None, Decimal("0.03")]),
        ("randint(a, a, 'x')", [1, None, 3]),
    ],
)
def test_an_expression_has_this_value(text: str, value: list[Any]) -> None:
    """Names the engine gives, constants, and the corners of arithmetic."""
    assert value_of(text, a=pa.array([1, None, 3])) == value


def test_dates_are_read_from_timestamps() -> None:
    """A moment's day is used where a date is needed, before 1970 too."""
    written = ["2026-04-06T23:59:00", "1960-02-29T01:02:03"]
    moments = pa.array([datetime.fromisoformat(text) for text in written], pa.timestamp("us"))
    assert value_of("day(m)", m=moments) == [6, 29]
    assert value_of("year(m)", m=moments) == [2026, 1960]


def test_draws_belong_to_their_name() -> None:
    """One name gives the same draw everywhere in a column, another name another; both ends of randint occur."""
    assert value_of("draw('x') == draw('x')", a=range(50)) == [True] * 50
    assert value_of("draw('x') == draw('xy')", a=range(50)) != [True] * 50
    assert all(0 <= number < 1 for number in value_of("draw('x')", a=range(50)))
    assert set(value_of("randint(3, 5, 'n')", a=range(500))) == {3, 4, 5}
    assert value_of("randint(5, 3, 'n')") == [5, 5, 5]


def test_every_function_has_a_meaning_and_a_description() -> None:
    """What can be parsed can be evaluated, and each description starts with the function's call."""
    assert set(CALLS) | {"date", "draw", "randint"} == set(FUNCTIONS)
    assert all(function.doc.startswith(f"{name}(") for name, function in FUNCTIONS.items())


CONSTRUCTS = {
    "attribute of an attribute": "a.b.c",
    "attribute of a call": "upper(a).b",
    "attribute of text": "'a'.join",
    "dunder attribute": "a.__class__",
    "dunder name": "__builtins__",
    "dunder call": "__import__('os')",
    "method": "a.b()",
    "keyword": "round(a, digits=2)",
    "call of a call": "upper(a)()",
    "starred": "least(*a)",
    "lambda": "lambda: 1",
    "comprehension": "[x for x in a]",
    "generator": "least(x for x in a)",
    "list": "[1, 2]",
    "dict": "{1: 2}",
    "set": "{1, 2}",
    "tuple": "1, 2",
    "tuple argument": "least((1, 2))",
    "subscript": "a[0]",
    "slice": "a[1:2]",
    "power": "9 ** 9 ** 9",
    "shift": "1 << 1000000",
    "bitwise": "a | b",
    "invert": "~a",
    "plus sign": "+a",
    "matrix product": "a @ b",
    "f-string": "f'{a}'",
    "walrus": "(a := 1)",
    "await": "await a",
    "yield": "(yield a)",
    "assignment": "a = 1",
    "statement": "import os",
    "two expressions": "a; b",
    "bytes": "b'a'",
    "complex": "1j",
    "ellipsis": "...",
}
VALUES = {
    "huge number": "1" + "0" * 30,
    "huge float": "1e999",
    "surrogate": "'\\ud800'",
    "is": "a is None",
    "equals null": "a == None",
    "in a column": "a in b",
    "in nothing": "a in ()",
    "in null": "a in (1, None)",
    "in calls": "a in (date('2026-01-01'),)",
    "long": "a + " * 600 + "a",
    "deep": "-" * 150 + "a",
    "many brackets": "(" * 300 + "a" + ")" * 300,
    "empty": "",
    "blank": "  \n ",
    "null byte": "a\0",
    "comment over lines": "a # one\n + b",
    "unbalanced": "a) + (b",
    "too few": "age(a)",
    "too many": "year(a, b)",
    "a third": "add_months(a, 1, 12)",
    "none": "concat()",
    "no quotes": "draw(a)",
    "number for a name": "draw(1)",
    "no name": "randint(1, 2)",
    "column for a name": "randint(1, 2, a)",
    "no day": "date('2026-02-30')",
    "no such month": "date('2026-13-01')",
    "short date": "date('20260406')",
    "computed date": "date(concat('2026', '-01-01'))",
}
REFUSED = {**CONSTRUCTS, **VALUES}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_outside_the_language_is_refused_while_parsing(text: str) -> None:
    """Nothing but the listed constructs is ever evaluated, and a mistake is found before any row is made."""
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert caught.value.code == "SPEC_BAD_EXPRESSION"


def test_an_unknown_function_is_answered_with_the_nearest() -> None:
    """A slip in a function's name is named with what was probably meant."""
    with pytest.raises(UnknownNameError) as caught:
        parse_expression("add_year(a, 1)")
    assert "add_years" in caught.value.nearest


def test_a_wrong_number_of_arguments_shows_the_function() -> None:
    """The refusal says how many arguments there are, and how the function is called."""
    with pytest.raises(ExpressionError, match=r"age\(\) takes 2 arguments, not 1") as caught:
        parse_expression("age(a)")
    assert caught.value.hint.startswith("age(born, at)")


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """No text brings the parser down: it is an expression, or it is refused with a code."""
    try:
        assert parse_expression(text).text == text
    except SpecError as error:
        assert error.code in ("SPEC_BAD_EXPRESSION", "SPEC_UNKNOWN_NAME")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a + 'x'", ""),
        ("d - d", "days_between"),
        ("d + 1", "add_days"),
        ("year(a)", "date('2026-04-06')"),
        ("year('2026-04-06')", "date('2026-04-06')"),
        ("add_days(d, d)", ""),
        ("money('x')", ""),
        ("a and 1", ""),
        ("9223372036854775807 + a", ""),
    ],
)
def test_operands_that_do_not_fit_are_refused_with_the_column(text: str, words: str) -> None:
    """What only the types can tell is refused while evaluating, with the place, the expression and a way out."""
    with pytest.raises(ExpressionError) as caught:
        value_of(text, a=pa.array([1, 2, 3]), d=pa.array([TODAY] * 3))
    assert caught.value.where == ("tables", "person", "columns", "value")
    assert repr(text) in caught.value.message
    assert words in caught.value.hint


def test_the_columns_read_are_known() -> None:
    """Dependencies are the columns and ancestors' columns, and neither functions nor the engine's own names."""
    found = parse_expression("a + household.size if is_null(b) and as_of > c else ordinal").columns
    assert found == {"a", "household.size", "b", "c"}
