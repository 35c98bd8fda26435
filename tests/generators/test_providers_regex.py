"""Text by regular expression: what is made matches, fits its conditions, and is counted exactly where it must differ."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.errors import DomainTooSmallError, ParameterError
from generators.providers import bind
from generators.spec import GeneratorSpec
from tests.generators.datasets import values

ATOMS = (
    "a",
    "b",
    "Q",
    "7",
    "-",
    r"\.",
    r"\d",
    r"\w",
    r"\s",
    r"\S",
    ".",
    "[a-c]",
    "[^a-c]",
    "[A-Z0-9_]",
    r"[^\s,]",
    "é",
)
REPEATS = ("", "", "?", "*", "+", "{2}", "{1,3}", "{0,12}", "{3,}", "+?")


def capacity_of(pattern: str, **parameters: Any) -> int:
    bound = bind(GeneratorSpec("unique_regex", {"pattern": pattern, **parameters}))
    assert bound.definition.capacity is not None
    return bound.definition.capacity(bound.parameters)


def pieces(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(inner, st.sampled_from(REPEATS)).map("".join)


SEQUENCES = st.lists(pieces(st.sampled_from(ATOMS)), min_size=1, max_size=3).map("".join)
GROUPS = st.lists(SEQUENCES, min_size=1, max_size=2).map(lambda branches: f"(?:{'|'.join(branches)})")
PATTERNS = st.tuples(
    st.sampled_from(("", "^", "^(?=[a-z])", "^(?!a)")),
    st.lists(pieces(st.one_of(st.sampled_from(ATOMS), GROUPS)), min_size=1, max_size=3).map("".join),
    st.sampled_from(("", "$")),
).map("".join)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    least = draw(st.sampled_from((0, 0, 0, 3, 9)))
    return {
        "pattern": draw(PATTERNS),
        "ignore_case": draw(st.booleans()),
        "min_size": least,
        "max_size": draw(st.sampled_from((0, least + 2, 30))),
        "exclude": draw(st.lists(st.sampled_from((r"^\s", r"\s$", "a", "[0-9]", "--", r"b\d")), max_size=2)),
    }


def made_by(name: str, parameters: dict[str, Any], rows: int = 60) -> list[str]:
    """The generator's texts, as many as there are if they are few; none for conditions that nothing was found for."""
    try:
        bound = bind(GeneratorSpec(name, parameters))
    except ParameterError:
        return []
    most = bound.definition.capacity(bound.parameters) if bound.definition.capacity else rows
    return values({name: parameters}, rows=min(rows, most))


@given(conditions())
@settings(max_examples=60, deadline=None)
def test_every_text_matches_its_pattern_and_conditions(parameters: dict[str, Any]) -> None:
    """Python's own search finds the pattern in each text, finds nothing excluded, and its size is in bounds."""
    flags = re.IGNORECASE if parameters["ignore_case"] else 0
    for name in ("regex", "unique_regex"):
        texts = made_by(name, parameters)
        for text in texts:
            assert re.search(parameters["pattern"], text, flags)
            assert not any(re.search(pattern, text) for pattern in parameters["exclude"])
            assert len(text) >= parameters["min_size"]
            assert not parameters["max_size"] or len(text) <= parameters["max_size"]
        if name == "unique_regex":
            assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^E05[0-9]{6}$",
        r"^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$",
        r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$",
        r"^[^@]+@[^@]+\.[^@]+$",
        r"^(?=.*[A-Z])(?=.*\d).{8,}$",
        r"^(?=[a-zA-Z0-9])[a-zA-Z0-9_-]*$",
        r"^[0-9]{64}$",
        r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$",
        r"^https?://",
        r"(?!.*--)^[a-z-]+$",
        r"^(?!.*(foo|bar)).+$",
        r"\bward\b",
        r"(?<=no )reply$",
        r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
        r"(?i)^urgent$",
        r"^\{.*\}$",
        r"^$",
    ],
)
def test_patterns_as_databases_have_them(pattern: str) -> None:
    """Each pattern gets texts, all of which it is found in."""
    texts = values({"regex": pattern}, rows=300)
    assert all(re.search(pattern, text) for text in texts)


@pytest.mark.parametrize(
    ("pattern", "python"),
    [
        ("^[[:alpha:]][[:digit:]_]+$", "^[A-Za-z][0-9_]+$"),
        ("^[^[:space:]]{3}$", r"^\S{3}$"),
        (r"^\mward\M$", r"^ward$"),
        ("[[:<:]]ward[[:>:]]", r"\bward\b"),
        ("^[]x]{2}$", r"^[\]x]{2}$"),
    ],
)
def test_classes_and_word_ends_of_other_dialects_are_read(pattern: str, python: str) -> None:
    """What POSIX and PostgreSQL write is read as what Python writes for it."""
    assert all(re.search(python, text) for text in values({"regex": pattern}, rows=200))


