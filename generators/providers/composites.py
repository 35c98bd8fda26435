"""PostgreSQL's arrays, rows of composite types and sets of pairs as the text it reads, made of other generators' values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import bounded
from ..spec import ColumnType, parse_type
from .definition import Bound, Rows, generator, parameter
from .documents import bound_of
from .draws import text_scalar
from .literals import TEXTS, as_written
from .vocabulary import joined, noun, number_text


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    of: Bound = parameter("generator", "the generator of one element")
    type: str = parameter("text", "the engine's type of an element", default="text")
    min_size: int = parameter("integer", "fewest elements", default=0, minimum=0, maximum=256)
    max_size: int = parameter("integer", "most elements", default=3, minimum=0, maximum=256)
    distinct: bool = parameter("flag", "whether no element occurs twice in an array", default=False)
    dimensions: int = parameter("integer", "how deep arrays are nested", default=1, minimum=1, maximum=6)

    def __post_init__(self) -> None:
        if self.max_size < self.min_size:
            raise ValueError(f"max_size {self.max_size} is below min_size {self.min_size}")
        parse_type(self.type)


@generator(
    "array_literal",
    output=TEXTS,
    parameters=ArrayLiteral,
    examples=(
        {"of": "slug", "min_size": 1},
        {"of": {"integer": {"max_value": 1_000_000}}, "type": "integer", "distinct": True},
    ),
)
def array_literal(rows: Rows, parameters: ArrayLiteral) -> pa.Array:
    """Arrays of another generator's values as PostgreSQL writes them, such as {a,"b c"}."""
    kind = parse_type(parameters.type)
    most, least = parameters.max_size, parameters.min_size
    if not most:
        return pa.repeat(text_scalar("{}"), rows.count)
    elements = [as_written(rows.make(parameters.of, f"element{place}", kind)) for place in range(most)]
    keep = np.ones((most, rows.count), dtype=np.bool_)
    if parameters.distinct:
        elements, keep = _without_repeats(rows, parameters, elements, kind)
    sizes = bounded(rows.bits("size"), most - least + 1) + least
    wanted = (np.cumsum(keep, axis=0) <= sizes) & keep
    return _braced(rows.count, [_element(texts) for texts in elements], wanted, parameters.dimensions)


def _without_repeats(
    rows: Rows, parameters: ArrayLiteral, elements: list[pa.Array], kind: ColumnType
) -> tuple[list[pa.Array], NDArray[np.bool_]]:
    """Elements drawn anew a few times where an earlier one is equal, and which of them are still the first of their kind."""
    made: list[pa.Array] = []
    keep = np.ones((len(elements), rows.count), dtype=np.bool_)
    for place, drawn_first in enumerate(elements):
        texts = drawn_first
        for attempt in range(8):
            clash = np.flatnonzero(_repeats(texts, made))
            if not len(clash):
                break
            fresh = as_written(rows.at(clash).make(parameters.of, f"element{place}/{attempt}", kind))
            source = np.arange(rows.count)
            source[clash] = rows.count + np.arange(len(clash))
            texts = pa.concat_arrays([texts, fresh]).take(pa.array(source))
        keep[place] = ~_repeats(texts, made)
        made.append(texts)
    return made, keep


def _repeats(texts: pa.Array, earlier: Sequence[pa.Array]) -> NDArray[np.bool_]:
    found = np.zeros(len(texts), dtype=np.bool_)
    for other in earlier:
        found |= np.asarray(pc.equal(texts, other).fill_null(False))
    return found


_PLAIN = r"^[A-Za-z0-9_.:@/+-]+$"


def _element(texts: pa.Array) -> pa.Array:
    """Elements as they stand in an array: quoted where PostgreSQL would otherwise misread them, NULL where null."""
    bare = pc.and_(pc.match_substring_regex(texts, _PLAIN), pc.invert(pc.match_substring_regex(texts, "(?i)^null$")))
    return pc.if_else(bare, texts, _escaped(texts)).fill_null("NULL")


def _escaped(texts: pa.Array) -> pa.Array:
    return joined('"', pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"'), '"')


def _braced(count: int, elements: list[pa.Array], wanted: NDArray[np.bool_], dimensions: int) -> pa.Array:
    """The wanted elements of each row between braces."""
    wide = pa.concat_arrays(elements)
    rows_of, places = np.nonzero(wanted.T)
    offsets = np.concatenate(([0], np.cumsum(wanted.sum(axis=0)))).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), wide.take(pa.array(places * count + rows_of)))
    inner = pc.binary_join(lists, ",")
    full = joined("{" * dimensions, inner, "}" * dimensions)
    # An array without elements has no dimensions, however deep its type is declared.
    return pc.if_else(pa.array(np.diff(offsets) > 0), full, text_scalar("{}")) if dimensions > 1 else full


# ------------------------------------------------------------------------------------------------- composite, hstore


@dataclass(frozen=True, slots=True)
class Composite:
    fields: Any = parameter("list", "the generators of the fields, in order")
    types: Any = parameter("list", "the engine's types of the fields; text if not said", default=())

    def __post_init__(self) -> None:
        written = self.fields.values() if isinstance(self.fields, Mapping) else self.fields
        bound = {str(place): bound_of(item) for place, item in enumerate(written)}
        for kind in self.types:
            parse_type(str(kind))
        object.__setattr__(self, "fields", bound)


@generator(
    "composite_text",
    output=TEXTS,
    parameters=Composite,
    default="fields",
    examples=({"fields": ["label", {"integer": {"max_value": 9}}], "types": ["text", "integer"]},),
)
def composite_text(rows: Rows, parameters: Composite) -> pa.Array:
    """Rows of a composite type as PostgreSQL writes them, such as ("Annual review",7)."""
    if not parameters.fields:
        return pa.repeat(text_scalar("()"), rows.count)
    made = []
    for place, (name, bound) in enumerate(parameters.fields.items()):
        kind = parse_type(str(parameters.types[place])) if place < len(parameters.types) else ColumnType("text")
        texts = as_written(rows.make(bound, f"field{name}", kind))
        bare = pc.match_substring_regex(texts, _PLAIN)
        made.append(pc.if_else(bare, texts, _escaped(texts)).fill_null(""))
    return joined("(", joined(*made, separator=","), ")")


@generator("hstore_text", output=TEXTS)
def hstore_text(rows: Rows, _: Any) -> pa.Array:
    """Two pairs of key and value as PostgreSQL's hstore reads them."""
    return joined('"colour"=>"', noun(rows), '", "size"=>"', number_text(rows, 1, 99), '"')
