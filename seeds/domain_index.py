"""Where a value stands in the domain it was drawn from: the way back that loading beside others needs.

Most generators give it with their definition; here are the two that read another column or a pattern, and groups of
columns that are unique together. A value outside the domain has the index -1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from generators.engine import Column, Table

Indexes = NDArray[np.int64]


def index_of(table: Table, column: Column) -> tuple[Column, Callable[[pa.Array], Indexes]] | None:
    """The column whose index makes this one distinct, and the indexes of values; None if there is no way back."""
    definition, parameters = column.bound.definition, column.bound.parameters
    if definition.name == "padded":
        found = index_of(table, table.columns[parameters.column])
        if found is None:
            return None
        source, indexes = found
        return source, lambda values: indexes(_unpadded(values, parameters.prefix, source.spec.type.arrow))
    if definition.name == "unique_pattern":
        return column, partial(_pattern_index, parameters)
    if definition.index_of is None:
        return None
    return column, partial(definition.index_of, parameters)


def group_index(table: Table, names: Sequence[str]) -> tuple[str, Callable[[list[pa.Array]], Indexes]] | None:
    """The group of columns that are unique together, and the indexes of their values; None if they are no group."""
    bounds = [table.columns[name].bound for name in names]
    if len(names) < 2 or any(bound.definition.name != "combination" for bound in bounds):
        return None
    radices, group = bounds[0].parameters.radices, bounds[0].parameters.group
    if any(bound.parameters.group != group or bound.parameters.radices != radices for bound in bounds):
        return None
    if sorted(bound.parameters.position for bound in bounds) != list(range(len(radices))):
        return None
    return group, partial(_combined, [bound.parameters.position for bound in bounds], radices)


def _unpadded(values: pa.Array, prefix: str, kind: pa.DataType) -> pa.Array:
    """The numbers behind a prefix; null where a text is none of ours."""
    texts = values.cast(pa.string())
    fits = pc.match_substring_regex(texts, f"^{re.escape(prefix)}[0-9]{{1,18}}$")
    digits = pc.utf8_slice_codeunits(texts, len(prefix))
    return pc.if_else(fits, digits, None).cast(pa.int64()).cast(kind, safe=False)


def _pattern_index(parameters: Any, values: pa.Array) -> Indexes:
    symbols = parameters.symbols
    classes = {"letter": "[A-Z]", "digit": "[0-9]"}
    expression = "".join(classes.get(kind) or re.escape(character) for kind, character in symbols)
    texts = values.cast(pa.string())
    fits = np.asarray(pc.fill_null(pc.match_substring_regex(texts, f"^{expression}$"), False))
    found = np.full(len(texts), -1, dtype=np.int64)
    if fits.any():
        letters = np.array(texts.filter(pa.array(fits)).to_pylist(), dtype=f"S{len(symbols)}")
        codes = letters.view(np.uint8).reshape(-1, len(symbols)).astype(np.int64)
        index = np.zeros(len(codes), dtype=np.int64)
        for place, (kind, _) in enumerate(symbols):
            if kind != "literal":
                index = index * (26 if kind == "letter" else 10) + codes[:, place] - (65 if kind == "letter" else 48)
        found[fits] = index
    return found


def _combined(positions: list[int], radices: list[int], values: list[pa.Array]) -> Indexes:
    digits = {position: np.asarray(column.cast(pa.int64())) for position, column in zip(positions, values, strict=True)}
    index = np.zeros(len(values[0]), dtype=np.int64)
    inside = np.ones(len(values[0]), dtype=np.bool_)
    for position, radix in enumerate(radices):
        digit = digits[position]
        inside &= (digit >= 0) & (digit < radix)
        index = index * radix + np.where(inside, digit, 0)
    return np.where(inside, index, -1)
