"""What people are called: given and family names by sex, birth year and community, and how family names pass.

Sources, licences and what is a guess are in ``reference/names/PROVENANCE.md``. Without a community, names are those of
Hackney's residents all together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..reference import table
from ..streams.stream import U64, mix64, stream_key
from .customs import (
    SEXES,
    british_share,
    custom_of,
    customs_of,
    given_groups,
    given_lists,
    pack_lines,
)
from .definition import Rows, generator, parameter
from .draws import I64, Slots, codes_of, shared_bits, text_scalar, whole_keys
from .family_lines import Relatives, family_names
from .identifiers import TEXT

NEITHER = len(SEXES)
_FIRST_DAY = (date(1850, 1, 1) - date(1970, 1, 1)).days
_LAST_DAY = (date(2150, 1, 1) - date(1970, 1, 1)).days
_CENSUS_YEAR = 2021
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio: multiples of it lie far apart, so that brothers and sisters draw far apart."""


def sex_codes(rows: Rows, column: str) -> I64:
    """0 for F, 1 for M and 2 for anything else, or if there is no column."""
    if not column:
        return np.full(rows.count, NEITHER, dtype=np.int64)
    return codes_of(rows.column(column).cast(pa.string()), SEXES, NEITHER)


def days_of(values: pa.Array) -> I64:
    """Dates as days since 1970-01-01; 0 where empty."""
    return np.asarray(values.cast(pa.date32()).cast(pa.int32()).fill_null(0)).astype(np.int64)


# ----------------------------------------------------------------------------------------------------- given names


@dataclass(frozen=True, slots=True)
class GivenName:
    sex: str = parameter("column", "a column of F and M; anything else takes names of either sex", default="")
    born: str = parameter("column", "a date of birth; without it the name is as old as Hackney's residents", default="")
    community: str = parameter(
        "column", "the community, or the naming custom itself; one that is unknown takes a name of any", default=""
    )
    by: str = parameter("column", "rows alike here and of one community follow one custom, as a household", default="")
    line: str = parameter("column", "a line of name_line, instead of community and by", default="")
    among: str = parameter(
        "column", "the row's number within its line, or within by: brothers and sisters then seldom share a name",
        default="",
    )  # fmt: skip
    middle: bool = parameter("flag", "a middle name, where the custom has its own", default=False)

    def __post_init__(self) -> None:
        _check_line(self.line, self.community)
        if not self.line and not self.community and (self.by or self.among or self.middle):
            raise ValueError("'by', 'among' and 'middle' need a community or a line")
        if self.among and not (self.line or self.by):
            raise ValueError("'among' needs a line, or 'by'")


def _check_line(line: str, community: str) -> None:
    if line and community:
        raise ValueError("a line says which custom is followed, so it takes no community")


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
    years = _years(np.arange(_FIRST_DAY, _LAST_DAY))
    reach = [start - 5 if start < 1996 else start for start in starts]
    return np.maximum(np.searchsorted(reach, years, side="right") - 1, 0).astype(np.uint8)


def _years(days: I64) -> I64:
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


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
    "given_name",
    output=TEXT,
    parameters=GivenName,
    examples=({"sex": "sex", "born": "date_of_birth"}, {"sex": "sex"}),
)
def given_name(rows: Rows, parameters: GivenName) -> pa.Array:
    """Given names as often as they were given in England and Wales around the birth year to the person's sex.

    With a community, or a line, they are those of its custom; a share that grows with the birth year has names of the
    country it lives in. British families have rarer names too, and more of them the younger they are.
    """
    if parameters.community or parameters.line:
        custom, words = _custom_and_words(rows, parameters)
        return _given_of_custom(rows, parameters, custom, words)
    known = _given()
    bits = rows.bits()
    period: NDArray[np.integer[Any]] | int = known.unborn
    if parameters.born:
        born = rows.column(parameters.born)
        period = known.periods[np.clip(days_of(born) - _FIRST_DAY, 0, len(known.periods) - 1)]
        if born.null_count:
            period = np.where(np.asarray(born.is_valid()), period, known.unborn)
    sex = sex_codes(rows, parameters.sex)
    sex = np.where(sex == NEITHER, _either(bits), sex)
    return _encoded(known.slots.draw(bits, period * len(SEXES) + sex), known.names)


def _either(bits: U64) -> I64:
    """F or M as often, by the lowest bit: names are drawn by the upper ones."""
    return (bits & np.uint64(1)).view(np.int64)


