"""What households have: tenure, accommodation, cars and bedrooms, with the totals of every area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .assigning import assign
from .dice import F64, I64, Dice
from .odds import Facts, flag_fact, label_categories, label_odds
from .pool import Households
from .sources import area_table, communities, share_of
from .structure import PARTNER

KINDS = ("solo", "couple", "couple_children", "lone_parent", "sharers")
_KIND_OF = np.array([0, 0, 1, 1, 2, 2, 1, 2, 2, 3, 3, 4, 4, 4, 4])
STAGES = ("young", "middle", "older", "old")
RATINGS = ("very_short", "short", "even", "one_spare", "spare")
_HOUSES = ("detached", "semi", "terraced")


@dataclass(slots=True)
class Homes:
    """A code by household; the codes' labels are in the order of the published tables."""

    tenure: I64
    accommodation: I64
    cars: I64
    bedrooms: I64
    needed: I64


def bedrooms_needed(made: Households) -> I64:
    """Bedrooms by the census's standard: a couple shares, so do two of a sex from 10 to 15, and two under 10."""
    age, male = made.people["age"], made.people["male"] == 1
    couples = made.count(made.people["role"] == PARTNER)
    adults = made.count(age >= 16) - 2 * couples
    rooms, waiting = couples + adults, np.zeros(len(couples), dtype=np.int64)
    for sex in (True, False):
        older = made.count((age >= 10) & (age < 16) & (male == sex))
        small = made.count((age < 10) & (male == sex))
        rooms += (older + 1) // 2
        waiting += np.maximum(small - older % 2, 0)
    return rooms + (waiting + 1) // 2


def head_facts(made: Households) -> dict[str, tuple[tuple[str, ...], I64]]:
    """Factors that households are told apart by."""
    return {
        "age": (STAGES, np.digitize(made.head("age"), (35, 50, 66))),
        "kind": (KINDS, _KIND_OF[made.composition]),
        "community": (communities(), made.head("community")),
        "size": (tuple(str(size) for size in range(1, 7)), np.minimum(made.sizes, 6) - 1),
        "adults": (tuple(str(number) for number in range(5)), np.minimum(made.count(made.people["age"] >= 18), 4)),
        "any": (("all",), np.zeros(len(made.sizes), dtype=np.int64)),
    }


def furnish(made: Households, area: I64) -> Homes:
    """Labels for private households by area."""
    dice, facts, count = Dice("homes"), head_facts(made), len(made.sizes)
    tenure = assign(dice, label_odds("tenure", facts, count), area, area_table("tenure_by_lsoa").counts)
    facts["tenure"] = (label_categories("tenure"), tenure)
    kinds = area_table("accommodation_by_lsoa").counts
    accommodation = assign(dice, label_odds("accommodation", facts, count), area, kinds)
    cars = assign(dice, label_odds("cars", facts, count), area, area_table("cars_by_lsoa").counts)
    names = label_categories("accommodation")
    facts["house"] = flag_fact(np.isin(accommodation, [names.index(name) for name in _HOUSES]))
    needed = bedrooms_needed(made)
    return Homes(tenure, accommodation, cars, _bedrooms(dice, facts, needed, made.sizes), needed)


def _bedrooms(dice: Dice, facts: Facts, needed: I64, sizes: I64) -> I64:
    """Bedrooms so that both their number and what they are short or to spare by are distributed as published."""
    offered = np.arange(1, len(label_categories("bedrooms")) + 1)
    rating = np.clip(offered[None, :] - needed[:, None], -2, 2) + 2
    flat: F64 = np.ones((len(needed), len(offered)))
    for place in range(len(offered)):
        facts_here: Facts = {**facts, "rating": (RATINGS, rating[:, place])}
        flat[:, place] = label_odds("bedrooms", facts_here, len(needed))[:, place]
    crowded = (sizes[:, None] > 3 * offered[None, :]) | (offered[None, :] - needed[:, None] < -3)
    flat[crowded] = 0
    flat[flat.sum(axis=1) == 0, -1] = 1
    size_aim = np.array(list(share_of("bedrooms").values())) * len(needed)
    rating_aim = np.array(list(share_of("occupancy").values()))[::-1] * len(needed)
    column = np.minimum(offered, 4) - 1
    for _ in range(60):
        flat /= flat.sum(axis=1, keepdims=True)
        sums = np.bincount(column, weights=flat.sum(axis=0))
        flat *= (size_aim / sums)[column]
        flat /= flat.sum(axis=1, keepdims=True)
        held = np.bincount(rating.ravel(), weights=flat.ravel(), minlength=5)
        flat *= (rating_aim / np.maximum(held, 1e-9))[rating]
    flat /= flat.sum(axis=1, keepdims=True)
    group = np.minimum(needed, 9)
    aims: F64 = np.zeros((10, len(offered)))
    np.add.at(aims, group, flat)
    return assign(dice, flat, group, aims) + 1
