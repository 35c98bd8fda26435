"""Family names from lines: whose name a person bears, in which form, and what stands beside it.

Whether a wife took her husband's name is a hash of both lines, so her own row and her children's rows agree on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..streams.stream import U64, mix64, stream_key, to_unit
from .customs import (
    FATHER_AND_MOTHER,
    MOTHER_AND_FATHER,
    PATRONYMIC_ONE,
    PATRONYMIC_TWO,
    SHARED,
    custom_of,
    customs,
    family_lists,
)
from .draws import I64

Flags = NDArray[np.bool_]
MAN, WOMAN, WIFE, LAST = range(4)
"""The forms of a family name, as its list has them."""
_FEMALE = 0
_MOTHERS = 0.04
"""Share of the children of parents with two names who have the mother's alone: an estimate."""
_INHERITED = 0.25
"""Double-barrelled names that came down, for each one that parents joined: an estimate."""


@dataclass(frozen=True, slots=True)
class Relatives:
    """Lines of the mother and of the spouse, each with where there is one, and the father's given names."""

    mother: tuple[I64, Flags] | None = None
    spouse: tuple[I64, Flags] | None = None
    father_given: pa.Array | None = None


@dataclass(slots=True)
class _Names:
    """Places of each row's first and second name; no second where it is below 0, a hyphen between where joined."""

    first: I64
    second: I64
    hyphen: Flags


class _Streams:
    """Random words for lines, the same in every column of a run."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def words(self, lines: I64, salt: str) -> U64:
        return mix64(mix64(lines.view(np.uint64)), stream_key(self._seed, f"names/{salt}"))

    def unit(self, lines: I64, salt: str) -> NDArray[np.float64]:
        return to_unit(self.words(lines, salt))

    def of_pair(self, wife: I64, husband: I64, salt: str) -> NDArray[np.float64]:
        return self.unit((mix64(wife.view(np.uint64)) + husband.view(np.uint64)).view(np.int64), salt)

    def name(self, lines: I64, salt: str = "first") -> I64:
        return family_lists().lines.draw(self.words(lines, salt), custom_of(lines)).astype(np.int64)

    def father(self, lines: I64, salt: str) -> I64:
        return family_lists().fathers.draw(self.words(lines, salt), custom_of(lines)).astype(np.int64)


def family_names(seed: int, lines: I64, sex: I64, relatives: Relatives) -> pa.Array:
    """A family name for each row of a line and sex (0 is F); see the module."""
    streams = _Streams(seed)
    takes, borne = _borne(streams, lines, relatives.spouse)
    female = sex == _FEMALE
    form = np.where(female, np.where(takes, WIFE, WOMAN), MAN)
    rule = customs().family[custom_of(borne)]
    found = _Names(family_lists().forms[form, streams.name(borne)], np.full(len(lines), -1), takes & False)
    mother, has_mother = relatives.mother or (lines, np.zeros(len(lines), dtype=np.bool_))
    # A child of its mother's line has her names; only a name made of the father's cannot be hers.
    absent = has_mother & (mother == lines)
    has_mother = has_mother & ~absent
    if (rule == SHARED).any():
        own = _women(streams, lines, female & ~takes & (rule == SHARED), found)
        _join(streams, borne, (mother, has_mother & ~takes), form, (rule == SHARED) & ~own, found)
    _pair(streams, (lines, borne, takes), (mother, has_mother), form, rule, found)
    fathers = _given_of_fathers(relatives.father_given, (rule == PATRONYMIC_ONE) | (rule == PATRONYMIC_TWO))
    _after_fathers(streams, (lines, absent), rule, fathers, found)
    return _written(found, fathers)


def _borne(streams: _Streams, lines: I64, spouse: tuple[I64, Flags] | None) -> tuple[Flags, I64]:
    """Who takes the spouse's name, and the line whose name each row bears."""
    if spouse is None:
        return np.zeros(len(lines), dtype=np.bool_), lines
    other, present = spouse
    takes: Flags = present & _took(streams, lines, other)
    return takes, np.where(takes, other, lines)


def _took(streams: _Streams, wife: I64, husband: I64) -> Flags:
    """Whether the wife took the husband's name: as often as the custom of the two that does so less."""
    share = customs().wife
    return streams.of_pair(wife, husband, "wife") < np.minimum(share[custom_of(wife)], share[custom_of(husband)])


