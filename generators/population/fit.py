"""Fit the borough's population: ``python -m generators.population.fit`` writes the files that generation looks up.

Everything comes from the published figures and the odds under ``reference/population``; the same inputs give the same
files. Set ``OPENBLAS_NUM_THREADS=1`` where other work runs on the machine.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..reference import table
from .aims import borough_targets
from .choosing import Goal, first_sample, refine
from .communal import establish
from .dice import I64
from .homes import Homes, furnish
from .origins import describe_origins
from .packing import RESIDENTS, pack
from .pool import Households, area_features, area_targets, borough_features, build_pool
from .sources import area_table, places_of
from .storing import homes_columns, store
from .traits import describe_residents, setting_of
from .weights import rake

FOLDER = Path(__file__).parent.parent / "reference" / "population" / "fitted"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is put into a fit; ``share`` is the part of every area's households that is made, for trials."""

    candidates: int = 36_000
    rounds: int = 13
    sweeps: float = 2.5
    share: float = 1.0


@dataclass(slots=True)
class Fitted:
    """Households in the order of neighbourhoods, and their residents."""

    pool: Households
    households: dict[str, I64]
    residents: dict[str, I64]


def fit(effort: Effort) -> Fitted:
    """The fitted population."""
    pool = build_pool(effort.candidates)
    communal, places, kinds = establish()
    numbers = np.ceil(area_table("tenure_by_lsoa").counts.sum(axis=1) * effort.share).astype(np.int64)
    chosen = _choose(pool, communal, places, numbers, effort)
    everyone = _joined(pool, communal)
    private_area = np.repeat(np.arange(len(numbers)), numbers)
    candidate = np.concatenate([chosen, len(pool.sizes) + np.arange(len(places))])
    area = np.concatenate([private_area, places])
    homes = furnish(pool.take(chosen), private_area)
    columns = {"candidate": candidate, "lsoa": area, **_extended(homes, len(places))}
    columns["establishment"] = np.concatenate([np.full(len(chosen), -1), kinds])
    residents = _residents(everyone.take(candidate), columns)
    return _ordered(everyone, columns, residents)


def _choose(pool: Households, communal: Households, places: I64, numbers: I64, effort: Effort) -> I64:
    """A candidate for every private household of every area."""
    local, whole = area_features(pool), borough_features(pool)
    by_area, borough = area_targets(), borough_targets()
    held = area_features(communal)
    np.subtract.at(by_area, places, held)
    by_area = np.maximum(by_area, 0) * effort.share
    beside = borough_features(communal).sum(axis=0)
    beside[-7:] = 0  # size and class are told of private households only
    borough = (borough - beside) * effort.share
    weights = rake((local, whole), (by_area, borough), numbers.astype(np.float64), effort.rounds)
    return refine(weights, first_sample(weights, numbers), numbers, Goal(by_area, borough), effort.sweeps)


def _joined(pool: Households, communal: Households) -> Households:
    people = {name: np.concatenate([values, communal.people[name]]) for name, values in pool.people.items()}
    start = np.concatenate([pool.start, pool.start[-1] + communal.start[1:]])
    return Households(start, people, np.concatenate([pool.composition, communal.composition]))


def _extended(homes: Homes, units: int) -> dict[str, I64]:
    """Columns of private households, with no value for communal units."""
    return {name: np.concatenate([values, np.full(units, -1)]) for name, values in homes_columns(homes).items()}


def _residents(made: Households, columns: dict[str, I64]) -> dict[str, I64]:
    areas, districts = area_table("age_by_lsoa").areas, area_table("proficiency_by_msoa").areas
    district = places_of(_district_names(areas), districts)[columns["lsoa"]]
    tenure = np.where(columns["tenure"] < 0, 8, columns["tenure"])
    setting = setting_of(made, columns["lsoa"], district, tenure, columns["establishment"] + 1)
    return describe_residents(setting) | describe_origins(setting)


def _district_names(areas: tuple[str, ...]) -> tuple[str, ...]:
    data = table("population/census/areas")
    known = dict(zip(data["lsoa"], data["msoa"], strict=True))
    return tuple(known[area] for area in areas)


def _ordered(everyone: Households, columns: dict[str, I64], residents: dict[str, I64]) -> Fitted:
    """Neighbourhood by neighbourhood, with only those candidates that somebody was made from."""
    made_sizes = everyone.sizes[columns["candidate"]]
    order = pack(made_sizes, columns["lsoa"])
    start = np.concatenate(([0], np.cumsum(made_sizes)))
    sizes = made_sizes[order]
    ends = np.cumsum(sizes)
    people = np.repeat(start[order] - (ends - sizes), sizes) + np.arange(ends[-1])
    columns = {name: values[order] for name, values in columns.items()}
    used, columns["candidate"] = np.unique(columns["candidate"], return_inverse=True)
    pool = everyone.take(used)
    assert ends[-1] % RESIDENTS == 0
    return Fitted(pool, columns, {name: values[people] for name, values in residents.items()})


def main() -> None:
    """Fit with full effort and write the files, by default where generation reads them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    found = fit(Effort())
    store(chosen.folder, found.pool, found.households, found.residents)


if __name__ == "__main__":
    main()
