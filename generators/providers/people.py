"""Facts about people: names by birth year and community, titles, dates of birth and addresses for e-mail.

Sources, licences and what was done with them are in ``reference/names/PROVENANCE.md`` and
``reference/population/PROVENANCE.md``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import add_months, bounded
from ..reference import table
from ..spec import Expression, parse_expression
from ..streams.stream import U64
from .definition import NoParameters, Promise, Rows, generator, parameter
from .draws import I64, Slots, byte_offsets, codes_of, shared_bits, text_scalar
from .folding import latin_letters
from .identifiers import TEXT
from .records import as_text, quads, record, words

SEXES = ("F", "M")
_NEITHER = len(SEXES)
_FIRST_DAY = (date(1850, 1, 1) - date(1970, 1, 1)).days
_LAST_DAY = (date(2150, 1, 1) - date(1970, 1, 1)).days
_CENSUS_YEAR = 2021
_OLDEST = 130
_YEAR_DAYS = 365.2425


def _sex_codes(rows: Rows, column: str) -> I64:
    if not column:
        return np.full(rows.count, _NEITHER, dtype=np.int64)
    return codes_of(rows.column(column).cast(pa.string()), SEXES, _NEITHER)


def _days(values: pa.Array) -> I64:
    """Dates as days since 1970-01-01; 0 where empty."""
    return np.asarray(values.cast(pa.date32()).cast(pa.int32()).fill_null(0)).astype(np.int64)


# ----------------------------------------------------------------------------------------------------------- names


@dataclass(frozen=True, slots=True)
class GivenName:
    sex: str = parameter("column", "a column of F and M; anything else takes names of either sex", default="")
    born: str = parameter("column", "a date of birth; without it the name is as old as Hackney's residents", default="")


@dataclass(frozen=True, slots=True)
class _Given:
    names: pa.Array
    slots: Slots
    periods: NDArray[np.uint8]
    unborn: int


@lru_cache(maxsize=1)
def _given() -> _Given:
    """Every name once, and the slots of each period and sex; the last period is the mixture of all by age."""
    data = table("names/given")
    starts = sorted({int(period) for period in data["period"]})
    places = {name: place for place, name in enumerate(dict.fromkeys(data["name"]))}
    weights: dict[tuple[int, str], list[tuple[int, float]]] = {(start, sex): [] for start in starts for sex in SEXES}
    for period, sex, name, weight in zip(data["period"], data["sex"], data["name"], data["weight"], strict=True):
        weights[int(period), sex].append((places[name], float(weight)))
    periods = _period_of_day(tuple(starts))
    groups = [weights[start, sex] for start in starts for sex in SEXES]
    groups += [_mixture([weights[start, sex] for start in starts], starts) for sex in SEXES]
    return _Given(pa.array(list(places)), Slots(groups, power=13), periods, len(starts))


def _period_of_day(starts: tuple[int, ...]) -> NDArray[np.uint8]:
    """The period of each day from 1850 on: each decade's list serves from five years before it."""
    days = np.arange(_FIRST_DAY, _LAST_DAY).astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    reach = [start - 5 if start < 1996 else start for start in starts]
    return np.maximum(np.searchsorted(reach, years, side="right") - 1, 0).astype(np.uint8)


def _mixture(groups: list[list[tuple[int, float]]], starts: list[int]) -> list[tuple[int, float]]:
    """All periods' names together, each period as heavy as the residents born in it."""
    born = [_CENSUS_YEAR - int(age) for age in table("population/age_2021")["age"]]
    persons = [float(count) for count in table("population/age_2021")["persons"]]
    reach = [start - 5 if start < 1996 else start for start in starts]
    periods = np.maximum(np.searchsorted(reach, born, side="right") - 1, 0)
    shares = np.bincount(periods, weights=persons, minlength=len(starts))
    mixed: dict[int, float] = {}
    for group, share in zip(groups, shares, strict=True):
        total = sum(weight for _, weight in group)
        for place, weight in group:
            mixed[place] = mixed.get(place, 0.0) + share * weight / total
    return list(mixed.items())


@generator(
    "given_name", output=TEXT, parameters=GivenName, examples=({"sex": "sex", "born": "date_of_birth"}, {"sex": "sex"})
)
def given_name(rows: Rows, parameters: GivenName) -> pa.Array:
    """Given names as often as they were given in England and Wales around the birth year to the person's sex."""
    known = _given()
    bits = rows.bits()
    period: NDArray[np.integer[Any]] | int = known.unborn
    if parameters.born:
        born = rows.column(parameters.born)
        period = known.periods[np.clip(_days(born) - _FIRST_DAY, 0, len(known.periods) - 1)]
        if born.null_count:
            period = np.where(np.asarray(born.is_valid()), period, known.unborn)
    sex = _sex_codes(rows, parameters.sex)
    sex = np.where(sex == _NEITHER, _either(bits), sex)
    return _encoded(known.slots.draw(bits, period * len(SEXES) + sex), known.names)


def _either(bits: U64) -> I64:
    """F or M as often, by the lowest bit: names are drawn by the upper ones."""
    return (bits & np.uint64(1)).view(np.int64)


