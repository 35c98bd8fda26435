"""How a column is judged: patterns find what may be identifiers, and chance is told from what is meant.

A tenth of all ten-digit numbers pass the NHS number's check, and a tenth of all long numbers pass a card's. So a bare
number counts only where its column is one of such numbers: by its name, or because far more of them pass than chance
allows. Identifiers with a shape of their own (an address for mail, a postcode, a grouped number) count wherever they
stand, in the middle of a sentence too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from .identifiers import (
    card_real,
    card_valid,
    digits_of,
    email_real,
    nhs_real,
    nhs_valid,
    ni_real,
    phone_real,
    postcode_real,
    uprn_real,
)

_NOT_MEANT = (
    r"(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|\b[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+|\b[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}\b"
)
"""UUIDs and dates, whose digits are nobody's number."""
_SHOWN = 3
_SURE = 0.5
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """A column with what could be real people's; ``examples`` are masked."""

    table: str
    column: str
    category: str
    rows_checked: int
    rows_suspect: int
    reason: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """A category of identifiers.

    Attributes:
        pattern: for Arrow (RE2) and Python alike; what it finds is judged by ``real``.
        bare: for values that are one number and nothing else, which need their column's support.
        valid: whether a bare number is of the kind at all, kept for tests or not.
        named: how columns of the kind are called.
        real: whether what was found could be somebody's.
    """

    category: str
    reason: str
    pattern: str
    real: Callable[[str], bool]
    bare: str = ""
    valid: Callable[[str], bool] | None = None
    named: str = r"$^"


CATEGORIES = (
    _Kind(
        "nhs_number", "valid NHS numbers outside 999, the range that nobody is given",
        r"\b[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}\b|(?i:nhs)[^0-9]{0,20}[0-9]{10}\b", lambda text: nhs_real(digits_of(text)),
        bare=r"^\s*[0-9]{10}\s*$", valid=nhs_valid, named=r"nhs",
    ),
    _Kind(
        "ni_number", "National Insurance numbers whose prefix may be issued",
        r"\b(?i:[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D])\b", ni_real,
    ),
    _Kind(
        "phone", "telephone numbers outside the ranges kept for drama",
        r"(?:^|[^0-9A-Za-z-])(?:\+44|0044|\(0|0)[0-9 ()-]{8,16}[0-9]\b", phone_real,
    ),
    _Kind(
        "email", "addresses at domains that mail may reach",
        r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b",
        lambda text: email_real(text.rpartition("@")[2]),
    ),
    _Kind(
        "postcode", "postcodes that may be issued",
        r"\b[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}\b|^\s*(?i:[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2})\s*$", postcode_real,
        bare=r"^\s*(?i:[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2})\s*$", valid=postcode_real, named=r"post_?c|postal|zip",
    ),
    _Kind(
        "card_number", "payment card numbers that nobody publishes for tests",
        r"\b[2-6][0-9]{3}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{1,7}\b|\b3[47][0-9]{2}[ -][0-9]{6}[ -][0-9]{5}\b",
        lambda text: card_real(digits_of(text)),
        bare=r"^\s*[2-6][0-9]{12,18}\s*$", valid=card_valid, named=r"card|\bpan\b|ccn|credit_?card",
    ),
    _Kind(
        "uprn", "property numbers outside 999",
        r"(?i:uprn)[^0-9]{0,20}[0-9]{6,12}\b", lambda text: uprn_real(digits_of(text)),
        bare=r"^\s*[0-9]{6,12}\s*$", valid=lambda digits: len(digits) == 12 and digits.startswith(("100", "200")), named=r"uprn",
    ),
)  # fmt: skip
"""What is looked for."""


@dataclass(slots=True)
class _Tally:
    suspects: int = 0
    bare: int = 0
    bare_valid: int = 0
    bare_real: int = 0
    examples: list[str] = field(default_factory=list)
    bare_examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ColumnJudge:
    """Counts over the batches of one column, and the verdict at the end."""

    table: str
    column: str
    rows: int = 0
    _tallies: dict[str, _Tally] = field(default_factory=dict)

    def look(self, values: pa.Array) -> None:
        """Judge more values: texts or whole numbers; nulls are no values."""
        found = values.drop_null()
        self.rows += len(values)
        if not len(found):
            return
        texts = pc.replace_substring_regex(found.cast(pa.string()), _NOT_MEANT, " ")
        for kind in CATEGORIES:
            tally = self._tallies.setdefault(kind.category, _Tally())
            for text in _matching(texts, kind.pattern):
                hit = next((hit.group() for hit in re.finditer(kind.pattern, text) if kind.real(hit.group())), None)
                if hit is not None:
                    tally.suspects += 1
                    _keep(tally.examples, hit)
            if kind.bare:
                self._look_bare(kind, tally, texts)

    def _look_bare(self, kind: _Kind, tally: _Tally, texts: pa.Array) -> None:
        assert kind.valid is not None
        for text in _matching(texts, kind.bare):
            digits = text.strip()
            tally.bare += 1
            tally.bare_valid += kind.valid(digits)
            if kind.real(digits):
                tally.bare_real += 1
                _keep(tally.bare_examples, text)

    def findings(self) -> Iterator[Finding]:
        """What the column holds that could be real."""
        for kind in CATEGORIES:
            tally = self._tallies.get(kind.category)
            if tally is None:
                continue
            suspects, examples, why = tally.suspects, list(tally.examples), kind.reason
            named = re.search(kind.named, self.column, re.IGNORECASE) is not None
            by_chance = tally.bare < _FEWEST or tally.bare_valid < _SURE * tally.bare
            if tally.bare_real and (named or not by_chance):
                suspects += tally.bare_real
                examples += tally.bare_examples
                why += ", as the column's name says" if named else ""
            if suspects:
                shown = tuple(masked(text) for text in examples[:_SHOWN])
                yield Finding(self.table, self.column, kind.category, self.rows, suspects, why, shown)


def _matching(texts: pa.Array, pattern: str) -> list[str]:
    found: list[str] = texts.filter(pc.match_substring_regex(texts, pattern)).to_pylist()
    return found


def _keep(examples: list[str], text: str) -> None:
    if len(examples) < _SHOWN:
        examples.append(text)


def masked(text: str) -> str:
    """The shape of a value: its first character, and how its digits and letters go on."""
    shape = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text.strip()))
    return (shape[:24] + "…") if len(shape) > 24 else shape
