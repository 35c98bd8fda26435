"""The rules as data: phrases that columns are called by, and what a column of each family of types then holds.

``reference/meaning/PROVENANCE.md`` tells how the files are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from generators.spec import GeneratorSpec

from ..names import Words, reference_rows, singular, words
from .model import Category
from .subjects import words_of

RULE_FILES = ("people", "contact", "identifiers", "technical", "text")
_NUMBER_SCORE = 0.7


@dataclass(frozen=True, slots=True)
class Variant:
    """A generator for columns that have room for ``size`` characters, or for the number ``size``."""

    size: float
    generator: GeneratorSpec


@dataclass(frozen=True, slots=True)
class Rule:
    """What columns of some names hold.

    Attributes:
        phrases: words in the singular; ``@person`` stands for any word of the subject.
        variants: by family of types, those that need most room first.
        score: how sure a column of just that name is.
        tables: subjects of which the table must have one; empty is any.
        not_tables: subjects of which the table must have none.
        unless: words that make the column something else.
        exact: the phrase is the whole name.
        origin: the file that says so.
    """

    phrases: tuple[Words, ...]
    variants: Mapping[str, tuple[Variant, ...]]
    category: Category = Category.NONE
    score: float = _NUMBER_SCORE
    tables: frozenset[str] = frozenset()
    not_tables: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    exact: bool = False
    null_share: float = 0.05
    moment: str = ""
    origin: str = "numbers"


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the files."""
    written = [_rule(entry, name) for name in RULE_FILES for entry in _entries(name)]
    return (*written, *(_number_rule(row) for row in reference_rows("numbers")))


@cache
def index() -> Mapping[str, tuple[tuple[Words, Rule], ...]]:
    """Phrases with their rules, by the last word that a column has to have."""
    found: dict[str, list[tuple[Words, Rule]]] = {}
    for rule in rules():
        for phrase in dict.fromkeys(rule.phrases):
            for last in _endings(phrase):
                found.setdefault(last, []).append((phrase, rule))
    return {last: tuple(entries) for last, entries in found.items()}


def _endings(phrase: Words) -> Iterator[str]:
    if phrase[-1].startswith("@"):
        yield from sorted(words_of(phrase[-1][1:]))
    else:
        yield phrase[-1]


# ----------------------------------------------------------------------------------------------------- reading


def _entries(name: str) -> list[dict[str, object]]:
    text = files("seeds").joinpath("reference", "meaning", f"{name}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries: list[dict[str, object]] = yaml.load(text, Loader=loader)
    return entries


def _rule(entry: Mapping[str, object], origin: str) -> Rule:
    variants = {family: tuple(_variants(entry[family])) for family in entry if family not in _WORDS_OF_A_RULE}
    return Rule(
        phrases=tuple(map(read_phrase, _listed(entry["phrases"]))),
        variants=variants,
        category=Category(str(entry.get("category", "none"))),
        score=float(str(entry["score"])),
        tables=frozenset(_listed(entry.get("tables", ""))),
        not_tables=frozenset(_listed(entry.get("not_tables", ""))),
        unless=frozenset(map(singular, str(entry.get("unless", "")).split())),
        exact=bool(entry.get("exact", False)),
        null_share=float(str(entry.get("null_share", 0.05))),
        moment=str(entry.get("happens", "")),
        origin=origin,
    )


_WORDS_OF_A_RULE = frozenset(
    ("phrases", "category", "score", "tables", "not_tables", "unless", "exact", "null_share", "happens", "remark")
)


def read_phrase(text: str) -> Words:
    """A phrase's words as columns have them: abbreviations written out, in the singular."""
    known = [part for part in text.split() if not part.startswith("@")]
    leading = [part for part in text.split() if part.startswith("@")]
    return (*leading, *map(singular, words(" ".join(known))))


def _listed(value: object) -> list[str]:
    return [part.strip() for part in str(value).split(",") if part.strip()]


_LEAST_ROOM = {
    "sentence": 16, "label": 8, "words": 8, "organisation_name": 10, "building_name": 8, "street_name": 10,
    "full_name": 16, "street_address": 16, "given_name": 4, "family_name": 4, "user_name": 8, "slug": 6, "job_title": 8, "user_agent": 30, "title": 4,
    "host_name": 12, "url": 24, "file_name": 8, "ward": 10, "postcode_district": 4,
}  # fmt: skip
"""Characters below which these make nothing that could be told for what it is."""


def _variants(written: object) -> Iterator[Variant]:
    for item in written if isinstance(written, list) else [written]:
        if isinstance(item, Mapping) and "make" in item:
            yield Variant(float(item.get("size", 0)), read_generator(item["make"]))
        else:
            generator = read_generator(item)
            yield Variant(float(_least_room(generator)), generator)


def _least_room(generator: GeneratorSpec) -> int:
    if generator.name == "choice":
        values = generator.parameters["values"]
        return max(len(value) if isinstance(value, str) else 0 for value in list(values))  # type: ignore[call-overload]
    return _LEAST_ROOM.get(generator.name, 0)


def read_generator(written: object) -> GeneratorSpec:
    """A generator as written: ``name``, or ``{name: {parameters}}``; whether it exists is the engine's to say."""
    if isinstance(written, Mapping):
        name, parameters = next(iter(written.items()))
        return GeneratorSpec(str(name), dict(parameters))
    return GeneratorSpec(str(written))


def _number_rule(row: Mapping[str, str]) -> Rule:
    decimals = int(row["decimals"])
    low, high = float(row["low"]), float(row["high"])
    whole = GeneratorSpec("integer", {"min_value": round(low), "max_value": round(high)})
    exact = GeneratorSpec("number", {"min_value": low, "max_value": high, "decimals": decimals})
    return Rule(
        phrases=tuple(map(read_phrase, row["phrases"].split(";"))),
        variants={"integer": (Variant(0.0, whole),), "number": (Variant(0.0, exact),)},
    )
