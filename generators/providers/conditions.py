"""What a text must fulfil, built into shapes: sizes by stretching, what must or must not be found by narrowing places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from math import prod

from .regex_classes import python_pattern
from .regex_reading import Reader, never_matches, parsed
from .shapes import PRINTABLE, Cell, Chars, Shape, met, missed

_MOST = 256
_NUMBERED = 512
_ROOMY = 1 << 40
_SMALL = 1 << 20
_LONGEST = 24
_PAIRS = 20_000
_TAIL, _SHORT_TAIL = 8, 6
_BLANKS: Chars = frozenset(map(ord, " \t\n\r\f\v"))
_FILL = Cell(PRINTABLE - _BLANKS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text must fulfil."""

    pattern: str
    ignore_case: bool = False
    min_size: int = 0
    max_size: int = 0
    exclude: tuple[str, ...] = ()
    form: str = ""

    @property
    def flags(self) -> int:
        return re.IGNORECASE if self.ignore_case else 0

    @property
    def folds(self) -> bool:
        """Whether the pattern itself, or what is said beside it, ignores case."""
        return bool(re.compile(python_pattern(self.pattern), self.flags).flags & re.IGNORECASE)

    def accepts(self) -> Callable[[str], bool]:
        """The test of a finished text."""
        found = re.compile(python_pattern(self.pattern), self.flags).search
        refused = [re.compile(python_pattern(pattern)).search for pattern in self.exclude]

        def accept(text: str) -> bool:
            sized = self.min_size <= len(text) and (not self.max_size or len(text) <= self.max_size)
            return bool(sized and _has_form(text, self.form) and found(text) and not any(no(text) for no in refused))

        return accept


def _has_form(text: str, form: str) -> bool:
    match form:
        case "lower":
            return text == text.lower()
        case "upper":
            return text == text.upper()
        case "trimmed":
            return text == text.strip()
        case "not_blank":
            return bool(text.strip())
        case _:
            return True


def likely(shape: Shape) -> tuple[Chars, ...]:
    """The characters that a person would expect at each place."""
    return tuple(cell.likely for cell in shape.cells)


def everything(shape: Shape) -> tuple[Chars, ...]:
    """All printable characters that each place may hold."""
    return tuple(cell.chars & PRINTABLE or cell.chars for cell in shape.cells)


