"""Naming customs: which lists a custom draws from, how its family names pass, and which custom a community follows.

A *line* is a whole number that a family name comes down by: its lowest seven bits say which custom it follows, the
others are a hash of whoever it began with. Two rows of one line have one family name, whatever their own communities.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..reference import table
from ..streams.stream import U64
from .draws import I64, Slots

SEXES = ("F", "M")
FATHER_AND_MOTHER, MOTHER_AND_FATHER, PATRONYMIC_ONE, PATRONYMIC_TWO, SHARED = range(5)
FAMILIES = ("father_and_mother", "mother_and_father", "patronymic_one", "patronymic_two", "shared")
CUSTOM_BITS = 7
_CUSTOM_MASK = (1 << CUSTOM_BITS) - 1
_LINE_MASK = np.uint64((1 << 62) - 1)
"""Lines stay whole numbers of 62 bits, so that expressions can carry them without overflow."""

_ERAS = ((1965, {"old": 1.0, "any": 1.0, "new": 0.02}),
         (1992, {"old": 0.3, "any": 1.0, "new": 0.06}),
         (9999, {"old": 0.03, "any": 0.8, "new": 1.0}))  # fmt: skip
_RARE_BEFORE_COUNTS = 0.08
"""Share of names beyond the list for births before names were counted: an estimate."""
_SHARE_FROM, _SHARE_TO = 1950, 2020

Weighted = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Customs:
    """The table of customs, by column; a custom's number is its place."""

    names: tuple[str, ...]
    family: NDArray[np.int64]
    wife: NDArray[np.float64]
    joined: NDArray[np.float64]
    women: NDArray[np.float64]
    share_first: NDArray[np.float64]
    share_last: NDArray[np.float64]


@lru_cache(maxsize=1)
def customs() -> Customs:
    """All customs as the reference data has them."""
    data = table("names/customs")

    def numbers(column: str) -> NDArray[np.float64]:
        return np.array(data[column], dtype=np.float64)

    return Customs(
        data["custom"],
        np.array([FAMILIES.index(name) for name in data["family"]]),
        numbers("wife"),
        numbers("joined"),
        numbers("women"),
        numbers("share_1950"),
        numbers("share_2020"),
    )


# ---------------------------------------------------------------------------------------------- community to custom


@lru_cache(maxsize=1)
def _mixtures() -> dict[str, list[tuple[int, float, frozenset[str]]]]:
    """For each community the customs in it with weight and hints; under the empty label all of them together."""
    data, known = table("names/mixtures"), customs().names
    found: dict[str, list[tuple[int, float, frozenset[str]]]] = {}
    for community, custom, weight, when in zip(*(data[name] for name in data), strict=True):
        hints = frozenset(when.split(";")) - {""}
        found.setdefault(community, []).append((known.index(custom), float(weight), hints))
    shares = table("population/odds/communities")
    anybody = []
    for community, share in zip(shares["community"], shares["share"], strict=True):
        total = sum(weight for _, weight, _ in found[community])
        anybody += [(custom, float(share) * weight / total, hints) for custom, weight, hints in found[community]]
    for place, name in enumerate(known):
        found.setdefault(name, [(place, 1.0, frozenset())])
    return found | {"": anybody}


def _label(text: str) -> str:
    """``Latin American`` as ``latin_american``."""
    return text.strip().lower().replace(" ", "_").replace("-", "_")


@cache
def _mixture(labels: tuple[str | None, ...]) -> Weighted:
    """The customs of a community, narrowed by each hint in turn where any custom answers to it."""
    community, *hints = labels
    known = _mixtures()
    left = known.get(_label(community or ""), known[""])
    for hint in hints:
        left = [entry for entry in left if hint in entry[2]] or left
    return [(custom, weight) for custom, weight, _ in left]


@lru_cache(maxsize=64)
def _custom_slots(groups: tuple[tuple[str | None, ...], ...]) -> Slots:
    return Slots([_mixture(labels) for labels in groups], power=10)


def customs_of(columns: list[pa.Array], words: U64) -> I64:
    """Each row's custom: drawn by its word from its community (the first column) and the hints (the others)."""
    combined = np.zeros(len(words), dtype=np.int64)
    labels: list[list[str | None]] = []
    for column in columns:
        encoded = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        codes = np.asarray(encoded.indices.fill_null(len(texts)).cast(pa.int64()))
        labels.append([*texts, None])
        combined = combined * (len(texts) + 1) + codes
    codes, groups = _dense(combined, int(np.prod([len(texts) for texts in labels])))
    return _custom_slots(_combinations(groups, labels)).draw(words, codes).astype(np.int64)