def test_a_case_that_does_not_matter_is_left_as_written() -> None:
    """Letters of a pattern that ignores case come as the pattern has them."""
    assert set(values({"regex": {"pattern": "^Ward$", "ignore_case": True}}, rows=50)) == {"Ward"}


def test_an_open_repeat_stays_short_and_plain() -> None:
    """``.*`` is filled with at most eight small letters."""
    assert all(re.fullmatch("[a-z]{0,8}", text) for text in values({"regex": "^.*$"}, rows=500))


@pytest.mark.parametrize(("form", "check"), [("lower", str.lower), ("upper", str.upper), ("trimmed", str.strip)])
def test_forms_hold(form: str, check: Any) -> None:
    """A text in lower or upper case, or without blanks at its ends, is what the form makes of it."""
    for text in values({"regex": {"pattern": "^[A-Za-z ]{2,6}$", "form": form}}, rows=300):
        assert check(text) == text


def test_every_branch_and_length_occurs() -> None:
    """No alternative and no length of a small pattern is left out."""
    assert set(values({"regex": "^(north|south|east){1,2}$"}, rows=2000)) == {
        first + second for first in ("north", "south", "east") for second in ("", "north", "south", "east")
    }


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("^[ab][0-9]$", 20),
        ("^[A-Z]{1,2}$", 26 + 26 * 26),
        ("^(a|ab)(bc|c)$", 3),  # abc comes about in two ways, beside ac and abbc
        ("^x?[xy]$", 4),
        ("^([ab]x|[bc]x)$", 3),
        ("^([a-c][0-9]|[b-e][5-9]|[a-e]7)$", 3 * 10 + 2 * 5),
        ("^(yes|no)$", 2),
        ("^[0-9]{3}-[0-9]{3}$", 10**6),
        ("^[!-/]$", 15),
    ],
)
def test_a_capacity_is_the_number_of_distinct_texts(pattern: str, texts: int) -> None:
    """As many texts as are counted can be had, and no two of them are equal."""
    capacity = capacity_of(pattern)
    assert capacity == texts
    rows = min(capacity, 2000)
    made = values({"unique_regex": pattern}, rows=rows)
    assert len(set(made)) == rows and all(re.search(pattern, text) for text in made)


def test_a_row_more_than_there_are_texts_is_refused() -> None:
    """A pattern of twenty texts does for twenty rows."""
    with pytest.raises(DomainTooSmallError, match="20 distinct values"):
        values({"unique_regex": "^[ab][0-9]$"}, rows=21)


@pytest.mark.parametrize(
    "pattern", ["^[a-z0-9-]+$", "^[A-Z]{2}[0-9]{6}$", "^[0-9a-f]{64}$", "^[^@]+@[^@]+$", "^https?://", r"^v?\d+\.\d+$"]
)
def test_a_hundred_thousand_texts_differ(pattern: str) -> None:
    """Rows that must differ do, whatever the lengths that the pattern allows."""
    made = values({"unique_regex": pattern}, rows=100_000)
    assert len(set(made)) == 100_000
    assert all(re.search(pattern, text) for text in made[:2000])


def test_texts_of_long_patterns_use_all_their_places() -> None:
    """Where there are more texts than numbers, the places that numbers leave open are drawn, not constant."""
    firsts = {text[0] for text in values({"unique_regex": "^[0-9a-f]{64}$"}, rows=500)}
    assert len(firsts) == 16


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"pattern": "("}, "cannot read the pattern"),
        ({"pattern": r"(a)\1"}, "refers back"),
        ({"pattern": "^a$", "exclude": ["a"]}, "no text was found"),
        ({"pattern": "^[0-9]{4}$", "min_size": 5}, "no text was found"),
        ({"pattern": "^x+$", "form": "upper"}, "no text was found"),
        ({"pattern": "x", "min_size": 3, "max_size": 2}, "is below min_size"),
    ],
)
def test_what_cannot_be_made_is_refused_at_once(parameters: dict[str, Any], words: str) -> None:
    """A pattern that cannot be read or fulfilled is refused when the generator is bound, in both its kinds."""
    for name in ("regex", "unique_regex"):
        with pytest.raises(ParameterError, match=words):
            bind(GeneratorSpec(name, parameters))


def test_nested_repeats_take_no_search() -> None:
    """A pattern over which a search would take for ever is drawn from without any."""
    pattern = "^(([a-z]+)*x)+$"
    assert all(re.search("^[a-z]*x$", text) for text in values({"regex": pattern}, rows=200))
