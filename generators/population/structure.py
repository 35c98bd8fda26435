"""Candidate households as families grow: heads, partners, the children born to them and still at home, kin, sharers.

Gargiulo and others (2010) build households from the head's age, the gap between partners and that between parents and
children; the figures are those of England (gaps between partners 1963 to 1998, ages at birth 2014), by community.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dice import F64, I64, Dice
from .sources import community_numbers

HEAD, PARTNER, CHILD, PARENT, RELATIVE, SHARER, RESIDENT = range(7)
ROLES = ("head", "partner", "child", "parent", "other relative", "sharer", "communal resident")
SOLO, COUPLE, LONE, SHARED = range(4)
KINDS = ("solo", "couple", "lone", "sharers")
ELDER, KIN, FIRST, LODGER = 2, 3, 4, 15
WIDTH, BIRTHS = 16, 11
NOBODY = -1
# How the kinds of household lean with the head's stage of life: young, middle, old.
_STAGE_LEAN = np.array([[0.75, 0.95, 1.9], [0.95, 1.25, 1.0], [1.1, 3.0, 1.8], [1.6, 0.5, 0.25]])
_AT_HOME = np.array([*[1.0] * 17, 0.97, 0.8, 0.72, 0.66, 0.62, 0.58, 0.52, 0.46, 0.4, 0.34, 0.3, 0.26, 0.22,
                     *[0.16] * 10, *[0.09] * 40])  # fmt: skip
_CLOSE_KNIT = np.array([*[1.0] * 18, 0.9, 0.7, 0.45, 0.25, 0.12, 0.07, *[0.03] * 56])


@dataclass(slots=True)
class Structure:
    """Households in rows and their members in fixed places; age is -1 where nobody stands."""

    community: I64
    kind: I64
    age: I64
    male: NDArray[np.bool_]
    role: I64
    mother: I64
    father: I64
    couple: NDArray[np.bool_]


def grow(dice: Dice, community: I64) -> Structure:
    """A household for each community number."""
    count = len(community)
    stage = dice.pick(np.stack([community_numbers(name) for name in ("young", "middle", "old")], axis=1), community)
    head_age = _head_ages(dice, stage)
    kinds = np.stack([community_numbers(name) for name in KINDS], axis=1)[community] * _STAGE_LEAN[:, stage].T
    kind = dice.pick(kinds, np.arange(count))
    made = Structure(
        community,
        kind,
        np.full((count, WIDTH), -1, dtype=np.int64),
        dice.chance(0.495, count, WIDTH),
        np.full((count, WIDTH), SHARER, dtype=np.int64),
        np.full((count, WIDTH), NOBODY, dtype=np.int64),
        np.full((count, WIDTH), NOBODY, dtype=np.int64),
        np.zeros(count, dtype=np.bool_),
    )
    made.age[:, 0], made.role[:, 0] = head_age, HEAD
    made.male[:, 0] = dice.chance(np.select([kind == LONE, kind == COUPLE, stage == 2], [0.1, 0.6, 0.4], 0.5))
    _add_partners(dice, made)
    _add_children(dice, made)
    _add_elders(dice, made)
    _add_others(dice, made)
    return made


def _head_ages(dice: Dice, stage: I64) -> I64:
    count = len(stage)
    young = np.clip(np.round(29.5 + 5.2 * dice.normal(count)), 18, 41)
    middle = 34 + np.floor(31 * dice.unit(count) ** 1.1)
    old = np.minimum(62 + np.floor(np.abs(dice.normal(count)) * 14), 104)
    return np.choose(stage, [young, middle, old]).astype(np.int64)


def _gaps(dice: Dice, count: int) -> I64:
    """By how many years men are older than their partners."""
    u, spread = dice.unit(count), dice.unit(count)
    younger = np.where(u < 0.05, -6 - np.floor(6 * spread**2), -1 - np.floor(5 * spread**1.5))
    older = np.where(u < 0.76, np.floor(6 * spread), 6 + np.floor(9 * spread**2))
    return np.where(u < 0.24, younger, older).astype(np.int64)


def _add_partners(dice: Dice, made: Structure) -> None:
    count = len(made.kind)
    joined = (made.kind == COUPLE) | ((made.kind == SHARED) & dice.chance(0.15, count))
    gap = _gaps(dice, count)
    gap = np.where(community_numbers("married")[made.community] > 0.95, np.clip(gap, -2, 3), gap)
    age = np.where(made.male[:, 0], made.age[:, 0] - gap, made.age[:, 0] + gap)
    same_sex = dice.chance(0.045, count) & (community_numbers("married")[made.community] < 0.7)
    made.age[joined, 1] = np.clip(age, 18, 103)[joined]
    made.male[:, 1] = made.male[:, 0] ^ ~same_sex
    made.role[:, 1], made.couple[:] = PARTNER, joined


def _add_children(dice: Dice, made: Structure) -> None:
    """Births along the mother's life; who was born by now and has not left home is there."""
    count, whose = len(made.kind), made.community
    family = np.isin(made.kind, (COUPLE, LONE)) & ~(made.couple & (made.male[:, 0] == made.male[:, 1]))
    mother_first = ~made.male[:, 0]
    absent = made.age[:, 0] - np.clip(_gaps(dice, count), 0, 6)
    mother_age = np.where(mother_first, made.age[:, 0], np.where(made.couple, made.age[:, 1], absent))
    wanted = community_numbers("children")[whose]
    children = dice.poisson(np.where(made.kind == LONE, np.maximum(wanted - 1, 0.5), wanted), BIRTHS)
    children += made.kind == LONE
    born_at = community_numbers("first_birth")[whose] + community_numbers("first_spread")[whose] * dice.normal(count)
    born_at = np.clip(np.round(born_at), 16, 45).astype(np.int64)
    close_knit = community_numbers("spacing")[whose] < 2
    twins = np.zeros(count, dtype=np.bool_)
    father_age = np.where(made.male[:, 0], made.age[:, 0], np.where(made.couple, made.age[:, 1], -1))
    for number in range(BIRTHS):
        place, age = FIRST + number, mother_age - born_at
        stays = dice.unit(count) < np.where(close_knit, _CLOSE_KNIT[np.clip(age, 0, 79)], _AT_HOME[np.clip(age, 0, 79)])
        here = family & (number < children) & (age >= 0) & (born_at <= 47) & stays & (age <= 79)
        made.age[here, place] = age[here]
        made.role[here, place] = CHILD
        has_mother = here & (mother_first | made.couple)
        made.mother[has_mother, place] = np.where(mother_first, 0, 1)[has_mother]
        has_father = here & (father_age - age >= 16) & (father_age >= 0) & (father_age - age <= 60)
        made.father[has_father, place] = np.where(made.male[:, 0], 0, 1)[has_father]
        gap = np.maximum(np.round(community_numbers("spacing")[whose] * (0.55 + 0.9 * dice.unit(count))), 1)
        twins = dice.chance(0.015, count) & ~twins
        born_at = born_at + np.where(twins, 0, gap).astype(np.int64)


