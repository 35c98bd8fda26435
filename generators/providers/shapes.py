"""Shapes: texts of one fixed length each, given by the characters that may stand at every place.

A language is approximated from below by a bounded list of shapes. Drawing from them, counting them and numbering their
texts are then the same few array operations for every pattern there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..kernels import AliasTable
from ..streams.stream import U64, mix64, stream_key
from .draws import I64

Chars = frozenset[int]

PRINTABLE: Chars = frozenset(range(0x20, 0x7F))
_LOWER: Chars = frozenset(range(0x61, 0x7B))
_UPPER: Chars = frozenset(range(0x41, 0x5B))
_DIGITS: Chars = frozenset(range(0x30, 0x3A))
_ALNUM = _LOWER | _UPPER | _DIGITS
_WIDE = 66
_WORD = 16
_WORD_PLACES = 4
_TOTAL = 1 << 62
_UNDECIDED = 2.0**63


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a shape: the characters it may hold, and the one it is written with, if any."""

    chars: Chars
    written: int = -1

    def meet(self, other: Cell) -> Cell | None:
        """What both cells allow, or nothing."""
        chars = self.chars & other.chars
        if not chars:
            return None
        return Cell(chars, next((place for place in (self.written, other.written) if place in chars), -1))

    @property
    def likely(self) -> Chars:
        """The characters that a person would expect there: letters and digits before punctuation."""
        if self.written in self.chars:
            return frozenset((self.written,))
        return _likely(self.chars)


@lru_cache(maxsize=4096)
def _likely(chars: Chars) -> Chars:
    if len(chars) > _WIDE and chars & _LOWER:
        return chars & _LOWER
    return chars & _ALNUM or chars & (PRINTABLE - {0x20}) or chars & PRINTABLE or chars


