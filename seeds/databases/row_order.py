"""An order of rows in which every key is there before the row that refers to it.

For databases that check foreign keys row by row: rows are sorted by the references between them, in whatever tables
they are. Where references form a circle, one that may be null is left out at first, to be set afterwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..catalog import ForeignKey, Table, TableName

Place = tuple[int, int]
"""A row: the part it belongs to, and its place there."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table; ``columns`` holds the values that the server will see, by column."""

    table: Table
    columns: Mapping[str, Sequence[object]]
    rows: int


@dataclass(frozen=True, slots=True)
class Order:
    """Every row once, and the references that must wait until all rows are there."""

    rows: tuple[Place, ...]
    late: Mapping[Place, tuple[ForeignKey, ...]]


class EndlessCircle(Exception):
    """Rows refer to each other in a circle in which no reference may be null."""

    def __init__(self, table: Table, key: ForeignKey) -> None:
        super().__init__(f"{table.name.key}: {key.name}")
        self.table = table
        self.key = key


def refers_to_any(table: Table, names: set[TableName]) -> bool:
    """True if the table has a foreign key to one of the named tables."""
    return any(key.target in names for key in table.foreign_keys)


def clearable(table: Table, key: ForeignKey) -> tuple[str, ...]:
    """The key's columns that may be null for a while: with one null among them, nothing is referred to."""
    primary = table.primary_key
    fixed = primary.columns if primary is not None else ()
    return tuple(name for name in key.columns if name not in fixed and table.column(name).nullable)


def ordered(parts: Sequence[Part]) -> Order:
    """The order in which they are given, if it does, or one that keeps rows of a part together as far as may be.

    Raises:
        EndlessCircle: if there is none.
    """
    return _Sorting(parts).result()


@dataclass(slots=True)
class _Row:
    """What a row still waits for: rows that it refers to, by key; needed ones and those that may be left out."""

    needed: dict[ForeignKey, Place] = field(default_factory=dict)
    wanted: dict[ForeignKey, Place] = field(default_factory=dict)
    placed: bool = False


class _Sorting:
    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._rows = {(part, row): _Row() for part, item in enumerate(parts) for row in range(item.rows)}
        self._awaited: dict[Place, list[tuple[Place, ForeignKey]]] = {}
        self._as_given = True
        for place, key, target, clears in self._references():
            row = self._rows[place]
            (row.wanted if clears else row.needed)[key] = target
            self._awaited.setdefault(target, []).append((place, key))
            self._as_given = self._as_given and target < place
        self._ready: list[deque[int]] = [deque() for _ in parts]
        self._possible: deque[Place] = deque()

    def result(self) -> Order:
        if self._as_given:
            return Order(tuple(self._rows), {})
        order: list[Place] = []
        late: dict[Place, tuple[ForeignKey, ...]] = {}
        for place in self._rows:
            self._offer(place)
        part = 0
        while len(order) < len(self._rows):
            part = self._part_with_ready(part)
            place = (part, self._ready[part].popleft()) if self._ready[part] else self._freed()
            if self._rows[place].wanted:
                late[place] = tuple(self._rows[place].wanted)
            order.append(place)
            self._place(place)
        return Order(tuple(order), late)

    def _references(self) -> Iterator[tuple[Place, ForeignKey, Place, bool]]:
        """Every reference of a row of ours to another row of ours."""
        for part, item in enumerate(self._parts):
            for key in item.table.foreign_keys:
                targets = self._targets(key)
                if not targets or not all(name in item.columns for name in key.columns):
                    continue
                clears = bool(clearable(item.table, key))
                values = zip(*(_folded(item, name) for name in key.columns), strict=True)
                for row, value in enumerate(values):
                    target = targets.get(value)
                    if target is not None and target != (part, row):
                        yield (part, row), key, target, clears

    def _targets(self, key: ForeignKey) -> dict[tuple[object, ...], Place]:
        found: dict[tuple[object, ...], Place] = {}
        for part, item in enumerate(self._parts):
            if item.table.name == key.target and all(name in item.columns for name in key.target_columns):
                values = zip(*(_folded(item, name) for name in key.target_columns), strict=True)
                found.update((value, (part, row)) for row, value in enumerate(values) if None not in value)
        return found

    def _offer(self, place: Place) -> None:
        row = self._rows[place]
        if row.needed or row.placed:
            return
        if row.wanted:
            self._possible.append(place)
        else:
            self._ready[place[0]].append(place[1])

    def _part_with_ready(self, part: int) -> int:
        count = len(self._parts)
        return next((index % count for index in range(part, part + count) if self._ready[index % count]), part)

    def _freed(self) -> Place:
        """A row that waits only for what it may leave out."""
        while self._possible:
            place = self._possible.popleft()
            if not self._rows[place].placed:
                return place
        place, row = next((place, row) for place, row in self._rows.items() if row.needed and not row.placed)
        raise EndlessCircle(self._parts[place[0]].table, next(iter(row.needed)))

    def _place(self, place: Place) -> None:
        self._rows[place].placed = True
        for waiting, key in self._awaited.get(place, ()):
            row = self._rows[waiting]
            row.needed.pop(key, None)
            row.wanted.pop(key, None)
            self._offer(waiting)


def _folded(part: Part, name: str) -> Sequence[object]:
    """A column's values as the server compares them in keys."""
    values = part.columns[name]
    if part.table.column(name).type.case_insensitive:
        return [item.casefold() if isinstance(item, str) else item for item in values]
    return values