@dataclass(frozen=True, slots=True)
class FamilyName:
    by: str = parameter("column", "rows with the same value here share a name, such as household.id", default="")


@lru_cache(maxsize=1)
def _family() -> tuple[pa.Array, Slots]:
    data, shares = table("names/family"), table("names/communities")
    share = dict(zip(shares["community"], map(float, shares["weight"]), strict=True))
    totals = dict.fromkeys(share, 0.0)
    for community, weight in zip(data["community"], data["weight"], strict=True):
        totals[community] += float(weight)
    mixed: dict[str, float] = {}
    for community, name, weight in zip(data["community"], data["name"], data["weight"], strict=True):
        mixed[name] = mixed.get(name, 0.0) + share[community] * float(weight) / totals[community]
    return pa.array(list(mixed)), Slots([list(enumerate(mixed.values()))], power=16)


@generator("family_name", output=TEXT, parameters=FamilyName, default="by", examples=({}, {"by": "household.id"}))
def family_name(rows: Rows, parameters: FamilyName) -> pa.Array:
    """Family names of Hackney's communities, each about as often as the community's share of the residents.

    Names do not bend with sex (Kowalski, never Kowalska), and a single name stands for every custom.
    """
    names, slots = _family()
    return _encoded(slots.draw(shared_bits(rows, parameters.by)), names)


@generator("full_name", output=TEXT, parameters=NoParameters)
def full_name(rows: Rows, _: NoParameters) -> pa.Array:
    """Given and family name, such as Joan Adeyemi: of Hackney's communities, as old as its residents, of either sex.

    For a column that holds the whole name alone; where its parts are columns too, ``text`` puts them together.
    """
    known, (names, slots) = _given(), _family()
    bits = rows.bits("given")
    given = known.names.take(pa.array(known.slots.draw(bits, known.unborn * len(SEXES) + _either(bits))))
    family = names.take(pa.array(slots.draw(rows.bits("family"))))
    return pc.binary_join_element_wise(given, family, text_scalar(" "))


def _encoded(places: NDArray[np.unsignedinteger[Any]], names: pa.Array) -> pa.Array:
    """Names by their places in a list; whoever works on the names can do so once for each in the list."""
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), names)


# ----------------------------------------------------------------------------------------------------------- title


@dataclass(frozen=True, slots=True)
class Title:
    sex: str = parameter("column", "a column of F and M; anything else gets mostly Mx", default="")
    born: str = parameter("column", "the date of birth; without it everyone counts as grown up", default="")


@lru_cache(maxsize=1)
def _titles() -> tuple[pa.Array, Slots]:
    """Titles, and slots by sex (F, M, X) and age."""
    data = table("names/titles")
    places = {name: place for place, name in enumerate(dict.fromkeys(data["title"]))}
    groups: list[list[tuple[int, float]]] = [[] for _ in range((_NEITHER + 1) * (_OLDEST + 1))]
    for sex, low, high, title_, weight in zip(*(data[name] for name in data), strict=True):
        for age in range(int(low), int(high) + 1):
            groups[(*SEXES, "X").index(sex) * (_OLDEST + 1) + age].append((places[title_], float(weight)))
    return pa.array(list(places)), Slots(groups, power=10)


@generator("title", output=TEXT, parameters=Title, examples=({"sex": "sex", "born": "date_of_birth"},))
def title(rows: Rows, parameters: Title) -> pa.Array:
    """Titles by sex and age at ``epoch``: Master and Miss for children, Ms, Mrs, Mr, Dr, Rabbi and others later."""
    names, slots = _titles()
    age: I64 | int = 40
    if parameters.born:
        born = rows.column(parameters.born)
        age = np.clip(((rows.epoch - _days(born)) / _YEAR_DAYS).astype(np.int64), 0, _OLDEST)
        if born.null_count:
            age = np.where(np.asarray(born.is_valid()), age, 40)
    group = _sex_codes(rows, parameters.sex) * (_OLDEST + 1) + age
    return names.take(pa.array(slots.draw(rows.bits(), group)))


# --------------------------------------------------------------------------------------------------- date of birth


@dataclass(frozen=True, slots=True)
class DateOfBirth:
    min_age: Expression = parameter(
        "expression", "youngest age at epoch, in completed years; an expression", default=parse_expression("0")
    )
    max_age: Expression = parameter(
        "expression", "greatest age at epoch, in completed years; an expression", default=parse_expression("100")
    )


_AGE_POWER = 16


@lru_cache(maxsize=1)
def _ages() -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """How many of 2**16 residents are younger than each age, and the age of each of them in order."""
    reached = np.cumsum([float(count) for count in table("population/age_2021")["persons"]])
    below = np.concatenate(([0], np.round(reached * ((1 << _AGE_POWER) / reached[-1])))).astype(np.int64)
    ages = np.repeat(np.arange(len(reached), dtype=np.uint8), np.diff(below))
    return np.concatenate((below, np.full(_OLDEST + 2 - len(below), below[-1]))), ages