def _custom_and_words(rows: Rows, parameters: GivenName) -> tuple[I64, U64]:
    """Each row's custom, and the word that its name is drawn by."""
    if parameters.line:
        lines = _lines(rows, parameters.line)
        custom = custom_of(lines)
    else:
        lines = _keys(rows, parameters.by).view(np.int64)
        custom = _customs(rows, parameters.community, parameters.by)
    if not parameters.among:
        return custom, rows.bits()
    place = np.asarray(rows.column(parameters.among).cast(pa.int64()).fill_null(0)).view(np.uint64)
    shared = mix64(mix64(lines.view(np.uint64)), stream_key(rows.seed, f"{rows.path}#among"))
    return custom, shared + place * _GOLDEN


def _given_of_custom(rows: Rows, parameters: GivenName, custom: I64, words: U64) -> pa.Array:
    known = given_lists()
    years = _birth_years(rows, parameters.born)
    sex = sex_codes(rows, parameters.sex)
    sex = np.where(sex == NEITHER, _either(rows.bits("sex")), sex)
    if parameters.middle:
        starts = known.middle[custom]
    else:
        here = rows.unit("here") < british_share(custom, years)
        starts = np.where(here, known.british[custom], known.own[custom])
    return _encoded(known.slots.draw(words, given_groups(known, starts, sex, years)), known.names)


def _birth_years(rows: Rows, column: str) -> I64:
    """Years of birth; where there is no date, the year of somebody of the census."""
    if column and not rows.column(column).null_count:
        return _years(days_of(rows.column(column)))
    persons = np.cumsum([float(count) for count in table("population/age_2021")["persons"]])
    drawn: I64 = _CENSUS_YEAR - np.searchsorted(persons, rows.unit("age") * persons[-1], side="right")
    if not column:
        return drawn
    born = rows.column(column)
    return np.where(np.asarray(born.is_valid()), _years(days_of(born)), drawn)


# ------------------------------------------------------------------------------------------------- lines and customs


def _keys(rows: Rows, by: str) -> U64:
    """A number for each row, equal where ``by`` is; the row's own key where it is empty or not given."""
    own = rows.ids()
    if not by:
        return own.view(np.uint64)
    column = rows.column(by)
    keys = whole_keys(rows, column)
    return (np.where(np.asarray(column.is_valid()), keys, own) if column.null_count else keys).view(np.uint64)


def _customs(rows: Rows, community: str, by: str, hints: tuple[str, ...] = ()) -> I64:
    """The custom of each row, which no column's name has a part in: all names of a row follow one custom."""
    words = mix64(mix64(_keys(rows, by)), stream_key(rows.seed, "names/custom"))
    columns = [_labels(rows, name) for name in (community, *hints)]
    return customs_of(columns, words)


def _labels(rows: Rows, name: str) -> pa.Array:
    if not name:
        return pa.nulls(rows.count, pa.string())
    encoded = rows.encoded(name)
    return rows.column(name) if encoded is None else encoded


def _lines(rows: Rows, column: str) -> I64:
    """The lines of a column; a row without one begins its own, of any community."""
    found = rows.column(column)
    lines: I64 = np.asarray(found.cast(pa.int64()).fill_null(0))
    if not found.null_count:
        return lines
    own = pack_lines(rows.bits("line"), _customs(rows, "", ""))
    return np.where(np.asarray(found.is_valid()), lines, own)


@dataclass(frozen=True, slots=True)
class NameLine:
    by: str = parameter("column", "who begins the line: rows with the same value here are of one line")
    community: str = parameter("column", "the community, or the naming custom itself; any if not known", default="")
    household: str = parameter(
        "column", "rows alike here and of one community follow one custom; each line its own if not given", default=""
    )
    hints: list[str] = parameter(
        "columns", "columns of labels that tell the custom more closely, weightiest first, such as religion, country of "
        "birth and main language as the fitted population has them",
        default=(),
    )  # fmt: skip


@generator(
    "name_line",
    output=("bigint",),
    parameters=NameLine,
    default="by",
    examples=(
        {"by": "id", "community": "community", "household": "household_id", "hints": ["religion", "country"]},
        {"by": "household_id", "community": "community"},
    ),
)
def name_line(rows: Rows, parameters: NameLine) -> pa.Array:
    """The line that a family name comes down by: a number that also holds which community's custom it follows.

    Give every person a line by its own key; a child's line is its father's, or else its mother's, looked up by
    ``relative`` and chosen by ``coalesce(father_line, mother_line, own_line)``. Then ``family_name`` and ``given_name`` need
    no more than lines, also where parents are of two communities.
    """
    custom = _customs(rows, parameters.community, parameters.household or parameters.by, tuple(parameters.hints))
    return pa.array(pack_lines(shared_bits(rows, parameters.by), custom))


# ---------------------------------------------------------------------------------------------------- family names


