"""Who the members of a candidate household are: community, ethnic group, religion, country of birth, marital status.

Partners mostly share a community, children take after their parents, and a child of two broad ethnic groups is mostly
of the mixed group between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dice import F64, I64, Dice
from .sources import codes, community_numbers, community_weights, ethnic_groups
from .structure import CHILD, ELDER, HEAD, KIN, PARTNER, SHARER, WIDTH, Structure

NEVER, MARRIED, MARRIED_SAME, SEPARATED, DIVORCED, WIDOWED = range(6)
MARITAL = (
    "Never married and never registered a civil partnership",
    "Married or in a civil partnership: Opposite sex",
    "Married or in a civil partnership: Same sex",
    "Separated, but still legally married or in a civil partnership",
    "Divorced or civil partnership dissolved",
    "Widowed or surviving civil partnership partner",
)
_SINGLES = np.array([  # marital status of those without a partner, by age under 30, 45, 65, 80 and above
    [0.975, 0, 0, 0.015, 0.01, 0],
    [0.84, 0, 0, 0.055, 0.1, 0.005],
    [0.5, 0, 0, 0.11, 0.33, 0.06],
    [0.23, 0, 0, 0.07, 0.34, 0.36],
    [0.1, 0, 0, 0.02, 0.13, 0.75],
])  # fmt: skip
MIXED_FROM = {("White", "Black"): "WC", ("White", "Asian"): "WA"}


@dataclass(slots=True)
class Identity:
    """By household and place, as the structure is."""

    community: I64
    ethnic: I64
    religion: I64
    country: I64
    marital: I64


def identify(dice: Dice, made: Structure) -> Identity:
    """Identities for all members of the candidates."""
    community = _communities(dice, made)
    found = Identity(*(np.zeros((len(made.kind), WIDTH), dtype=np.int64) for _ in range(5)))
    found.community[:] = community
    ethnic, religion, country = (
        community_weights(column, codes(listed))
        for column, listed in (("ethnic", "ethnic"), ("religion", "religions"), ("countries", "countries"))
    )
    for place in range(WIDTH):
        whose = community[:, place]
        found.ethnic[:, place] = dice.pick(ethnic, whose)
        found.religion[:, place] = dice.pick(religion, whose)
        found.country[:, place] = np.where(
            _abroad(dice, made.age[:, place], whose), dice.pick(country, whose), codes("countries").index("uk")
        )
    _align(dice, made, found)
    _take_after_parents(dice, made, found)
    _marry(dice, made, found)
    return found


def _communities(dice: Dice, made: Structure) -> I64:
    """Partners by how closed the community is, sharers half by the head's; kin and children are the head's."""
    count = len(made.kind)
    community = np.repeat(made.community[:, None], WIDTH, axis=1)
    everyone = community_numbers("share") * (community_numbers("married") < 0.85)
    anyone = dice.pick(everyone[None, :], np.zeros(count * WIDTH, dtype=np.int64)).reshape(count, WIDTH)
    outside = dice.chance(community_numbers("abroad_partner")[made.community])
    community[outside, 1] = anyone[outside, 1]
    strangers = (made.role == SHARER) & dice.chance(0.55, count, WIDTH)
    return np.where(strangers, anyone, community)


def _abroad(dice: Dice, age: I64, community: I64) -> np.ndarray:
    rates = np.stack([community_numbers(f"abroad_{name}") for name in ("young", "middle", "old")])
    return dice.chance(rates[np.digitize(age, (35, 62)), community])


def _align(dice: Dice, made: Structure, found: Identity) -> None:
    """Members of one community mostly share the head's ethnic group, religion and country."""
    count = len(made.kind)
    for place in (1, ELDER, KIN):
        same = found.community[:, place] == found.community[:, 0]
        for values, odds in ((found.ethnic, 0.9), (found.religion, 0.8)):
            keep = same & dice.chance(odds, count)
            values[keep, place] = values[keep, 0]
        home = codes("countries").index("uk")
        both = same & (found.country[:, place] != home) & (found.country[:, 0] != home) & dice.chance(0.85, count)
        found.country[both, place] = found.country[both, 0]


