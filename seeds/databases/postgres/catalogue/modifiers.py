"""What the number beside a column's type says: sizes, digits, shapes.

The server stores ``varchar(40)`` as the type ``varchar`` and the modifier 44. How each type packs its modifier is
fixed by the functions that the server reads them with (``numerictypmodin`` and the like), and by the documentation of
the extensions for theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = 4
_CHARACTERS = frozenset({"varchar", "bpchar"})
_PLAIN = frozenset({"bit", "varbit", "vector", "halfvec"})
_MOMENTS = frozenset({"time", "timetz", "timestamp", "timestamptz"})
_UNSET_DIGITS = 0xFFFF
_SHAPE = re.compile(r"\(\s*([A-Za-z]+)\s*(?:,\s*(-?\d+)\s*)?\)")
_SHAPES = frozenset({"geometry", "geography"})
_WORLD = 4326
"""The reference system of a geography that names none, by PostGIS's documentation."""


@dataclass(frozen=True, slots=True)
class Modifier:
    """A modifier taken apart; the attributes are those of the column's type."""

    size: int | None = None
    precision: int | None = None
    scale: int | None = None
    subtype: str = ""
    srid: int = 0


def read_modifier(base: str, modifier: int, written: str) -> Modifier:
    """Take the modifier of a type called ``base`` apart; ``written`` is the type in DDL.

    The digits of seconds after the point are the ``scale`` of a time, moment or interval.
    """
    if base in _SHAPES:
        return _shape(base, written)
    if modifier < 0:
        return Modifier()
    if base in _CHARACTERS:
        return Modifier(size=modifier - _HEADER)
    if base in _PLAIN:
        return Modifier(size=modifier)
    if base == "numeric":
        return _digits(modifier - _HEADER)
    if base in _MOMENTS:
        return Modifier(scale=modifier)
    if base == "interval" and modifier & 0xFFFF != _UNSET_DIGITS:
        return Modifier(scale=modifier & 0xFFFF)
    return Modifier()


def _digits(packed: int) -> Modifier:
    """Precision in the upper half; below it the scale, in eleven bits with a sign since version 15."""
    return Modifier(precision=(packed >> 16) & 0xFFFF, scale=((packed & 0x7FF) ^ 1024) - 1024)


def _shape(base: str, written: str) -> Modifier:
    fallback = _WORLD if base == "geography" else 0
    found = _SHAPE.search(written)
    if found is None:
        return Modifier(srid=fallback)
    return Modifier(subtype=found[1].upper(), srid=int(found[2] or fallback))
