"""Identifiers that can be nobody's: each carries its promise, and those that must differ do so by construction.

``never_issued`` is of valid shape in a range that nobody is given; ``unissuable`` breaks a rule, so that it cannot be
given. The ranges and rules, with their sources, are in ``reference/identifiers/PROVENANCE.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import bounded
from ..reference import table
from .definition import Promise, Rows, generator, parameter
from .draws import I64, shared_bits, text_scalar
from .records import as_text, quads, record, words

TEXT = ("text", "varchar", "char")

_NHS_VALID = 909_091
_NHS_LAST = 7
_NI_DIGITS, _NI_SUFFIXES = 1_000_000, 4
_NI_CAPACITY = 2 * _NI_DIGITS * _NI_SUFFIXES
_UPRN_FIRST, _UPRN_CAPACITY = 999_000_000_000, 10**9
_ACCOUNTS = 10**8


def _tidy_numbers(values: pa.Array, pattern: str) -> I64:
    """Texts as whole numbers, spaces dropped; -1 where a text does not match."""
    texts = pc.replace_substring(values.cast(pa.string()), " ", "")
    fits = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    return np.asarray(pc.if_else(fits, texts, "-1").cast(pa.int64()))


# ------------------------------------------------------------------------------------------------------- NHS number


@lru_cache(maxsize=1)
def _nhs_tails() -> NDArray[np.uint32]:
    """The last seven digits of every valid number that starts 999, in ascending order: 909,091 of a million.

    The check digit is 11 minus the weighted sum (10 down to 2) modulo 11, where 11 is written 0 and 10 is not used.
    """
    bodies = np.arange(1_000_000, dtype=np.int64)
    total = np.full(len(bodies), 9 * (10 + 9 + 8), dtype=np.int64)
    for weight, power in zip(range(7, 1, -1), range(5, -1, -1), strict=True):
        total += weight * (bodies // 10**power % 10)
    check = (11 - total % 11) % 11
    return (bodies * 10 + check)[check < 10].astype(np.uint32)


def _nhs_index(_: Any, values: pa.Array) -> I64:
    tails = _nhs_tails()
    numbers = _tidy_numbers(values, rf"^999\d{{{_NHS_LAST}}}$") - 9_990_000_000
    place = np.searchsorted(tails, np.maximum(numbers, 0))
    place = np.minimum(place, len(tails) - 1)
    return np.where((numbers >= 0) & (tails[place] == numbers), place, -1)


@generator(
    "nhs_number",
    output=TEXT,
    promise=Promise.NEVER_ISSUED,
    capacity=lambda _: _NHS_VALID,
    index_of=_nhs_index,
    examples=({},),
)
def nhs_number(rows: Rows, _: Any) -> pa.Array:
    """NHS numbers of ten digits from the 999 test range with a right check digit, each at most once."""
    tails = _nhs_tails()[rows.unique_index(_NHS_VALID)]
    records = np.empty(rows.count, dtype=record(10, start=("<u2", 0), middle=("<u4", 2), end=("<u4", 6)))
    upper = tails // np.uint32(10_000)
    records["start"] = words("99", "<u2")
    records["middle"] = quads()[upper + np.uint32(9000)]
    records["end"] = quads()[tails - upper * np.uint32(10_000)]
    return as_text(records)


# ----------------------------------------------------------------------------------------------- National Insurance


def _ni_index(_: Any, values: pa.Array) -> I64:
    texts = pc.replace_substring(values.cast(pa.string()), " ", "")
    fits = pc.fill_null(pc.match_substring_regex(texts, r"^(QQ|ZZ)\d{6}[A-D]$"), False)
    texts = pc.if_else(fits, texts, "QQ000000A")
    prefix = np.asarray(pc.equal(pc.utf8_slice_codeunits(texts, 0, 1), "Z")).astype(np.int64)
    digits = np.asarray(pc.utf8_slice_codeunits(texts, 2, 8).cast(pa.int64()))
    suffix = np.asarray(pc.index_in(pc.utf8_slice_codeunits(texts, 8, 9), value_set=pa.array(list("ABCD"))))
    return np.where(np.asarray(fits), (prefix * _NI_DIGITS + digits) * _NI_SUFFIXES + suffix, -1)


@generator(
    "ni_number",
    output=TEXT,
    promise=Promise.UNISSUABLE,
    capacity=lambda _: _NI_CAPACITY,
    index_of=_ni_index,
    examples=({},),
)
def ni_number(rows: Rows, _: Any) -> pa.Array:
    """National Insurance numbers with the prefix QQ or ZZ, which is never used, each at most once."""
    index = rows.unique_index(_NI_CAPACITY).astype(np.uint32)
    layout = record(9, prefix=("<u2", 0), high=("<u4", 2), low=("<u2", 6), suffix=("u1", 8))
    records = np.empty(rows.count, dtype=layout)
    whole = index >> np.uint32(2)
    second = whole >= _NI_DIGITS
    digits = np.where(second, whole - np.uint32(_NI_DIGITS), whole)
    high = digits // np.uint32(100)
    records["prefix"] = np.where(second, words("ZZ", "<u2"), words("QQ", "<u2"))
    records["high"] = quads()[high]
    records["low"] = (quads()[digits - high * np.uint32(100)] >> np.uint32(16)).astype("<u2")
    records["suffix"] = (index & np.uint32(3)) + np.uint32(65)
    return as_text(records)


# ------------------------------------------------------------------------------------------------------------- UPRN


def _uprn_index(_: Any, values: pa.Array) -> I64:
    if pa.types.is_integer(values.type):
        numbers = np.asarray(values.cast(pa.int64()).fill_null(0))
    else:
        numbers = _tidy_numbers(values, r"^\d{12}$")
    offset = numbers - _UPRN_FIRST
    return np.where((offset >= 0) & (offset < _UPRN_CAPACITY), offset, -1)


@generator(
    "uprn",
    output=("bigint", *TEXT),
    promise=Promise.NEVER_ISSUED,
    capacity=lambda _: _UPRN_CAPACITY,
    index_of=_uprn_index,
    examples=({},),
)
def uprn(rows: Rows, _: Any) -> pa.Array:
    """Unique Property Reference Numbers of twelve digits that start 999, each at most once.

    No range is reserved for tests: 999 is *believed* unallocated. Compare it with OS Open UPRN before relying on it.
    """
    index = rows.unique_index(_UPRN_CAPACITY)
    if not rows.type.textual:
        return pa.array(index.view(np.int64) + _UPRN_FIRST)
    rest = index.astype(np.uint32)
    high, low = rest // np.uint32(10_000), rest % np.uint32(10_000)
    top = high // np.uint32(10_000)
    records = np.empty(rows.count, dtype=record(12, top=("<u4", 0), high=("<u4", 4), low=("<u4", 8)))
    records["top"] = quads()[top + np.uint32(9990)]
    records["high"] = quads()[high - top * np.uint32(10_000)]
    records["low"] = quads()[low]
    return as_text(records)


# ------------------------------------------------------------------------------------------------------------ phone


@dataclass(frozen=True, slots=True)
class Phone:
    kind: str = parameter(
        "text",
        "which of Ofcom's numbers for drama",
        default="mobile",
        choices=("mobile", "london", "no_area", "other_city", "freephone", "premium", "uk_wide"),
    )
    style: str = parameter(
        "text",
        "spaced (07700 900123), compact (07700900123) or international (+44 7700 900123)",
        default="spaced",
        choices=("spaced", "compact", "international"),
    )
    by: str = parameter("column", "rows with the same value here share a number", default="")


@lru_cache(maxsize=32)
def _phones(kind: str, style: str) -> pa.Array:
    numbers = table("identifiers/drama_numbers")
    prefixes = [prefix for name, prefix in zip(numbers["kind"], numbers["prefix"], strict=True) if name == kind]
    texts = [f"{prefix}{last:03d}" for prefix in prefixes for last in range(1000)]
    if style == "compact":
        texts = [text.replace(" ", "") for text in texts]
    if style == "international":
        texts = [f"+44 {text[1:]}" for text in texts]
    return pa.array(texts)


@generator(
    "phone",
    output=TEXT,
    parameters=Phone,
    default="kind",
    promise=Promise.NEVER_ISSUED,
    examples=({"kind": "mobile"}, {"kind": "london", "by": "household_id", "style": "compact"}),
)
def phone(rows: Rows, parameters: Phone) -> pa.Array:
    """Telephone numbers that Ofcom keeps for drama; a kind has a thousand or a few, so rows share them."""
    pool = _phones(parameters.kind, parameters.style)
    return pool.take(pa.array(bounded(shared_bits(rows, parameters.by), len(pool))))


# ------------------------------------------------------------------------------------------------- bank and vehicle


@generator("bank_sort_code", output=TEXT, promise=Promise.UNISSUABLE, examples=({},))
def bank_sort_code(rows: Rows, _: Any) -> pa.Array:
    """The sort code 00-00-00, which no bank has."""
    return pa.repeat(text_scalar("00-00-00"), rows.count)


def _account_index(_: Any, values: pa.Array) -> I64:
    return _tidy_numbers(values, r"^\d{8}$")


@generator(
    "bank_account",
    output=TEXT,
    promise=Promise.UNISSUABLE,
    capacity=lambda _: _ACCOUNTS,
    index_of=_account_index,
    examples=({},),
)
def bank_account(rows: Rows, _: Any) -> pa.Array:
    """Account numbers of eight digits, each at most once; nobody's only beside the sort code 00-00-00."""
    index = rows.unique_index(_ACCOUNTS).astype(np.uint32)
    high = index // np.uint32(10_000)
    records = np.empty(rows.count, dtype=record(8, high=("<u4", 0), low=("<u4", 4)))
    records["high"] = quads()[high]
    records["low"] = quads()[index - high * np.uint32(10_000)]
    return as_text(records)


@lru_cache(maxsize=1)
def _marks() -> pa.Array:
    marks = table("identifiers/vehicle_test_marks")
    return pa.array([mark for mark, outcome in zip(marks["mark"], marks["outcome"], strict=True) if outcome == "found"])


@generator("vehicle_mark", output=TEXT, promise=Promise.NEVER_ISSUED, examples=({},))
def vehicle_mark(rows: Rows, _: Any) -> pa.Array:
    """Registration marks that the DVLA's enquiry service keeps for tests; there are eight, so rows share them."""
    pool = _marks()
    return pool.take(pa.array(bounded(rows.bits(), len(pool))))
