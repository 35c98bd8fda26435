"""Text made to fit: cut or padded to a size, put into a normal form, and made distinct by a suffix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import fixed_width_strings
from ..spec import ColumnType
from .definition import Bound, Rows, generator, parameter
from .draws import text_scalar
from .literals import TEXTS, as_written

FORMS = ("lower", "upper", "trimmed", "not_blank")
_TEXT = ColumnType("text")
_SUFFIX, _WIDE_SUFFIX = 5, 7
_LONG, _LEAST_STEM = 64, 2
_DIGITS = 36


@dataclass(frozen=True, slots=True)
class Fitted:
    of: Bound = parameter("generator", "the generator of the text")
    min_size: int = parameter("integer", "fewest characters", default=0, minimum=0, maximum=100_000)
    max_size: int = parameter("integer", "most characters; 0 is no limit", default=0, minimum=0)
    forms: Any = parameter("list", "normal forms: lower, upper, trimmed, not_blank", default=())

    def __post_init__(self) -> None:
        check_forms(self.forms)
        if self.max_size and self.max_size < self.min_size:
            raise ValueError(f"max_size {self.max_size} is below min_size {self.min_size}")


def check_forms(forms: Any) -> None:
    """Refuse forms that do not exist, or that exclude each other.

    Raises:
        ValueError: with the offending form.
    """
    for form in forms:
        if form not in FORMS:
            raise ValueError(f"unknown form {form!r}; known: {', '.join(FORMS)}")
    if "lower" in forms and "upper" in forms:
        raise ValueError("no text is in lower and in upper case")


@generator(
    "fitted",
    output=TEXTS,
    parameters=Fitted,
    examples=({"of": {"choice": ["Ada Lovelace Road", "Hill"]}, "min_size": 5, "max_size": 9, "forms": ["lower"]},),
)
def fitted(rows: Rows, parameters: Fitted) -> pa.Array:
    """Another generator's text, cut at a word's end, padded by its own letters and put into normal forms."""
    texts = cased(as_written(rows.make(parameters.of, "of", _TEXT)), parameters.forms)
    texts = _cut(texts, parameters.max_size)
    if "trimmed" in parameters.forms:
        texts = pc.utf8_trim_whitespace(texts)
    least = max(parameters.min_size, 1 if "not_blank" in parameters.forms else 0)
    texts = _padded(texts, least, "A" if "upper" in parameters.forms else "a")
    if "not_blank" not in parameters.forms:
        return texts
    blank = pc.equal(pc.utf8_trim_whitespace(texts), text_scalar(""))
    return pc.if_else(blank, cased(pc.utf8_replace_slice(texts, 0, 1, "x"), parameters.forms), texts)


def cased(texts: pa.Array, forms: Any) -> pa.Array:
    """Text in lower or upper case, if a form asks for it."""
    if "lower" in forms:
        return pc.utf8_lower(texts)
    return pc.utf8_upper(texts) if "upper" in forms else texts


def _cut(texts: pa.Array, most: int) -> pa.Array:
    """Text of at most so many characters, cut between words where that keeps half of them."""
    if not most:
        return texts
    long = pc.fill_null(pc.greater(pc.utf8_length(texts), most), False)
    if not pc.any(long).as_py():
        return texts
    hard = pc.utf8_slice_codeunits(texts, 0, most)
    # A blank right behind the cut means that it falls on a word's end already.
    whole = pc.equal(pc.utf8_slice_codeunits(texts, most, most + 1), text_scalar(" "))
    soft = pc.if_else(whole, hard, pc.replace_substring_regex(hard, r"\s+\S*$", ""))
    soft = pc.utf8_rtrim_whitespace(soft)
    kept = pc.greater_equal(pc.multiply(pc.utf8_length(soft), 2), most)
    return pc.if_else(long, pc.if_else(kept, soft, hard), texts)


def _padded(texts: pa.Array, least: int, filler: str) -> pa.Array:
    """Text of at least so many characters: its own letters are repeated behind it."""
    short = pc.fill_null(pc.less(pc.utf8_length(texts), least), False)
    if not least or not pc.any(short).as_py():
        return texts
    places = np.flatnonzero(np.asarray(short))
    some = texts.take(pa.array(places))
    letters = pc.replace_substring_regex(some, r"[^A-Za-z]", "")
    letters = pc.if_else(pc.equal(letters, text_scalar("")), text_scalar(filler), letters)
    times = pc.add(pc.divide(least, pc.utf8_length(letters)), 1)
    more = pc.binary_repeat(letters, times)
    longer = pc.utf8_slice_codeunits(pc.binary_join_element_wise(some, more, text_scalar("")), 0, least)
    source = np.arange(len(texts))
    source[places] = len(texts) + np.arange(len(places))
    return pa.concat_arrays([texts, longer]).take(pa.array(source))


# ----------------------------------------------------------------------------------------------------- unique text


@dataclass(frozen=True, slots=True)
class UniqueText:
    of: Bound = parameter("generator", "the generator of the text in front")
    max_size: int = parameter("integer", "most characters; 0 is no limit", default=0, minimum=0)
    forms: Any = parameter("list", "normal forms: lower, upper, trimmed, not_blank", default=())
    separator: str = parameter("text", "what stands between the text and its suffix", default=" ")

    def __post_init__(self) -> None:
        check_forms(self.forms)

    @property
    def suffix(self) -> int:
        """The suffix' characters: fewer where little room is left, and all there are where a stem would not fit."""
        if not self.max_size or self.max_size >= _LONG:
            return _WIDE_SUFFIX
        room = self.max_size - len(self.separator) - _SUFFIX
        return _SUFFIX if room >= _LEAST_STEM else min(self.max_size, _WIDE_SUFFIX)

    @property
    def stem(self) -> int:
        """The most characters in front of the separator; 0 means none."""
        if not self.max_size:
            return -1
        return max(0, self.max_size - self.suffix - len(self.separator))

    @property
    def size(self) -> int:
        """How many suffixes there are."""
        return int(_DIGITS**self.suffix)


