"""Identifiers: each keeps its promise by a rule recomputed here, and those that must differ do."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.errors import DomainTooSmallError
from generators.providers import REGISTRY, Promise
from generators.providers.definition import NoParameters
from generators.reference import table
from tests.generators.datasets import one_table, values

DISTINCT = ("nhs_number", "ni_number", "uprn", "bank_account")


def index_of(name: str, texts: list[Any], kind: pa.DataType | None = None) -> list[int]:
    """The indexes that a generator's inverse gives."""
    inverse = REGISTRY[name].index_of
    assert inverse is not None
    return list(map(int, inverse(NoParameters(), pa.array(texts, type=kind or pa.string()))))


def nhs_check_digit(body: str) -> int | None:
    """The tenth digit by the published rule, digit by digit; nothing where the body cannot be used."""
    remainder = sum(int(digit) * weight for digit, weight in zip(body, range(10, 1, -1), strict=True)) % 11
    digit = 11 - remainder
    return None if digit == 10 else 0 if digit == 11 else digit


@pytest.mark.parametrize(
    ("name", "promise"),
    [
        ("nhs_number", Promise.NEVER_ISSUED),
        ("ni_number", Promise.UNISSUABLE),
        ("uprn", Promise.NEVER_ISSUED),
        ("phone", Promise.NEVER_ISSUED),
        ("email", Promise.NEVER_ISSUED),
        ("postcode", Promise.UNISSUABLE),
        ("bank_sort_code", Promise.UNISSUABLE),
        ("bank_account", Promise.UNISSUABLE),
        ("vehicle_mark", Promise.NEVER_ISSUED),
    ],
)
def test_every_identifier_carries_its_promise(name: str, promise: Promise) -> None:
    """Why an identifier can be nobody's is written in its definition."""
    assert REGISTRY[name].promise is promise


def test_nhs_numbers_pass_the_published_check_and_stay_in_the_test_range() -> None:
    """Each number starts 999 and ends in the check digit that modulo 11 gives."""
    for number in values("nhs_number", rows=3000):
        assert re.fullmatch(r"999\d{7}", number)
        assert nhs_check_digit(number[:9]) == int(number[9])


def test_the_nhs_domain_is_every_body_whose_check_digit_can_be_written() -> None:
    """The capacity is the count of usable bodies, counted here with another formula."""
    bodies = np.arange(999_000_000, 1_000_000_000)
    digits = np.stack([bodies // 10**power % 10 for power in range(8, -1, -1)])
    weighted = (digits * np.arange(10, 1, -1)[:, None]).sum(axis=0)
    usable = int((weighted % 11 != 1).sum())
    capacity = REGISTRY["nhs_number"].capacity
    assert capacity is not None
    assert capacity(NoParameters()) == usable == 909_091


@given(st.integers(0, 999_999))
@settings(max_examples=200, deadline=None)
def test_the_inverse_knows_exactly_the_valid_nhs_numbers(body: int) -> None:
    """Of the ten numbers that begin with a body, one is in the domain, or none."""
    text = f"999{body:06d}"
    found = [
        digit for digit, index in enumerate(index_of("nhs_number", [f"{text}{d}" for d in range(10)])) if index >= 0
    ]
    check = nhs_check_digit(text)
    assert found == ([] if check is None else [check])


def test_the_inverse_of_nhs_numbers_is_their_rank() -> None:
    """Numbers in ascending order have the indexes 0, 1, 2 and so on, with or without spaces."""
    numbers = [f"999{body:06d}{nhs_check_digit(f'999{body:06d}')}" for body in range(40)]
    valid = [number for number in numbers if number.isdigit()]
    assert index_of("nhs_number", valid) == list(range(len(valid)))
    assert index_of("nhs_number", [f"{n[:3]} {n[3:6]} {n[6:]}" for n in valid]) == list(range(len(valid)))
    assert index_of("nhs_number", ["4010232137", "", "999", "abc", None, "99900000000"]) == [-1] * 6


@pytest.mark.parametrize("name", DISTINCT)
def test_numbers_that_must_differ_do(name: str) -> None:
    """Twenty thousand rows have twenty thousand values, each with an index of its own below the capacity."""
    made = values(name, rows=20_000)
    indexes = index_of(name, made)
    capacity = REGISTRY[name].capacity
    assert capacity is not None
    assert len(set(made)) == len(set(indexes)) == 20_000
    assert min(indexes) >= 0 and max(indexes) < capacity(NoParameters())


def test_more_rows_than_nhs_numbers_are_refused_with_the_arithmetic() -> None:
    """A size beyond the test range is refused before anything is made."""
    with pytest.raises(DomainTooSmallError, match="909,091 distinct values"):
        one_table({"n": ("text", "nhs_number")}, rows=909_092, stop=1)


def test_national_insurance_numbers_have_the_shape_and_a_prefix_that_is_never_given() -> None:
    """Two letters, six digits and A to D; the letters are QQ or ZZ, both of which occur."""
    made = values("ni_number", rows=2000)
    assert all(re.fullmatch(r"(QQ|ZZ)\d{6}[A-D]", number) for number in made)
    assert {number[:2] for number in made} == {"QQ", "ZZ"}
    assert {number[-1] for number in made} == set("ABCD")


def test_the_inverse_of_national_insurance_numbers_covers_the_whole_domain() -> None:
    """The first and the last number of the domain have the first and the last index; others none."""
    assert index_of("ni_number", ["QQ000000A", "QQ 00 00 00 B", "ZZ999999D"]) == [0, 1, 7_999_999]
    assert index_of("ni_number", ["AB123456C", "QQ123456E", "QQ12345A", None]) == [-1] * 4


def test_uprns_are_the_same_number_in_text_and_in_bigint() -> None:
    """Twelve digits from 999000000000 on, whichever way the column holds them."""
    numbers, texts = values("uprn", "bigint"), values("uprn", "varchar(12)")
    assert list(map(str, numbers)) == texts
    assert all(999_000_000_000 <= number < 10**12 for number in numbers)
    assert index_of("uprn", numbers, pa.int64()) == [number - 999_000_000_000 for number in numbers]
    assert index_of("uprn", ["100023336956", None, "999000000000"]) == [-1, -1, 0]


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("mobile", r"07700 900\d{3}"),
        ("london", r"020 7946 0\d{3}"),
        ("no_area", r"01632 960\d{3}"),
        ("other_city", r"(01(1[3-8]|21|31|41|51|61) 496|0191 498|029 2018) 0\d{3}"),
        ("freephone", r"0808 157 0\d{3}"),
        ("premium", r"0909 879 0\d{3}"),
        ("uk_wide", r"0306 999 0\d{3}"),
    ],
)
def test_telephone_numbers_lie_in_the_blocks_kept_for_drama(kind: str, pattern: str) -> None:
    """Whatever the style, the digits are those of Ofcom's list."""
    spaced = values({"phone": kind})
    assert all(re.fullmatch(pattern, number) for number in spaced)
    assert values({"phone": {"kind": kind, "style": "compact"}}) == [number.replace(" ", "") for number in spaced]
    assert values({"phone": {"kind": kind, "style": "international"}}) == [f"+44 {number[1:]}" for number in spaced]


