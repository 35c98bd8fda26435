"""Languages and how well English is spoken, passports and length of residence, given country and community."""

from __future__ import annotations

import numpy as np

from ..reference import table
from .assigning import assign, rake_odds, whole_counts
from .dice import F64, I64, Dice
from .sources import area_table, borough_table, codes, communities, community_weights, places_of, share_of
from .traits import NOT_ASKED, Setting

_KEEPS = {"charedi": 0.5, "turkish": 0.3, "bangladeshi": 0.25, "gujarati": 0.2, "east_african": 0.2, "east_european": 0.35,
          "latin_american": 0.3, "south_east_asian": 0.2, "chinese": 0.2, "pakistani": 0.12, "arab": 0.2}  # fmt: skip
_SPOKEN = np.array(
    [[0.55, 0.3, 0.12, 0.03], [0.62, 0.27, 0.1, 0.01], [0.38, 0.34, 0.24, 0.04], [0.2, 0.32, 0.36, 0.12]]
)
_STAYS = np.array([[3.5, 4.0, 3.0, 2.0], [2.0, 2.2, 2.2, 2.4], [8.0, 2.0, 1.2, 0.7], [20.0, 1.0, 0.5, 0.3]])
YEARS = (10, 5, 2, 0)


def describe_origins(setting: Setting) -> dict[str, I64]:
    """Codes for each resident: language, proficiency, passport and residence."""
    dice = Dice("origins")
    people = setting.made.people
    abroad = people["country"] != codes("countries").index("uk")
    heritage = _heritage(dice, setting, abroad)
    speakers = people["age"] >= 3
    spoken = _proficiency(dice, setting, heritage, abroad, speakers)
    proficiency = np.full(len(speakers), NOT_ASKED)
    proficiency[speakers] = spoken
    english = codes("languages").index("english")
    language = np.where(proficiency > 0, heritage, english)
    language[~speakers] = NOT_ASKED
    return {
        "language": language,
        "proficiency": proficiency,
        "passport": _passports(dice, people["country"], abroad),
        "residence": _residence(dice, people["age"], abroad),
    }


def _heritage(dice: Dice, setting: Setting, abroad: np.ndarray) -> I64:
    """The language besides English: that of the country for those born there, the community's for others, by household."""
    people, owner = setting.made.people, setting.made.owner
    english = codes("languages").index("english")
    of_country = places_of(table("population/odds/countries")["language"], codes("languages"))[people["country"]]
    weights = community_weights("language", codes("languages"))
    heads = dice.pick(weights, setting.made.head("community"))[owner]
    same = people["community"] == setting.made.head("community")[owner]
    own = np.where(same, heads, dice.pick(weights, people["community"]))
    takes_own = ~abroad | (dice.chance(0.75, len(own)) & (own != english)) & ~np.isin(of_country, (english,))
    found = np.where(takes_own, own, of_country)
    yiddish = (people["community"] == communities().index("charedi")) & (
        people["country"] != codes("countries").index("israel")
    )
    return np.where(yiddish, codes("languages").index("yiddish"), found)


def _proficiency(dice: Dice, setting: Setting, heritage: I64, abroad: np.ndarray, asked: np.ndarray) -> I64:
    age, owner = setting.made.people["age"][asked], setting.made.owner[asked]
    keeps = np.array([_KEEPS.get(name, 0.05) for name in communities()])[setting.made.people["community"]]
    chance = np.where(abroad, 0.68, keeps)[asked]
    lean = np.exp(1.3 * dice.normal(len(setting.made.sizes)))[owner]
    other = chance / (1 - chance) * lean
    language = heritage[asked]
    other[language == codes("languages").index("english")] = 0
    odds = np.concatenate([np.ones((len(age), 1)), other[:, None] * _SPOKEN[np.digitize(age, (16, 40, 60))]], axis=1)
    counts = area_table("proficiency_by_msoa").counts
    group = setting.district[asked]
    whole = whole_counts(counts, np.bincount(group, minlength=len(counts)))
    aims = _language_aims() * (whole.sum() / counts.sum())
    for _ in range(12):  # areas and languages in turn
        chances = rake_odds(odds, group, whole, 4)
        held = np.bincount(language, weights=chances[:, 1:].sum(axis=1), minlength=len(aims))
        told = np.isfinite(aims)
        rest = (whole[:, 1:].sum() - aims[told].sum()) / held[~told].sum()
        factor = np.where(told, aims / np.maximum(held, 1), rest)
        odds = chances
        odds[:, 1:] *= np.clip(factor, 0.3, 3)[language][:, None]
    return assign(dice, odds, group, counts)


def _language_aims() -> F64:
    known = borough_table("language")
    return np.array(
        [known.get(name, np.nan) if name else np.nan for name in table("population/odds/languages")["published"]]
    )


def _passports(dice: Dice, country: I64, abroad: np.ndarray) -> I64:
    """0 for a British passport, 1 for none, and from 2 on the country's own, in the order of the countries' labels."""
    held = np.where(abroad[:, None], [[0.45, 0.54, 0.01]], [[0.92, 0.02, 0.06]])
    drawn = assign(dice, held, np.zeros(len(held), dtype=np.int64), np.array([list(share_of("passport").values())]))
    names = passport_names()
    listed = np.array(
        [0 if name == "UK" else names.index(name) for name in table("population/odds/countries")["passport"]]
    )
    elsewhere = np.where(abroad, listed[country], names.index("Ireland"))
    return np.select([drawn == 0, drawn == 2], [0, 1], elsewhere)


def passport_names() -> tuple[str, ...]:
    """The labels of passports."""
    listed = dict.fromkeys(table("population/odds/countries")["passport"])
    return ("United Kingdom", "No passport held", *(name for name in listed if name != "UK"))


def _residence(dice: Dice, age: I64, abroad: np.ndarray) -> I64:
    """0 for those born here, then by how long they have lived here, which is no longer than they have lived."""
    ages = age[abroad]
    odds = _STAYS[np.digitize(ages, (18, 35, 50))] * (ages[:, None] >= np.array(YEARS))
    shares = np.array([list(share_of("residence").values())[1:]])
    found = np.zeros(len(age), dtype=np.int64)
    found[abroad] = 1 + assign(dice, odds, np.zeros(len(ages), dtype=np.int64), shares * len(ages))
    return found
