"""Facts about people: titles, dates of birth and addresses for e-mail; what they are called is in ``names``.

Sources, licences and what was done with them are in ``reference/names/PROVENANCE.md`` and
``reference/population/PROVENANCE.md``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import add_months, bounded
from ..reference import table
from ..spec import Expression, parse_expression
from ..streams.stream import U64
from .customs import SEXES
from .definition import Promise, Rows, generator, parameter
from .draws import I64, Slots, byte_offsets, text_scalar
from .folding import latin_letters
from .identifiers import TEXT
from .names import NEITHER, days_of, sex_codes
from .records import as_text, quads, record, words

_OLDEST = 130
_YEAR_DAYS = 365.2425


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
    groups: list[list[tuple[int, float]]] = [[] for _ in range((NEITHER + 1) * (_OLDEST + 1))]
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
        age = np.clip(((rows.epoch - days_of(born)) / _YEAR_DAYS).astype(np.int64), 0, _OLDEST)
        if born.null_count:
            age = np.where(np.asarray(born.is_valid()), age, 40)
    group = sex_codes(rows, parameters.sex) * (_OLDEST + 1) + age
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
