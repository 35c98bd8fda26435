"""CSV that PostgreSQL's ``copy … with (format csv, header)`` reads back exactly, as does any reader of RFC 4180.

A null is an empty field, an empty text a pair of quotes. Lines end with a line feed, as PostgreSQL writes them.
"""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from .texts import bytes_in, joined_lists, line_bytes, plain_text

LINES = 16_384
"""Rows put together at a time: bounds memory whatever the size of a batch."""

_QUOTED = r'[,"\r\n]|^$|^\\\.'
_QUOTED_BYTES = list(b',"\r\n\\')
_ELEMENT_QUOTED = r'[{},"\\\s]|^$|^(?i:null)$'


class CsvEncoder:
    """One line a row under a header."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._file = file
        header = quoted(pa.array(schema.names, type=pa.string())).to_pylist()
        file.write((",".join(header) + "\n").encode())

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows."""
        for start in range(0, batch.num_rows, LINES):
            piece = batch.slice(start, LINES)
            pieces: list[pa.Array | str] = []
            for column in piece.columns:
                pieces += [",", quoted(_text(column))] if pieces else [quoted(_text(column))]
            self._file.write(line_bytes([*pieces, "\n"], piece.num_rows, ""))

    def finish(self) -> None:
        """Nothing: a CSV file just ends."""

    def abandon(self) -> None:
        """Nothing is held."""


def quoted(text: pa.Array) -> pa.Array:
    """Texts with quotes around those that need them: as RFC 4180 says, the empty text, PostgreSQL's end mark."""
    if not bytes_in(text)[_QUOTED_BYTES].any() and not pc.any(pc.equal(text, "")).as_py():
        return text
    needed = pc.match_substring_regex(text, _QUOTED)
    return pc.if_else(needed, pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', ""), text)


def _text(values: pa.Array) -> pa.Array:
    if not pa.types.is_list(values.type):
        return plain_text(values)
    elements = plain_text(values.flatten())
    escaped = pc.replace_substring(pc.replace_substring(elements, "\\", "\\\\"), '"', '\\"')
    needed = pc.match_substring_regex(elements, _ELEMENT_QUOTED)
    written = pc.if_else(needed, pc.binary_join_element_wise('"', escaped, '"', ""), elements)
    return pc.binary_join_element_wise("{", joined_lists(values, written.fill_null("NULL")), "}", "")
