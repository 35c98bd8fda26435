"""Values that follow from others by a formula: exact numbers, texts sign by sign, dates and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.errors import ParameterError
from generators.providers import bind
from generators.spec import GeneratorSpec
from tests.generators.datasets import Columns, one_table

PENNY = Decimal("0.01")


def rows_of(columns: Columns, rows: int = 100) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one_table(columns, rows=rows).to_pylist()
    return found


def column(name: str) -> dict[str, str]:
    return {"column": name}


@given(st.decimals(-2, 2, places=4), st.integers(-50, 50))
@settings(max_examples=40, deadline=None)
def test_products_are_exact_and_halves_are_rounded_away_from_nought(rate: Decimal, least: int) -> None:
    """A product is what exact arithmetic gives, and rounding is that of SQL, for amounts on both sides of nought."""
    columns = {
        "n": ("integer", {"integer": {"min_value": least, "max_value": 60}}),
        "net": ("numeric(10,2)", {"number": {"min_value": -900.0, "max_value": 900.0}}),
        "total": ("numeric(20,2)", {"derived": {"formula": ["*", column("n"), column("net")]}}),
        "vat": ("numeric(10,2)", {"derived": {"formula": ["round", ["*", column("net"), str(rate)], 2]}}),
    }
    for row in rows_of(columns, 60):
        assert row["total"] == row["n"] * row["net"]
        assert row["vat"] == (row["net"] * rate).quantize(PENNY, ROUND_HALF_UP)


@given(st.integers(1, 400), st.integers(-500, 500))
@settings(max_examples=40, deadline=None)
def test_shares_are_rounded_as_sql_rounds_them(whole: int, least: int) -> None:
    """A rounded quotient is right to the last digit, ties included; a divisor of nought makes null."""
    share = ["quotient", ["*", "100.0", column("part")], column("whole"), 2]
    columns = {
        "part": ("integer", {"integer": {"min_value": least, "max_value": 500}}),
        "whole": ("integer", {"integer": {"min_value": 0, "max_value": whole}}),
        "share": ("numeric(12,2)", {"derived": {"formula": share}}),
    }
    for row in rows_of(columns, 60):
        exact = None if not row["whole"] else (100 * Decimal(row["part"]) / row["whole"]).quantize(PENNY, ROUND_HALF_UP)
        assert row["share"] == exact


def test_texts_are_put_together_sign_by_sign() -> None:
    """Joined, changed, cut and filled up as SQL does; null where a part is."""
    name = {"given": {"on": "id % 3", "cases": {"0": {"constant": "Ada of Hackney"}, "1": {"constant": "Bo"}}}}
    columns = {
        "id": ("bigint", "key"),
        "name": ("text", name),
        "slug": ("text", {"derived": {"formula": ["lower", ["replace", column("name"), " ", "-"]]}}),
        "code": ("text", {"derived": {"formula": ["concat", column("name"), "/", ["pad", column("id"), 3, "0"]]}}),
        "first": ("text", {"derived": {"formula": ["slice", column("name"), 0, 1]}}),
        "size": ("integer", {"derived": {"formula": ["-", ["length", column("name")], "2"]}}),
    }
    for row in rows_of(columns, 30):
        known = row["name"]
        assert row["slug"] == (known and known.lower().replace(" ", "-"))
        assert row["code"] == (known and f"{known}/{str(row['id']).rjust(3, '0')[:3]}")
        assert row["first"] == (known and known[0])
        assert row["size"] == (None if known is None else len(known) - 2)


def test_moments_and_dates_follow_others() -> None:
    """A moment so many minutes later, the time between two, and parts of a moment."""
    columns = {
        "start": ("timestamptz", {"timestamp_on": {"date": "epoch"}}),
        "minutes": ("integer", {"integer": {"min_value": 5, "max_value": 600}}),
        "end": ("timestamptz", {"derived": {"formula": ["after", column("start"), column("minutes"), 60_000_000]}}),
        "span": ("text", {"derived": {"formula": ["span", column("start"), column("end")]}}),
        "day": ("date", {"derived": {"formula": ["date", column("end")]}}),
        "month": ("date", {"derived": {"formula": ["start_of_month", column("end")]}}),
        "year": ("integer", {"derived": {"formula": ["year", column("end")]}}),
    }
    for row in rows_of(columns, 60):
        end: datetime = row["end"].astimezone(UTC)
        assert end - row["start"] == timedelta(minutes=row["minutes"])
        assert row["span"] == f"{row['minutes'] * 60_000_000} microseconds"
        assert (row["day"], row["month"], row["year"]) == (end.date(), end.date().replace(day=1), end.year)


@pytest.mark.parametrize("formula", [["power", {"column": "a"}], [], ["+", {"table": "a"}, "1"], ["+", ["?"], "1"]])
def test_a_formula_that_cannot_be_read_is_refused(formula: list[object]) -> None:
    """An unknown operation, or a column written otherwise, is a mistake in the definition."""
    with pytest.raises(ParameterError):
        bind(GeneratorSpec("derived", {"formula": formula}))
