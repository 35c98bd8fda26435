"""What a regular expression and its conditions leave: a language whose texts can be drawn, counted and numbered.

Where the conditions could not be built into shapes, texts are drawn beforehand, tried with Python's ``re``, and gathered
by index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol

import pyarrow as pa

from ..kernels import bounded
from ..streams.stream import U64
from .conditions import Prepared, Wanted, everything, likely, prepare, size_of
from .draws import I64
from .shapes import Chars, Language, Shape, own_bits

_CANDIDATES = 4096
_ENOUGH = 512
_FEW = 128
_SAMPLES = 2
_PIECES = 64
_MANY = 16_384
_SMALL = 1 << 20


class Texts(Protocol):
    """A language that is ready: ``size`` texts at least, or exactly where they are numbered."""

    size: int

    def draw(self, bits: Callable[[str], U64], count: int) -> pa.Array:
        """A text a row."""

    def numbered(self, index: I64, bits: Callable[[str], U64]) -> pa.Array:
        """The text of each number."""


class Pool:
    """Texts that were tried one by one."""

    __slots__ = ("_texts", "size")

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = pa.array(texts, type=pa.string())
        self.size = len(texts)

    def draw(self, bits: Callable[[str], U64], count: int) -> pa.Array:
        """A text a row, all equally likely."""
        return self._texts.take(pa.array(bounded(bits(""), self.size)))

    def numbered(self, index: I64, bits: Callable[[str], U64]) -> pa.Array:
        """The text of each number."""
        return self._texts.take(pa.array(index))


@lru_cache(maxsize=512)
def drawable(wanted: Wanted) -> Texts:
    """The language to draw from.

    Raises:
        ValueError: if the pattern cannot be read, or no text is found.
    """
    prepared = prepare(wanted)
    kept = _checked(prepared, wanted)
    if kept:
        return Language([likely(shape) for shape in kept], [shape.weight for shape in kept])
    return Pool(_tried(prepared, wanted, _CANDIDATES, _ENOUGH))


@lru_cache(maxsize=512)
def unrankable(wanted: Wanted) -> Texts:
    """The language whose texts are numbered: as wide as it can be counted exactly.

    Raises:
        ValueError: if the pattern cannot be read, or no text is found.
    """
    prepared = prepare(wanted, roomy=True)
    kept = _checked(prepared, wanted)
    if not kept:
        return Pool(_tried(prepared, wanted, _MANY, _MANY))
    language = _disjoint([likely(shape) for shape in kept])
    if language.size < _SMALL and not wanted.folds:
        wide = [everything(shape) for shape in kept]
        if _excluded_nowhere(kept, wanted, wide):
            language = max(language, _disjoint(wide), key=lambda found: found.size)
    return language


def _disjoint(shapes: Iterable[tuple[Chars, ...]]) -> Language:
    """A language that has each text of the shapes once: what a smaller shape shares with a larger one is taken off."""
    kept: dict[int, list[tuple[Chars, ...]]] = {}
    for shape in sorted(set(shapes), key=lambda cells: (-size_of(cells), len(cells), sorted(map(sorted, cells)))):
        same = kept.setdefault(len(shape), [])
        pieces = [shape]
        for known in same:
            pieces = [part for piece in pieces for part in _difference(piece, known)]
            if len(pieces) > _PIECES:
                pieces = []
                break
        same += pieces
    chosen = [shape for length in sorted(kept) for shape in kept[length]]
    return Language(chosen, [1.0] * len(chosen))


def _difference(shape: tuple[Chars, ...], known: tuple[Chars, ...]) -> Iterator[tuple[Chars, ...]]:
    """Shapes without a text in common that hold what one shape has and another of the same length has not."""
    if any(not one & other for one, other in zip(shape, known, strict=True)):
        yield shape
        return
    for place, (one, other) in enumerate(zip(shape, known, strict=True)):
        if one - other:
            shared = tuple(first & second for first, second in zip(shape[:place], known[:place], strict=True))
            yield (*shared, one - other, *shape[place + 1 :])


# ------------------------------------------------------------------------------------------------------------ trials


def _checked(prepared: Prepared, wanted: Wanted) -> list[Shape]:
    """The shapes to draw from as they are; none if their texts have to be tried."""
    shapes = prepared.shapes
    if not prepared.certain or prepared.nested or not shapes:
        return shapes if prepared.certain else []
    accept = wanted.accepts()
    language = Language([likely(shape) for shape in shapes], [1.0] * len(shapes))
    texts = language.of_each(_SAMPLES, own_bits(wanted.pattern, _SAMPLES * len(shapes))).to_pylist()
    return [
        shape
        for place, shape in enumerate(shapes)
        if all(map(accept, texts[place * _SAMPLES : (place + 1) * _SAMPLES]))
    ]


def _excluded_nowhere(shapes: list[Shape], wanted: Wanted, wide: list[tuple[Chars, ...]]) -> bool:
    """Whether the unlikely characters of shapes are as good as the likely ones."""
    if wanted.exclude or wanted.form or any(shape.seen or shape.unseen for shape in shapes):
        return False
    return all(map(wanted.accepts(), _samples(wide, 256, wanted)))


def _samples(shapes: Sequence[tuple[Chars, ...]], count: int, wanted: Wanted) -> list[str]:
    language = Language(shapes, [1.0] * len(shapes))
    found: list[str] = language.draw(own_bits(f"{wanted.pattern}/{len(shapes)}", count), count).to_pylist()
    return found


def _tried(prepared: Prepared, wanted: Wanted, count: int, enough: int) -> list[str]:
    """Distinct texts that pass, of as many as it takes.

    Raises:
        ValueError: if none does.
    """
    accept = wanted.accepts()
    found: dict[str, None] = {}
    shapes, most = prepared.shapes, _MANY
    if prepared.nested:
        shapes = sorted(shapes, key=len)[:_FEW] if shapes else []
        count = most = _FEW
    if shapes:
        for cells in ([likely(shape) for shape in shapes], [everything(shape) for shape in shapes]):
            found |= dict.fromkeys(filter(accept, _samples(cells, count, wanted)))
            if len(found) >= enough:
                break
        if not found:
            found |= dict.fromkeys(filter(accept, _samples(cells, most, wanted)))
    if not found and accept(""):
        found[""] = None
    if not found:
        raise ValueError(f"no text was found that matches {wanted.pattern!r} and the conditions beside it")
    return list(found)
