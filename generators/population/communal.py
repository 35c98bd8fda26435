"""Communal establishments: student halls, care homes and hostels, in units small enough for a neighbourhood.

How many live in them is about one resident in a hundred; where they stand is ours to say, and follows the ages of areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dice import I64, Dice
from .identity import NEVER, WIDOWED
from .pool import COMMUNAL, Households
from .sources import area_table, codes, communities, community_numbers, community_weights, ethnic_groups
from .structure import NOBODY, RESIDENT


@dataclass(frozen=True, slots=True)
class Establishment:
    """A kind of establishment: residents in all, areas that have one, residents of a unit, ages and males."""

    name: str
    residents: int
    areas: int
    unit: int
    age: float
    spread: float
    least: int
    most: int
    males: float


KINDS = (
    Establishment("student hall", 1300, 5, 37, 19.5, 1.4, 18, 26, 0.46),
    Establishment("care home", 480, 10, 24, 84, 7.5, 66, 103, 0.33),
    Establishment("hostel", 720, 15, 24, 38, 11, 18, 66, 0.66),
)


def establish() -> tuple[Households, I64, I64]:
    """Units with their residents, the area of each unit, and its kind."""
    dice = Dice("communal")
    areas, kinds, sizes = _units()
    kind = np.repeat(kinds, sizes)
    count = len(kind)
    shape = np.array([[item.age, item.spread, item.least, item.most, item.males] for item in KINDS])[kind]
    age = np.clip(np.round(shape[:, 0] + shape[:, 1] * dice.normal(count)), shape[:, 2], shape[:, 3]).astype(np.int64)
    community = _communities(dice, np.repeat(areas, sizes))
    home = codes("countries").index("uk")
    rates = np.stack([community_numbers(f"abroad_{name}") for name in ("young", "middle", "old")])
    abroad = dice.chance(rates[np.digitize(age, (35, 62)), community])
    people = {
        "age": age,
        "male": dice.chance(shape[:, 4]).astype(np.int64),
        "role": np.full(count, RESIDENT),
        "mother": np.full(count, NOBODY),
        "father": np.full(count, NOBODY),
        "ethnic": dice.pick(community_weights("ethnic", codes("ethnic")), community),
        "religion": dice.pick(community_weights("religion", codes("religions")), community),
        "country": np.where(abroad, dice.pick(community_weights("countries", codes("countries")), community), home),
        "marital": np.where((age > 75) & dice.chance(0.6, count), WIDOWED, NEVER),
        "community": community,
    }
    start = np.concatenate(([0], np.cumsum(sizes)))
    return Households(start, people, np.full(len(sizes), COMMUNAL)), areas, kinds


def _units() -> tuple[I64, I64, I64]:
    ages = area_table("age_by_lsoa").counts
    signs = (ages[:, 3:5].sum(axis=1), ages[:, 17], ages[:, 7:13].sum(axis=1))
    areas: list[int] = []
    kinds: list[int] = []
    sizes: list[int] = []
    for number, (kind, sign) in enumerate(zip(KINDS, signs, strict=True)):
        for area in np.argsort(-sign, kind="stable")[: kind.areas]:
            held = kind.residents // kind.areas
            units = -(-held // kind.unit)
            areas.extend([int(area)] * units)
            kinds.extend([number] * units)
            sizes.extend(held // units + (unit < held % units) for unit in range(units))
    return np.array(areas), np.array(kinds), np.array(sizes)


def _communities(dice: Dice, area: I64) -> I64:
    """By the ethnic groups of the area; no establishment is drawn for those whose families keep together."""
    shares = community_numbers("share") * np.array([name != "charedi" for name in communities()])
    main = ethnic_groups()[community_weights("ethnic", codes("ethnic")).argmax(axis=1)]
    counts = area_table("ethnic_by_lsoa").counts
    lean = (counts / counts.sum(axis=0) * len(counts))[:, main]
    return dice.pick(lean * shares, area)
