"""Combinations written out: what rows hold together where no single column or reference has values enough for them.

Each *part* is a column with few values, or a reference. Rows are taken one after another: each looks for a combination
that is free among those of the parts that were there when it appeared, from a place that looks like chance. So what a
row holds depends on the rows before it and on what was there, never on how many rows or parts there will be.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import gcd, prod

from generators.spec import ColumnSpec, ColumnType, GeneratorSpec

MOST_ROWS = 20_000
"""Rows for which combinations are written into a plan."""

_CANDIDATES = 60_000
_LOOKS = 600_000
_LAST_LOOKS = 64
_SALTS, _SMALL = 16, 4_096
_WHOLE = 1 << 64

Tuple = tuple[int | None, ...]
"""For each part the place of its value, or none."""

Admits = Callable[[Mapping[str, object], Mapping[str, int | None]], bool]
"""Whether checks allow columns to hold these values together, with these places of the parts."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one digit of a combination stands for.

    Attributes:
        name: the column, or the reference's working column.
        columns: those that it fills.
        places: rows of the table referred to, or places in ``values``.
        values: what a column may hold; empty for a reference.
        grows: the places appear one by one, as the rows do: row i sees the first i + 1 of them.
        sizes: how many places there were in each stage of the table's growth that is over.
        optional: it may be empty.
        nulls: share of rows in which it is.
    """

    name: str
    columns: tuple[str, ...]
    places: tuple[int, ...]
    values: tuple[object, ...] = ()
    grows: bool = False
    sizes: tuple[int, ...] = ()
    optional: bool = False
    nulls: float = 0.0

    def reach(self, horizon: int, stage: int) -> int:
        """How many of the places there are for a row that looks so far, in a stage."""
        many = min(len(self.places), horizon + 1) if self.grows else len(self.places)
        there = self.sizes[stage] if stage < len(self.sizes) else 0
        return min(many, there) if there else many


@dataclass(frozen=True, slots=True)
class Distinction:
    """Rows must differ in these columns; parts among ``parts`` tell them apart.

    Attributes:
        unordered: two parts that count as the same when they change places.
        wish: it holds for the first rows at least, which are counted.
    """

    columns: frozenset[str]
    parts: frozenset[str]
    unordered: frozenset[str] = frozenset()
    wish: bool = False


@dataclass(frozen=True, slots=True)
class Combination:
    """Combinations in the order of the rows, and what they make distinct.

    Attributes:
        head: one for each row, as far as there are any.
        leading: for each wish how many rows from the first on are distinct.
    """

    parts: tuple[Part, ...]
    distinctions: tuple[Distinction, ...]
    head: tuple[Tuple, ...]
    leading: Mapping[frozenset[str], int] | None = None

    @property
    def names(self) -> frozenset[str]:
        """The columns and working columns that it decides about."""
        return frozenset(part.name for part in self.parts)

    def part(self, name: str) -> Part | None:
        """The part that is called so."""
        return next((one for one in self.parts if one.name == name), None)

    def head_room(self, one: Distinction) -> int:
        """How many rows differ in what is told."""
        return (self.leading or {}).get(one.columns, len(self.head)) if one.wish else len(self.head)

    def given(self, found: Tuple) -> dict[str, object]:
        """The values that a combination gives to columns; None where it leaves a part empty."""
        values: dict[str, object] = {}
        for part, place in zip(self.parts, found, strict=True):
            if place is None:
                values.update(dict.fromkeys(part.columns))
            elif part.values:
                values[part.name] = part.values[place]
        return values

    def picked(self, place: str, name: str, offset: int) -> ColumnSpec:
        """The working column that says what a part holds on each row."""
        position = [part.name for part in self.parts].index(name)
        values = [None if one[position] is None else one[position] + offset for one in self.head]  # type: ignore[operator]
        return ColumnSpec(
            digit_of(place, name) if self.parts[position].values else name, ColumnType("bigint"),
            GeneratorSpec("pick", {"index": self.index(place), "values": values}), nullable=True, stored=False,
        )  # fmt: skip

    def index(self, place: str) -> str:
        """The expression for a row's combination, by the column that numbers the rows."""
        return f"{place} % {len(self.head)}"


