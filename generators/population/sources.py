"""What the fit reads: published marginals, and odds that are our own, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..reference import table
from .dice import F64, I64

CENSUS, ODDS = "population/census", "population/odds"


@dataclass(frozen=True, slots=True)
class AreaTable:
    """Counts by area and category."""

    areas: tuple[str, ...]
    categories: tuple[str, ...]
    counts: F64


@cache
def area_table(name: str) -> AreaTable:
    """The published counts called ``name``, such as ``age_by_lsoa``."""
    data = table(f"{CENSUS}/{name}")
    area, *categories = data
    counts = np.array([[float(cell) for cell in data[category]] for category in categories]).T
    return AreaTable(data[area], tuple(categories), counts)


@cache
def borough_table(name: str) -> dict[str, float]:
    """Categories of a table for the whole borough, in counts or in per cent."""
    data = table(f"{CENSUS}/borough")
    rows = zip(data["table"], data["category"], data["value"], strict=True)
    return {category: float(value) for whose, category, value in rows if whose == name}


def share_of(name: str) -> dict[str, float]:
    """A table of the borough as shares that add up to 1."""
    found = borough_table(name)
    whole = sum(found.values())
    return {category: value / whole for category, value in found.items()}


def single_years() -> F64:
    """Residents by single year of age; the last is 100 and over."""
    return np.array([float(count) for count in table("population/age_2021")["persons"]])


def male_shares() -> F64:
    """The share of males in 18 bands of age: that of England and Wales, moved until the borough's total is met."""
    data = table(f"{CENSUS}/age_by_sex_england_wales")
    female, male = (np.array([float(cell) for cell in data[name]]) for name in ("female", "male"))
    bands, odds = area_table("age_by_lsoa").counts.sum(axis=0), male / female
    aim = borough_table("sex")["Male"] / sum(borough_table("sex").values())
    low, high = 0.5, 2.0
    for _ in range(60):
        middle = (low + high) / 2
        shares = odds * middle / (1 + odds * middle)
        low, high = (middle, high) if (shares * bands).sum() / bands.sum() < aim else (low, middle)
    return np.asarray(odds * low / (1 + odds * low))


@cache
def codes(name: str) -> tuple[str, ...]:
    """The codes of a list under ``odds``, in their order."""
    return table(f"{ODDS}/{name}")["code"]


def places_of(names: tuple[str, ...], known: tuple[str, ...]) -> I64:
    """Each name's position among the known."""
    return np.array([known.index(name) for name in names], dtype=np.int64)


@cache
def ethnic_groups() -> I64:
    """The broad group, in the order of the published table by area, of each of the 19 ethnic groups."""
    return places_of(table(f"{ODDS}/ethnic")["group"], area_table("ethnic_by_lsoa").categories)


def community_numbers(column: str) -> F64:
    """A numeric column of the communities."""
    return np.array([float(cell) for cell in table(f"{ODDS}/communities")[column]])


def community_weights(column: str, known: tuple[str, ...]) -> F64:
    """A column of weights by code, as a matrix of communities and codes."""
    cells = table(f"{ODDS}/communities")[column]
    found = np.zeros((len(cells), len(known)))
    for row, cell in enumerate(cells):
        for item in cell.split():
            code, _, weight = item.partition(":")
            found[row, known.index(code)] = float(weight)
    return found


@cache
def communities() -> tuple[str, ...]:
    """The names of the communities, in their order."""
    return table(f"{ODDS}/communities")["community"]
