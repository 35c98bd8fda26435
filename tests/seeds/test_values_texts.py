"""Texts that a column may hold: by meaning, pattern, form and size."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.spec import GeneratorSpec
from seeds.catalog import DataType, Kind
from seeds.planner.checks.model import Bound, Domain, TextPattern
from seeds.planner.values import Unrealisable
from tests.seeds.values_rows import MOOD, TEXT, realised, values_of, varchar

PATTERNS = (
    r"^[A-Z]{2}[0-9]{4}$", r"^E05[0-9]{6}$", r"^[^@]+@[^@]+$", r"^https?://", r"^[a-z0-9_-]{3,20}$", r"^[A-Z]",
    r"^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$", r"^(?!-)[a-z-]+$", r"^[a-z0-9_]*$", r"^(?=[a-zA-Z0-9])[a-zA-Z0-9.]*$",
)  # fmt: skip
MEANINGS = (None, *map(GeneratorSpec, ("given_name", "postcode", "words", "label", "slug", "url", "user_name")))


def texts(found: list[object]) -> list[str]:
    """The values, all of them texts."""
    assert all(isinstance(value, str) for value in found)
    return [str(value) for value in found]


@given(
    size=st.integers(1, 300), least=st.integers(0, 12), meaning=st.sampled_from(MEANINGS),
    forms=st.sampled_from(((), ("lower",), ("upper", "not_blank"), ("trimmed", "lower"))),
)  # fmt: skip
@settings(max_examples=80)
def test_texts_fit_their_size_and_forms(
    size: int, least: int, meaning: GeneratorSpec | None, forms: tuple[str, ...]
) -> None:
    """Whatever a column means, its texts are long enough, short enough and in their forms."""
    least = min(least, size)
    domain = Domain(min_size=least, forms=frozenset(forms), excluded=("",))
    for text in texts(values_of(realised(varchar(size), domain, meaning=meaning), 100)):
        assert max(least, 1) <= len(text) <= size
        assert "lower" not in forms or text == text.lower()
        assert "upper" not in forms or text == text.upper()
        assert "trimmed" not in forms or text == text.strip()
        assert text.strip()


@given(
    pattern=st.sampled_from(PATTERNS), meaning=st.sampled_from(MEANINGS), ignore_case=st.booleans(),
    forbidden=st.sampled_from((None, r"\s$", r"  ", r"^[0-9]+$", r"[xz]")),
)  # fmt: skip
@settings(max_examples=80)
def test_texts_match_their_patterns(
    pattern: str, meaning: GeneratorSpec | None, ignore_case: bool, forbidden: str | None
) -> None:
    """Every text matches the pattern that it must, and none that it must not."""
    patterns = [TextPattern(pattern, ignore_case)]
    patterns += [TextPattern(forbidden, negated=True)] if forbidden else []
    found = texts(values_of(realised(varchar(60), Domain(patterns=tuple(patterns)), meaning=meaning)))
    for text in found:
        assert re.search(pattern, text, re.IGNORECASE if ignore_case else 0)
        assert forbidden is None or not re.search(forbidden, text)
    assert len(set(found)) > 20


def test_several_patterns_hold_at_once() -> None:
    """A text matches all of its patterns, although one generator makes one of them."""
    patterns = (
        TextPattern(r"^[a-z0-9]{6,8}$"),
        TextPattern("[0-9]"),
        TextPattern("[a-z]"),
        TextPattern("00", negated=True),
    )
    for text in texts(values_of(realised(TEXT, Domain(patterns=patterns)), 300)):
        assert re.fullmatch("[a-z0-9]{6,8}", text)
        assert re.search("[0-9]", text)
        assert re.search("[a-z]", text)
        assert "00" not in text


def test_a_meaning_that_matches_is_kept() -> None:
    """Postcodes are kept where the pattern is that of postcodes, and replaced where it is another."""
    pattern = TextPattern(r"^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$")
    meaning = GeneratorSpec("postcode")
    assert realised(TEXT, Domain(patterns=(pattern,)), meaning=meaning).generator == meaning
    other = realised(TEXT, Domain(patterns=(TextPattern("^[0-9]{5}$"),)), meaning=meaning)
    assert all(re.fullmatch("[0-9]{5}", text) for text in texts(values_of(other)))


def test_of_a_meaning_that_matches_in_part_the_matching_texts_are_chosen() -> None:
    """Names remain names where some of them are refused."""
    domain = Domain(patterns=(TextPattern("^[A-M]"),))
    names = set(values_of(realised(TEXT, meaning=GeneratorSpec("given_name")), 4000))
    chosen = set(values_of(realised(TEXT, domain, meaning=GeneratorSpec("given_name"))))
    assert len(chosen & names) > 0.8 * len(chosen)


def test_addresses_without_room_stay_addresses() -> None:
    """An e-mail address is made short enough where its meaning is too long for the column."""
    meaning = GeneratorSpec("email", {"names": []})
    for text in texts(values_of(realised(varchar(20), meaning=meaning))):
        assert re.fullmatch(r"[a-z0-9.]+@example\.(org|net|com)", text)
        assert len(text) <= 20


def test_contradicting_patterns_are_refused() -> None:
    """No text is in lower case and matches capitals."""
    domain = Domain(patterns=(TextPattern("^[A-Z]{3}$"),), forms=frozenset({"lower"}))
    with pytest.raises(Unrealisable, match="A-Z"):
        realised(TEXT, domain)


def test_listed_texts_are_chosen_and_excluded_ones_never() -> None:
    """Listed values that are excluded elsewhere do not come."""
    assert set(values_of(realised(TEXT, Domain(values=("a", "b", "c"), excluded=("b",))))) == {"a", "c"}
    meaning = GeneratorSpec("choice", {"values": ["open", "held", "closed"]})
    assert set(values_of(realised(TEXT, Domain(excluded=("held",)), meaning=meaning))) == {"open", "closed"}


def test_labels_of_an_enum_are_used_all() -> None:
    """Every label comes, or those that a constraint leaves."""
    assert set(values_of(realised(MOOD))) == {"sad", "calm", "happy"}
    assert set(values_of(realised(MOOD, Domain(excluded=("sad",))))) == {"calm", "happy"}


def test_texts_without_a_meaning_are_words_of_the_right_size() -> None:
    """A label, some words or a sentence: what a column of that size usually holds, and in no case noise."""
    for size, most in ((16, 2), (60, 6), (400, 30)):
        found = texts(values_of(realised(varchar(size))))
        assert all(re.fullmatch(r"[A-Z][a-z]*( [a-z]+)*\.?", text) and len(text.split()) <= most for text in found)


def test_texts_lie_between_texts() -> None:
    """A bound on a text is kept as texts compare."""
    domain = Domain(low=Bound("M"), high=Bound("T", open=True))
    assert all(
        "M" <= text < "T" for text in texts(values_of(realised(TEXT, domain, meaning=GeneratorSpec("given_name"))))
    )


def test_short_codes_look_like_codes() -> None:
    """A column of two characters holds two capitals."""
    code = DataType(Kind.CHAR, "char(2)", "bpchar", size=2)
    assert all(re.fullmatch("[A-Z]{2}", text) for text in texts(values_of(realised(code))))