def _take_after_parents(dice: Dice, made: Structure, found: Identity) -> None:
    rows, places = np.nonzero((made.role == CHILD) & (made.age >= 0))
    first, second = np.zeros(len(rows), dtype=np.int64), np.where(made.couple[rows], 1, 0)
    mother = np.where(made.mother[rows, places] >= 0, made.mother[rows, places], first)
    other = np.where(mother == first, second, first)
    found.community[rows, places] = found.community[rows, mother]
    follows = np.where(dice.chance(0.85, len(rows)), mother, other)
    found.religion[rows, places] = found.religion[rows, follows]
    found.ethnic[rows, places] = _children_groups(
        dice, found.ethnic[rows, mother], found.ethnic[rows, other], made.couple[rows], rows
    )
    home = codes("countries").index("uk")
    parent_country = np.where(
        found.country[rows, mother] != home, found.country[rows, mother], found.country[rows, other]
    )
    moved = dice.unit(len(rows)) < np.where(
        parent_country != home, np.minimum(0.015 + 0.013 * made.age[rows, places], 0.4), 0.008
    )
    country = np.where(parent_country != home, parent_country, codes("countries").index("usa"))
    found.country[rows, places] = np.where(moved, country, home)


def mixed_group(first: I64, second: I64) -> I64:
    """The mixed group between two ethnic groups, or the first where there is none between them."""
    known, broad = codes("ethnic"), ethnic_groups()
    names = np.array(known)
    white, black = broad == broad[known.index("WB")], broad == broad[known.index("AF")]
    asian = broad == broad[known.index("IN")]
    one_white = white[first] | white[second]
    other = np.where(white[first], second, first)
    mixed = np.select(
        [one_white & (names[other] == "AF"), one_white & black[other], one_white & asian[other]],
        [known.index("WF"), known.index("WC"), known.index("WA")],
        known.index("OM"),
    )
    return np.where(broad[first] == broad[second], first, mixed)


def _children_groups(dice: Dice, mother: I64, other: I64, couple: np.ndarray, household: I64) -> I64:
    """Children of a couple take the group between both; some lone parents' children have a parent of another."""
    count = len(mother)
    known = codes("ethnic")
    absent = np.array([known.index(code) for code in ("CA", "AF", "OM", "WB", "OB", "OW")])
    # One draw a household: brothers and sisters are of one group.
    drawn = dice.unit(int(household.max()) + 1 if count else 1)[household]
    far = absent[(drawn * 1000 % 1 * len(absent)).astype(np.int64)]
    own = np.isin(mother, [known.index(code) for code in ("BA", "PA", "AR", "AF")])
    apart = np.where(drawn < np.where(own, 0.05, 0.24), far, mother)
    group = mixed_group(mother, np.where(couple, other, apart))
    return np.where(couple & (drawn > 0.85), mother, group)


def _marry(dice: Dice, made: Structure, found: Identity) -> None:
    count = len(made.kind)
    youngest = np.minimum(made.age[:, 0], made.age[:, 1])
    lean = np.select([youngest < 24, youngest < 30, youngest < 36, youngest >= 62], [0.3, 0.55, 0.85, 1.6], 1.2)
    lean = lean * np.where(((made.role == CHILD) & (made.age >= 0)).any(axis=1), 1.35, 1.0)
    rate = np.minimum(community_numbers("married")[made.community] * lean, 0.99)
    rate = np.where(community_numbers("married")[made.community] > 0.95, 0.99, rate)
    married = made.couple & dice.chance(rate)
    same = made.male[:, 0] == made.male[:, 1]
    for place in range(WIDTH):
        band = np.digitize(made.age[:, place], (30, 45, 65, 80))
        single: F64 = _SINGLES
        found.marital[:, place] = dice.pick(single, band)
    cohabits = made.couple & ~married
    partners = np.isin(made.role, (HEAD, PARTNER)) & (np.arange(WIDTH) < 2)
    keeps_single = (
        partners & cohabits[:, None] & (dice.chance(0.85, count, WIDTH) | np.isin(found.marital, (WIDOWED, SEPARATED)))
    )
    found.marital[keeps_single] = NEVER
    found.marital[partners & married[:, None]] = MARRIED
    found.marital[partners & (married & same)[:, None]] = MARRIED_SAME
    found.marital[(made.age < 20) & ~(partners & married[:, None])] = NEVER
