"""How every unique key and exclusion constraint comes to hold by construction, and how many rows that allows.

For each key one *carrier* is chosen that is distinct on every row: a column, a reference in which no two rows share
a parent, an interval of its own for each row, or several references whose combinations are counted through. A key
that has a carrier inside it holds whatever its other columns are. Keys are taken one after another and share
carriers. Where no carrier is large enough, the largest decides how many rows fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from ...catalog import Column, Kind
from ...findings import Severity
from ..values import Unrealisable
from .combining import MOST_ROWS, Combination, Distinction, Part, combine
from .draft import ABSENT, FROM_EXISTING, Draft, Link
from .partition_keys import has_keys_within
from .parts import FEW, Admission, Listed, column_part, link_part
from .requirements import Requirement, computed_from, requirements_of

Capacity = Callable[[Draft, str], int | None]
"""How many distinct values a column can have; None is more than anybody asks for; Unrealisable if it has none."""

PLENTY = 1 << 62


@dataclass(frozen=True, slots=True)
class Carrier:
    """A way to satisfy a requirement: what becomes distinct, for how many rows, and how unnatural that is."""

    capacity: int
    cost: float
    column: str = ""
    links: tuple[Link, ...] = ()
    slots: tuple[tuple[str, str], ...] = ()
    combination: Combination | None = None
    oriented: tuple[Link, ...] = ()
    step: int = 1


_COSTS = {
    Kind.UUID: 0.5, Kind.TEXT: 1.0, Kind.INTEGER: 1.1, Kind.BYTES: 1.2, Kind.INET: 1.5, Kind.CHAR: 1.6,
    Kind.NUMERIC: 3.0, Kind.TIMESTAMPTZ: 3.5, Kind.TIMESTAMP: 3.5, Kind.DATE: 4.0, Kind.JSON: 5.0, Kind.ENUM: 6.0,
    Kind.BOOLEAN: 8.0,
}  # fmt: skip
_GROWN = 10
_LINK_COST, _SLOT_COST, _ENUMERATED_COST, _COMBINED_COST = 2.0, 3.0, 6.0, 5.5


@dataclass(frozen=True, slots=True)
class Sources:
    """What deciding about one table needs to know of everything else.

    Attributes:
        drafts: all tables, for what is distinct in those referred to.
        rows_of: how many rows each table will have.
        capacity: tells how many distinct values a column can have.
        enumerated: tells whether a column looks enumerated.
        listed: tells a column's values where these are few.
        slot_room: tells how many rows can have an interval of their own in columns.
    """

    drafts: Mapping[str, Draft]
    rows_of: Mapping[str, int]
    capacity: Capacity
    enumerated: Callable[[Draft, Column], bool]
    listed: Listed
    slot_room: Callable[[Draft, tuple[tuple[str, str], ...]], int]


def settle(draft: Draft, sources: Sources) -> None:
    """Choose carriers for every requirement of a table, and cut its rows to what fits.

    Args:
        draft: the table; its ``distinct``, ``slots``, ``combination`` and links are set anew.
        sources: what is known of the other tables and of the columns.
    """
    _start_anew(draft, sources.rows_of)
    done: list[Requirement] = []
    for requirement in requirements_of(draft):
        if not draft.rows:
            return
        if not _holds(draft, sources, requirement):
            _satisfy(draft, sources, requirement, done)
        done.append(requirement)


def _satisfy(draft: Draft, sources: Sources, requirement: Requirement, done: list[Requirement]) -> None:
    """Choose a carrier for one requirement, or tell why there is none."""
    carriers = sorted(_carriers(draft, sources, requirement), key=lambda one: (not _steady(requirement, one), one.cost))
    fitting = [carrier for carrier in carriers if carrier.capacity >= draft.rows]
    if not fitting or not _steady(requirement, fitting[0]):
        together = _combined(draft, sources, requirement, alone=not fitting)
        carriers += together
        fitting = [carrier for carrier in together if carrier.capacity >= draft.rows] + fitting
    if not fitting and requirement.leading:
        carriers = [carrier for carrier in carriers if carrier.combination is not None]
    chosen = fitting[0] if fitting else max(carriers, key=lambda one: (one.capacity, -one.cost), default=None)
    if chosen is None:
        _leave(draft, requirement)
        return
    if chosen.capacity < draft.rows and requirement.wish:
        if requirement.leading and chosen.combination is not None:
            draft.combination = chosen.combination
        return
    if chosen.capacity < draft.rows:
        if requirement.predicate and requirement.name not in draft.needs_null:
            draft.needs_null.add(requirement.name)  # no row falls under a partial index that has no room
            return
        _cap(draft, requirement, chosen)
    _take(draft, chosen)
    if chosen.step > 1:
        draft.narrow |= {name for name in requirement.added - {chosen.column} if not sources.listed(draft, name)}


def _steady(requirement: Requirement, one: Carrier) -> bool:
    """Whether a carrier is a column with room for more rows than any table referred to is likely to have.

    It is chosen whatever else would do for the rows asked for, so that the choice stays when there are more of them.
    """
    natural = one.column in requirement.columns and one.cost < _ENUMERATED_COST
    return natural and one.capacity > FEW and not requirement.wish


def _leave(draft: Draft, requirement: Requirement) -> None:
    for link in draft.links:
        if link.agreeing and set(link.columns) & set(requirement.columns):
            link.agreeing["distinct"] = True
    if not requirement.wish:
        draft.find(
            "KEY_LEFT_TO_DATABASE", f"{requirement.name}: nothing in it can be made distinct beforehand",
            "rows that it refuses are drawn again", severity=Severity.INFO,
        )  # fmt: skip


def _start_anew(draft: Draft, rows_of: Mapping[str, int]) -> None:
    """Forget what was chosen in an earlier round; references of circles stay aligned."""
    draft.distinct.clear()
    draft.slots.clear()
    draft.needs_null.clear()
    draft.combination = None
    draft.steps.clear()
    draft.narrow.clear()
    for link in draft.links:
        link.radices, link.position = (), 0
        if link.aligned:
            draft.rows = min(draft.rows, _pool(draft, link, rows_of))
        elif link.pairing in ("distinct", "previous"):
            link.pairing = "hashed" if link.pairing == "distinct" else "earlier"


def _holds(
    draft: Draft, sources: Sources, requirement: Requirement, asked: frozenset[tuple[str, str]] = frozenset()
) -> bool:
    inside = set(requirement.columns)
    reads = (inside | set(requirement.reads)) - _swapped(draft, requirement)
    if draft.distinct & (reads - requirement.added):
        return True
    if requirement.slots and all(draft.slots.get(name) == end for name, end in requirement.slots):
        return True
    if draft.combination is not None and any(
        one.columns <= inside
        for one in draft.combination.distinctions
        if (not one.wish or draft.combination.head_room(one) >= draft.rows) and not one.columns & (inside - reads)
    ):
        return True
    for link in draft.links:
        carrying = link.pairing in ("distinct", "previous") and link.state != ABSENT
        if carrying and _room(draft, sources, link, inside & reads, asked) >= draft.rows:
            return True
    combined = [link for link in draft.links if link.radices]
    return bool(combined) and all(_room(draft, sources, link, inside & reads, asked) for link in combined)


def _swapped(draft: Draft, requirement: Requirement) -> set[str]:
    """Columns that may change places: one of them distinct is not enough, unless their rows have an order."""
    if not requirement.unordered:
        return set()
    first, second = (draft.link_of(name) for name in requirement.unordered)
    if first is not None and second is not None and (first.below == second.working or second.below == first.working):
        return set()
    return set(requirement.unordered)


def _room(
    draft: Draft, sources: Sources, link: Link, inside: set[str], asked: frozenset[tuple[str, str]] = frozenset()
) -> int:
    """How many rows a link can refer to, each told from the others by the columns inside; 0 if these tell nothing."""
    if link.state == FROM_EXISTING:
        return len(_representatives(draft, link, inside))
    there = {other for own, other in zip(link.columns, link.relation.target_columns, strict=True) if own in inside}
    target, pool = sources.drafts.get(link.relation.target.key), _pool(draft, link, sources.rows_of)
    if len(there) == len(link.columns):
        return pool
    if target is None:
        return 0
    keys = target.table.keys
    if any(set(key.columns) <= there and key.columns and not (key.predicate or key.expressions) for key in keys):
        return pool
    place = (draft.key, link.working)
    if place in asked:
        return 0  # round in a circle
    if target.distinct & there or _holds(target, sources, Requirement("", tuple(sorted(there)), ()), asked | {place}):
        return pool
    leading = target.combination.leading if target.combination is not None else None
    return min(pool, max((many for names, many in (leading or {}).items() if names <= there), default=0))


def _representatives(draft: Draft, link: Link, inside: set[str]) -> tuple[int, ...]:
    """Places of rows that are there, one for each of what they hold in the columns inside."""
    positions = [place for place, name in enumerate(link.columns) if name in inside]
    found: dict[tuple[object, ...], int] = {}
    for place, row in enumerate(draft.existing_of[link.working] if positions else ()):
        found.setdefault(tuple(row[position] for position in positions), place)
    return tuple(found.values())


def _carriers(draft: Draft, sources: Sources, requirement: Requirement) -> Iterator[Carrier]:
    swapped = _swapped(draft, requirement)
    inside = set(requirement.columns) - swapped
    links = _links(draft, sources, inside)
    for link in links:
        if not link.below and (
            link.state != FROM_EXISTING or _room(draft, sources, link, inside) == len(existing_values(draft, link))
        ):
            yield Carrier(_room(draft, sources, link, inside), _LINK_COST, links=(link,))
    if len(links) > 1 and draft.rows > _most_rows(draft):
        usable = [link for link in links if link.pairing == "hashed" and not link.below and link.state != FROM_EXISTING]
        yield Carrier(prod(_pool(draft, link, sources.rows_of) for link in usable), _COMBINED_COST, links=tuple(usable))
    for link in _links(draft, sources, inside | (set(requirement.reads) - swapped)):
        if link not in links and not link.below:  # inside an expression, which mostly keeps different values apart
            yield Carrier(_pool(draft, link, sources.rows_of), _LINK_COST + 1.0, links=(link,))
    if requirement.slots:
        yield Carrier(sources.slot_room(draft, requirement.slots), _SLOT_COST, slots=requirement.slots)
    if swapped:
        yield from _oriented(draft, sources, requirement)
    for name in dict.fromkeys((*requirement.columns, *requirement.reads)):
        if name not in swapped:
            step = _step(draft, sources, requirement, name)
            yield from (replace(one, step=step) for one in _by_column(draft, sources, name, name in inside) if step)


def _by_column(draft: Draft, sources: Sources, name: str, inside: bool) -> Iterator[Carrier]:
    """A column that is made distinct, where it can be."""
    column = draft.column(name)
    taken = draft.combination is not None and draft.combination.part(name) is not None
    if (
        column.generated
        or computed_from(draft, name)
        or draft.link_of(name) is not None
        or has_keys_within(draft, name)
        or name in draft.few
        or taken
    ):
        return
    try:
        room = sources.capacity(draft, name)
    except Unrealisable:
        return
    cost = _COSTS.get(column.type.kind, 5.0) + (0.0 if inside else 1.0)
    if sources.enumerated(draft, column):
        cost = max(cost, _ENUMERATED_COST)
    if column.identity or column.sequence:
        cost = 0.0
    yield Carrier(PLENTY if room is None else room, cost, column=name)


def _step(draft: Draft, sources: Sources, requirement: Requirement, name: str) -> int:
    """How far apart a column's numbers must be for its sum with others to be distinct; 0 where nobody can tell."""
    width = 1
    for other in requirement.added - {name} if name in requirement.added else ():
        values = sources.listed(draft, other) if draft.link_of(other) is None else ()
        if not values and (
            other in draft.distinct or draft.link_of(other) is not None or not _narrowable(draft, other)
        ):
            return 0
        numbers = [value for value in values if isinstance(value, int)] or [1, 3]
        width += max(numbers) - min(numbers)
    return width