def test_every_kind_of_number_in_the_table_can_be_asked_for() -> None:
    """The parameter's choices are the table's kinds, and Belfast's block, which may be in use, is not among them."""
    choices = {item.name: item for item in REGISTRY["phone"].parameters.__dataclass_fields__.values()}
    assert set(choices["kind"].metadata["choices"]) == set(table("identifiers/drama_numbers")["kind"])
    assert not any(prefix.startswith("028") for prefix in table("identifiers/drama_numbers")["prefix"])


def test_a_household_can_share_a_number() -> None:
    """Rows with the same ``by`` have the same number; others mostly another."""
    made = one_table({"home": ("bigint", {"integer": {"max_value": 99}}), "n": ("text", {"phone": {"by": "home"}})})
    pairs = set(zip(*made.to_pydict().values(), strict=True))
    assert len(pairs) == 100
    assert len({number for _, number in pairs}) > 80


def test_bank_details_are_outside_every_bank() -> None:
    """The sort code is 00-00-00 on every row, beside eight digits."""
    assert set(values("bank_sort_code", rows=10)) == {"00-00-00"}
    assert all(re.fullmatch(r"\d{8}", number) for number in values("bank_account"))


def test_vehicle_marks_are_those_of_the_test_service() -> None:
    """Only the eight marks for which the DVLA's test service answers with a vehicle occur, and all of them do."""
    marks = table("identifiers/vehicle_test_marks")
    known = {mark for mark, outcome in zip(marks["mark"], marks["outcome"], strict=True) if outcome == "found"}
    assert set(values("vehicle_mark")) == known
    assert len(known) == 8


@pytest.mark.parametrize("name", [*DISTINCT, "phone", "vehicle_mark", "email", "postcode"])
def test_a_row_alone_is_the_row_in_company(name: str) -> None:
    """A value depends on its row only: the same from a range as from the whole, and another under another seed."""
    whole = one_table({"v": ("text", name)}, rows=3000)
    part = one_table({"v": ("text", name)}, rows=3000, start=1200, stop=1300)
    assert part.column("v").to_pylist() == whole.column("v").to_pylist()[1200:1300]
    assert one_table({"v": ("text", name)}, rows=3000, seed=8) != whole