def _dense(values: I64, size: int) -> tuple[I64, I64]:
    """Each value's place among those that occur, and the values that do."""
    if size > 1 << 20:
        groups, codes = np.unique(values, return_inverse=True)
        return codes, groups
    place = np.zeros(size, dtype=np.int64)
    place[values] = 1
    groups = np.flatnonzero(place)
    place[groups] = np.arange(len(groups))
    return place[values], groups


def _combinations(groups: I64, labels: list[list[str | None]]) -> tuple[tuple[str | None, ...], ...]:
    found = []
    for group in groups.tolist():
        texts: list[str | None] = []
        for names in reversed(labels):
            group, code = divmod(group, len(names))
            texts.insert(0, names[code])
        found.append(tuple(texts))
    return tuple(found) or ((None,) * len(labels),)


def pack_lines(words: U64, custom: I64) -> I64:
    """Lines of the customs, begun by hashes."""
    return ((words & _LINE_MASK).view(np.int64) & ~np.int64(_CUSTOM_MASK)) | custom


def custom_of(lines: I64) -> I64:
    """The custom that each line follows; a number that is no line counts as the custom its bits come round to."""
    found: I64 = np.mod(lines & _CUSTOM_MASK, len(customs().names))
    return found


# ------------------------------------------------------------------------------------------------------ given names


@dataclass(frozen=True, slots=True)
class GivenLists:
    """Every given name once, and slots by list, sex and era; behind them the registers by period and sex.

    The registers come without rarer names and then with them.
    ``own``, ``british`` and ``middle`` say, for each custom, where the groups of its three lists start.
    """

    names: pa.Array
    slots: Slots
    own: I64
    british: I64
    middle: I64
    first_register: int


@lru_cache(maxsize=1)
def given_lists() -> GivenLists:
    """The given names of all customs."""
    data, chosen = table("names/given_by_custom"), table("names/customs")
    places: dict[str, int] = {}
    groups: list[Weighted] = []
    lists = tuple(dict.fromkeys(data["list"]))
    starts = {name: place * len(SEXES) * len(_ERAS) for place, name in enumerate(lists)}
    held: dict[tuple[str, str], list[tuple[int, str, float]]] = {}
    for name, sex, given, era, weight in zip(*(data[column] for column in data), strict=True):
        held.setdefault((name, sex), []).append((places.setdefault(given, len(places)), era, float(weight)))
    for name in lists:
        for sex in SEXES:
            groups += [[(place, weight * by[era]) for place, era, weight in held[name, sex]] for _, by in _ERAS]
    starts["registers"] = starts[""] = len(groups)
    registers = _registers(places)
    starts["british"] = len(groups) + len(registers)
    groups += [names for _, _, names in registers]
    groups += [_with_tail(names, held["british_rare", sex], period, sex) for period, sex, names in registers]
    return GivenLists(
        pa.array(list(places)),
        Slots(groups, power=12),
        np.array([starts[name] for name in chosen["given"]]),
        np.array([starts[name] for name in chosen["british"]]),
        np.array([starts[name] for name in chosen["middle"]]),
        starts["registers"],
    )


@lru_cache(maxsize=1)
def periods() -> tuple[int, ...]:
    """The first year of each of the registers' periods."""
    return tuple(sorted({int(period) for period in table("names/given")["period"]}))


def _registers(places: dict[str, int]) -> list[tuple[int, str, Weighted]]:
    """The registers' names of each period and sex, but those that other communities brought."""
    data, other = table("names/given"), frozenset(table("names/not_british")["name"])
    known: dict[tuple[int, str], Weighted] = {(period, sex): [] for period in periods() for sex in SEXES}
    for period, sex, name, weight in zip(*(data[column] for column in data), strict=True):
        if name not in other:
            known[int(period), sex].append((places.setdefault(name, len(places)), float(weight)))
    return [(period, sex, names) for (period, sex), names in known.items()]