def digit_of(place: str, name: str) -> str:
    """What the working column for a column's place in its values is called."""
    return f"{place}_{sum(map(ord, name))}_{len(name)}"


def combine(
    salt: str,
    parts: Sequence[Part],
    distinctions: Sequence[Distinction],
    rows: int,
    *,
    admits: Admits | None,
    spare: str = "",
    begun: tuple[int, ...] = (),
) -> Combination:
    """Combinations for the rows of a table, as many as there are.

    Args:
        salt: whose rows they are; it decides where each row begins to look.
        parts: what is combined.
        distinctions: what no two rows may have in common.
        rows: how many are wanted.
        admits: whether checks allow columns to hold these values together, with these places of the parts; None if
            they say nothing of them.
        spare: a part that is left empty in rows for which there is no combination; empty if none may be.
        begun: the first row of each stage of the table's growth but the first.
    """
    bare = Combination(tuple(parts), tuple(distinctions), ())
    hard = [_key(one, parts) for one in distinctions if not one.wish]
    wishes = {one.columns: _key(one, parts) for one in distinctions if one.wish}
    emptied = [part.name for part in parts].index(spare) if spare else -1

    def drawn(salt: str, most: int) -> list[Tuple]:
        return list(_Drawing(salt, bare, hard, list(wishes.values()), admits, emptied, begun).rows(most))

    fixed = not any(part.grows or part.sizes for part in parts) and prod(len(part.places) for part in parts) <= _SMALL
    if fixed and len(hard) > 1 and not wishes and not spare:
        # Where keys overlap, another beginning may lead further. How far does not depend on what is asked for.
        head = max((drawn(f"{salt}\x1f{number}", _SMALL) for number in range(_SALTS)), key=len)[:rows]
    else:
        head = drawn(salt, rows)
    leading = {columns: _leading(head, key) for columns, key in wishes.items()}
    return replace(bare, head=tuple(head), leading=leading)


_Key = Callable[[Tuple], Hashable]
"""What of a combination has to differ; None if it differs from every other, since something in it is empty."""


def _key(one: Distinction, parts: Sequence[Part]) -> _Key:
    positions = {part.name: position for position, part in enumerate(parts)}
    plain = [positions[name] for name in sorted(one.parts - one.unordered)]
    pair = [positions[name] for name in sorted(one.unordered)]

    def key(found: Tuple) -> Hashable:
        swapped = [found[place] for place in pair]
        named = (*(found[place] for place in plain), *swapped)
        if None in named:
            return None
        return (*named[: len(plain)], *sorted(place for place in swapped if place is not None))

    return key