def _narrowable(draft: Draft, name: str) -> bool:
    """Whether nothing is said of a column that a few small numbers would break."""
    part = draft.component_of(name)
    if name in draft.choice.columns or (part is not None and len(part.columns) > 1):
        return False
    domains = [world.domains[name] for world in part.worlds if name in world.domains] if part is not None else []
    return all(domain.low is None and domain.high is None and not domain.divisor for domain in domains)


def _oriented(draft: Draft, sources: Sources, requirement: Requirement) -> Iterator[Carrier]:
    """Of two references to the same table one leads to each row once, the other to a row before that."""
    high, low = (draft.link_of(name) for name in requirement.unordered)
    if (
        high is None
        or low is None
        or high.relation.target != low.relation.target
        or FROM_EXISTING in (high.state, low.state)
    ):
        return
    if low.pairing == "distinct":
        high, low = low, high
    free = _links(draft, sources, set(requirement.unordered))
    if high in free and low in free and low.pairing == "hashed" and high.pairing in ("hashed", "distinct"):
        yield Carrier(max(_pool(draft, high, sources.rows_of) - 1, 0), _LINK_COST, oriented=(high, low))


def _links(draft: Draft, sources: Sources, inside: set[str]) -> list[Link]:
    """Links that the columns inside tell apart, and that are free to be chosen."""
    taken = draft.combination.names if draft.combination is not None else frozenset()
    return [
        link for link in draft.links
        if link.state != ABSENT
        and link.owned == link.columns
        and link.working not in taken
        and not (link.shared or link.agreeing or link.aligned)
        and _room(draft, sources, link, inside)
    ]  # fmt: skip


