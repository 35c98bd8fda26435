"""Generating the person table against Mimesis and Faker making the same fields row by row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from faker import Faker
from mimesis import Generic
from mimesis.enums import Gender
from mimesis.locales import Locale

from generators import Run, generate
from seeds.dataset import load_dataset

from .measure import Measure, middle_ratio

_EPOCH = date(2026, 4, 6)
_OURS = 400_000
_REPEATS = 5


def ours(rows: int) -> float:
    """Values a second in the person table of the borough, one process."""
    dataset = load_dataset("borough")
    run = Run(dataset, 1, rows, _EPOCH, _EPOCH)
    made = 0
    started = time.perf_counter()
    for item in generate(run, tables={"person"}):
        made += item.batch.num_rows * item.batch.num_columns
    return made / (time.perf_counter() - started)


def fields() -> int:
    """How many columns the person table has."""
    table = next(table for table in load_dataset("borough").stored if table.name == "person")
    return len(table.stored_columns)


def mimesis_rows(rows: int) -> Iterator[tuple[Any, ...]]:
    """The same fields by Mimesis, with its own providers wherever it has one."""
    source = Generic(locale=Locale.EN_GB, seed=1)
    person, numeric, code, choice = source.person, source.numeric, source.code, source.choice
    for number in range(rows):
        sex = Gender.FEMALE if numeric.integer_number(0, 1) else Gender.MALE
        given, family = person.first_name(gender=sex), person.last_name(gender=sex)
        yield (
            number, number // 2, numeric.integer_number(10_000_000, 99_999_999), number % 3,
            choice(["head", "partner", "child", "sharer"]), "F" if sex is Gender.FEMALE else "M",
            person.birthdate(min_year=1930, max_year=2025), person.title(gender=sex), given, person.first_name(gender=sex),
            family, f"999{numeric.integer_number(0, 9_999_999):07d}", code.pin("QQ######A"), person.email(),
            source.address.country(), person.language(), source.datetime.date(start=2014, end=2026),
            person.phone_number(mask="07700 900###"), source.datetime.datetime(start=2014, end=2026),
        )  # fmt: skip


def faker_rows(rows: int) -> Iterator[tuple[Any, ...]]:
    """The same fields by Faker."""
    fake = Faker("en_GB")
    fake.seed_instance(1)
    for number in range(rows):
        female = fake.boolean()
        first = fake.first_name_female if female else fake.first_name_male
        yield (
            number, number // 2, fake.random_int(10_000_000, 99_999_999), number % 3,
            fake.random_element(("head", "partner", "child", "sharer")), "F" if female else "M",
            fake.date_of_birth(maximum_age=95), fake.prefix_female() if female else fake.prefix_male(), first(), first(),
            fake.last_name(), f"999{fake.random_int(0, 9_999_999):07d}", fake.bothify("QQ######A"), fake.safe_email(),
            fake.country(), fake.language_name(), fake.date_between("-12y"),
            fake.numerify("07700 900###"), fake.date_time_between("-12y"),
        )  # fmt: skip


def _rate(rows: Callable[[int], Iterator[tuple[Any, ...]]], count: int) -> float:
    values = 0
    started = time.perf_counter()
    for row in rows(count):
        values += len(row)
    return values / (time.perf_counter() - started)


def measures() -> list[Measure]:
    """Both ratios, each the median of pairs taken in turn."""
    columns = fields()
    for peer in (mimesis_rows, faker_rows):
        width = len(next(peer(1)))
        if width != columns:
            raise AssertionError(f"{peer.__name__} makes {width} values a row, the person table has {columns}")
    ours(20_000)
    against_mimesis, against_faker = [], []
    for _ in range(_REPEATS):
        rate = ours(_OURS)
        against_mimesis.append((rate, _rate(mimesis_rows, 4_000)))
        against_faker.append((rate, _rate(faker_rows, 1_500)))
    detail = f"ours {max(rate for rate, _ in against_mimesis):,.0f} values/s at best"
    return [
        Measure("person table against Mimesis", middle_ratio(against_mimesis), 40, "×", detail=detail),
        Measure("person table against Faker", middle_ratio(against_faker), 250, "×"),
    ]
