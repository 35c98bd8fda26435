"""How every unique key and exclusion constraint comes to hold by construction, and how many rows that allows.

For each key one *carrier* is chosen that is distinct on every row: a column, a reference in which no two rows share
a parent, an interval of its own for each row, or several references whose combinations are counted through. A key
that has a carrier inside it holds whatever its other columns are. Keys are taken one after another and share
carriers. Where no carrier is large enough, the largest decides how many rows fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod

from ...catalog import Column, Kind, UniqueKey
from ...findings import Severity
from ..values import Unrealisable
from .draft import ABSENT, FROM_EXISTING, Draft, Link

Capacity = Callable[[Draft, str], int | None]
"""How many distinct values a column can have; None is more than anybody asks for; Unrealisable if it has none."""

PLENTY = 1 << 62


@dataclass(frozen=True, slots=True)
class Requirement:
    """Rows must differ in ``columns`` taken together, or in what an expression makes of ``reads``.

    Attributes:
        nulls_distinct: a null makes a row differ from every other.
        slots: columns by the end of the interval they hold (``low``, ``high`` or ``both``), where intervals that do
            not overlap would do as well.
        wish: nothing enforces it, so it never costs rows: guessed references lead there.
    """

    name: str
    columns: tuple[str, ...]
    reads: tuple[str, ...]
    predicate: str = ""
    primary: bool = False
    nulls_distinct: bool = True
    slots: tuple[tuple[str, str], ...] = ()
    wish: bool = False


@dataclass(frozen=True, slots=True)
class Carrier:
    """A way to satisfy a requirement: what becomes distinct, for how many rows, and how unnatural that is."""

    capacity: int
    cost: float
    column: str = ""
    links: tuple[Link, ...] = ()
    slots: tuple[tuple[str, str], ...] = ()


_COSTS = {
    Kind.UUID: 0.5, Kind.TEXT: 1.0, Kind.INTEGER: 1.1, Kind.BYTES: 1.2, Kind.INET: 1.5, Kind.CHAR: 1.6,
    Kind.NUMERIC: 3.0, Kind.TIMESTAMPTZ: 3.5, Kind.TIMESTAMP: 3.5, Kind.DATE: 4.0, Kind.JSON: 5.0, Kind.ENUM: 6.0,
    Kind.BOOLEAN: 8.0,
}  # fmt: skip
_LINK_COST, _SLOT_COST, _ENUMERATED_COST, _COMBINED_COST = 2.0, 3.0, 6.0, 5.5


def requirements_of(draft: Draft) -> list[Requirement]:
    """Everything in which a table's rows must differ: exclusions first, then the keys with the fewest columns."""
    found = [_of_exclusion(draft, place) for place in range(len(draft.table.exclusions))]
    keys = sorted(draft.table.keys, key=lambda key: (not key.primary, len(key.reads or key.columns), key.name))
    wishes = [Requirement("what refers to it", columns, columns, wish=True) for columns in sorted(draft.referred)]
    return [*filter(None, found), *map(_of_key, keys), *wishes]


def _of_key(key: UniqueKey) -> Requirement:
    return Requirement(
        key.name, key.columns, tuple(key.reads or key.columns) if key.expressions else key.columns, key.predicate,
        key.primary, key.nulls_distinct,
    )  # fmt: skip


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
    inside = [name for name in reads if f"({name}" in text or f" {name}" in text or f'"{name}"' in text]
    inside.sort(key=text.find)
    return ((inside[0], "low"), (inside[1], "high")) if len(inside) == 2 else ()


def settle(
    draft: Draft,
    drafts: Mapping[str, Draft],
    rows_of: Mapping[str, int],
    capacity: Capacity,
    enumerated: Callable[[Draft, Column], bool],
) -> None:
    """Choose carriers for every requirement of a table, and cut its rows to what fits.

    Args:
        drafts: all tables, for what is distinct in those referred to.
        draft: the table; its ``distinct``, ``slots`` and links are set anew.
        rows_of: how many rows each other table will have.
        capacity: tells how many distinct values a column can have.
        enumerated: tells whether a column looks enumerated.
    """
    _start_anew(draft, rows_of)
    for requirement in requirements_of(draft):
        if _holds(draft, drafts, requirement) or not draft.rows:
            continue
        carriers = sorted(
            _carriers(draft, drafts, requirement, rows_of, capacity, enumerated), key=lambda one: one.cost
        )
        fitting = [carrier for carrier in carriers if carrier.capacity >= draft.rows]
        chosen = fitting[0] if fitting else max(carriers, key=lambda one: (one.capacity, -one.cost), default=None)
        if chosen is None:
            for link in draft.links:
                if link.agreeing and set(link.columns) & set(requirement.columns):
                    link.agreeing["distinct"] = True
            if not requirement.wish:
                draft.find(
                    "KEY_LEFT_TO_DATABASE", f"{requirement.name}: nothing in it can be made distinct beforehand",
                    "rows that it refuses are drawn again", severity=Severity.INFO,
                )  # fmt: skip
            continue
        if chosen.capacity < draft.rows and requirement.wish:
            continue
        if chosen.capacity < draft.rows:
            if requirement.predicate and requirement.name not in draft.needs_null:
                draft.needs_null.add(requirement.name)  # no row falls under a partial index that has no room
                continue
            _cap(draft, requirement, chosen)
        _take(draft, chosen)