@lru_cache(maxsize=16)
def _birth_days(epoch: int) -> tuple[I64, U64]:
    """For each age, the first birth day that gives it at ``epoch``, and how many such days there are."""
    birthdays = add_months(np.full(_OLDEST + 2, epoch, dtype=np.int64), -12 * np.arange(_OLDEST + 2))
    return birthdays[1:] + 1, (birthdays[:-1] - birthdays[1:]).astype(np.uint64)


@generator(
    "date_of_birth",
    output=("date",),
    parameters=DateOfBirth,
    examples=({"min_age": 18, "max_age": 64}, {"min_age": "parent_age - 45", "max_age": "parent_age - 18"}),
)
def date_of_birth(rows: Rows, parameters: DateOfBirth) -> pa.Array:
    """Dates of birth that put the age at ``epoch`` between two bounds, as Hackney's residents are spread there.

    Ages follow the census of 2021 by single year (100 and over as 100); a maximum below the minimum counts as the minimum.
    """
    low, high = _age_bounds(rows, parameters.min_age), _age_bounds(rows, parameters.max_age)
    high = np.maximum(low, high)
    below, ages = _ages()
    bits = rows.bits()
    upper, lower = (bits >> np.uint64(32)), bits & np.uint64(0xFFFFFFFF)
    start = below[low]
    span = (below[high + 1] - start).astype(np.uint64)
    place = start + ((upper * span) >> np.uint64(32)).view(np.int64)
    # Where nobody of the age lives, the place falls beside the bounds; they hold all the same.
    age = np.clip(ages[np.minimum(place, len(ages) - 1)], low, high)
    first, days = _birth_days(rows.epoch)
    born = first[age] + ((lower * days[age]) >> np.uint64(32)).view(np.int64)
    return pa.array(born.astype(np.int32)).cast(pa.date32())


def _age_bounds(rows: Rows, expression: Expression) -> I64:
    """Ages from 0 to 130; one for all rows if the expression is a plain number. An empty one counts as 0."""
    if isinstance(expression.tree, ast.Constant) and isinstance(expression.tree.value, int):
        return np.clip(np.array([expression.tree.value], dtype=np.int64), 0, _OLDEST)
    values: I64 = np.asarray(pc.fill_null(rows.evaluate(expression).cast(pa.int64(), safe=False), 0))
    return np.clip(values, 0, _OLDEST)


# ---------------------------------------------------------------------------------------------------------- e-mail


@dataclass(frozen=True, slots=True)
class Email:
    names: list[str] = parameter("columns", "columns of names that the address begins with", default=())


_DOMAINS = ("@example.com", "@example.net", "@example.org")


@lru_cache(maxsize=1)
def _domains() -> pa.Array:
    return pa.array(_DOMAINS)


@generator(
    "email",
    output=TEXT,
    parameters=Email,
    default="names",
    promise=Promise.NEVER_ISSUED,
    capacity=lambda _: 1 << 62,
    examples=({"names": ["given_name", "family_name"]},),
)
def email(rows: Rows, parameters: Email) -> pa.Array:
    """E-mail addresses at example.com, .net or .org, made of names and the row's key, so that no two are equal.

    The domains are reserved by RFC 2606. Names are cut down to the letters a to z, so the digits after them are the
    key and nothing else; a row without a name is called ``resident``.
    """
    columns = [_folded(rows, name) for name in parameters.names]
    tails = _tails(rows.ids(), bounded(rows.bits(), len(_DOMAINS)))
    resident, dot = text_scalar("resident"), text_scalar(".")
    if not columns:
        return pc.binary_join_element_wise(resident, tails, dot)
    address = pc.binary_join_element_wise(*columns, tails, dot)
    lengths = np.diff(byte_offsets(columns[0]))
    if not len(lengths) or lengths.min() > 0:
        return address
    return pc.if_else(pa.array(lengths > 0), address, pc.binary_join_element_wise(resident, tails, dot))


def _folded(rows: Rows, name: str) -> pa.Array:
    encoded = rows.encoded(name)
    if encoded is not None:
        return latin_letters(encoded.dictionary).take(encoded.indices)
    return latin_letters(rows.column(name).cast(pa.string()).fill_null(""))


_TAIL_DIGITS = 8


def _tails(ids: I64, domains: I64) -> pa.Array:
    """``00002000@example.org`` from keys and domains; keys of more digits than usual are written in full."""
    if len(ids) and ids.max() >= 10**_TAIL_DIGITS:
        numbers = pc.utf8_lpad(pa.array(ids).cast(pa.string()), _TAIL_DIGITS, "0")
        return pc.binary_join_element_wise(numbers, _domains().take(pa.array(domains)), text_scalar(""))
    endings = words("".join(_DOMAINS), f"V{len(_DOMAINS[0])}")
    records = np.empty(len(ids), record(20, high=("<u4", 0), low=("<u4", 4), ending=(endings.dtype.str, 8)))
    high = (ids // 10_000).astype(np.uint32)
    records["high"] = quads()[high]
    records["low"] = quads()[ids - high * np.int64(10_000)]
    records["ending"] = endings[domains]
    return as_text(records)