@dataclass(frozen=True, slots=True)
class FamilyName:
    by: str = parameter("column", "rows with the same value here share a name, such as household.id", default="")
    community: str = parameter(
        "column", "the community, or the naming custom itself; one that is unknown takes a name of any", default=""
    )
    sex: str = parameter(
        "column", "a column of F and M, for names that bend with sex; needs a line or community", default=""
    )
    line: str = parameter("column", "the father's line by name_line, or the person's own; instead of by", default="")
    mother: str = parameter(
        "column",
        "the mother's line, for second and double-barrelled names; may be empty, or the line itself if the father is not known",
        default="",
    )
    spouse: str = parameter(
        "column",
        "the line of the husband whose name a wife may take, by the customs of both; empty for others",
        default="",
    )
    father_given: str = parameter(
        "column", "the father's given name, which is a part of the name in some customs; may be empty", default=""
    )

    def __post_init__(self) -> None:
        _check_line(self.line, self.community)
        if self.line and self.by:
            raise ValueError("a line says who shares the name, so it takes no 'by'")
        if not self.line and (self.mother or self.spouse):
            raise ValueError("'mother' and 'spouse' are lines, and need the 'line' of the row")
        if not self.line and not self.community and (self.sex or self.father_given):
            raise ValueError("'sex' and 'father_given' need a line or a community")


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


@generator(
    "family_name",
    output=TEXT,
    parameters=FamilyName,
    default="by",
    examples=({}, {"by": "household.id"}),
)
def family_name(rows: Rows, parameters: FamilyName) -> pa.Array:
    """Family names of Hackney's communities, each about as often as the community's share of the residents.

    With a community or a line, the name is of its custom and passes by it: shared by couples or not, bent by sex
    (Kowalski, Kowalska), of both parents (García López) or made of the father's given name (Abdi Farah).
    """
    if not parameters.community and not parameters.line:
        names, slots = _family()
        return _encoded(slots.draw(shared_bits(rows, parameters.by)), names)
    if parameters.line:
        lines = _lines(rows, parameters.line)
    else:
        lines = _lines_of(rows, parameters.by, parameters.community)
    mother, spouse = (_relatives(rows, name) for name in (parameters.mother, parameters.spouse))
    father = rows.column(parameters.father_given) if parameters.father_given else None
    return family_names(rows.seed, lines, sex_codes(rows, parameters.sex), Relatives(mother, spouse, father))


def _lines_of(rows: Rows, by: str, community: str, salt: str = "line") -> I64:
    return pack_lines(shared_bits(rows, by, salt), _customs(rows, community, by))


def _relatives(rows: Rows, column: str) -> tuple[I64, NDArray[np.bool_]] | None:
    """The lines in a column, and where there are any."""
    if not column:
        return None
    found = rows.column(column)
    return np.asarray(found.cast(pa.int64()).fill_null(0)), np.asarray(found.is_valid())


# ------------------------------------------------------------------------------------------------------- both at once


@dataclass(frozen=True, slots=True)
class FullName:
    sex: str = parameter("column", "a column of F and M; anything else takes names of either sex", default="")
    born: str = parameter("column", "a date of birth; without it the name is as old as Hackney's residents", default="")
    community: str = parameter(
        "column", "the community, or the naming custom itself; any if not given or unknown", default=""
    )
    by: str = parameter("column", "rows with the same value here share the family name", default="")


@generator(
    "full_name",
    output=TEXT,
    parameters=FullName,
)
def full_name(rows: Rows, parameters: FullName) -> pa.Array:
    """Given and family name, such as Joan Adeyemi: of Hackney's communities, as old as its residents, of either sex.

    For a column that holds the whole name alone; where its parts are columns too, ``text`` puts them together.
    """
    if parameters != FullName():
        given, family = _full_name_of_custom(rows, parameters)
    else:
        known, (names, slots) = _given(), _family()
        bits = rows.bits("given")
        given = known.names.take(pa.array(known.slots.draw(bits, known.unborn * len(SEXES) + _either(bits))))
        family = names.take(pa.array(slots.draw(rows.bits("family"))))
    return pc.binary_join_element_wise(given, family, text_scalar(" "))


def _full_name_of_custom(rows: Rows, parameters: FullName) -> tuple[pa.Array, pa.Array]:
    written = GivenName(sex=parameters.sex, born=parameters.born)
    lines = _lines_of(rows, parameters.by, parameters.community, "family")
    given = _given_of_custom(rows, written, custom_of(lines), rows.bits("given"))
    family = family_names(rows.seed, lines, _shown_sex(rows, parameters.sex), Relatives())
    return given.cast(pa.string()), family.cast(pa.string())


def _shown_sex(rows: Rows, column: str) -> I64:
    """The sex that the given name is of, so that a family name bends with it."""
    sex = sex_codes(rows, column)
    return np.where(sex == NEITHER, _either(rows.bits("sex")), sex)


def _encoded(places: NDArray[np.unsignedinteger[Any]], names: pa.Array) -> pa.Array:
    """Names by their places in a list; whoever works on the names can do so once for each in the list."""
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), names)