def _combined(draft: Draft, sources: Sources, requirement: Requirement, *, alone: bool) -> list[Carrier]:
    """Combinations of everything in a requirement, beside those that other requirements need.

    Args:
        draft: the table.
        sources: what is known of the others.
        requirement: what has to differ.
        alone: nothing else has room enough, so that a single part may be written out too, and what is inside
            expressions counts as what they make of it.
    """
    if draft.rows > _most_rows(draft):
        return []
    before = draft.combination
    parts = {part.name: part for part in (before.parts if before is not None else ())}
    own = {part.name: part for part in _parts(draft, sources, requirement)}
    for name, part in own.items():
        known = parts.get(name)
        if known is None or len(part.places) < len(known.places):
            parts[name] = part
    inside = set(requirement.columns) | (set() if requirement.unordered else set(requirement.reads))
    distinction = Distinction(
        frozenset(inside), frozenset(own),
        frozenset(link.working for name in requirement.unordered if (link := draft.link_of(name)) and link.working in own),
        wish=requirement.wish,
    )  # fmt: skip
    if not own or (requirement.unordered and len(distinction.unordered) < 2):
        return []
    if not alone and (len(own) < 2 or set(requirement.reads) - set(requirement.columns)):
        return []
    distinctions = (*(before.distinctions if before is not None else ()), distinction)
    ordered = tuple(parts[name] for name in sorted(parts))
    found = _drawn(draft, ordered, distinctions, _spare(requirement, ordered, distinctions))
    return [Carrier(found.head_room(distinction), _COMBINED_COST, combination=found)] if found.head else []


