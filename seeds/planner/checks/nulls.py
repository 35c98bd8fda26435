"""When a value is null: mostly where a column in it is, with the operators that are otherwise."""

from __future__ import annotations

from .constants import MOVING
from .domains import NOT_NULL, NULL
from .formula import Fact, Formula, any_null, either, every, known, not_null
from .frame import Frame
from .rules import arrays, documents, ranges, sizes, texts
from .tree import Apply, Cast, Literal, Name, NotUnderstood, Tree, columns_of

_STRICT = {
    "+", "-", "*", "%", "neg", "||", "lower", "upper", "trim", "ltrim", "rtrim", "length", "octet_length", "bit_length",
    "left", "right", "substring", "strpos", "replace", "extract", "date_trunc", "cardinality", "at time zone", "array_ndims",
    "jsonb_typeof", "jsonb_array_length", "date", "year", "month", "day", "age", "round", "floor", "ceil", "abs", "~", "=",
}  # fmt: skip
_NEVER_NULL = {"array", "concat", "concat_ws", "num_nulls", "num_nonnulls", *MOVING}


def nullness(frame: Frame, tree: Tree, *, null: bool) -> Formula:
    """What a row must be for a value to be null, or not to be.

    Raises:
        NotUnderstood: the value is made in a way of which that is not known.
    """
    if isinstance(tree, Name):
        return Fact(tree.name, NULL if null else NOT_NULL)
    if isinstance(tree, Literal):
        return known((tree.value is None) is null)
    if isinstance(tree, Cast):
        return nullness(frame, tree.of, null=null)
    if tree.operator in ("row", "coalesce"):
        return _of_several(frame, tree, null=null)
    if tree.operator in _NEVER_NULL:
        return known(not null)
    special = _special(frame, tree, null=null)
    if special is not None:
        if null:
            return either(frame.types, [special, any_null(frame.types, columns_of(tree))])
        return every(frame.types, [special, *not_null(columns_of(tree))])
    if tree.operator not in _STRICT:
        raise NotUnderstood(f"when {tree.operator} is null is not understood")
    parts = [nullness(frame, part, null=null) for part in tree.parts]
    return either(frame.types, parts) if null else every(frame.types, parts)


def _of_several(frame: Frame, tree: Apply, *, null: bool) -> Formula:
    """A row is null, as is a COALESCE, where every part is."""
    parts = [nullness(frame, part, null=null) for part in tree.parts]
    return every(frame.types, parts) if null else either(frame.types, parts)


def _special(frame: Frame, tree: Apply, *, null: bool) -> Formula | None:
    if tree.operator in ("array_length", "array_upper"):
        return sizes.size_is_null(frame, tree, null=null)
    if tree.operator == "array_position":
        return arrays.element_position(frame, tree, null=null)
    if tree.operator in ("->", "->>", "#>", "#>>"):
        return documents.field_is_null(frame, tree, null=null)
    if tree.operator in texts.WRITTEN_DAYS and not null:
        return texts.written_day(frame, tree)
    return ranges.end_is_null(frame, tree, null=null)