@dataclass(frozen=True, slots=True)
class Shape:
    """Cells in a row.

    Attributes:
        cells: one for each character.
        begins: nothing may stand in front.
        ends: nothing may stand behind.
        elastic: where the shape can grow: place, the cells that are put in, and how often.
        weight: how likely it is drawn, against the others.
        seen: what must be found from a place on, as alternatives.
        unseen: what must not be found from a place on; nothing where it cannot be listed in full.
    """

    cells: tuple[Cell, ...] = ()
    begins: bool = False
    ends: bool = False
    elastic: tuple[tuple[int, tuple[Cell, ...], int], ...] = ()
    weight: float = 1.0
    seen: tuple[tuple[int, tuple[Shape, ...]], ...] = field(default=())
    unseen: tuple[tuple[int, tuple[Shape, ...]], ...] = field(default=())

    def __len__(self) -> int:
        return len(self.cells)

    def then(self, other: Shape) -> Shape | None:
        """This shape and another behind it, or nothing if an anchor forbids that."""
        if (self.ends and other.cells) or (other.begins and self.cells):
            return None
        shift = len(self)
        return Shape(
            self.cells + other.cells,
            self.begins or other.begins,
            self.ends or other.ends,
            self.elastic + tuple((place + shift, unit, most) for place, unit, most in other.elastic),
            self.weight * other.weight,
            self.seen + tuple((place + shift, found) for place, found in other.seen),
            self.unseen + tuple((place + shift, found) for place, found in other.unseen),
        )

    def grown(self, size: int) -> Shape | None:
        """The shape stretched to at least ``size`` characters where it is elastic, or nothing if it cannot."""
        shape = self
        for number in range(len(self.elastic)):
            if len(shape) >= size:
                break
            place, unit, most = shape.elastic[number]
            times = min(most, -(-(size - len(shape)) // len(unit)))
            shape = shape._inserted(place, unit * times, number)
        return shape if len(shape) >= size else None

    def _inserted(self, place: int, cells: tuple[Cell, ...], number: int) -> Shape:
        shift = len(cells)
        return Shape(
            self.cells[:place] + cells + self.cells[place:],
            self.begins,
            self.ends,
            tuple(
                (start + shift if start > place or (start == place and other > number) else start, unit, most)
                for other, (start, unit, most) in enumerate(self.elastic)
            ),
            self.weight,
            tuple((start + shift if start >= place else start, found) for start, found in self.seen),
            tuple((start + shift if start >= place else start, found) for start, found in self.unseen),
        )


def met(shape: Shape, place: int, wanted: Shape) -> Shape | None:
    """The shape narrowed so that ``wanted`` is found from ``place`` on, or nothing if that cannot be."""
    stop = place + len(wanted)
    if stop > len(shape) or (wanted.ends and stop < len(shape)) or (wanted.begins and place):
        return None
    cells = list(shape.cells)
    for offset, cell in enumerate(wanted.cells):
        both = cells[place + offset].meet(cell)
        if both is None:
            return None
        cells[place + offset] = both
    return replace(shape, cells=tuple(cells), weight=shape.weight * wanted.weight)


def missed(shape: Shape, place: int, unwanted: Shape) -> Shape | None:
    """The shape narrowed so that ``unwanted`` is not found from ``place`` on, or nothing if that cannot be.

    One place is kept from what is unwanted there, the one that keeps most: more than needed may be lost.
    """
    stop = place + len(unwanted)
    if place < 0 or stop > len(shape) or (unwanted.ends and stop < len(shape)) or (unwanted.begins and place):
        return shape
    best: tuple[float, int, Cell] | None = None
    for offset, cell in enumerate(unwanted.cells):
        own = shape.cells[place + offset]
        left = own.chars - cell.chars
        if len(left) == len(own.chars):
            return shape
        share = len(left & own.likely) / len(own.likely)
        if left and (best is None or share > best[0]):
            best = share, place + offset, Cell(left, own.written if own.written in left else -1)
    if best is None:
        return None
    cells = (*shape.cells[: best[1]], best[2], *shape.cells[best[1] + 1 :])
    return replace(shape, cells=cells)


# -------------------------------------------------------------------------------------------------------- languages


class Language:
    """A list of shapes laid out as tables, from which texts are drawn, or counted and numbered."""

    __slots__ = ("_alias", "_lengths", "_offsets", "_pool", "_sizes", "_starts", "size")

    def __init__(self, shapes: Sequence[Sequence[Chars]], weights: Sequence[float]) -> None:
        if not shapes:
            raise ValueError("there is no shape")
        places: dict[Chars, int] = {}
        pool: list[int] = [0]
        longest = max(map(len, shapes))
        self._sizes = np.ones((len(shapes), longest), dtype=np.int64)
        self._offsets = np.zeros((len(shapes), longest), dtype=np.int64)
        for number, shape in enumerate(shapes):
            for place, chars in enumerate(shape):
                if chars not in places:
                    places[chars] = len(pool)
                    pool += sorted(chars, key=_rank)
                self._sizes[number, place], self._offsets[number, place] = len(chars), places[chars]
        self._pool = np.array(pool, dtype=np.uint8 if max(pool) < 0x80 else np.uint32)
        self._lengths = np.array([len(shape) for shape in shapes], dtype=np.int64)
        self._alias = AliasTable(weights)
        totals = [_count(shape) for shape in shapes]
        self.size = min(sum(totals), _TOTAL)
        reached, starts = 0, [0]
        for total in totals:
            reached = min(reached + total, _TOTAL)
            starts.append(reached)
        self._starts = np.array(starts, dtype=np.int64)

    def draw(self, bits: Callable[[str], U64], count: int) -> pa.Array:
        """A text a row, from random words by salt."""
        shape = self._alias.draw(bits("shape")) if len(self._lengths) > 1 else np.zeros(count, dtype=np.int64)
        return self._written(shape, bits, None)

    def of_each(self, times: int, bits: Callable[[str], U64]) -> pa.Array:
        """So many texts of each shape, in the shapes' order."""
        return self._written(np.repeat(np.arange(len(self._lengths)), times), bits, None)

    def numbered(self, index: I64, bits: Callable[[str], U64]) -> pa.Array:
        """The text that has each number; no two numbers below ``size`` have the same text.

        What a number leaves undecided, in a language of more than 2**62 texts, is drawn.
        """
        shape = np.searchsorted(self._starts, index, side="right") - 1
        return self._written(shape, bits, index - self._starts[shape])

    def _written(self, shape: I64, bits: Callable[[str], U64], rest: I64 | None) -> pa.Array:
        count, longest = len(shape), self._sizes.shape[1]
        codes = np.empty((count, longest), dtype=self._pool.dtype)
        room = np.ones(count, dtype=np.float64)
        words = _Words(bits)
        for place in range(longest - 1, -1, -1):
            offset, size = self._offsets[:, place], self._sizes[:, place]
            if (size == 1).all():
                codes[:, place] = self._pool[offset][shape]
                continue
            alike = (size == size[0]).all()
            sizes: I64 | np.int64 = size[0] if alike else size[shape]
            if rest is None:
                digit = words.part(place, sizes)
            else:
                decided = room < _UNDECIDED
                digit = np.where(decided, rest % sizes, 0)
                rest, room = np.where(decided, rest // sizes, 0), np.where(decided, room * sizes, room)
                if not decided.all():
                    digit = np.where(decided, digit, words.part(place, sizes))
            start = offset[0] if (offset == offset[0]).all() else offset[shape]
            codes[:, place] = self._pool[start + digit]
        return texts_of(codes, self._lengths[shape])


class _Words:
    """Random digits by place; four places share one word."""

    def __init__(self, bits: Callable[[str], U64]) -> None:
        self._bits = bits
        self._known: tuple[int, U64] | None = None

    def part(self, place: int, sizes: I64 | np.int64) -> I64:
        """Numbers in [0, sizes): from 16 bits, so that a bias stays below one in hundreds."""
        number, quarter = divmod(place, _WORD_PLACES)
        if self._known is None or self._known[0] != number:
            self._known = number, self._bits(f"word{number}")
        part = (self._known[1] >> np.uint64(_WORD * quarter)) & np.uint64((1 << _WORD) - 1)
        digits: I64 = (part.view(np.int64) * sizes) >> _WORD
        return digits


def _rank(char: int) -> tuple[int, int]:
    """Letters first, then digits, then the rest."""
    return (0 if char in _LOWER | _UPPER else 1 if char in _DIGITS else 2), char


def _count(shape: Iterable[Chars]) -> int:
    total = 1
    for chars in shape:
        total *= len(chars)
    return total


def texts_of(codes: NDArray[np.uint8] | NDArray[np.uint32], lengths: I64) -> pa.Array:
    """One text a row from a matrix of code points, of which the first so many count."""
    wide = codes.shape[1]
    kept = codes.reshape(-1) if (lengths == wide).all() else codes[np.arange(wide) < lengths[:, None]]
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    if not len(kept) or kept.max() < 0x80:
        np.cumsum(lengths, out=offsets[1:])
        return pa.StringArray.from_buffers(
            len(lengths), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(kept.astype(np.uint8, copy=False)))
        )
    # How many bytes each character takes says where each text starts once all are encoded at once.
    width = 1 + (kept >= 0x80).astype(np.int64) + (kept >= 0x800) + (kept >= 0x10000)
    reached = np.concatenate(([0], np.cumsum(width)))
    offsets[1:] = reached[np.cumsum(lengths)]
    raw = kept.astype("<u4").tobytes().decode("utf-32-le").encode()
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(raw))


def own_bits(name: str, count: int) -> Callable[[str], U64]:
    """Random words that depend on a name only, for samples that are the same in every table."""
    numbers = np.arange(count, dtype=np.uint64)
    return lambda salt: mix64(numbers, stream_key(0, f"{name}#{salt}"))