def _drawn(draft: Draft, parts: tuple[Part, ...], distinctions: tuple[Distinction, ...], spare: str) -> Combination:
    """The combinations of a table's rows; made once, however often they are asked for."""
    known = (parts, distinctions, draft.rows, spare, id(draft.model))
    if known not in draft.drawn:
        admission = Admission(draft, parts, distinctions)
        draft.drawn[known] = combine(
            draft.salt, parts, distinctions, draft.rows, admits=admission if admission.is_asked else None, spare=spare,
            begun=draft.growth.begun,
        )  # fmt: skip
    return draft.drawn[known]


def _most_rows(draft: Draft) -> int:
    """How many rows' combinations are written out; more of them where they were when the first rows came."""
    first = next(filter(None, draft.growth.sizes), 0)
    return _GROWN * MOST_ROWS if 0 < first <= MOST_ROWS else MOST_ROWS


def _parts(draft: Draft, sources: Sources, requirement: Requirement) -> Iterator[Part]:
    """What of a requirement can be combined."""
    inside = set(requirement.columns) | set(requirement.reads)
    for link in draft.links:
        if link.state == ABSENT or link.owned != link.columns or link.shared or link.agreeing or link.aligned:
            continue
        room = _room(draft, sources, link, inside)
        if room and link.pairing == "hashed":
            places = _representatives(draft, link, inside) if link.state == FROM_EXISTING else ()
            if room == _pool(draft, link, sources.rows_of) and link.state != FROM_EXISTING:
                room += link.skip  # combinations themselves see to what is skipped otherwise
            yield link_part(draft, sources.drafts, link, room, places)
    for name in sorted(inside):
        part = column_part(draft, name, sources.listed)
        if part is not None:
            yield part


