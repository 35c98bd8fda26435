"""Text made to fit, values from lists, and values that differ: sizes, forms and distinctness hold for any text."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.errors import DomainTooSmallError, ParameterError
from generators.providers import bind
from generators.spec import GeneratorSpec
from tests.generators.datasets import one_table, values

TEXTS = st.lists(st.text(st.sampled_from("aB é9.\t-"), max_size=30), min_size=1, max_size=4, unique=True)
FORMS = st.lists(st.sampled_from(("lower", "trimmed", "not_blank")), max_size=3, unique=True)


def in_form(text: str, forms: list[str]) -> bool:
    checks = {
        "lower": text == text.lower(),
        "upper": text == text.upper(),
        "trimmed": text == text.strip(),
        "not_blank": bool(text.strip()),
    }
    return all(checks[form] for form in forms)


@given(TEXTS, FORMS, st.integers(0, 12), st.integers(0, 12))
@settings(max_examples=80, deadline=None)
def test_fitted_text_has_its_size_and_forms(texts: list[str], forms: list[str], least: int, room: int) -> None:
    """Any text, blank ones too, comes out within the sizes and in the forms."""
    most = least + room if least + room else 0
    parameters = {"of": {"choice": texts}, "min_size": least, "max_size": most, "forms": forms}
    for text in values({"fitted": parameters}, rows=30):
        assert in_form(text, forms)
        assert len(text) >= least and (not most or len(text) <= most)


@pytest.mark.parametrize(
    ("text", "parameters", "fitted"),
    [
        ("Annual report of wards", {"max_size": 15}, "Annual report"),
        ("Annual report of wards", {"max_size": 13}, "Annual report"),
        ("A considerable report", {"max_size": 10}, "A consider"),
        ("ward", {"min_size": 7}, "wardwar"),
        ("E8 1", {"min_size": 6}, "E8 1EE"),
        ("12", {"min_size": 4}, "12aa"),
        ("Ward", {"forms": ["upper"]}, "WARD"),
        ("  ward ", {"forms": ["trimmed"]}, "ward"),
    ],
)
def test_text_is_cut_between_words_and_padded_with_its_letters(text: str, parameters: Any, fitted: str) -> None:
    """A cut falls on a word's end if half of the size is kept; what is missing is filled with the text's own letters."""
    assert set(values({"fitted": {"of": {"constant": text}, **parameters}}, rows=5)) == {fitted}


@pytest.mark.parametrize(
    "parameters", [{"forms": ["tidy"]}, {"forms": ["lower", "upper"]}, {"min_size": 5, "max_size": 4}]
)
def test_sizes_and_forms_that_contradict_are_refused(parameters: Any) -> None:
    """An unknown form, two cases at once and a size below the smallest are refused."""
    with pytest.raises(ParameterError):
        bind(GeneratorSpec("fitted", {"of": "label", **parameters}))


def test_what_is_null_stays_null() -> None:
    """A text that is not there is not made to fit."""
    columns = {
        "id": ("bigint", "key"),
        "v": (
            "text",
            {"fitted": {"of": {"given": {"on": "id % 2", "cases": {"0": {"constant": "x"}}}}, "min_size": 3}},
        ),
    }
    assert one_table(columns, rows=4).column("v").to_pylist() == [None, "xxx", None, "xxx"]


# ----------------------------------------------------------------------------------------------------- unique text


@pytest.mark.parametrize("size", [0, *range(3, 13), 40, 64, 255])
@pytest.mark.parametrize("forms", [[], ["lower", "trimmed"], ["upper"]])
def test_unique_text_is_distinct_and_fits(size: int, forms: list[str]) -> None:
    """Thousands of rows of one text differ, within the size, in the form, and whatever the case is compared in."""
    parameters = {"of": {"choice": ["Annual review", "B"]}, "max_size": size, "forms": forms}
    made = values({"unique_text": parameters}, rows=3000)
    assert len({text.lower() for text in made}) == 3000
    assert all(in_form(text, forms) and (not size or len(text) <= size) for text in made)
    if not size or size > 20:
        assert {text.lower().rpartition(" ")[0] for text in made} == {"annual review", "b"}


@pytest.mark.parametrize(("size", "digits"), [(1, 1), (2, 2), (7, 7), (8, 5), (20, 5), (64, 7), (0, 7)])
def test_a_suffix_leaves_room_for_the_text_if_there_is_any(size: int, digits: int) -> None:
    """The capacity is what the suffix can count to in 36 letters and digits; the narrowest sizes are all suffix."""
    bound = bind(GeneratorSpec("unique_text", {"of": "label", "max_size": size}))
    assert bound.definition.capacity is not None
    assert bound.definition.capacity(bound.parameters) == 36**digits


def test_all_texts_of_a_tiny_size_can_be_had() -> None:
    """One character tells 36 rows apart, and not one more."""
    assert len(set(values({"unique_text": {"of": "label", "max_size": 1}}, rows=36))) == 36
    with pytest.raises(DomainTooSmallError):
        values({"unique_text": {"of": "label", "max_size": 1}}, rows=37)


def test_a_hundred_thousand_texts_differ() -> None:
    """Distinctness does not depend on luck."""
    assert len(set(values({"unique_text": {"of": "slug", "max_size": 12, "separator": ""}}, rows=100_000))) == 100_000


def test_numbered_text_counts_the_rows() -> None:
    """The number is the row's, filled up with noughts."""
    assert values({"numbered": {"prefix": "REF", "width": 4, "start": 99}}, rows=3) == ["REF0099", "REF0100", "REF0101"]
    assert values({"numbered": "Team "}, rows=2) == ["Team 1", "Team 2"]


