"""The pool of candidate households in flat columns, and what of each of them the census counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dice import F64, I64, Dice
from .identity import MARITAL, MARRIED, MARRIED_SAME, identify
from .sources import area_table, codes, community_numbers, ethnic_groups
from .structure import CHILD, FIRST, HEAD, LODGER, NOBODY, PARENT, PARTNER, WIDTH, Structure, grow

LARGEST = 14
PERSON = ("age", "male", "role", "mother", "father", "ethnic", "religion", "country", "marital", "community")
COMPOSITIONS = (
    "One-person household: Aged 66 years and over",
    "One-person household: Other",
    "Single family household: All aged 66 years and over",
    "Single family household: Married or civil partnership couple: No children",
    "Single family household: Married or civil partnership couple: Dependent children",
    "Single family household: Married or civil partnership couple: All children non-dependent",
    "Single family household: Cohabiting couple family: No children",
    "Single family household: Cohabiting couple family: With dependent children",
    "Single family household: Cohabiting couple family: All children non-dependent",
    "Single family household: Lone parent family: With dependent children",
    "Single family household: Lone parent family: All children non-dependent",
    "Single family household: Other family composition",
    "Other household types: With dependent children",
    "Other household types: Other, including all full-time students and all aged 66 years and over",
    "Communal establishment",
)
LAST_ONE_PERSON, LAST_FAMILY, COMMUNAL = 1, 11, 14


@dataclass(slots=True)
class Households:
    """Households with their members side by side: those of household ``i`` stand at ``start[i]:start[i + 1]``."""

    start: I64
    people: dict[str, I64]
    composition: I64

    @property
    def sizes(self) -> I64:
        """How many members each household has."""
        return np.diff(self.start)

    @property
    def owner(self) -> I64:
        """The household of each member."""
        return np.repeat(np.arange(len(self.start) - 1), self.sizes)

    def take(self, chosen: I64) -> Households:
        """The chosen households with their members, in the order given."""
        sizes = self.sizes[chosen]
        start = np.concatenate(([0], np.cumsum(sizes)))
        places = np.repeat(self.start[chosen] - start[:-1], sizes) + np.arange(start[-1])
        people = {name: values[places] for name, values in self.people.items()}
        return Households(start, people, self.composition[chosen])

    def head(self, name: str) -> I64:
        """A fact of each household's head, who stands first."""
        return self.people[name][self.start[:-1]]

    def count(self, flags: np.ndarray) -> I64:
        """How many members of each household a flag is set for."""
        return np.add.reduceat(flags.astype(np.int64), self.start[:-1])


def build_pool(count: int) -> Households:
    """``count`` candidates, a few fewer where a household would be larger than the file allows."""
    dice = Dice("pool")
    shares = community_numbers("share")
    community = dice.pick(shares[None, :], np.zeros(count, dtype=np.int64))
    made = grow(dice, community)
    who = identify(dice, made)
    kept = (made.age >= 0).sum(axis=1) <= LARGEST
    order = _order(made)
    present = (np.take_along_axis(made.age, order, axis=1) >= 0) & kept[:, None]
    position = np.cumsum(np.take_along_axis(made.age, order, axis=1) >= 0, axis=1) - 1
    ordinal = np.zeros_like(order)
    np.put_along_axis(ordinal, order, position, axis=1)
    columns = {
        "age": made.age,
        "male": made.male.astype(np.int64),
        "role": made.role,
        "mother": _relinked(made.mother, ordinal),
        "father": _relinked(made.father, ordinal),
        **{name: getattr(who, name) for name in PERSON[5:]},
    }
    people = {name: np.take_along_axis(columns[name], order, axis=1)[present] for name in PERSON}
    start = np.concatenate(([0], np.cumsum(present.sum(axis=1)[kept])))
    found = Households(start, people, np.zeros(int(kept.sum()), dtype=np.int64))
    found.composition = composition_of(found)
    return found


