"""Generators of text: templates over other columns, patterns of letters and digits, padded numbers and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import bounded, digits_of, fixed_width_strings, literal_bytes
from .definition import Rows, generator, parameter
from .draws import text_scalar


@dataclass(frozen=True, slots=True)
class Text:
    template: str = parameter("text", "text with {column} fields; {column:lower} and {column:upper} change case")

    @property
    def fields(self) -> list[tuple[str, str | None, str]]:
        """Literal text, field and format, in order."""
        return [(literal, name, form or "") for literal, name, form, _ in Formatter().parse(self.template)]

    def __post_init__(self) -> None:
        for _, name, form in self.fields:
            if name == "" or form not in ("", "lower", "upper"):
                raise ValueError(f"cannot read the field {{{name}:{form}}} in {self.template!r}")


@generator(
    "text",
    output=("text", "varchar", "char"),
    parameters=Text,
    default="template",
    examples=({"template": "{given_name:lower}@example.org"},),
)
def text(rows: Rows, parameters: Text) -> pa.Array:
    """Text assembled from other columns; null where any of them is null."""
    parts: list[Any] = []
    for literal, name, form in parameters.fields:
        if literal:
            parts.append(text_scalar(literal))
        if name is not None:
            values = rows.column(name).cast(pa.string())
            parts.append({"lower": pc.utf8_lower, "upper": pc.utf8_upper}.get(form, lambda same: same)(values))
    if not any(isinstance(part, pa.Array) for part in parts):
        return pa.repeat(text_scalar("".join(part.as_py() for part in parts)), rows.count)
    return pc.binary_join_element_wise(*parts, text_scalar(""))


@dataclass(frozen=True, slots=True)
class Pattern:
    pattern: str = parameter("text", "A is a letter, 9 a digit, anything else stands for itself; \\ keeps the next")

    @property
    def symbols(self) -> list[tuple[str, str]]:
        """Pairs of kind (``letter``, ``digit`` or ``literal``) and character."""
        found, escaped = [], False
        for character in self.pattern:
            if escaped or character not in "A9\\":
                found.append(("literal", character))
                escaped = False
            elif character == "\\":
                escaped = True
            else:
                found.append(("letter" if character == "A" else "digit", character))
        return found

    @property
    def size(self) -> int:
        """How many texts the pattern can make."""
        radix = {"letter": 26, "digit": 10, "literal": 1}
        return int(np.prod([radix[kind] for kind, _ in self.symbols], dtype=object))

    def __post_init__(self) -> None:
        if not self.pattern.isascii() or not self.pattern:
            raise ValueError(f"a pattern is ASCII and not empty, got {self.pattern!r}")
        if self.size > 1 << 62:
            raise ValueError(f"{self.pattern!r} has more than 2**62 values; shorten it")


def _pattern_text(parameters: Pattern, index: NDArray[np.int64]) -> pa.Array:
    blocks: list[Any] = []
    rest = index
    for kind, character in reversed(parameters.symbols):
        if kind == "literal":
            blocks.append(literal_bytes(character, len(index)))
            continue
        radix = 26 if kind == "letter" else 10
        blocks.append((rest % radix + (65 if kind == "letter" else 48)).astype(np.uint8)[:, None])
        rest = rest // radix
    return fixed_width_strings(*reversed(blocks))


@generator(
    "pattern",
    output=("text", "varchar", "char"),
    parameters=Pattern,
    default="pattern",
    examples=({"pattern": "AA-9999"},),
)
def pattern(rows: Rows, parameters: Pattern) -> pa.Array:
    """Text after a pattern of letters and digits."""
    return _pattern_text(parameters, bounded(rows.bits(), parameters.size))


@generator(
    "unique_pattern",
    output=("text", "varchar", "char"),
    parameters=Pattern,
    default="pattern",
    capacity=lambda parameters: parameters.size,
    examples=({"pattern": "AA-9999"},),
)
def unique_pattern(rows: Rows, parameters: Pattern) -> pa.Array:
    """Text after a pattern of letters and digits, each at most once."""
    return _pattern_text(parameters, rows.unique_index(parameters.size).view(np.int64))


@dataclass(frozen=True, slots=True)
class Padded:
    column: str = parameter("column", "a column of whole numbers")
    width: int = parameter("integer", "digits", minimum=1, maximum=18)
    prefix: str = parameter("text", "text in front", default="")


@generator(
    "padded",
    output=("text", "varchar", "char"),
    parameters=Padded,
    examples=({"column": "number", "width": 8, "prefix": "R"},),
)
def padded(rows: Rows, parameters: Padded) -> pa.Array:
    """A number as zero-padded text."""
    numbers = np.asarray(rows.column(parameters.column).cast(pa.int64()))
    blocks = [digits_of(numbers, parameters.width)]
    if parameters.prefix:
        blocks.insert(0, literal_bytes(parameters.prefix, rows.count))
    return fixed_width_strings(*blocks)


@dataclass(frozen=True, slots=True)
class Json:
    fields: dict[str, Any] = parameter("mapping", "a mapping of JSON name to the column that gives its value")


@generator("json_object", output=("json",), parameters=Json, default="fields", examples=({"fields": {"ward": "ward"}},))
def json_object(rows: Rows, parameters: Json) -> pa.Array:
    """JSON objects assembled from other columns."""
    parts: list[Any] = []
    for place, (name, column) in enumerate(parameters.fields.items()):
        parts.append(text_scalar(("{" if place == 0 else ", ") + f'"{_escape(name)}": '))
        parts.append(_json_value(rows.column(str(column))))
    if not parts:
        return pa.repeat(text_scalar("{}"), rows.count)
    return pc.binary_join_element_wise(*parts, text_scalar("}"), text_scalar(""))


def _escape(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _json_value(values: pa.Array) -> pa.Array:
    if pa.types.is_boolean(values.type) or pa.types.is_integer(values.type) or pa.types.is_decimal(values.type):
        return values.cast(pa.string()).fill_null("null")
    if pa.types.is_floating(values.type):
        return values.cast(pa.string()).fill_null("null")
    escaped = pc.replace_substring(pc.replace_substring(values.cast(pa.string()), "\\", "\\\\"), '"', '\\"')
    quote = text_scalar('"')
    return pc.binary_join_element_wise(quote, escaped, quote, text_scalar("")).fill_null("null")
