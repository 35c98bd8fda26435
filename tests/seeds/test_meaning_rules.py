"""The rules as a whole: each is one that the engine can carry out, and none can make anybody's data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from generators.providers.definition import bind, find
from generators.spec import parse_type
from seeds.planner.meaning import Category
from seeds.planner.meaning.rules import Rule, Variant, index, read_phrase, rules
from seeds.planner.meaning.subjects import words_of
from seeds.planner.meaning.traits import FAMILIES
from seeds.planner.names import reference_rows
from tests.generators.datasets import one_table

TYPES = {
    "text": "text", "integer": "bigint", "number": "numeric(20,6)", "boolean": "boolean", "date": "date",
    "moment": "timestamptz", "time": "text", "bytes": "text", "uuid": "uuid", "json": "json", "inet": "text",
    "cidr": "text", "macaddr": "text", "point": "text", "geometry": "text",
}  # fmt: skip
PERSONAL = set(Category) - {Category.NONE}


def variants() -> Iterator[tuple[Rule, str, Variant]]:
    for rule in rules():
        for family, options in rule.variants.items():
            yield from ((rule, family, option) for option in options)


def test_every_rule_can_be_carried_out() -> None:
    """Each generator exists, takes the parameters it is given, and makes what the family of types holds."""
    for rule, family, option in variants():
        output = set(bind(option.generator).definition.output)
        wanted = parse_type(TYPES[family]).name
        assert output & {wanted, "any"} or (family == "number" and "integer" in output), (rule.phrases[0], family)


def test_every_rule_is_well_formed() -> None:
    """Families and subjects are known, scores are shares, and phrases have words."""
    subjects = {row["subject"] for row in reference_rows("subjects")}
    for rule in rules():
        assert set(rule.variants) <= FAMILIES
        assert (rule.tables | rule.not_tables) <= subjects, rule.phrases[0]
        assert 0 < rule.score <= 1
        assert all(rule.phrases)
        classes = {word[1:] for phrase in rule.phrases for word in phrase if word.startswith("@")}
        assert all(words_of(name) for name in classes), rule.phrases[0]


def test_every_phrase_is_found_again() -> None:
    """A rule is in the index under the last word of each of its phrases."""
    for rule in rules():
        for phrase in rule.phrases:
            last = phrase[-1]
            for word in words_of(last[1:]) if last.startswith("@") else {last}:
                assert (phrase, rule) in index()[word]


def test_no_generator_needs_another_column() -> None:
    """A meaning stands alone: nothing in its parameters names a column of the table."""
    for rule, _, option in variants():
        for item in fields(find(option.generator.name).parameters):
            if item.name in option.generator.parameters:
                assert item.metadata["kind"] not in ("column", "columns"), (rule.phrases[0], item.name)


def test_variants_go_from_wide_to_narrow() -> None:
    """The first variant that fits is the best that fits, so none behind it may need more room."""
    for rule in rules():
        for family, options in rule.variants.items():
            sizes = [option.size for option in options]
            assert sizes == sorted(sizes, reverse=True), (rule.phrases[0], family)


@pytest.fixture(scope="module")
def made() -> list[list[object]]:
    """Two hundred values of every variant of every rule, in their order."""
    columns = {
        f"c{number}": (TYPES[family], {option.generator.name: dict(option.generator.parameters)})
        for number, (_, family, option) in enumerate(variants())
        if not (family == "number" and option.generator.name == "integer")
    }
    rows = one_table(columns, rows=200)
    return [rows.column(f"c{n}").to_pylist() if f"c{n}" in columns else [] for n, _ in enumerate(variants())]


def texts(made: list[list[object]]) -> Iterator[tuple[Rule, Variant, list[str]]]:
    """The variants of texts, with their values."""
    for values, (rule, family, option) in zip(made, variants(), strict=True):
        if family == "text":
            yield rule, option, [str(value) for value in values]


def test_texts_fit_the_room_that_is_asked_for(made: list[list[object]]) -> None:
    """A shape of a stated size makes texts of at most that many characters."""
    for rule, option, values in texts(made):
        if option.size and option.generator.name in ("regex", "choice", "constant", "token", "phone"):
            assert max(map(len, values)) <= option.size, (rule.phrases[0], option.size)


UNISSUABLE = {
    "passport number": r"[A-Z]{4}\d{5}",
    "driving licence": r".{6}00.{8}|[A-Z]{4}\d{4}",
    "social security number": r"000-?\d\d-?\d{4}",
    "tax id": r"[A-Z]{4}\d{5}",
    "iban": r"GB00.*",
    "card number": r"000000\d{10}",
    "swift": r"TESTGB\d0",
    "upn": r"[A-Z]999\d{9}",
    "uln": r"0\d{9}",
    "password hash": r"\$2b\$00\$.{53}|not-a-password-\d{4}|0000",
    "email": r"[a-z.0-9]+@example\.(com|net|org)",
    "postcode": r"[A-Z0-9]{2,4} \d([CIKMOV][A-Z]|[A-Z][CIKMOV])|0000\d",
    "phone": r"07700 ?900 ?\d{3}",
    "ip address": r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+|2001:db8:.*",
}


@pytest.mark.parametrize("phrase", UNISSUABLE)
def test_personal_shapes_are_nobodys(phrase: str, made: list[list[object]]) -> None:
    """Every value breaks a rule of the identifier, or comes from a range that nobody is given."""
    wanted = read_phrase(phrase)
    found = [values for rule, _, values in texts(made) if wanted in rule.phrases and rule.category in PERSONAL]
    assert found
    for values in found:
        assert [text for text in values if not re.fullmatch(UNISSUABLE[phrase], text)] == []


def test_values_of_texts_are_texts() -> None:
    """No value of a text's list was read as a number, a truth value or nothing."""
    for rule, family, option in variants():
        values = option.generator.parameters.get("values")
        if family == "text" and isinstance(values, dict):
            assert all(isinstance(value, str) for value in values), rule.phrases[0]