def _add_elders(dice: Dice, made: Structure) -> None:
    count = len(made.kind)
    rate = community_numbers("kin")[made.community]
    age = made.age[:, 0] + dice.whole(18, 40, count)
    lives = np.isin(made.kind, (COUPLE, LONE, SOLO)) & (made.age[:, 0] <= 62) & (made.age[:, 0] >= 24) & (age <= 99)
    here = lives & dice.chance(np.minimum(2.2 * rate, 0.5))
    made.age[here, ELDER] = age[here]
    made.role[:, ELDER] = PARENT
    made.male[:, ELDER] = dice.chance(0.25, count)
    made.mother[here & ~made.male[:, ELDER], 0] = ELDER
    made.father[here & made.male[:, ELDER], 0] = ELDER


def _add_others(dice: Dice, made: Structure) -> None:
    count = len(made.kind)
    head = made.age[:, 0]
    kin = np.clip(head + np.round(9 * dice.normal(count)), 16, 95).astype(np.int64)
    here = (made.kind != SHARED) & dice.chance(1.3 * community_numbers("kin")[made.community] + 0.004)
    made.age[here, KIN] = kin[here]
    made.role[:, KIN] = RELATIVE
    lodges = (made.kind != SHARED) & dice.chance(0.012, count)
    made.age[lodges, LODGER] = np.clip(28 + np.round(7 * dice.normal(count)), 18, 70).astype(np.int64)[lodges]
    shared = made.kind == SHARED
    others = dice.pick(np.array([[55.0, 25.0, 12.0, 5.0, 2.0, 1.0]]), np.zeros(count, dtype=np.int64)) + 1
    others -= made.couple & (others > 1)
    for number in range(6):
        joins = shared & (number < others)
        age = np.clip(head + np.round((2.5 + head / 12) * dice.normal(count)), 18, 92).astype(np.int64)
        made.age[joins, FIRST + number] = age[joins]


def mother_ages(made: Structure) -> F64:
    """How old mothers in the household were at their children's births, in whole years."""
    rows, places = np.nonzero((made.mother >= 0) & (made.age >= 0))
    return (made.age[rows, made.mother[rows, places]] - made.age[rows, places]).astype(np.float64)
