"""Declared types as kinds. SQLite takes any word for a type; what the word means elsewhere is what is meant."""

from __future__ import annotations

import re

from ...catalog import DataType, Kind

_DECLARED = re.compile(r"\s*([^()]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)\s*(.*))?", re.S)
_BITS = {"tinyint": 8, "smallint": 16, "int2": 16, "mediumint": 24, "int": 32, "int4": 32}
_KINDS = {
    "boolean": Kind.BOOLEAN, "bool": Kind.BOOLEAN, "date": Kind.DATE, "datetime": Kind.TIMESTAMP,
    "timestamp": Kind.TIMESTAMP, "timestamp without time zone": Kind.TIMESTAMP, "timestamptz": Kind.TIMESTAMPTZ,
    "timestamp with time zone": Kind.TIMESTAMPTZ, "time": Kind.TIME, "json": Kind.JSON, "jsonb": Kind.JSON,
    "uuid": Kind.UUID, "guid": Kind.UUID, "uniqueidentifier": Kind.UUID, "blob": Kind.BYTES, "bytea": Kind.BYTES,
    "binary": Kind.BYTES, "varbinary": Kind.BYTES, "decimal": Kind.NUMERIC, "numeric": Kind.NUMERIC,
    "number": Kind.NUMERIC, "money": Kind.NUMERIC, "char": Kind.CHAR, "character": Kind.CHAR, "nchar": Kind.CHAR,
    "bpchar": Kind.CHAR, "native character": Kind.CHAR, "inet": Kind.INET, "xml": Kind.XML, "year": Kind.YEAR,
    "interval": Kind.INTERVAL,
}  # fmt: skip
_SIZED = (Kind.TEXT, Kind.CHAR, Kind.BYTES)


def data_type(declared: str, *, rowid: bool = False, without_case: bool = False, is_json: bool = False) -> DataType:
    """The type of a column declared so; unknown words go by SQLite's own rules of affinity, or else are texts.

    Args:
        declared: the declaration, empty where there is none.
        rowid: the column is the row's number, whatever it is called.
        is_json: a check asks for JSON.
        without_case: the column, or a unique index over it, compares with NOCASE.
    """
    words, first, second, rest = _parts(declared)
    kind = Kind.INTEGER if rowid else Kind.JSON if is_json else _kind(words)
    low, high = _range(words, rest) if kind is Kind.INTEGER else (None, None)
    if words == "tinyint" and first == 1:  # other databases' truth value
        low, high = 0, 1
    if kind is Kind.YEAR:
        low, high = 1901, 2155
    numeric = kind is Kind.NUMERIC
    return DataType(
        kind,
        declared,
        words,
        size=first if kind in _SIZED else None,
        precision=first if numeric else None,
        scale=(second if second is not None else 0 if first is not None else None) if numeric else None,
        low=low,
        high=high,
        case_insensitive=without_case and kind in (Kind.TEXT, Kind.CHAR),
    )


def _parts(declared: str) -> tuple[str, int | None, int | None, str]:
    found = _DECLARED.fullmatch(declared)
    assert found is not None  # every part of it may be empty
    first, second = (int(text) if text else None for text in (found[2], found[3]))
    return " ".join(found[1].lower().split()), first, second, (found[4] or "").lower()


def _kind(words: str) -> Kind:
    if words in _KINDS:
        return _KINDS[words]
    # https://www.sqlite.org/datatype3.html, section 3.1
    if "int" in words and "point" not in words:
        return Kind.INTEGER
    if any(part in words for part in ("char", "clob", "text")):
        return Kind.TEXT
    if "blob" in words:
        return Kind.BYTES
    return Kind.FLOAT if any(part in words for part in ("real", "floa", "doub")) else Kind.TEXT


def _range(words: str, rest: str) -> tuple[int, int]:
    """Whole numbers that fit the declared word; SQLite itself would take 64 bits for each."""
    bits = _BITS.get(words.replace("unsigned", "").strip(), 64)
    unsigned = "unsigned" in words or "unsigned" in rest
    if unsigned:
        return 0, 2 ** min(bits, 63) - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