def _order(made: Structure) -> I64:
    """Head and partner, children from the eldest, then everyone else."""
    rank = np.where(np.arange(WIDTH) < 2, 1000 - np.arange(WIDTH), 0) + np.zeros_like(made.age)
    rank[:, FIRST:LODGER] = np.where(made.role[:, FIRST:LODGER] == CHILD, 100 + made.age[:, FIRST:LODGER], 50)
    return np.argsort(-rank, axis=1, kind="stable")


def _relinked(places: I64, ordinal: I64) -> I64:
    linked = np.take_along_axis(ordinal, np.maximum(places, 0), axis=1)
    return np.where(places >= 0, linked, NOBODY)


def composition_of(made: Households) -> I64:
    """The census's class of each household (table TS003); dependent children are those of the household under 19."""
    age, role, married = made.people["age"], made.people["role"], made.people["marital"]
    sizes = made.sizes
    child, dependent = made.count(role == CHILD), made.count((role == CHILD) & (age < 19))
    partner = made.count(role == PARTNER) > 0
    parent_only = (made.count(role == PARENT) == 1) & (sizes == 2)
    family = (sizes == 1 + partner + child) & (partner | (child > 0))
    elderly = made.count(age < 66) == 0
    wed = made.count((role == HEAD) & np.isin(married, (MARRIED, MARRIED_SAME))) > 0
    children = np.where(dependent > 0, 1, np.where(child > 0, 2, 0))
    couples = np.where(wed, 3, 6) + np.select([children == 1, children == 2], [1, 2], 0)
    families = np.where(partner, couples, np.where(dependent > 0, 9, 10))
    families = np.where(elderly, 2, families)
    others = np.where(made.count(age < 16) > 0, 12, 13)
    alone = np.where(made.head("age") >= 66, 0, 1)
    return np.select([sizes == 1, family, parent_only], [alone, families, np.where(elderly, 2, 10)], others)


# ------------------------------------------------------------------------------------------------------- features


def tally(made: Households, values: I64, categories: int, mask: np.ndarray | None = None) -> F64:
    """How many members of each household are of each category."""
    owner = made.owner
    if mask is not None:
        owner, values = owner[mask], values[mask]
    cells = np.bincount(owner * categories + values, minlength=len(made.sizes) * categories)
    return cells.reshape(-1, categories).astype(np.float64)


def area_features(made: Households) -> F64:
    """What is published by area: bands of age, broad ethnic groups, religions."""
    people = made.people
    groups = ethnic_groups()
    return np.concatenate(
        [
            tally(made, np.minimum(people["age"] // 5, 17), 18),
            tally(made, groups[people["ethnic"]], 5),
            tally(made, people["religion"], 9),
        ],
        axis=1,
    )


def area_targets() -> F64:
    """The published counts behind :func:`area_features`, each table brought to the total of ages in its area."""
    ages = area_table("age_by_lsoa").counts
    totals = ages.sum(axis=1, keepdims=True)
    others = (area_table(name).counts for name in ("ethnic_by_lsoa", "religion_by_lsoa"))
    return np.concatenate([ages, *(counts * totals / counts.sum(axis=1, keepdims=True) for counts in others)], axis=1)


SIZES, BROAD = 4, 3


def borough_features(made: Households) -> F64:
    """What is published for the borough: single years, males by age, ethnic groups, countries, status, size, class."""
    people, households = made.people, np.arange(len(made.sizes))
    size = np.zeros((len(households), SIZES))
    size[households, np.minimum(made.sizes, SIZES) - 1] = 1
    broad = np.zeros((len(households), BROAD))
    broad[households, np.digitize(made.composition, (LAST_ONE_PERSON + 1, LAST_FAMILY + 1))] = 1
    male = people["male"] == 1
    return np.concatenate(
        [
            tally(made, np.minimum(people["age"], 100), 101),
            tally(made, np.minimum(people["age"] // 5, 17), 18, male),
            tally(made, people["ethnic"], len(codes("ethnic"))),
            tally(made, people["country"], len(codes("countries"))),
            tally(made, people["marital"], len(MARITAL), people["age"] >= 16),
            size,
            broad,
        ],
        axis=1,
    )
