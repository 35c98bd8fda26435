"""Pools: Faker and Mimesis are reproducible, cheap, and kept from making what may be somebody's."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from generators.errors import DomainTooSmallError, GenerationError, ParameterError, SpecError, UnknownNameError
from generators.providers import REGISTRY, bind, find, read_generator
from generators.providers.pool_sources import SOURCES
from generators.providers.pools import provider_names, refusal
from generators.reference import table
from generators.spec import GeneratorSpec
from tests.architecture.source_tree import ROOT
from tests.generators.datasets import one_table, values
from tests.generators.pool_probe import NEED_ARGUMENTS

SCALARS = {"str", "int", "float", "bool", "Decimal", "date", "time", "NoneType"}


def probe(days: int, hash_seed: str) -> Any:
    """What every provider makes in a process of its own."""
    return json.loads(
        subprocess.run(
            [sys.executable, "-m", "tests.generators.pool_probe", str(days)],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True,
        ).stdout
    )  # fmt: skip


def test_every_allowed_provider_makes_the_same_under_another_clock_and_hash_seed() -> None:
    """Nothing that may be used reads the clock, global randomness or the order of a set; each makes single values."""
    here, later = probe(0, "1"), probe(1000, "2")
    assert [name for name in here if here[name] != later[name]] == []
    assert {name: made[0] for name, made in here.items() for value in made if value.split(" ")[0] not in SCALARS} == {}
    assert len(here) > 250


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("faker.phone_number", "phone"),
        ("faker.msisdn", "phone"),
        ("faker.cellphone_number", "phone"),
        ("faker.postcode", "postcode"),
        ("faker.address", "postcode"),
        ("faker.ssn", "ni_number"),
        ("faker.license_plate", "vehicle_mark"),
        ("faker.iban", "bank_account"),
        ("faker.bban", "bank_account"),
        ("faker.credit_card_number", "bank_account"),
        ("faker.credit_card_full", "bank_account"),
        ("faker.email", "email"),
        ("faker.free_email", "email"),
        ("faker.company_email", "email"),
        ("faker.ascii_free_email", "email"),
        ("faker.ipv4_public", "pattern"),
        ("faker.mac_address", "pattern"),
        ("faker.passport_number", "unique_pattern"),
        ("faker.profile", "json_object"),
        ("faker.csv", "json_object"),
        ("faker.date_of_birth", "date_of_birth"),
        ("faker.date_this_year", "date_between"),
        ("faker.uuid1", "uuid"),
        ("mimesis.person.email", "email"),
        ("mimesis.person.telephone", "phone"),
        ("mimesis.phone_number", "phone"),
        ("mimesis.address.postal_code", "postcode"),
        ("mimesis.payment.credit_card_number", "bank_account"),
        ("mimesis.person.birthdate", "date_of_birth"),
        ("mimesis.cryptographic.token_hex", "uuid"),
        ("mimesis.internet.ip_v4", "pattern"),
    ],
)
def test_what_may_be_somebodys_is_refused_with_the_safe_generator_named(name: str, instead: str) -> None:
    """A refusal says what to use instead, and where in the dataset it was met."""
    with pytest.raises(SpecError, match=f"refused.*use {instead} instead") as caught:
        bind(GeneratorSpec(name), where=("tables", "person"))
    assert caught.value.where == ("tables", "person")


def test_the_alternatives_that_the_policy_names_exist() -> None:
    """Every ``instead`` is a registered generator, every decision is one of two, and refusals have reasons."""
    policy = table("pools/policy")
    assert {name for name in policy["instead"] if name} <= set(REGISTRY)
    assert set(policy["decision"]) == {"allow", "refuse"}
    assert all(reason for reason, way in zip(policy["reason"], policy["decision"], strict=True) if way == "refuse")


def test_a_group_that_the_policy_does_not_know_is_refused() -> None:
    """A provider of a later version, in a group of its own, is refused until somebody has looked at it."""
    assert refusal("faker", "telepathy", "thought") == "is not known to be safe"
    assert refusal("numpy", "random", "rand") == "is not known to be safe"


def test_safe_addresses_are_allowed() -> None:
    """Faker's safe addresses are at example.com, .net and .org, so they pass."""
    assert {text.partition("@")[2] for text in values("faker.safe_email")} <= {
        "example.com",
        "example.net",
        "example.org",
    }


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("faker.first_nam", "first_name"),
        ("mimesis.person.ful_name", "person.full_name"),
        ("mimesis.title", "person.title"),
    ],
)
def test_an_unknown_provider_is_answered_with_the_nearest(name: str, near: str) -> None:
    """A misspelt provider, or one that several groups have, is answered with names that exist."""
    with pytest.raises(UnknownNameError) as caught:
        find(name)
    assert near in caught.value.nearest


def test_an_unknown_locale_is_answered_with_the_nearest() -> None:
    """A locale that the library does not have is refused when the dataset is read."""
    with pytest.raises(ParameterError, match="no locale 'en_UK'; did you mean"):
        values({"faker.name": {"locale": "en_UK"}}, rows=1)
    with pytest.raises(ParameterError, match="no locale 'xx'"):
        values({"mimesis.full_name": {"locale": "xx"}}, rows=1)


@pytest.mark.parametrize("name", ["faker.name", "mimesis.person.full_name", "mimesis.full_name"])
def test_a_pool_depends_on_seed_and_column_only(name: str) -> None:
    """The same seed gives the same rows, in parts as in one; another seed or another column gives others."""
    columns = {"a": ("text", name), "b": ("text", name)}
    whole = one_table(columns, rows=2000)
    assert one_table(columns, rows=2000) == whole
    assert one_table(columns, rows=2000, start=500, stop=700).to_pylist() == whole.to_pylist()[500:700]
    assert one_table(columns, rows=2000, seed=8).column("a") != whole.column("a")
    assert len(set(whole.column("a").to_pylist()) & set(whole.column("b").to_pylist())) < 500