def _spare(requirement: Requirement, parts: tuple[Part, ...], distinctions: tuple[Distinction, ...]) -> str:
    """A part that rows without a combination of their own may leave empty; empty if there is none."""
    plain = requirement.nulls_distinct and not (requirement.primary or requirement.wish or requirement.predicate)
    if not plain or set(requirement.reads) - set(requirement.columns):
        return ""
    return next(
        (
            part.name for part in parts
            if part.optional and all(set(part.columns) & one.columns for one in distinctions if not one.wish)
        ),
        "",
    )  # fmt: skip


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
    filled = [link.columns for link in chosen.links or chosen.oriented]
    if chosen.combination is not None:
        filled = [part.columns for part in chosen.combination.parts]
    what = chosen.column or " and ".join(map(",".join, filled))
    draft.find(
        "ROWS_CAPPED",
        f"{requirement.name} on ({', '.join(requirement.columns or requirement.reads)}) has room for "
        f"{chosen.capacity:,} rows, since {what} can have no more values; {draft.asked:,} were asked for",
        "ask for more rows in the tables it refers to, or fewer here"
        if chosen.links or chosen.oriented
        else "ask for fewer rows here",
    )
    draft.rows = min(draft.rows, chosen.capacity)


def _take(draft: Draft, chosen: Carrier) -> None:
    if chosen.column:
        draft.distinct.add(chosen.column)
        if chosen.step > 1:
            draft.steps[chosen.column] = chosen.step
    if chosen.combination is not None:
        draft.combination = chosen.combination
    if chosen.oriented:
        high, low = chosen.oriented
        high.pairing, high.skip, high.unlike = "distinct", 1, ""
        low.below, low.unlike = high.working, ""
    for name, end in chosen.slots:
        draft.slots[name] = end
    if len(chosen.links) == 1:
        chosen.links[0].pairing = "previous" if chosen.links[0].pairing == "earlier" else "distinct"
    for position, link in enumerate(chosen.links if len(chosen.links) > 1 else ()):
        link.position = position
        link.radices = (1,) * len(chosen.links)  # the sizes are put in when all tables' rows are known