# ----------------------------------------------------------------------------------------------------------- lists

LISTS: list[tuple[str, list[Any], set[Any]]] = [
    ("text", ["a", "b", "c"], {"a", "b", "c"}),
    ("numeric(6,2)", ["1.50", 2, 0.25], {Decimal("1.50"), Decimal(2), Decimal("0.25")}),
    ("date", ["2026-04-06", "2026-04-07"], {date(2026, 4, 6), date(2026, 4, 7)}),
    ("integer", [1, "2", 3.0], {1, 2, 3}),
    ("boolean", [True, "false"], {True, False}),
    ("text", [1, True, "1.0"], {"1", "true", "1.0"}),
]


@pytest.mark.parametrize(("kind", "written", "read"), LISTS)
def test_lists_are_read_in_the_columns_type(kind: str, written: list[Any], read: set[Any]) -> None:
    """Constants are written as JSON can, and come as the column's values, in every generator that takes a list."""
    rows = len(written)
    assert set(values({"unique_choice": {"values": written}}, kind, rows=rows)) == read
    assert set(values({"cycle": {"values": written}}, kind, rows=rows)) == read
    assert set(values({"choice": {"values": written}}, kind, rows=200)) == read
    assert set(values({"constant": {"value": written[0]}}, kind, rows=3)) <= read


def test_a_list_is_used_up_before_it_is_refused() -> None:
    """Each value is given once, and a row more than there are values is refused."""
    names = [f"band {number}" for number in range(50)]
    assert sorted(values({"unique_choice": names}, rows=50)) == sorted(names)
    with pytest.raises(DomainTooSmallError):
        values({"unique_choice": names}, rows=51)
    with pytest.raises(ParameterError, match="differ"):
        bind(GeneratorSpec("unique_choice", {"values": ["a", "a"]}))


def test_a_cycle_gives_each_value_its_turn() -> None:
    """Values follow each other in the list's order, whichever rows are asked for."""
    columns = {"v": ("text", {"cycle": ["a", "b", "c"]})}
    assert one_table(columns, rows=7).column("v").to_pylist() == list("abcabca")
    assert one_table(columns, rows=7, start=4).column("v").to_pylist() == list("bca")


def test_unlike_differs_from_columns_and_constants() -> None:
    """No value equals the row's other column, in whatever type that is, or a constant."""
    columns = {
        "home": ("integer", {"integer": {"min_value": 0, "max_value": 3}}),
        "v": ("bigint", {"unlike": {"of": {"integer": {"max_value": 3}}, "columns": ["home"], "excluded": [2]}}),
    }
    rows = one_table(columns, rows=3000).to_pylist()
    assert all(row["v"] not in (row["home"], 2) for row in rows)
    assert {row["v"] for row in rows} == {0, 1, 3}


def test_unlike_compares_text_with_any_type() -> None:
    """A text that spells the number of another column counts as equal."""
    columns = {
        "home": ("integer", {"integer": {"min_value": 1, "max_value": 2}}),
        "v": ("text", {"unlike": {"of": {"choice": ["1", "2", "x"]}, "columns": ["home"]}}),
    }
    assert all(row["v"] != str(row["home"]) for row in one_table(columns, rows=500).to_pylist())


def test_unlike_gives_up_where_nothing_else_is_there() -> None:
    """A generator of a single value gives it after all."""
    assert set(values({"unlike": {"of": {"constant": "x"}, "excluded": ["x"]}}, rows=5)) == {"x"}


def test_unlike_leaves_a_null_alone() -> None:
    """A column that is null is nothing to differ from, and values that pass are those of the first draw."""
    columns = {
        "id": ("bigint", "key"),
        "gone": ("text", {"given": {"on": "id % 2", "cases": {"0": {"constant": "a"}}}}),
        "v": ("text", {"unlike": {"of": {"choice": ["a", "b"]}, "columns": ["gone"]}}),
    }
    found = Counter((row["gone"], row["v"]) for row in one_table(columns, rows=1000).to_pylist())
    assert ("a", "a") not in found
    assert min(found[None, "a"], found[None, "b"]) > 150


@pytest.mark.parametrize("written", ["1.5", "x", "2026-13-01"])
def test_a_constant_of_another_type_is_not_read(written: str) -> None:
    """What is no whole number is refused in a column of them."""
    with pytest.raises(ParameterError, match=re.escape(repr(written))):
        values({"cycle": [written]}, "integer", rows=1)
