"""Regular expressions, read by Python's own parser, as lists of shapes whose texts they match.

The list is a bounded selection: of repeats without an end it has the short ones, and of very many alternatives some. Two
things are said besides: whether the list is complete, and whether every text of it surely matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from ..streams.stream import stream_key
from .regex_classes import cell_of
from .shapes import Chars, Shape

_MOST = 256
_SPREAD = (1, 2, 3, 4, 5, 6, 8)
_FEW = 3
_SELDOM = 0.1
_LAST = 0x10FFFF

_BEGINS = (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING)
_ENDS = (codes.AT_END, codes.AT_END_STRING)
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_REFERENCES = (codes.GROUPREF, codes.GROUPREF_EXISTS)


def parsed(pattern: str, *, ignore_case: bool) -> Any:
    """The parser's tree of a pattern.

    Raises:
        ValueError: if it cannot be read, or refers back to one of its groups.
    """
    try:
        return parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"cannot read the pattern {pattern!r}: {error}") from None


class Reader:
    """Turns one tree into shapes.

    Attributes:
        complete: whether the shapes are all there are.
        certain: whether every text of the shapes matches.
        negative: what must not be found somewhere, with its flags.
        nested: whether repeats stand inside repeats, which a search may take for ever over.
    """

    def __init__(self, tree: Any) -> None:
        self.complete = True
        self.certain = True
        self.negative: list[tuple[Any, int]] = []
        self.nested = False
        self._depth = 0
        self._tree = tree

    def shapes(self) -> list[Shape]:
        """The shapes of the whole pattern, which may be none."""
        return self._sequence(self._tree, int(self._tree.state.flags))

    def _sequence(self, nodes: Any, flags: int) -> list[Shape]:
        return self._joined([self._node(operation, argument, flags) for operation, argument in nodes])

    def _joined(self, options: Sequence[list[Shape]]) -> list[Shape]:
        """One of each list behind the other, in all combinations or, if they are too many, in a choice of them."""
        made = [Shape()]
        for place, choice in enumerate(options):
            if len(made) * len(choice) <= _MOST:
                pairs: Iterable[tuple[Shape, Shape]] = ((first, second) for first in made for second in choice)
            else:
                self.complete = False
                pairs = _some_pairs(made, choice, place)
            made = _distinct(shape for first, second in pairs if (shape := first.then(second)) is not None)
        return made

    def _node(self, operation: Any, argument: Any, flags: int) -> list[Shape]:
        if operation is codes.BRANCH:
            branches = [self._sequence(branch, flags) for branch in argument[1]]
            return self._bounded(
                replace(shape, weight=shape.weight / len(found)) for found in branches for shape in found
            )
        if operation is codes.SUBPATTERN:
            _, added, removed, inner = argument
            return self._sequence(inner, (flags | added) & ~removed)
        if operation is codes.ATOMIC_GROUP:
            self.certain = False
            return self._sequence(argument, flags)
        if operation in _REPEATS:
            self.certain &= operation is not codes.POSSESSIVE_REPEAT
            return self._repeated(argument, flags)
        if operation is codes.AT:
            return self._anchor(argument, flags)
        if operation in (codes.ASSERT, codes.ASSERT_NOT):
            return self._assertion(operation is codes.ASSERT, argument, flags)
        if operation is codes.FAILURE:
            return []
        if operation in _REFERENCES:
            raise ValueError("a pattern that refers back to its own groups is not supported")
        return [Shape((cell_of(operation, argument, flags),))]

    def _bounded(self, shapes: Iterable[Shape]) -> list[Shape]:
        found = _distinct(shapes)
        if len(found) > _MOST:
            self.complete = False
            found = sorted(found, key=len)[:: -(-len(found) // _MOST)]
        return found

    def _anchor(self, kind: Any, flags: int) -> list[Shape]:
        if kind in _BEGINS or kind in _ENDS:
            # With line breaks inside, an anchor may stand elsewhere; shapes have none there.
            self.complete &= not flags & re.MULTILINE
            return [Shape(begins=kind in _BEGINS, ends=kind in _ENDS)]
        self.certain = self.complete = False
        return [Shape()]

    def _assertion(self, positive: bool, argument: Any, flags: int) -> list[Shape]:
        direction, inner = argument
        whole, certain = self.complete, self.certain
        found = tuple(self._sequence(inner, flags))
        inner_whole, inner_certain = self.complete, self.certain
        self.complete, self.certain = False, certain
        if positive and direction > 0 and inner_certain:
            return [Shape(seen=((0, found),))]
        if not positive:
            if direction > 0 and inner_whole and whole and all(not shape.seen for shape in found):
                return [Shape(unseen=((0, found),))]
            self.negative.append((inner, flags))
            return [Shape()]
        self.certain = False
        # What has to stand in front is put there too, in case nothing else does; trials tell which it is.
        return [Shape(), *found] if direction < 0 else [Shape()]

    def _repeated(self, argument: Any, flags: int) -> list[Shape]:
        low, high, inner = argument
        most = _LAST if high is codes.MAXREPEAT else int(high)
        self._depth += most - low > _FEW
        self.nested |= self._depth > 1
        units = [unit for unit in self._sequence(inner, flags) if unit.cells or low]
        self._depth -= most - low > _FEW
        counts = _counts(low, most)
        self.complete &= len(counts) == most - low + 1
        made: list[Shape] = []
        for count in counts:
            rare = most - low > _FEW and count < min(_FEW, most)
            for shape in self._times(units, count):
                made.append(replace(shape, weight=shape.weight * (_SELDOM if rare else 1.0)))
                if 0 < count < most and units and units[0].cells and not _is_bound(units[0]):
                    elastic = (len(shape), units[0].cells, most - count)
                    made[-1] = replace(made[-1], elastic=(*made[-1].elastic, elastic))
        return self._bounded(made)

    def _times(self, units: list[Shape], count: int) -> list[Shape]:
        if count == 0:
            return [Shape()]
        if not units:
            return []
        if len(units) ** min(count, 8) <= 16 or count == 1:
            return self._joined([units] * count) if len(units) > 1 else _run(units[0], count)
        self.complete = False
        runs = []
        for variant in range(8):
            picks = [units[int(stream_key(variant, f"{place}")) % len(units)] for place in range(count)]
            runs += self._joined([[pick] for pick in picks])
        return [*_run(min(units, key=len), count), *runs]


def _run(unit: Shape, count: int) -> list[Shape]:
    shape: Shape | None = unit
    if not _is_bound(unit) and not unit.elastic:
        return [replace(unit, cells=unit.cells * count)]
    for _ in range(count - 1):
        shape = shape.then(unit) if shape is not None else None
    return [shape] if shape is not None else []


def _is_bound(shape: Shape) -> bool:
    return shape.begins or shape.ends or bool(shape.seen) or bool(shape.unseen)


def _counts(low: int, high: int) -> list[int]:
    if high - low <= _FEW:
        return list(range(low, high + 1))
    return sorted({low, *(count for count in _SPREAD if low <= count <= high), min(low + 1, high)})


def _some_pairs(first: list[Shape], second: list[Shape], place: int) -> Iterable[tuple[Shape, Shape]]:
    """Pairs of which each shape has about its share; the shortest go together, so that a small size can be met."""
    yield min(first, key=len), min(second, key=len)
    for number in range(_MOST - 1):
        word = int(stream_key(number, f"{place}"))
        yield first[number % len(first)], second[word % len(second)]


def _distinct(shapes: Iterable[Shape]) -> list[Shape]:
    known: dict[tuple[object, ...], Shape] = {}
    for shape in shapes:
        key = (shape.cells, shape.begins, shape.ends, shape.seen, shape.unseen)
        before = known.get(key)
        known[key] = shape if before is None else replace(before, weight=before.weight + shape.weight)
    return list(known.values())


def never_matches(nodes: Any, alphabet: Chars, flags: int) -> bool:
    """Whether a pattern surely finds nothing in texts of an alphabet: it needs a character that is not in it."""
    return any(_is_out_of_reach(operation, argument, alphabet, flags) for operation, argument in nodes)


def _is_out_of_reach(operation: Any, argument: Any, alphabet: Chars, flags: int) -> bool:
    if operation is codes.BRANCH:
        return all(never_matches(branch, alphabet, flags) for branch in argument[1])
    if operation is codes.SUBPATTERN:
        return never_matches(argument[3], alphabet, (flags | argument[1]) & ~argument[2])
    if operation is codes.ATOMIC_GROUP:
        return never_matches(argument, alphabet, flags)
    if operation in _REPEATS:
        return argument[0] > 0 and never_matches(argument[2], alphabet, flags)
    if operation is codes.ASSERT:
        return never_matches(argument[1], alphabet, flags)
    if operation in (codes.AT, codes.ASSERT_NOT, *_REFERENCES):
        return False
    if operation is codes.FAILURE:
        return True
    return not cell_of(operation, argument, flags).chars & alphabet
