"""One JSON object a line, in UTF-8: numbers keep their scale, dates are ISO 8601 text, JSON columns are embedded."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from .delimited import LINES
from .texts import bytes_in, joined_lists, line_bytes, plain_text

_ESCAPED_BYTES = [*range(32), ord('"'), ord("\\")]
_NOT_NUMBERS = ["NaN", "Infinity", "-Infinity"]


class NdjsonEncoder:
    """One object a row; ``json_columns`` hold JSON already."""

    def __init__(self, file: BinaryIO, schema: pa.Schema, json_columns: Collection[str] = ()) -> None:
        self._file = file
        self._json = frozenset(json_columns)
        names = [json.dumps(name, ensure_ascii=False) for name in schema.names]
        self._openings = [f"{',' if place else '{'}{name}:" for place, name in enumerate(names)]

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows."""
        for start in range(0, batch.num_rows, LINES):
            piece = batch.slice(start, LINES)
            pieces: list[pa.Array | str] = [] if piece.num_columns else ["{"]
            for name, opening, column in zip(piece.schema.names, self._openings, piece.columns, strict=True):
                pieces += [opening, _value(column, name in self._json)]
            self._file.write(line_bytes([*pieces, "}\n"], piece.num_rows, "null"))

    def finish(self) -> None:
        """Nothing: the last line is the end."""

    def abandon(self) -> None:
        """Nothing is held."""


def _value(values: pa.Array, embedded: bool) -> pa.Array:
    if pa.types.is_list(values.type):
        elements = _value(values.flatten(), embedded).fill_null("null")
        return pc.binary_join_element_wise("[", joined_lists(values, elements), "]", "")
    text = plain_text(values)
    kind = values.type
    if embedded:
        return _on_one_line(text)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return text
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_in(text, value_set=pa.array(_NOT_NUMBERS)), _in_quotes(text), text)
    return _in_quotes(escaped(text) if pa.types.is_string(kind) else text)


def _in_quotes(text: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', text, '"', "")


def _on_one_line(text: pa.Array) -> pa.Array:
    """Line breaks in JSON can only stand between values, where a space means the same."""
    found = bytes_in(text)
    for character in "\r\n":
        if found[ord(character)]:
            text = pc.replace_substring(text, character, " ")
    return text


def escaped(text: pa.Array) -> pa.Array:
    """Texts with quotes, backslashes and control characters escaped as JSON demands; others as they are."""
    found = bytes_in(text)
    if not found[_ESCAPED_BYTES].any():
        return text
    for byte in (ord("\\"), *(byte for byte in _ESCAPED_BYTES if byte != ord("\\"))):
        if found[byte]:
            text = pc.replace_substring(text, chr(byte), json.dumps(chr(byte))[1:-1])
    return text
