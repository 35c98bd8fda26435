"""The published tables that the population is compared with, and how a household or person falls into their cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from ..reference import table
from .aims import borough_targets
from .dice import F64, I64
from .identity import MARITAL
from .pool import COMPOSITIONS, LAST_FAMILY, LAST_ONE_PERSON
from .sources import area_table, borough_table, codes, ethnic_groups, male_shares, share_of, single_years
from .storing import labels_of

Columns = Mapping[str, pa.Array]


@dataclass(frozen=True, slots=True)
class Expected:
    """A published table: rows are areas, or one row for the borough; ``classify`` gives each row of data its column."""

    name: str
    of: str
    field: str
    counts: F64
    classify: Callable[[Columns], I64]
    area: str = ""
    areas: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    shares: bool = False


@cache
def expectations() -> tuple[Expected, ...]:
    """All published tables, those by area first."""
    return (*_by_area(), *_persons(), *_households(), *_shares())


def coded(values: pa.Array, labels: tuple[str, ...], classes: I64 | None = None) -> I64:
    """Each value's position among the labels, or the class of that position; -1 for none of them."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    known = {label: place for place, label in enumerate(labels)}
    places = np.array([known.get(label, -1) for label in encoded.dictionary.to_pylist()] + [-1])
    if classes is not None:
        places = np.where(places >= 0, np.append(classes, -1)[places], -1)
    return np.asarray(places[np.asarray(encoded.indices.cast(pa.int64()).fill_null(-1))])


def _labelled(field: str, classes: I64 | None = None) -> Callable[[Columns], I64]:
    return lambda columns: coded(columns[field], labels_of(field), classes)


def _ages(columns: Columns) -> I64:
    return np.asarray(columns["age"]).astype(np.int64)