def _women(streams: _Streams, lines: I64, women: Flags, found: _Names) -> Flags:
    """Names that only women bear, such as Begum, for a share of the women; sisters agree."""
    known = customs()
    at = np.flatnonzero(women & (known.women[custom_of(lines)] > 0))
    at = at[streams.unit(lines[at], "women") < known.women[custom_of(lines[at])]]
    found.first[at] = family_lists().women.draw(streams.words(lines[at], "woman"), custom_of(lines[at]))
    own = np.zeros(len(lines), dtype=np.bool_)
    own[at] = True
    return own


def _join(streams: _Streams, lines: I64, mothers: tuple[I64, Flags], form: I64, among: Flags, found: _Names) -> None:
    """Double-barrelled names: those that came down in a line, and those of parents who kept two names."""
    joined, forms = customs().joined, family_lists().forms
    rare = joined[custom_of(lines)] * _INHERITED
    at = np.flatnonzero(among & (streams.unit(lines, "inherited") < rare))
    found.second[at] = forms[form[at], streams.name(lines[at], "second")]
    mother, has_mother = mothers
    at = np.flatnonzero(among & has_mother & (found.second < 0))
    at = at[(customs().family[custom_of(mother[at])] == SHARED) & ~_took(streams, mother[at], lines[at])]
    drawn = streams.of_pair(mother[at], lines[at], "joined")
    hers = forms[form[at], streams.name(mother[at])]
    both = drawn < joined[custom_of(lines[at])]
    found.second[at[both]] = hers[both]
    only = ~both & (drawn > 1 - _MOTHERS) & (joined[custom_of(lines[at])] > 0)
    found.first[at[only]] = hers[only]
    found.second[found.second == found.first] = -1
    found.hyphen |= found.second >= 0


def _pair(
    streams: _Streams, of: tuple[I64, I64, Flags], mothers: tuple[I64, Flags], form: I64, rule: I64, found: _Names
) -> None:
    """Two family names: the father's and then the mother's, or the other way round."""
    lines, borne, takes = of
    at = np.flatnonzero((rule == FATHER_AND_MOTHER) | (rule == MOTHER_AND_FATHER))
    if not len(at):
        return
    forms = family_lists().forms
    mother, has_mother = mothers[0][at], mothers[1][at]
    hers = np.where(has_mother, streams.name(mother), streams.name(lines[at], "second"))
    hers = forms[form[at], np.where(takes[at], streams.name(lines[at]), hers)]
    his = streams.name(borne[at])
    father_first = rule[at] == FATHER_AND_MOTHER
    found.second[at] = np.where(father_first, hers, forms[LAST, his])
    found.first[at] = np.where(father_first, forms[form[at], his], hers)


def _after_fathers(
    streams: _Streams, of: tuple[I64, Flags], rule: I64, fathers: pa.Array | None, found: _Names
) -> None:
    """The father's given name, and in some customs the grandfather's after it.

    The first name of a father's line is his own father's, which is the second name of his children. Of an absent
    father the mother's line knows a name, which is not her own father's.
    """
    at = np.flatnonzero((rule == PATRONYMIC_ONE) | (rule == PATRONYMIC_TWO))
    if not len(at):
        return
    lines, absent = of[0][at], of[1][at]
    first = np.where(absent, streams.father(lines, "absent"), streams.father(lines, "father"))
    grandfather = np.where(absent, streams.father(lines, "his father"), streams.father(lines, "grandfather"))
    known = np.zeros(len(at), dtype=np.bool_) if fathers is None else np.asarray(fathers.is_valid())[at]
    found.first[at] = first
    found.second[at] = np.where(rule[at] == PATRONYMIC_TWO, np.where(known, first, grandfather), -1)


def _given_of_fathers(given: pa.Array | None, among: Flags) -> pa.Array | None:
    """Fathers' given names where the custom makes them a part of the name, or null."""
    if given is None or not among.any():
        return None
    return pc.if_else(pa.array(among), given.cast(pa.string()), pa.scalar(None, pa.string()))


def _written(found: _Names, fathers: pa.Array | None) -> pa.Array:
    """The names as texts; encoded where every one is a name of the lists."""
    names = family_lists().names
    at = np.flatnonzero(found.second >= 0)
    if not len(at) and fathers is None:
        return pa.DictionaryArray.from_arrays(pa.array(found.first.astype(np.int32)), names)
    first = pc.take(names, pa.array(found.first), boundscheck=False)
    if fathers is not None:
        first = pc.coalesce(fathers, first)
    if not len(at):
        return first
    marks = pa.array([" ", "-"]).take(pa.array(found.hyphen[at].astype(np.int8)))
    second = pc.take(names, pa.array(found.second[at]), boundscheck=False)
    whole = pc.binary_join_element_wise(first.take(pa.array(at)), second, marks)
    return pc.replace_with_mask(first, pa.array(found.second >= 0), whole)
