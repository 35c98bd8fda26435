"""Intervals of its own for each row: side by side, inside what checks allow, and as wide as they allow.

Where they begin and how wide they are depends on the table alone, not on how many rows are asked for, so that rows
which are there stay where they are when more are added. Where rows of others stand that they could overlap, they begin
after the last of these, or, if one of them has no end, lie before the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from generators.spec import ColumnType, GeneratorSpec

from ...catalog import Column, DataType, Exclusion
from ..checks.model import Domain, Nullity, Relation
from ..values import Line, Realised, engine_type, line_of
from ..values.model import Interval
from .draft import FROM_ROWS, Draft

_DAY = 86_400_000_000
_MINUTE, _HOUR = 60_000_000, 3_600_000_000
_WIDTHS = {"date": 30, "timestamp": 30 * _DAY, "timestamptz": 30 * _DAY}
_NARROW = {"date": 1, "timestamp": _HOUR, "timestamptz": _HOUR}
_WIDTH, _NARROWEST, _YEARS = 10, 1, 20
_ROOM = 1_024
"""Rows that a bounded stretch is cut for; where more are asked for, intervals are as narrow as can be."""

PLENTY = 1 << 62


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the first interval begins, how wide each is, and how many there are."""

    start: object
    width: int
    bounds: str
    room: int


def slot(draft: Draft, column: Column, end: str, as_of: date) -> Realised:
    """An interval, or one of its ends, that no other row's overlaps."""
    kind = _ends(column, end)
    engine, grid = engine_type(kind), _grid(draft, kind, as_of)
    parameters: dict[str, object] = {"of": engine.name, "start": grid.start, "width": grid.width}
    if grid.bounds != "[)":
        parameters["bounds"] = grid.bounds
    if end == "both":
        return Realised(GeneratorSpec("slot_range", parameters), ColumnType("text"), None, "an interval of its own", ())
    generator = GeneratorSpec("slot_value", {**parameters, "end": end})
    return Realised(generator, engine, None, "one end of an interval of its own", ())


def slot_room(draft: Draft, slots: tuple[tuple[str, str], ...], as_of: date) -> int:
    """How many rows can have an interval of their own in these columns."""
    before = dict(draft.slots)
    draft.slots.update(slots)
    try:
        name, end = slots[0]
        return _grid(draft, _ends(draft.column(name), end), as_of).room
    finally:
        draft.slots.clear()
        draft.slots.update(before)


def _ends(column: Column, end: str) -> DataType:
    return column.type.element or column.type if end == "both" else column.type


