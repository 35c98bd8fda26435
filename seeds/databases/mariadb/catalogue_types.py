"""Column types as information_schema tells them, resolved to kinds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...catalog import DataType, Kind

_INTEGERS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}
_OCTETS_A_LETTER = {
    "utf8mb4": 4,
    "utf16": 4,
    "utf16le": 4,
    "utf32": 4,
    "utf8mb3": 3,
    "utf8": 3,
    "ucs2": 2,
    "gb18030": 4,
}
_ENDLESS = 2**32 - 1  # LONGTEXT and LONGBLOB
_QUOTED = re.compile(r"'((?:[^'\\]|''|\\.)*)'", re.S)
_DIMENSIONS = re.compile(r"vector\((\d+)\)")
_SHAPES = frozenset(
    ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
     "geometrycollection", "geomcollection")
)  # fmt: skip
_KINDS = {
    "decimal": Kind.NUMERIC, "float": Kind.FLOAT, "double": Kind.FLOAT, "char": Kind.CHAR, "varchar": Kind.TEXT,
    "tinytext": Kind.TEXT, "text": Kind.TEXT, "mediumtext": Kind.TEXT, "longtext": Kind.TEXT, "binary": Kind.BYTES,
    "varbinary": Kind.BYTES, "tinyblob": Kind.BYTES, "blob": Kind.BYTES, "mediumblob": Kind.BYTES,
    "longblob": Kind.BYTES, "date": Kind.DATE, "time": Kind.TIME, "datetime": Kind.TIMESTAMP,
    "timestamp": Kind.TIMESTAMPTZ, "year": Kind.YEAR, "json": Kind.JSON, "enum": Kind.ENUM, "set": Kind.SET,
    "uuid": Kind.UUID, "inet4": Kind.INET, "inet6": Kind.INET, "vector": Kind.VECTOR,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """A row of ``information_schema.COLUMNS``, as far as the type goes."""

    base: str
    full: str
    letters: int | None = None
    precision: int | None = None
    scale: int | None = None
    fraction: int | None = None
    charset: str = ""
    collation: str = ""
    srid: int = 0
    is_json: bool = False
    is_flag: bool = False


def data_type(declared: Declared) -> DataType:
    """The type of a column.

    A ``timestamp`` is an instant; ``scale`` is a moment's digits after the second. ``low`` is 0 for unsigned numbers
    that are not whole, too. With ``is_flag``, a ``tinyint(1)`` holds 0 and 1 only.
    """
    base = declared.base
    if base in _INTEGERS or declared.full == "bit(1)":
        return _integer(declared)
    kind = _kind(declared)
    return DataType(
        kind,
        declared.full,
        base,
        size=_size(declared, kind),
        precision=declared.precision if kind is Kind.NUMERIC else None,
        scale=declared.scale if kind is Kind.NUMERIC else declared.fraction,
        low=1901 if kind is Kind.YEAR else (0 if "unsigned" in declared.full else None),
        high=2155 if kind is Kind.YEAR else None,
        labels=labels_of(declared.full) if kind in (Kind.ENUM, Kind.SET) else (),
        case_insensitive=declared.collation.endswith("_ci") and kind is not Kind.JSON,
        subtype=base.upper() if kind is Kind.GEOMETRY else "",
        srid=declared.srid,
    )


def labels_of(full: str) -> tuple[str, ...]:
    """The labels of an ``enum('a','b')`` or a set."""
    return tuple(label.replace("''", "'").replace("\\\\", "\\") for label in _QUOTED.findall(full))


def _kind(declared: Declared) -> Kind:
    if declared.is_json:
        return Kind.JSON
    if declared.base == "bit":
        return Kind.BIT
    return Kind.GEOMETRY if declared.base in _SHAPES else _KINDS.get(declared.base, Kind.OTHER)


def _integer(declared: Declared) -> DataType:
    if declared.base == "bit" or (declared.is_flag and declared.full.startswith("tinyint(1)")):
        low, high = 0, 1
    else:
        bits = _INTEGERS[declared.base]
        unsigned = "unsigned" in declared.full
        low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return DataType(Kind.INTEGER, declared.full, declared.base, low=low, high=high)


def _size(declared: Declared, kind: Kind) -> int | None:
    """Letters of a text, octets of bytes, bits of a bit string, dimensions of a vector."""
    if kind is Kind.VECTOR:
        found = _DIMENSIONS.search(declared.full)
        return int(found[1]) if found else None
    if kind is Kind.BIT:
        return declared.precision
    if kind in (Kind.ENUM, Kind.SET, Kind.JSON) or declared.letters is None or declared.letters >= _ENDLESS:
        return None
    if declared.base.endswith("text"):  # the limit is in octets
        return declared.letters // _OCTETS_A_LETTER.get(declared.charset, 1)
    return declared.letters
