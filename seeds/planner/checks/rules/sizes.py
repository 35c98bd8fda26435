"""How long texts are, and how many elements arrays and JSON arrays have."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from ....catalog import Kind
from ..constants import evaluate, is_constant
from ..domains import NULL
from ..formula import Fact, Formula, Link
from ..frame import Claim, Frame, constant_number
from ..model import Bound, Domain, Relation, TextPattern
from ..tree import COMPARISONS, Apply, Cast, NotUnderstood, Tree
from .outcomes import all_of, always, fact, matching, never, one_of
from .texts import Shaped, shaped

_LENGTHS = ("length", "octet_length", "bit_length", "pg_column_size")
_COUNTS = ("cardinality", "array_length", "jsonb_array_length", "array_upper")
_ONE_BYTE = TextPattern(r"[^\x00-\x7f]", negated=True, source="beyond ASCII")
_BYTES_EACH = 4
"""Octets that one character of UTF-8 takes at most."""
_ROOMY = 64
"""Limits in octets from here on are kept by so many fewer characters; below, texts are kept to ASCII."""
_WRITTEN = (Kind.JSON, Kind.XML, Kind.HSTORE, Kind.TSVECTOR, Kind.GEOMETRY, Kind.COMPOSITE)
_OVERHEAD = 32
"""Octets that a stored value takes besides its own, at most."""


@dataclass(frozen=True, slots=True)
class Size:
    """A size that a claim compares.

    Attributes:
        unit: ``characters``, ``octets``, ``written`` (of the value's text) or ``elements``.
        shape: what is done to a text before it is counted.
        empty_is_null: the size of an empty array is null, not 0.
        document: the array is inside a JSON document.
    """

    column: str
    unit: str
    shape: Shaped | None = None
    empty_is_null: bool = False
    document: bool = False
    per: int = 1


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """``size op number`` and ``size op size``."""
    if claim.operator not in COMPARISONS:
        return None
    left = _size(frame, claim.left)
    if left is None:
        return None
    if is_constant(claim.right):
        return _limited(frame, claim, left)
    right = _size(frame, claim.right)
    if right is None:
        raise NotUnderstood("a size compared with such a value is not understood")
    return _alike(claim, left, right)


def size_of(frame: Frame, tree: Tree) -> str | None:
    """The column whose characters, octets of bytes, or elements a tree counts; None where it counts none."""
    found = _size(frame, tree)
    if found is None or found.per != 1 or found.unit not in ("characters", "elements"):
        return None
    return None if found.document or (found.shape is not None and found.shape.changes) else found.column


def _size(frame: Frame, tree: Tree) -> Size | None:
    if isinstance(tree, Cast) and tree.type in ("integer", "numeric", "float"):
        return _size(frame, tree.of)
    if not isinstance(tree, Apply):
        return None
    if tree.operator in _COUNTS:
        return _count(frame, tree)
    return _length(frame, tree) if tree.operator in _LENGTHS else None


def _count(frame: Frame, call: Apply) -> Size | None:
    column = frame.plain(call.parts[0])
    if column is None:
        raise NotUnderstood("the size of such an array is not understood")
    if call.operator == "jsonb_array_length":
        return Size(column.name, "elements", document=True)
    if len(call.parts) > 1 and constant_number(call.parts[1]) != 1:
        raise NotUnderstood("an array of several dimensions is not understood")
    return Size(column.name, "elements", empty_is_null=call.operator in ("array_length", "array_upper"))


def _length(frame: Frame, call: Apply) -> Size:
    inner = call.parts[0]
    unit = "characters" if call.operator == "length" else "octets"
    per = 8 if call.operator == "bit_length" else 1
    text = shaped(frame, inner)
    if text is not None:
        return Size(text.column, unit, text, per=per)
    column = frame.plain(inner)
    if column is not None and frame.type(column).kind is Kind.BYTES and not frame.type(column).dimensions:
        return Size(column.name, "characters", per=per)
    if column is not None and frame.type(column).kind is Kind.BIT:
        return Size(column.name, "characters", per=per)
    written = frame.plain(inner.of if isinstance(inner, Cast) and inner.type == "text" else inner)
    if written is None:
        raise NotUnderstood("the length of such a value is not understood")
    return Size(written.name, "written" if unit == "characters" else "written octets", per=per)


def _limited(frame: Frame, claim: Claim, size: Size) -> Formula:
    value = evaluate(claim.right)
    if isinstance(value, (str, list)) or value is None or isinstance(value, bool):
        raise NotUnderstood("a size compared with such a constant is not understood")
    limit = Fraction(value) / size.per  # type: ignore[arg-type]
    low, high = _interval(claim.operator, limit)
    if claim.operator == "<>":
        return _unlike(frame, claim, size, limit)
    return _between(frame, claim, size, low, high)


def _interval(operator: str, limit: Fraction) -> tuple[int, int | None]:
    if operator == "=":
        return ceil(limit), floor(limit)
    if operator in (">", ">="):
        return max(0, floor(limit) + 1 if operator == ">" else ceil(limit)), None
    return 0, ceil(limit) - 1 if operator == "<" else floor(limit)


def _unlike(frame: Frame, claim: Claim, size: Size, limit: Fraction) -> Formula:
    if limit.denominator != 1 or limit < 0:
        return always()
    arms = [_between(frame, claim, size, int(limit) + 1, None)]
    if limit > 0:
        arms.insert(0, _between(frame, claim, size, 0, int(limit) - 1))
    return one_of(arms)


def _between(frame: Frame, claim: Claim, size: Size, low: int, high: int | None) -> Formula:
    if high is not None and low > high:
        return never(claim)
    if size.empty_is_null and claim.strict:
        low = max(low, 1)
    if size.unit.startswith("written"):
        return _written(frame, claim, size, low, high)
    parts: list[Formula] = []
    if size.unit == "octets":
        if high is not None and not (low == 0 and high >= _ROOMY):
            parts.append(matching(size.column, _ONE_BYTE))
        elif high is not None:
            high = high // _BYTES_EACH
    parts.append(fact(size.column, Domain(min_size=low, max_size=high, json_kind="array" if size.document else "")))
    if size.shape is not None and size.shape.changes:
        parts.append(_counted(size.shape, low, high))
    return all_of(*parts)


def _counted(shape: Shaped, low: int, high: int | None) -> Formula:
    """A text is counted after a change: blanks cut off must not make it too short."""
    if not shape.trims or not low:
        return always()
    if low == 1 and high is None and all(signs == " " for _, signs in shape.trims):
        return fact(shape.column, Domain(forms=frozenset({"not_blank"})))
    return Shaped(shape.column, shape.trims).unchanged()


def _written(frame: Frame, claim: Claim, size: Size, low: int, high: int | None) -> Formula:
    """The length of a value that is no text, written as one."""
    type_ = frame.types[size.column]
    if type_.kind is Kind.INTEGER and not type_.dimensions:
        return _digits(claim, size.column, low, high)
    if type_.kind not in _WRITTEN and not type_.dimensions:
        raise NotUnderstood(f"the length of a {type_.kind.value} is not understood")
    if low > 1 or high is None:
        if low <= 1:
            return always()
        raise NotUnderstood("a least length of such a value is not understood")
    octets = size.unit == "written octets"
    room = (high - _OVERHEAD) // _BYTES_EACH if octets else high
    if room < 2:
        return never(claim)
    return fact(size.column, Domain(max_text=room))


def _digits(claim: Claim, column: str, low: int, high: int | None) -> Formula:
    if high is not None and high < 1:
        return never(claim)
    least = Bound(10 ** (low - 1)) if low > 1 else None
    if high is not None and least is None:
        least = Bound(-(10 ** (high - 1)) + 1) if high > 1 else Bound(0)
    most = Bound(10**high - 1) if high is not None else None
    return fact(column, Domain(low=least, high=most))


def _alike(claim: Claim, left: Size, right: Size) -> Formula:
    plain = [size.shape is None or not size.shape.changes for size in (left, right)]
    if left.unit != right.unit or left.unit not in ("characters", "elements") or not all(plain):
        raise NotUnderstood("sizes of different kinds are not compared here")
    parts: list[Formula] = [Link(Relation(left.column, claim.operator, right.column, measure="size"))]
    for size in (left, right):
        if size.document:
            parts.append(fact(size.column, Domain(json_kind="array")))
        if size.empty_is_null and claim.strict:
            parts.append(fact(size.column, Domain(min_size=1)))
    return all_of(*parts)


def size_is_null(frame: Frame, call: Apply, *, null: bool) -> Formula | None:
    """Whether the length of an array is null: where the array is, or is empty."""
    size = _size(frame, call)
    if size is None or not size.empty_is_null:
        return None
    if null:
        return one_of([Fact(size.column, NULL), fact(size.column, Domain(max_size=0))])
    return fact(size.column, Domain(min_size=1))