def size_of(cells: Iterable[Chars]) -> int:
    """How many texts a shape has."""
    return prod(len(chars) for chars in cells)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Shapes that fulfil as many conditions as could be built in.

    Attributes:
        shapes: at most a few hundred.
        certain: whether those conditions are all.
        nested: whether a search for the pattern may take for ever.
    """

    shapes: list[Shape]
    certain: bool
    nested: bool


def prepare(wanted: Wanted, *, roomy: bool = False) -> Prepared:
    """The shapes of a pattern, narrowed by all conditions; ``roomy`` adds longer ones, so that there are texts to number.

    Raises:
        ValueError: if a pattern cannot be read.
    """
    tree = parsed(python_pattern(wanted.pattern), ignore_case=wanted.ignore_case)
    reader = Reader(tree)
    shapes = list(_sized(reader.shapes(), wanted, roomy=roomy))
    shapes = _narrowed(shapes, wanted)
    certain = reader.certain
    alphabet = _alphabet(shapes)
    certain &= all(never_matches(nodes, alphabet, flags) for nodes, flags in reader.negative)
    for pattern in wanted.exclude:
        shapes, done = _without(shapes, pattern)
        certain &= done
    # Classes are known over printable ASCII only, so what is not found elsewhere has to be seen.
    certain &= alphabet <= PRINTABLE or not (wanted.exclude or reader.negative or any(item.unseen for item in shapes))
    if roomy:
        shapes = sorted(shapes, key=lambda shape: -size_of(likely(shape)))[:_NUMBERED]
    else:
        shapes = shapes[:: -(-len(shapes) // _MOST) or 1]
    return Prepared(shapes, certain, reader.nested)


def _alphabet(shapes: Iterable[Shape]) -> Chars:
    cells = {cell for shape in shapes for cell in shape.cells}
    return frozenset().union(*(cell.likely for cell in cells))


def _sized(shapes: Iterable[Shape], wanted: Wanted, *, roomy: bool) -> Iterator[Shape]:
    """Shapes within the sizes, stretched or padded where they are too short."""
    most = wanted.max_size or 1 << 30
    for shape in shapes:
        short = shape.grown(wanted.min_size) or _padded(shape, wanted.min_size)
        if short is None:
            continue
        if len(short) <= most:
            yield short
        if not shape.elastic and not shape.ends and len(short) < most and size_of(likely(short)) < _SMALL:
            # Nothing says how it goes on, so it does: a few letters more make it worth reading, and distinct.
            for size in range(len(short) + 1, min(most, len(short) + (_TAIL if roomy else _SHORT_TAIL)) + 1):
                longer = _padded(short, size)
                if longer is not None:
                    yield longer
        if shape.elastic and (roomy or shape.seen):
            yield from _longer(shape, len(short), most)


def _longer(shape: Shape, size: int, most: int) -> Iterator[Shape]:
    """The shape in some more lengths: they give room to numbers, and to what must be found inside."""
    limit = min(most, max(_LONGEST, size + 4))
    for wanted in range(size + 1, limit + 1):
        longer = shape.grown(wanted)
        if longer is not None and len(longer) == wanted:
            yield longer
            if size_of(likely(longer)) >= _ROOMY:
                return


def _padded(shape: Shape, size: int) -> Shape | None:
    """The shape with letters behind or in front, where it is not anchored."""
    more = (_FILL,) * (size - len(shape))
    if not shape.ends:
        return replace(shape, cells=shape.cells + more)
    if not shape.begins and not shape.seen and not shape.unseen:
        return replace(shape, cells=more + shape.cells)
    return None


def _narrowed(shapes: Iterable[Shape], wanted: Wanted) -> list[Shape]:
    """Shapes in the wanted form, in which is found what must be, and not found what must not be."""
    made: list[Shape] = []
    for shape in shapes:
        formed = _formed(shape, wanted.form)
        found = [formed] if formed is not None else []
        for place, alternatives in shape.seen:
            found = [
                narrow for item in found for other in alternatives for narrow in _met_deeply(item, place, other)
            ][:_MOST]  # fmt: skip
        for place, unwanted in shape.unseen:
            for other in unwanted:
                found = [left for item in found if (left := missed(item, place, other)) is not None]
        made += found
        if len(made) >= 8 * _MOST:
            break
    return made


def _met_deeply(shape: Shape, place: int, wanted: Shape) -> Iterator[Shape]:
    """The shape with what is wanted from a place on, and with what that asks for in turn."""
    narrow = met(shape, place, wanted)
    found = [narrow] if narrow is not None else []
    for inner, alternatives in wanted.seen:
        found = [deep for item in found for other in alternatives for deep in _met_deeply(item, place + inner, other)]
    for inner, unwanted in wanted.unseen:
        for other in unwanted:
            found = [left for item in found if (left := missed(item, place + inner, other)) is not None]
    yield from found


def _formed(shape: Shape, form: str) -> Shape | None:
    cells = list(shape.cells)
    if form in ("lower", "upper"):
        same = str.lower if form == "lower" else str.upper
        for place, cell in enumerate(cells):
            chars = frozenset(char for char in cell.chars if same(chr(char)) == chr(char))
            if not chars:
                return None
            written = cell.written if cell.written in chars else -1
            if written < 0 and cell.written >= 0 and ord(same(chr(cell.written))[0]) in chars:
                written = ord(same(chr(cell.written))[0])
            cells[place] = Cell(chars, written)
    if form in ("trimmed", "not_blank") and cells:
        for place in (0, -1) if form == "trimmed" else (0,):
            chars = cells[place].chars - _BLANKS
            if chars:
                cells[place] = Cell(chars, cells[place].written if cells[place].written in chars else -1)
            elif form == "trimmed":
                return None
    return replace(shape, cells=tuple(cells))


def _without(shapes: list[Shape], pattern: str) -> tuple[list[Shape], bool]:
    """Shapes in which a pattern is surely not found, and whether that could be reached."""
    tree = parsed(python_pattern(pattern), ignore_case=False)
    flags = int(tree.state.flags)
    if never_matches(tree, _alphabet(shapes), flags):
        return shapes, True
    reader = Reader(tree)
    unwanted = reader.shapes()
    if not reader.complete or not reader.certain or len(shapes) * len(unwanted) > _PAIRS:
        return shapes, False
    left: list[Shape] = []
    for shape in shapes:
        kept: Shape | None = shape
        for other in unwanted:
            for place in _alignments(len(shape), other):
                kept = missed(kept, place, other) if kept is not None else None
        if kept is not None:
            left.append(kept)
    return left, True


def _alignments(size: int, other: Shape) -> Iterable[int]:
    if other.begins:
        return (0,)
    if other.ends:
        return (size - len(other),)
    return range(size - len(other) + 1)