@dataclass(slots=True)
class _Drawing:
    """One combination for each row, from those that are there when it appears; from later ones only in want of them."""

    salt: str
    bare: Combination
    hard: list[_Key]
    wishes: list[_Key]
    admits: Admits | None
    emptied: int
    begun: tuple[int, ...]
    _seen: list[set[Hashable]] = field(init=False)
    _full: set[tuple[int, int]] = field(default_factory=set)
    _looks: int = _LOOKS
    _most: int = 0
    _names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._most = max(len(part.places) for part in self.bare.parts)
        self._names = tuple(part.name for part in self.bare.parts)
        self._seen = [set() for _ in (*self.hard, *self.wishes)]

    def rows(self, most: int) -> Iterator[Tuple]:
        """The rows' combinations, one after another, until there is none any more."""
        for row in range(most):
            found = self._row(row)
            if found is None:
                return
            for key, seen in zip((*self.hard, *self.wishes), self._seen, strict=True):
                seen.add(key(found))
            yield found

    def _row(self, row: int) -> Tuple | None:
        digest = blake2b(f"{self.salt}\x1f{row}".encode(), digest_size=32).digest()
        chance = tuple(int.from_bytes(digest[place : place + 8], "big") for place in (0, 8, 16))
        stage = bisect_right(self.begun, row)
        several = len(self.hard) + len(self.wishes)
        found = self._within(row, stage, several, chance, [row]) if self.wishes else None
        found = found or self._within(row, stage, len(self.hard), chance, self._horizons(row))
        if found is None and self.emptied >= 0:
            found = self._look(self._reach(row, stage), 0, chance, _LAST_LOOKS, {self.emptied})
        if found is None and stage < len(self.begun):  # it stands there, whatever it holds
            found = self._within(row, len(self.begun), len(self.hard), chance, self._horizons(row))
        return found

    def _within(
        self, row: int, stage: int, many: int, chance: tuple[int, ...], horizons: Iterable[int]
    ) -> Tuple | None:
        """A combination that is new in the first ``many`` keys, from as near as may be."""
        if (stage, many) in self._full:
            return None
        before: list[int] = []
        whole = self._reach(self._most, stage)
        for horizon in horizons:
            reach = self._reach(horizon, stage)
            if reach == before:
                continue
            found = self._look(
                reach, many, chance, min(_CANDIDATES, max(self._looks, _LAST_LOOKS)), self._empty(chance)
            )
            if found is not None:
                return found
            before = reach
        if before == whole:
            self._full.add((stage, many))
        return None

    def _horizons(self, row: int) -> Iterator[int]:
        """How far a row looks: at what is there when it appears, and only then at what comes after it."""
        yield row
        further = 1
        while row + further // 2 < self._most:
            yield row + further
            further *= 2

    def _reach(self, horizon: int, stage: int) -> list[int]:
        return [part.reach(horizon, stage) for part in self.bare.parts]

    def _empty(self, chance: tuple[int, ...]) -> set[int]:
        """The parts that a row leaves empty without need."""
        nulls = [part.nulls for part in self.bare.parts]
        return {
            place for place, share in enumerate(nulls)
            if share and chance[2] * (2 * place + 1) % _WHOLE < int(share * _WHOLE)
        }  # fmt: skip

    def _look(
        self, reach: Sequence[int], many: int, chance: tuple[int, ...], most: int, empty: set[int]
    ) -> Tuple | None:
        """The first combination from a place on, in steps that come by every one, that is new and admitted."""
        room = prod(reach)
        if not room:
            return None
        place, step = chance[0] % room, chance[1] % room
        while gcd(step, room) != 1:
            step += 1
        for _ in range(min(room, most)):
            self._looks -= 1
            one = _digits(place, reach, self.bare.parts, empty)
            if self._is_new(one, many) and self._is_admitted(one):
                return one
            place = (place + step) % room
        return None

    def _is_new(self, one: Tuple, many: int) -> bool:
        pairs = zip((*self.hard, *self.wishes)[:many], self._seen, strict=False)
        return not any((value := key(one)) is not None and value in seen for key, seen in pairs)

    def _is_admitted(self, one: Tuple) -> bool:
        return self.admits is None or self.admits(self.bare.given(one), dict(zip(self._names, one, strict=True)))


def _digits(number: int, reach: Sequence[int], parts: Sequence[Part], empty: set[int]) -> Tuple:
    found: list[int | None] = []
    for position, (many, part) in enumerate(zip(reach, parts, strict=True)):
        number, digit = divmod(number, many)
        found.append(None if position in empty else part.places[digit])
    return tuple(found)


def _leading(head: Sequence[Tuple], key: _Key) -> int:
    seen: set[Hashable] = set()
    for many, one in enumerate(head):
        value = key(one)
        if value is not None and value in seen:
            return many
        seen.add(value)
    return len(head)
