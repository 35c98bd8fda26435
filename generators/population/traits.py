"""What residents are labelled with, given who they are and where they live, with the totals of areas and the borough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .assigning import assign
from .dice import F64, I64, Dice
from .identity import MARRIED_SAME
from .odds import age_fact, flag_fact, label_categories, label_odds
from .pool import Households
from .sources import area_table, codes, communities, share_of
from .structure import CHILD, HEAD, PARTNER

NOT_ASKED = -1
CLASSES = (
    "higher",
    "lower",
    "intermediate",
    "own_account",
    "supervisory",
    "semi_routine",
    "routine",
    "never",
    "student",
)
_WORKING = ("higher", "lower", "intermediate", "supervisory", "semi_routine", "routine")
EMPLOYED, STUDENT_CLASS = 3, 8
_ACTIVITY_CLASS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 2])
_QUALIFICATION_ORDER = ("none", "levels_1_to_3", "apprenticeship", "level_4", "other")
_HEALTH_CLASS = np.array([0, 0, 1, 2, 2])


@dataclass(slots=True)
class Setting:
    """Residents with what is known of their households."""

    made: Households
    area: I64
    district: I64
    tenure: I64
    kind: I64
    facts: dict[str, tuple[tuple[str, ...], I64]]
    labels: dict[str, I64]


def setting_of(made: Households, area: I64, district: I64, tenure: I64, kind: I64) -> Setting:
    """The residents of all households; the last four are by household."""
    owner, people = made.owner, made.people
    with_child = made.count((people["role"] == CHILD) & (people["age"] < 16)) > 0
    parent = np.isin(people["role"], (HEAD, PARTNER)) & with_child[owner]
    names = (*label_categories("tenure"), "communal")
    partner = made.count(people["role"] == PARTNER)[owner] > 0
    males = made.count(np.isin(people["role"], (HEAD, PARTNER)) & (people["male"] == 1))[owner]
    couple = np.where(np.isin(people["role"], (HEAD, PARTNER)) & partner, np.where(males == 1, 1, 2), 0)
    facts = {
        "age": age_fact(people["age"]),
        "sex": flag_fact(people["male"] == 1, "male", "female"),
        "tenure": (names, tenure[owner]),
        "community": (communities(), people["community"]),
        "abroad": flag_fact(people["country"] != codes("countries").index("uk")),
        "parent": flag_fact(parent),
        "couple": (("none", "other_sex", "same_sex"), couple),
    }
    return Setting(made, area[owner], district[owner], tenure[owner], kind[owner], facts, {})


def describe_residents(setting: Setting) -> dict[str, I64]:
    """A code for each resident and label; -1 where the census does not ask at that age."""
    dice = Dice("traits")
    _label_disability(dice, setting)
    _label_work(dice, setting)
    _label_health(dice, setting)
    _label_orientation(dice, setting)
    _label_moves(dice, setting)
    return setting.labels


def _odds(setting: Setting, name: str, asked: np.ndarray) -> F64:
    facts = {factor: (levels, values[asked]) for factor, (levels, values) in setting.facts.items()}
    return label_odds(name, facts, int(asked.sum()))


def _keep(setting: Setting, name: str, asked: np.ndarray, values: I64) -> None:
    whole = np.full(len(asked), NOT_ASKED)
    whole[asked] = values
    setting.labels[name] = whole


def _label_disability(dice: Dice, setting: Setting) -> None:
    everyone = np.ones(len(setting.area), dtype=np.bool_)
    counts = area_table("disability_by_lsoa").counts
    found = assign(dice, _odds(setting, "disability", everyone), setting.area, counts)
    _keep(setting, "disability", everyone, found)
    disabled = found == 0
    owner = setting.made.owner
    others = setting.made.count(disabled)[owner] - disabled
    setting.facts |= {"disabled": flag_fact(disabled), "with_disabled": flag_fact(others > 0)}


def _label_work(dice: Dice, setting: Setting) -> None:
    adult = setting.made.people["age"] >= 16
    odds = _odds(setting, "nssec", adult)
    odds[setting.kind[adult] == 1, :STUDENT_CLASS] *= 0.02  # residents of student halls
    nssec = assign(dice, odds, setting.area[adult], area_table("nssec_by_lsoa").counts)
    _keep(setting, "nssec", adult, nssec)
    classes = setting.labels["nssec"]
    setting.facts["class"] = (("not_asked", *CLASSES), classes + 1)
    working = np.isin(classes, [CLASSES.index(name) for name in _WORKING])
    broad = np.select([classes == 8, classes == 7, classes == 3, working], [1, 2, 3, 4], 0)
    own = setting.facts["class"]
    setting.facts["class"] = (("not_asked", "student", "never", "own_account", "working"), broad)
    activity = _in_classes(dice, _odds(setting, "activity", adult), _ACTIVITY_CLASS, share_of("activity"))
    _keep(setting, "activity", adult, activity)
    setting.facts["class"] = own
    names = label_categories("activity")
    setting.facts["activity"] = (("not_asked", *names), setting.labels["activity"] + 1)
    employed = adult & (setting.labels["activity"] < EMPLOYED)
    _keep(setting, "hours", employed, _of_borough(dice, _odds(setting, "hours", employed), share_of("hours")))
    shares = share_of("qualification")
    _keep(setting, "qualification", adult, _of_borough(dice, _odds(setting, "qualification", adult), shares))


def _label_health(dice: Dice, setting: Setting) -> None:
    age = setting.made.people["age"]
    everyone = np.ones(len(age), dtype=np.bool_)
    health = _in_classes(dice, _odds(setting, "health", everyone), _HEALTH_CLASS, share_of("health"))
    _keep(setting, "health", everyone, health)
    carers = age >= 5
    _keep(setting, "care", carers, _of_borough(dice, _odds(setting, "care", carers), share_of("care")))


def _label_orientation(dice: Dice, setting: Setting) -> None:
    adult = setting.made.people["age"] >= 16
    odds = _odds(setting, "orientation", adult)
    wed = setting.made.people["marital"][adult] == MARRIED_SAME
    odds[wed, -1] *= 0.02
    counts = area_table("orientation_by_msoa").counts
    _keep(setting, "orientation", adult, assign(dice, odds, setting.district[adult], counts))


def _label_moves(dice: Dice, setting: Setting) -> None:
    """Who moved within the year; households mostly move together."""
    age = setting.made.people["age"]
    asked, owner = age >= 1, setting.made.owner
    stages = (("young", "middle", "older", "old"), np.digitize(age, (35, 50, 66)))
    kinds = (
        ("solo", "couple", "couple_children", "lone_parent", "sharers"),
        np.where(setting.made.composition[owner] == 13, 4, 0),
    )
    banded = setting.facts["age"]
    setting.facts |= {"age": stages, "kind": kinds}
    odds = _odds(setting, "migration", asked)
    odds[:, 1:] *= np.exp(2.2 * dice.normal(len(setting.made.sizes)))[owner[asked], None]
    counts = area_table("migration_by_msoa").counts
    _keep(setting, "migration", asked, assign(dice, odds, setting.district[asked], counts))
    setting.facts["age"] = banded


def _of_borough(dice: Dice, odds: F64, shares: dict[str, float]) -> I64:
    """Categories with the totals of the borough."""
    aims = np.array([list(shares.values())]) * len(odds)
    return assign(dice, odds, np.zeros(len(odds), dtype=np.int64), aims)


def _in_classes(dice: Dice, odds: F64, classes: I64, shares: dict[str, float]) -> I64:
    """Categories of which only classes are published: the class meets its total, the category follows its odds."""
    sums = np.stack([odds[:, classes == number].sum(axis=1) for number in range(classes.max() + 1)], axis=1)
    held = _of_borough(dice, sums, shares)
    return dice.pick(np.where(classes == held[:, None], odds + 1e-12, 0), np.arange(len(odds)))