def _with_tail(names: Weighted, rare: list[tuple[int, str, float]], period: int, sex: str) -> Weighted:
    tail = table("names/tail")
    shares = [
        float(share)
        for year, whose, share in zip(tail["year"], tail["sex"], tail["share"], strict=True)
        if whose == sex and period <= int(year) < period + 5
    ]
    share = sum(shares) / len(shares) if shares else _RARE_BEFORE_COUNTS
    by = _ERAS[int(era_of(np.array([period]))[0])][1]
    beyond = [(place, weight * by[era]) for place, era, weight in rare]
    listed, others = (sum(weight for _, weight in group) for group in (names, beyond))
    return [(place, weight * (1 - share) / listed) for place, weight in names] + [
        (place, weight * share / others) for place, weight in beyond
    ]


def era_of(years: I64) -> I64:
    """Which of three eras a birth year belongs to."""
    found: I64 = np.searchsorted([before for before, _ in _ERAS[:-1]], years, side="right")
    return found


def given_groups(lists: GivenLists, starts: I64, sex: I64, years: I64) -> I64:
    """The groups of names for the lists that start there."""
    registers = starts >= lists.first_register
    # Each decade's list serves from five years before it, as it does where no community is named.
    reach = [start - 5 if start < 1996 else start for start in periods()]
    period = np.maximum(np.searchsorted(reach, years, side="right") - 1, 0)
    own = starts + sex * len(_ERAS) + era_of(years)
    return np.where(registers, starts + period * len(SEXES) + sex, own)


def british_share(custom: I64, years: I64) -> NDArray[np.float64]:
    """The share of a custom's children given a name of the country they live in; it grows with the birth year."""
    known = customs()
    part = np.clip((years - _SHARE_FROM) / (_SHARE_TO - _SHARE_FROM), 0, 1) ** 2
    first, last = known.share_first[custom], known.share_last[custom]
    return first + (last - first) * part


# ----------------------------------------------------------------------------------------------------- family names


@dataclass(frozen=True, slots=True)
class FamilyLists:
    """Every family name once, with its places by form, and slots by custom: names of lines, of women, of fathers.

    ``forms`` has a row each for men, women, wives, and for the last of several names.
    """

    names: pa.Array
    forms: I64
    lines: Slots
    women: Slots
    fathers: Slots


@lru_cache(maxsize=1)
def family_lists() -> FamilyLists:
    """The family names of all customs."""
    chosen = table("names/customs")
    places: dict[str, int] = {}
    forms: dict[int, list[int]] = {}
    lines: dict[str, Weighted] = {}
    women: dict[str, Weighted] = {}
    older = table("names/family")
    for community, name, weight in zip(*(older[column] for column in older), strict=True):
        if community in chosen["surnames"] and community in _KEPT:
            lines.setdefault(community, []).append((places.setdefault(name, len(places)), float(weight)))
    data = table("names/family_by_custom")
    for label, kind, name, feminine, wife, last, weight in zip(*(data[column] for column in data), strict=True):
        place = places.setdefault(name, len(places))
        (women if kind == "women" else lines).setdefault(label, []).append((place, float(weight)))
        if feminine or last:
            texts = (feminine or name, wife or feminine or name, last or name)
            forms[place] = [places.setdefault(text, len(places)) for text in texts]
    fathers = [_fathers(label, places) for label in chosen["given"]]
    table_of = np.tile(np.arange(len(places)), (4, 1))
    for place, others in forms.items():
        table_of[1:, place] = others
    return FamilyLists(
        pa.array(list(places)),
        table_of,
        Slots([lines.get(label) or group for label, group in zip(chosen["surnames"], fathers, strict=True)], power=12),
        Slots([women.get(label) or [(0, 1.0)] for label in chosen["surnames"]], power=10),
        Slots(fathers, power=12),
    )


_KEPT = frozenset({"british", "caribbean", "french", "italian", "spanish", "vietnamese"})
"""Customs whose family names are those of the older list, alone or with more."""


def _fathers(label: str, places: dict[str, int]) -> Weighted:
    """Men's given names of a list, as names that children take from their fathers."""
    data = table("names/given_by_custom")
    found: Weighted = []
    for name, sex, given, era, weight in zip(*(data[column] for column in data), strict=True):
        if name == label and sex == "M" and " " not in given:
            found.append((places.setdefault(given, len(places)), float(weight) * _ERAS[1][1][era]))
    return found or [(0, 1.0)]