def _grid(draft: Draft, kind: DataType, as_of: date) -> _Grid:
    engine = engine_type(kind)
    start: object = f"{as_of.year - _YEARS}-01-01" if engine.name in _WIDTHS else 1
    if engine.name.startswith("timestamp"):
        start = f"{start}T00:00:00"
    bounds = _bounds(draft)
    line = line_of(kind)
    if line is None or (not line.temporal and line.scale):
        return _Grid(start, _WIDTHS.get(engine.name, _WIDTH), bounds, PLENTY)
    closed = 1 if bounds == "[]" else 0
    width = max(min([_WIDTHS.get(engine.name, _WIDTH), *_widest(draft, line)]), 1)
    low, high = _limits(draft, line)
    taken = _taken(draft, line)
    if taken is not None and taken.high is not None:
        low = taken.high + line.least if low is None else max(low, taken.high + line.least)
    elif taken is not None and taken.low is None:
        return _Grid(start, width, bounds, 0)
    elif taken is not None:
        high = taken.low if high is None else min(high, taken.low or 0)
    first = line.steps(start, up=True)
    if high is None:
        return _Grid(line.literal(max(first, first if low is None else low)), width, bounds, PLENTY)
    if low is None:
        low = min(first, high - (width + closed) * _ROOM)
    stretch = max(high - low, 0)
    width = max(min(width, stretch // _ROOM - closed), 1)
    if (width + closed) * draft.rows > stretch:
        width = 1
    width -= width % _MINUTE if line.temporal and line.name != "date" and width > _MINUTE else 0
    return _Grid(line.literal(low), width, bounds, stretch // (width + closed))


def _bounds(draft: Draft) -> str:
    """Which ends belong to an interval: what an exclusion's own expression says, or a check on a range."""
    for exclusion in draft.table.exclusions:
        for text, sign in exclusion.elements:
            if sign == "&&" and "'[]'" in text:
                return "[]"
    forms = {form for domain in _domains(draft) for form in domain.forms}
    high = "]" if "high_included" in forms else ")"
    return ("(" if "low_excluded" in forms else "[") + high


def _domains(draft: Draft) -> Iterator[Domain]:
    for name in draft.slots:
        part = draft.component_of(name)
        for world in part.worlds if part else ():
            domain = world.domains.get(name)
            if domain is not None and domain.null is not Nullity.ALWAYS:
                yield domain


def _limits(draft: Draft, line: Line) -> tuple[int | None, int | None]:
    """The first and the last step that checks allow for either end."""
    lows, highs = [], []
    for domain in _domains(draft):
        try:
            inside = line.interval(domain)
        except (ValueError, OverflowError):
            continue
        lows += [] if inside.low is None else [inside.low]
        highs += [] if inside.high is None else [inside.high]
    return max(lows, default=None), min(highs, default=None)


def _taken(draft: Draft, line: Line) -> Interval | None:
    """From where to where intervals of rows that are there lie; None where ours cannot overlap them."""
    there = draft.table.existing.values
    ends = {end: there.get(name, ()) for name, end in draft.slots.items()}
    shared = [one for one in draft.table.exclusions if set(one.reads) & set(draft.slots)]
    if not any(ends.values()) or all(_led_elsewhere(draft, one) for one in shared):
        return None
    spans: list[tuple[object, object]]
    if "both" in ends:
        spans = [span for value in ends["both"] if value is not None and (span := _read(str(value))) is not None]
    else:
        spans = list(zip(ends.get("low", ()), ends.get("high", ()), strict=False))
    try:
        lows = [None if low is None else line.steps(low, up=False) for low, _ in spans]
        highs = [None if high is None else line.steps(high, up=True) for _, high in spans]
    except (ValueError, OverflowError):
        return None
    return Interval(_least(lows), _most(highs)) if spans else None


def _least(ends: list[int | None]) -> int | None:
    known = [end for end in ends if end is not None]
    return min(known) if len(known) == len(ends) else None


def _most(ends: list[int | None]) -> int | None:
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _led_elsewhere(draft: Draft, exclusion: Exclusion) -> bool:
    """Whether rows of ours differ from those that are there in something else: they refer to rows of ours."""
    links = [draft.link_of(text.strip().strip('"')) for text, operator in exclusion.elements if operator == "="]
    return any(link is not None and link.state == FROM_ROWS for link in links)


_RANGE = re.compile(r'^[\[(](?:"([^"]*)"|([^",]*)),(?:"([^"]*)"|([^",)\]]*))[\])]$')
_OPEN = ("", "infinity", "-infinity")


def _read(text: str) -> tuple[str | None, str | None] | None:
    """The ends of a range as PostgreSQL writes it; None for an end that is open, and for a range that is empty."""
    match = _RANGE.match(text)
    if match is None:
        return None
    low, high = (match[1] or match[2] or ""), (match[3] or match[4] or "")
    return (None if low in _OPEN else low, None if high in _OPEN else high)


def _widest(draft: Draft, line: Line) -> Iterator[int]:
    """How wide an interval may be: what checks say of its ends, and little where nobody can tell what they say."""
    if any(set(opaque.columns) & set(draft.slots) for opaque in draft.model.opaque):
        yield _NARROW.get(line.name, _NARROWEST)
    for name in draft.slots:
        part = draft.component_of(name)
        for world in part.worlds if part else ():
            yield from (width for one in world.relations if (width := _apart(draft, one, line)) is not None)


def _apart(draft: Draft, relation: Relation, line: Line) -> int | None:
    """What a relation between the ends allows at most."""
    if draft.slots.get(relation.left) is None or draft.slots.get(relation.right) is None or relation.offset is None:
        return None
    try:
        if relation.operator in ("<", "<=") and draft.slots[relation.left] == "high":
            return line.offset(relation.offset, up=False) - (1 if relation.operator == "<" else 0)
        if relation.operator in (">", ">=") and draft.slots[relation.left] == "low":
            return -line.offset(relation.offset, up=True) - (1 if relation.operator == ">" else 0)
    except (ValueError, OverflowError):
        return None
    return None