def _start_anew(draft: Draft, rows_of: Mapping[str, int]) -> None:
    """Forget what was chosen in an earlier round; references of circles stay aligned."""
    draft.distinct.clear()
    draft.slots.clear()
    draft.needs_null.clear()
    for link in draft.links:
        link.radices, link.position = (), 0
        if link.aligned:
            draft.rows = min(draft.rows, _pool(draft, link, rows_of))
        elif link.pairing in ("distinct", "previous"):
            link.pairing = "hashed" if link.pairing == "distinct" else "earlier"


def _holds(draft: Draft, drafts: Mapping[str, Draft], requirement: Requirement) -> bool:
    inside = set(requirement.columns)
    if draft.distinct & (inside | set(requirement.reads)):
        return True
    if requirement.slots and all(draft.slots.get(name) == end for name, end in requirement.slots):
        return True
    for link in draft.links:
        if link.pairing in ("distinct", "previous") and link.state != ABSENT and _identifies(drafts, link, inside):
            return True
    combined = [link for link in draft.links if link.radices]
    return bool(combined) and all(_identifies(drafts, link, inside) for link in combined)


def _identifies(drafts: Mapping[str, Draft], link: Link, inside: set[str]) -> bool:
    """Whether the columns inside are enough to tell which row a link refers to."""
    there = {other for own, other in zip(link.columns, link.relation.target_columns, strict=True) if own in inside}
    if len(there) == len(link.columns):
        return True
    target = drafts.get(link.relation.target.key)
    if target is None:
        return False
    if target.distinct & there:
        return True
    keys = target.table.keys
    return any(set(key.columns) <= there and key.columns and not (key.predicate or key.expressions) for key in keys)


def _carriers(
    draft: Draft,
    drafts: Mapping[str, Draft],
    requirement: Requirement,
    rows_of: Mapping[str, int],
    capacity: Capacity,
    enumerated: Callable[[Draft, Column], bool],
) -> Iterator[Carrier]:
    inside = set(requirement.columns)
    links = _links(draft, drafts, inside)
    for link in links:
        if not link.below:
            yield Carrier(_pool(draft, link, rows_of), _LINK_COST, links=(link,))
    if len(links) > 1:
        usable = [link for link in links if link.pairing == "hashed" and not link.below and link.state != FROM_EXISTING]
        yield Carrier(prod(_pool(draft, link, rows_of) for link in usable), _COMBINED_COST, links=tuple(usable))
    for link in _links(draft, drafts, inside | set(requirement.reads)):
        if link not in links and not link.below:  # inside an expression, which mostly keeps different values apart
            yield Carrier(_pool(draft, link, rows_of), _LINK_COST + 1.0, links=(link,))
    if requirement.slots:
        yield Carrier(PLENTY, _SLOT_COST, slots=requirement.slots)
    for name in dict.fromkeys((*requirement.columns, *requirement.reads)):
        column = draft.column(name)
        if column.generated or draft.link_of(name) is not None or name in draft.few:
            continue
        try:
            room = capacity(draft, name)
        except Unrealisable:
            continue
        cost = _COSTS.get(column.type.kind, 5.0) + (1.0 if name not in inside else 0.0)
        if enumerated(draft, column):
            cost = max(cost, _ENUMERATED_COST)
        if column.identity or column.sequence:
            cost = 0.0
        yield Carrier(PLENTY if room is None else room, cost, column=name)


def _links(draft: Draft, drafts: Mapping[str, Draft], inside: set[str]) -> list[Link]:
    """Links that the columns inside tell apart, and that are free to be chosen."""
    return [
        link for link in draft.links
        if link.state != ABSENT
        and link.owned == link.columns
        and _identifies(drafts, link, inside)
        and not (link.shared or link.agreeing)
    ]  # fmt: skip


def _pool(draft: Draft, link: Link, rows_of: Mapping[str, int]) -> int:
    """How many rows a link can refer to, each once."""
    target = link.relation.target.key
    if link.state == FROM_EXISTING:
        return len(set(zip(*existing_values(draft, link), strict=True)))
    return max((rows_of.get(target, 0) if target != draft.key else draft.rows) - link.skip, 0)


def existing_values(draft: Draft, link: Link) -> list[tuple[object, ...]]:
    """The values of a link's target columns in rows that are already there; set by the composer on the draft."""
    return draft.existing_of[link.working]


def _cap(draft: Draft, requirement: Requirement, chosen: Carrier) -> None:
    what = chosen.column or " and ".join(",".join(link.columns) for link in chosen.links)
    draft.find(
        "ROWS_CAPPED",
        f"{requirement.name} on ({', '.join(requirement.columns or requirement.reads)}) has room for "
        f"{chosen.capacity:,} rows, since {what} can have no more values; {draft.asked:,} were asked for",
        "ask for more rows in the tables it refers to, or fewer here" if chosen.links else "ask for fewer rows here",
    )
    draft.rows = min(draft.rows, chosen.capacity)


def _take(draft: Draft, chosen: Carrier) -> None:
    if chosen.column:
        draft.distinct.add(chosen.column)
    for name, end in chosen.slots:
        draft.slots[name] = end
    if len(chosen.links) == 1:
        chosen.links[0].pairing = "previous" if chosen.links[0].pairing == "earlier" else "distinct"
    for position, link in enumerate(chosen.links if len(chosen.links) > 1 else ()):
        link.position = position
        link.radices = (1,) * len(chosen.links)  # the sizes are put in when all tables' rows are known