def _by_area() -> list[Expected]:
    classify: dict[str, tuple[str, str, Callable[[Columns], I64]]] = {
        "age_by_lsoa": ("person", "age", lambda columns: np.minimum(_ages(columns) // 5, 17)),
        "ethnic_by_lsoa": ("person", "ethnic", _labelled("ethnic", ethnic_groups())),
        "religion_by_lsoa": ("person", "religion", _labelled("religion")),
        "nssec_by_lsoa": ("person", "nssec", _labelled("nssec")),
        "disability_by_lsoa": ("person", "disability", _labelled("disability")),
        "tenure_by_lsoa": ("household", "tenure", _labelled("tenure")),
        "accommodation_by_lsoa": ("household", "accommodation", _labelled("accommodation")),
        "cars_by_lsoa": ("household", "cars", _labelled("cars")),
        "proficiency_by_msoa": ("person", "proficiency", _labelled("proficiency")),
        "orientation_by_msoa": ("person", "orientation", _labelled("orientation")),
        "migration_by_msoa": ("person", "migration", _labelled("migration")),
    }
    found = []
    for name, (of, field, how) in classify.items():
        data = area_table(name)
        found.append(Expected(name, of, field, data.counts, how, name[-4:], data.areas))
    return found


def _persons() -> list[Expected]:
    """Tables of persons that are published as counts."""
    targets, residents = borough_targets(), area_table("age_by_lsoa").counts.sum()
    bands = area_table("age_by_lsoa").counts.sum(axis=0)
    males = male_shares() * bands
    ethnic = targets[119 : 119 + len(codes("ethnic"))]
    sexes = borough_table("sex")
    return [
        Expected(
            "single year of age", "person", "age", _row(single_years()), lambda columns: np.minimum(_ages(columns), 100)
        ),
        Expected("sex", "person", "sex", _row([sexes["Female"], sexes["Male"]]), lambda c: coded(c["sex"], ("F", "M"))),
        Expected("age by sex", "person", "age", _row([*males, *(bands - males)]), _age_sex, given=("sex",)),
        Expected("ethnic, 19 groups", "person", "ethnic", _row(ethnic), _labelled("ethnic")),
        _listed("country of birth", "country", "countries", "birth_country", residents),
        _listed("main language", "language", "languages", "language", area_table("proficiency_by_msoa").counts.sum()),
        Expected("marital status", "person", "marital", _row(_marital()), _marital_class, given=("age",)),
    ]


def _row(values: object) -> F64:
    return np.array([list(values)], dtype=np.float64)  # type: ignore[call-overload]


def _age_sex(columns: Columns) -> I64:
    return np.minimum(_ages(columns) // 5, 17) + 18 * (coded(columns["sex"], ("M", "F")))


def _listed(name: str, field: str, listed: str, published: str, whole: float) -> Expected:
    """Countries or languages with a figure of their own, and all others together."""
    data = table(f"population/odds/{listed}")
    counts = dict(borough_table(published))
    if field == "country":
        counts["uk"] = whole * share_of("birth")["Born in the UK"]
    else:
        counts["english"] = float(area_table("proficiency_by_msoa").counts[:, 0].sum())
    keys = [
        (key or code) if (key or code) in counts else ""
        for key, code in zip(data["published"], data["code"], strict=True)
    ]
    names = [key for key in counts if key in keys]
    classes = np.array([names.index(key) if key else len(names) for key in keys])
    figures = [counts[key] for key in names]
    return Expected(name, "person", field, _row([*figures, whole - sum(figures)]), _labelled(field, classes))


_MARITAL_CLASSES = np.array([0, 1, 2, 4, 3, 4])


def _marital() -> F64:
    aims = borough_targets()
    start = 119 + len(codes("ethnic")) + len(codes("countries"))
    held = aims[start : start + len(MARITAL)]
    return np.asarray(np.bincount(_MARITAL_CLASSES, weights=held), dtype=np.float64)


def _marital_class(columns: Columns) -> I64:
    return np.where(_ages(columns) >= 16, coded(columns["marital"], MARITAL, _MARITAL_CLASSES), -1)


def _households() -> list[Expected]:
    """Tables of households; communal establishments are none."""
    broad = np.digitize(np.arange(len(COMPOSITIONS)), (LAST_ONE_PERSON + 1, LAST_FAMILY + 1))
    broad[-1] = -1
    return [
        _of_shares("size", "household", "size", _size, given=("composition",)),
        _of_shares("composition", "household", "composition", _labelled("composition", broad), (1, 2, 0)),
        _of_shares("bedrooms", "household", "bedrooms", _bedrooms),
        _of_shares("occupancy", "household", "bedrooms", _occupancy, given=("needed",)),
    ]


def _private(columns: Columns, codes_: I64) -> I64:
    return np.where(coded(columns["composition"], COMPOSITIONS) < LAST_FAMILY + 3, codes_, -1)


def _size(columns: Columns) -> I64:
    return _private(columns, np.minimum(np.asarray(columns["size"]).astype(np.int64), 4) - 1)


def _filled(values: pa.Array) -> I64:
    return np.asarray(values.cast(pa.int64()).fill_null(-1))


def _bedrooms(columns: Columns) -> I64:
    rooms = _filled(columns["bedrooms"])
    return np.where(rooms > 0, np.minimum(rooms, 4) - 1, -1)


def _occupancy(columns: Columns) -> I64:
    rooms = _filled(columns["bedrooms"])
    return np.where(rooms > 0, 2 - np.clip(rooms - _filled(columns["needed"]), -2, 2), -1)


def _of_shares(
    name: str,
    of: str,
    field: str,
    classify: Callable[[Columns], I64],
    order: tuple[int, ...] = (),
    given: tuple[str, ...] = (),
) -> Expected:
    """A table in per cent; ``order`` says which line of it stands for each of our classes."""
    values = list(share_of(name).values())
    values = [values[place] for place in order] if order else values
    return Expected(name, of, field, _row(values), classify, given=given, shares=True)


def _shares() -> list[Expected]:
    """Tables of persons in per cent."""
    activity, health = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 2]), np.array([0, 0, 1, 2, 2])
    return [
        _of_shares("activity", "person", "activity", _labelled("activity", activity)),
        _of_shares("hours", "person", "hours", _labelled("hours")),
        _of_shares("qualification", "person", "qualification", _labelled("qualification")),
        _of_shares("health", "person", "health", _labelled("health", health)),
        _of_shares("care", "person", "care", _labelled("care")),
        _of_shares("residence", "person", "residence", _labelled("residence")),
        _of_shares("passport", "person", "passport", _passport),
        _of_shares("student", "person", "nssec", _student, given=("age",)),
    ]


def _passport(columns: Columns) -> I64:
    names = labels_of("passport")
    return coded(columns["passport"], names, np.array([0, 2, *[1] * (len(names) - 2)]))


def _student(columns: Columns) -> I64:
    ages = _ages(columns)
    student = (ages < 16) | (coded(columns["nssec"], labels_of("nssec")) == len(labels_of("nssec")) - 1)
    return np.where(ages >= 5, np.where(student, 0, 1), -1)
