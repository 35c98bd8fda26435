"""In what the rows of a table must differ: unique keys, exclusion constraints, and what references to it ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...catalog import Column, Kind, UniqueKey
from ..checks.model import Nullity
from .draft import Draft


@dataclass(frozen=True, slots=True)
class Requirement:
    """Rows must differ in ``columns`` taken together, or in what an expression makes of ``reads``.

    Attributes:
        nulls_distinct: a null makes a row differ from every other.
        slots: columns by the end of the interval they hold (``low``, ``high`` or ``both``), where intervals that do
            not overlap would do as well.
        unordered: two columns that may change places and still count as the same.
        wish: nothing enforces it, so it never costs rows: guessed references lead there.
        leading: a wish that the first rows fulfil, if not all can.
        added: columns whose sum or difference has to differ.
    """

    name: str
    columns: tuple[str, ...]
    reads: tuple[str, ...]
    predicate: str = ""
    primary: bool = False
    nulls_distinct: bool = True
    slots: tuple[tuple[str, str], ...] = ()
    unordered: tuple[str, ...] = ()
    wish: bool = False
    leading: bool = False
    added: frozenset[str] = frozenset()


def requirements_of(draft: Draft) -> list[Requirement]:
    """Everything in which a table's rows must differ: exclusions first, then the keys with the fewest columns."""
    found = [_of_exclusion(draft, place) for place in range(len(draft.table.exclusions))]
    keys = sorted(
        (_of_key(draft, key) for key in draft.table.keys),
        key=lambda key: (len({*key.columns, *key.reads}), not key.unordered, not key.primary, key.name),
    )
    guessed = [Requirement("what refers to it", columns, columns, wish=True) for columns in sorted(draft.referred)]
    wanted = [
        Requirement("what refers to it", columns, columns, wish=True, leading=True) for columns in sorted(draft.wanted)
    ]
    return [*filter(None, found), *keys, *wanted, *guessed]


def _of_key(draft: Draft, key: UniqueKey) -> Requirement:
    names = {column.name: column for column in draft.table.columns}
    pair = _unordered(key, names)
    reads = tuple(key.reads or key.columns) if key.expressions else key.columns
    columns = (*key.columns, *pair)
    computed = {name: read for name in columns if (read := _computed(draft, name, names)) or names[name].generated}
    if computed:
        # What others decide is distinct where what decides it is.
        columns = tuple(name for name in columns if name not in computed)
        behind = [other for read in computed.values() for other in read]
        reads = tuple(dict.fromkeys((*(name for name in reads if name not in computed), *behind)))
    texts = [*key.expressions, *(names[name].expression for name in computed)] if not columns else []
    added = _added(texts[0], names) if len(texts) == 1 else frozenset()
    return Requirement(
        key.name, columns, reads, key.predicate, key.primary, key.nulls_distinct, unordered=pair, added=added
    )  # fmt: skip


def _computed(draft: Draft, name: str, names: Mapping[str, Column]) -> tuple[str, ...]:
    """What a column is computed from, by the database or because checks say so; empty for any other."""
    column = names[name]
    return tuple(columns_read(column.expression, names)) if column.generated else computed_from(draft, name)


def computed_from(draft: Draft, name: str) -> tuple[str, ...]:
    """What the checks compute a column from, wherever it holds a value; empty where it has values of its own."""
    part = draft.component_of(name)
    found: dict[str, None] = {}
    for world in part.worlds if part and draft.link_of(name) is None else ():
        formula = next((one for one in world.computed if one.column == name), None)
        if formula is not None:
            found.update(dict.fromkeys(formula.reads))
        elif world.domains[name].null is not Nullity.ALWAYS:
            return ()
    return tuple(found)


_SUM = re.compile(r"^[\s(]*\"?\w+\"?(?:[\s)]*[+-][\s(]*\"?\w+\"?)+[\s)]*$")


def _added(text: str, names: Mapping[str, Column]) -> frozenset[str]:
    """The whole numbers that an expression adds to or takes from one another; none where it is anything else."""
    found = list(columns_read(text, names))
    whole = len(set(found)) == len(found) > 1 and all(names[name].type.kind is Kind.INTEGER for name in found)
    return frozenset(found) if whole and _SUM.match(text) else frozenset()


_LOWER = re.compile(r"^\(*\s*(least|greatest)\s*\(\s*(\"?\w+\"?)\s*,\s*(\"?\w+\"?)\s*\)\s*\)*$", re.IGNORECASE)


def _unordered(key: UniqueKey, names: Mapping[str, Column]) -> tuple[str, ...]:
    """The two columns of LEAST (a, b) and GREATEST (a, b), where a key has both."""
    found = [match for text in key.expressions if (match := _LOWER.match(text))]
    pairs = {frozenset(_plain(match[place], names) for place in (2, 3)) for match in found}
    if len(key.expressions) != 2 or len(pairs) != 1 or {match[1].lower() for match in found} != {"least", "greatest"}:
        return ()
    (pair,) = pairs
    return tuple(sorted(pair)) if len(pair) == 2 and "" not in pair else ()


_WORD = re.compile(r"\"((?:[^\"]|\"\")+)\"|'(?:[^']|'')*'|([^\W\d]\w*)")


def columns_read(text: str, names: Mapping[str, Column]) -> Iterator[str]:
    """The columns that an expression reads, as far as its words tell."""
    for quoted, bare in _WORD.findall(text):
        name = quoted.replace('""', '"') or bare
        if name in names and not names[name].generated:
            yield name


def _of_exclusion(draft: Draft, place: int) -> Requirement | None:
    exclusion = draft.table.exclusions[place]
    names = {column.name: column for column in draft.table.columns}
    equal = tuple(_plain(text, names) for text, operator in exclusion.elements if operator == "=")
    slots: tuple[tuple[str, str], ...] = ()
    for text, operator in exclusion.elements:
        if operator == "&&":
            slots = _slots(text, names, exclusion.reads)
    columns = tuple(name for name in equal if name)
    if not columns and not slots:
        return None
    return Requirement(exclusion.name, columns, columns, exclusion.predicate, slots=slots)


def _plain(text: str, names: Mapping[str, Column]) -> str:
    bare = text.strip().strip('"').replace('""', '"')
    return bare if bare in names else ""


def _slots(text: str, names: Mapping[str, Column], reads: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    own = _plain(text, names)
    if own:
        return ((own, "both"),) if names[own].type.kind is Kind.RANGE else ()
    inside = list(dict.fromkeys(name for name in columns_read(text, names) if name in reads))
    return ((inside[0], "low"), (inside[1], "high")) if len(inside) == 2 else ()