@generator(
    "unique_text",
    output=TEXTS,
    parameters=UniqueText,
    capacity=lambda parameters: parameters.size,
    examples=(
        {"of": {"choice": ["Annual review", "Repair"]}, "max_size": 20},
        {"of": {"choice": ["x"]}, "max_size": 4},
    ),
)
def unique_text(rows: Rows, parameters: UniqueText) -> pa.Array:
    """Another generator's text with a suffix of fixed width that no other row has."""
    upper = "upper" in parameters.forms
    suffix = base36(rows.unique_index(parameters.size).view(np.int64), parameters.suffix, upper=upper)
    if parameters.stem == 0:
        return suffix
    stem = cased(as_written(rows.make(parameters.of, "of", _TEXT)), parameters.forms).fill_null("")
    if parameters.stem > 0:
        stem = _cut(stem, parameters.stem)
    stem = pc.utf8_trim_whitespace(stem)
    between = text_scalar(cased(pa.array([parameters.separator]), parameters.forms)[0].as_py())
    whole = pc.binary_join_element_wise(stem, suffix, between)
    return pc.if_else(pc.equal(stem, text_scalar("")), suffix, whole)


def base36(numbers: NDArray[np.int64], width: int, *, upper: bool = False) -> pa.Array:
    """Whole numbers as digits and letters of fixed width."""
    digits = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
    if upper:
        digits = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
    matrix = np.empty((len(numbers), width), dtype=np.uint8)
    rest = numbers
    for place in range(width - 1, -1, -1):
        matrix[:, place] = digits[rest % _DIGITS]
        rest = rest // _DIGITS
    return fixed_width_strings(matrix)


# -------------------------------------------------------------------------------------------------------- numbered


@dataclass(frozen=True, slots=True)
class Numbered:
    prefix: str = parameter("text", "text in front")
    width: int = parameter("integer", "digits at least, filled with noughts", default=0, minimum=0, maximum=18)
    start: int = parameter("integer", "the first row's number", default=1, minimum=0)


@generator(
    "numbered",
    output=TEXTS,
    parameters=Numbered,
    default="prefix",
    capacity=lambda _: 1 << 62,
    examples=({"prefix": "REF", "width": 6}, {"prefix": "Team "}),
)
def numbered(rows: Rows, parameters: Numbered) -> pa.Array:
    """Text such as REF000123 that counts the rows, distinct on each."""
    numbers = pa.array(rows.ids() - 1 + parameters.start).cast(pa.string())
    if parameters.width:
        numbers = pc.utf8_lpad(numbers, parameters.width, "0")
    return pc.binary_join_element_wise(text_scalar(parameters.prefix), numbers, text_scalar(""))