def test_global_randomness_is_left_alone() -> None:
    """Drawing a pool neither reads nor moves the state of the ``random`` module."""
    random.seed(1)
    before = random.getstate()
    values({"faker.city": {"pool": 50}}, rows=100, seed=101)
    values({"mimesis.address.city": {"pool": 50}}, rows=100, seed=101)
    assert random.getstate() == before


def test_a_pool_holds_as_many_values_as_asked_for() -> None:
    """However many rows there are, their values come from the pool; ``unique`` makes all of the pool differ."""
    assert len(set(values({"faker.name": {"pool": 10}}, rows=3000))) <= 10
    assert len(set(values({"faker.name": {"pool": 25, "unique": True}}, rows=3000))) == 25


def test_a_pool_that_cannot_be_distinct_is_refused_with_the_arithmetic() -> None:
    """Five different truth values cannot be had."""
    with pytest.raises(DomainTooSmallError, match="offers 2 distinct values but 5 rows must differ"):
        values({"faker.boolean": {"pool": 5, "unique": True}}, "boolean", rows=1)


def test_weights_decide_how_often_a_value_comes() -> None:
    """Natural follows the draws, uniform evens them out, zipf lets the first value come n times as often as the n-th."""
    written = {"faker.random_int": {"arguments": {"min": 1, "max": 5}, "pool": 200}}
    uniform = {"faker.random_int": {**written["faker.random_int"], "weights": "uniform"}}
    zipf = {"faker.random_int": {**written["faker.random_int"], "weights": "zipf"}}
    for way, shares in ((uniform, [1 / 5] * 5), (zipf, [60 / 137 / rank for rank in range(1, 6)])):
        found = sorted(Counter(values(way, "integer", rows=20_000)).values(), reverse=True)
        assert found == pytest.approx([20_000 * share for share in shares], rel=0.1)
    assert set(values(written, "integer", rows=2000)) == {1, 2, 3, 4, 5}


def test_row_by_row_drawing_is_seeded_by_the_row_and_says_so() -> None:
    """A row's value is the same in any range; the definition is marked, so that a plan can warn of the cost."""
    written = {"faker.sentence": {"per_row": True}}
    whole = values(written, rows=300)
    assert len(set(whole)) > 290
    assert values(written, rows=300, start=100, stop=120) == whole[100:120]
    assert bind(read_generator(written)).definition.per_row
    assert not bind(read_generator("faker.sentence")).definition.per_row
    assert len(set(values({"mimesis.text.quote": {"per_row": True}}, rows=50))) > 5


def test_arguments_and_locales_reach_the_provider() -> None:
    """Arguments are passed by name; Mimesis' enumerations are written as text."""
    assert set(values({"faker.pyint": {"arguments": {"min_value": 3, "max_value": 4}}}, "integer")) == {3, 4}
    female = set(values({"mimesis.first_name": {"locale": "tr", "arguments": {"gender": "female"}, "pool": 4000}}))
    male = set(values({"mimesis.first_name": {"locale": "tr", "arguments": {"gender": "male"}, "pool": 4000}}))
    assert len(female & male) < 0.2 * len(female)


@pytest.mark.parametrize(
    ("written", "kind", "expected"),
    [
        ({"faker.pydecimal": {"arguments": {"left_digits": 3, "right_digits": 4}}}, "numeric(9,2)", "Decimal"),
        ("faker.pyfloat", "double", "float"),
        ("faker.boolean", "boolean", "bool"),
        ("faker.boolean", "text", "str"),
        ("faker.random_digit", "smallint", "int"),
        ("faker.latitude", "numeric(9,6)", "Decimal"),
        ("faker.latitude", "text", "str"),
        ("mimesis.datetime.time", "varchar(20)", "str"),
    ],
)
def test_values_take_the_columns_type(written: Any, kind: str, expected: str) -> None:
    """Whole numbers, fractions, truth values and days arrive as what the column holds."""
    assert {type(value).__name__ for value in values(written, kind, rows=100)} == {expected}


@pytest.mark.parametrize(
    ("written", "kind", "message"),
    [
        ("faker.name", "integer", "name does not fit integer"),
        ({"faker.name": {"arguments": {"x": 1}}}, "text", "does not take these arguments"),
        ({"faker.random_element": {"arguments": {"elements": [[1]]}}}, "text", "makes a list"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(written: Any, kind: str, message: str) -> None:
    """A wrong type, a wrong argument and a value that is none are each named."""
    with pytest.raises(GenerationError, match=message):
        values(written, kind, rows=10)


def test_the_version_of_a_pool_is_its_librarys() -> None:
    """A lock changes with the library, so that an upgrade cannot pass unseen."""
    for library, source in SOURCES.items():
        major, minor, patch = source.version()
        assert find(f"{library}.{provider_names(library)[0]}").version == major * 1_000_000 + minor * 1000 + patch
        assert major > 0


def test_every_allowed_name_binds() -> None:
    """Each name that is offered can be used as it stands, or with the arguments that it needs."""
    for library in SOURCES:
        for name in provider_names(library):
            assert find(f"{library}.{name}").output
    assert set(NEED_ARGUMENTS) <= {f"mimesis.{name}" for name in provider_names("mimesis")}
