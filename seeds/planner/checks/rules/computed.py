"""A column that equals a formula over others: a product, a rounded share, texts put together, a later moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from ....catalog import DataType, Kind
from .. import moments
from ..constants import DAYS, TEXTS
from ..formula import Formula, Link
from ..frame import Claim, Frame, constant_number, constant_text
from ..linear import difference, linear
from ..model import Computed, Relation
from ..tree import Apply, Cast, Literal, Name, NotUnderstood, Tree, columns_of
from .outcomes import all_of

_EXACT = (Kind.INTEGER, Kind.NUMERIC, Kind.YEAR)
_INTERVAL = re.compile(r"^\s*(second|minute|hour|day|week)s?\s*$")
_CLASSES = re.compile(r"[\w \[\]^+-]+")
"""Regular expressions that mean the same wherever they are read: signs, classes of them, and repetition."""
_PARTS = ("year", "month", "day")
_TRUNCATED = {"day": "date", "month": "start_of_month", "year": "start_of_year"}
_LONGEST_TEXT = 1 << 30


def rule(frame: Frame, claim: Claim) -> Formula | None:
    """``column = formula``, and a moment that lies so many minutes after another."""
    if claim.operator != "=":
        return None
    elapsed = _elapsed(frame, claim)
    if elapsed is not None:
        return elapsed
    column = frame.plain(claim.left)
    if column is None or frame.type(column).dimensions:
        return None
    maker = _maker(frame.type(column))
    if maker is None or column.name in columns_of(claim.right):
        return None
    formula = maker(frame, claim.right)
    if isinstance(formula, Name) or not columns_of(formula):
        return None
    return Link(Computed(column.name, formula))


_Maker = Callable[[Frame, Tree], Tree]


def _maker(type_: DataType) -> _Maker | None:
    if type_.kind in _EXACT:
        return _number
    if type_.kind in TEXTS and not type_.case_insensitive:
        return _text
    return _date if type_.kind is Kind.DATE else None


# ---------------------------------------------------------------------------------------------------------- moments


def _elapsed(frame: Frame, claim: Claim) -> Formula | None:
    """``later = earlier + n * unit``, or the interval between two moments."""
    try:
        gap = difference(linear(frame, claim.left), linear(frame, claim.right))
    except NotUnderstood:
        return None
    days = [(name, factor) for name, factor in gap.factors if frame.types[name].kind in DAYS]
    others = [(name, factor) for name, factor in gap.factors if frame.types[name].kind not in DAYS]
    if len(days) != 2 or len(others) != 1 or gap.low or gap.high or days[0][1] != -days[1][1]:
        return None
    if frame.types[days[0][0]].kind is not frame.types[days[1][0]].kind:
        return None
    ((count, factor),) = others
    share = factor / days[0][1]
    # days[0] - days[1] + share * count = 0
    later, earlier = (days[0][0], days[1][0]) if share < 0 else (days[1][0], days[0][0])
    return _placed(frame, later, earlier, count, abs(share))


def _placed(frame: Frame, later: str, earlier: str, count: str, step: Fraction) -> Formula | None:
    kind = frame.types[count].kind
    if kind is Kind.INTERVAL and step == 1:
        span = Computed(count, Apply("span", (Name(earlier), Name(later))))
        return all_of(Link(Relation(later, ">=", earlier)), Link(span))
    whole_days = frame.types[later].kind is not Kind.DATE or step % moments.DAY == 0
    if kind is not Kind.INTEGER or step.denominator != 1 or not whole_days:
        return None
    return Link(Computed(later, Apply("after", (Name(earlier), Name(count), Literal(int(step))))))


# ---------------------------------------------------------------------------------------------------------- numbers


def _number(frame: Frame, tree: Tree) -> Tree:
    """An exact number.

    Raises:
        NotUnderstood: the tree is none, or its value cannot be told to the last digit.
    """
    column = frame.plain(tree)
    if column is not None:
        return _column(frame, column, _EXACT)
    if isinstance(tree, Literal) and isinstance(tree.value, (int, Decimal, str)) and not isinstance(tree.value, bool):
        return _constant(tree.value)
    if isinstance(tree, Cast):
        if tree.type not in ("numeric", "integer") or not (isinstance(tree.of, Literal) or _whole(frame, tree.of)):
            raise NotUnderstood("a number of another type is not understood")
        return _number(frame, tree.of)
    if not isinstance(tree, Apply) or tree.operator not in _NUMBERS:
        raise NotUnderstood("such a formula is not understood")
    return _NUMBERS[tree.operator](frame, tree)


def _constant(value: object) -> Tree:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise NotUnderstood("a number was expected") from None
    if not number.is_finite():
        raise NotUnderstood("a number was expected")
    return Literal(f"{number:f}")


def _column(frame: Frame, column: Name, kinds: tuple[Kind, ...]) -> Tree:
    type_ = frame.type(column)
    if type_.kind not in kinds or type_.dimensions:
        raise NotUnderstood(f"a {type_.kind.value} in such a formula is not understood")
    return Name(column.name)


def _whole(frame: Frame, tree: Tree) -> bool:
    """Whether a tree is a whole number by its type."""
    if isinstance(tree, Literal):
        return isinstance(tree.value, int)
    if isinstance(tree, Name):
        return frame.type(tree).kind in (Kind.INTEGER, Kind.YEAR)
    if isinstance(tree, Cast):
        return tree.type == "integer"
    if tree.operator in ("length", *_PARTS, "extract"):
        return True
    return tree.operator in ("+", "-", "*", "neg") and all(_whole(frame, part) for part in tree.parts)


def _arithmetic(frame: Frame, tree: Apply) -> Tree:
    if tree.operator == "-" and all(_is_date(frame, part) for part in tree.parts):
        end, start = (_date(frame, part) for part in tree.parts)
        return Apply("days_between", (start, end))
    return Apply(tree.operator, tuple(_number(frame, part) for part in tree.parts))


def _is_date(frame: Frame, tree: Tree) -> bool:
    column = frame.plain(tree)
    return column is not None and frame.type(column).kind is Kind.DATE


def _negated(frame: Frame, tree: Apply) -> Tree:
    return Apply("*", (Literal("-1"), _number(frame, tree.parts[0])))


def _divided(frame: Frame, tree: Apply) -> Tree:
    """Divided by a constant whose share has an end of decimals."""
    left, right = tree.parts
    divisor = _number(frame, right)
    if not isinstance(divisor, Literal) or (_whole(frame, left) and _whole(frame, right)):
        raise NotUnderstood("such a division is not understood")
    share = Fraction(1) / Fraction(str(divisor.value)) if Fraction(str(divisor.value)) else Fraction(1, 3)
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    if Fraction(exact) != share:
        raise NotUnderstood("such a division is not understood")
    return Apply("*", (_number(frame, left), Literal(f"{exact:f}")))


def _rounded(frame: Frame, tree: Apply) -> Tree:
    places = constant_number(tree.parts[1]) if len(tree.parts) > 1 else 0
    if places is None or not 0 <= places <= 9:
        raise NotUnderstood("such a rounding is not understood")
    inner = tree.parts[0]
    if isinstance(inner, Apply) and inner.operator == "/" and columns_of(inner.parts[1]):
        if all(_whole(frame, part) for part in inner.parts):
            raise NotUnderstood("such a division is not understood")
        over, under = (_number(frame, part) for part in inner.parts)
        return Apply("quotient", (over, under, Literal(places)))
    return Apply("round", (_number(frame, inner), Literal(places)))


def _length(frame: Frame, tree: Apply) -> Tree:
    if len(tree.parts) != 1:
        raise NotUnderstood("such a length is not understood")
    return Apply("length", (_text(frame, tree.parts[0]),))


def _dated(frame: Frame, tree: Apply) -> Tree:
    """The year, month or day of a date."""
    part = tree.operator if tree.operator in _PARTS else constant_text(tree.parts[0])
    moment = tree.parts[-1]
    column = frame.plain(moment)
    if part not in _PARTS or column is None:
        raise NotUnderstood("a part of a moment in a formula is not understood")
    return Apply(part, (_column(frame, column, DAYS),))


_NUMBERS: dict[str, Callable[[Frame, Apply], Tree]] = {
    "+": _arithmetic, "-": _arithmetic, "*": _arithmetic, "/": _divided, "neg": _negated, "round": _rounded,
    "length": _length, "extract": _dated, "date_part": _dated, "year": _dated, "month": _dated, "day": _dated,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ texts


def _text(frame: Frame, tree: Tree) -> Tree:
    """A text.

    Raises:
        NotUnderstood: the tree is none that can be told sign by sign.
    """
    constant = _literal(tree)
    if constant is not None:
        return constant
    column = frame.plain(tree) or (frame.plain(tree.of) if isinstance(tree, Cast) and tree.type == "text" else None)
    if column is not None:
        type_ = frame.type(column)
        if type_.kind is Kind.NUMERIC and type_.scale is None:
            raise NotUnderstood("a number of any scale as a text is not understood")
        return _column(frame, column, (*TEXTS, Kind.INTEGER, Kind.NUMERIC, Kind.DATE))
    if isinstance(tree, Cast) and tree.type == "text":
        return _text(frame, tree.of)
    if not isinstance(tree, Apply) or tree.operator not in _TEXTS:
        raise NotUnderstood("such a text is not understood")
    return _TEXTS[tree.operator](frame, tree)


def _literal(tree: Tree) -> Tree | None:
    if columns_of(tree) or not isinstance(tree, (Literal, Cast)):
        return None
    text = constant_text(tree)
    return None if text is None else Literal(text)


def _joined(frame: Frame, tree: Apply) -> Tree:
    return Apply("concat", tuple(_text(frame, part) for part in tree.parts))


def _changed(frame: Frame, tree: Apply) -> Tree:
    if len(tree.parts) > 1 and constant_text(tree.parts[1]) != " ":
        raise NotUnderstood("such a trimmed text is not understood")
    return Apply(tree.operator, (_text(frame, tree.parts[0]),))


def _replaced(frame: Frame, tree: Apply) -> Tree:
    texts = [constant_text(part) for part in tree.parts[1:]]
    if len(texts) < 2 or not texts[0] or texts[1] is None:
        raise NotUnderstood("such a replacement is not understood")
    inner, old, new = _text(frame, tree.parts[0]), Literal(texts[0]), Literal(texts[1])
    if tree.operator == "replace":
        return Apply("replace", (inner, old, new))
    if texts[2:] != ["g"] or not _CLASSES.fullmatch(texts[0]) or "\\" in texts[1]:
        raise NotUnderstood("such a replacement is not understood")
    return Apply("replace_pattern", (inner, old, new))


def _piece(frame: Frame, tree: Apply) -> Tree:
    """``left(x, n)`` and ``substr(x, from, n)``."""
    numbers = [constant_number(part) for part in tree.parts[1:]]
    if tree.operator == "left":
        numbers = [1, *numbers]
    start, size = [*numbers, None, None][:2]
    if start is None or size is None or start < 1 or size < 0:
        raise NotUnderstood("such a piece of a text is not understood")
    inner = _text(frame, tree.parts[0])
    return Apply("slice", (inner, Literal(start - 1), Literal(min(start - 1 + size, _LONGEST_TEXT))))


def _padded(frame: Frame, tree: Apply) -> Tree:
    size, sign = constant_number(tree.parts[1]), constant_text(tree.parts[2])
    if size is None or size < 1 or not sign or len(sign) != 1:
        raise NotUnderstood("such a text filled up is not understood")
    return Apply("pad", (_text(frame, tree.parts[0]), Literal(size), Literal(sign)))


_TEXTS: dict[str, Callable[[Frame, Apply], Tree]] = {
    "||": _joined, "concat": _joined, "lower": _changed, "upper": _changed, "trim": _changed, "replace": _replaced,
    "regexp_replace": _replaced, "left": _piece, "substring": _piece, "substr": _piece, "lpad": _padded,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ dates


def _date(frame: Frame, tree: Tree) -> Tree:
    column = frame.plain(tree)
    if column is not None:
        return _column(frame, column, (Kind.DATE,))
    inner = tree
    while isinstance(inner, Cast) and inner.type in ("date", "timestamp", "timestamptz"):
        inner = inner.of
    if isinstance(inner, Apply) and inner.operator == "date_trunc":
        unit = next((text.lower() for part in inner.parts if (text := constant_text(part))), "")
        moment = next((name for part in inner.parts if (name := _moment(frame, part)) is not None), None)
        if unit in _TRUNCATED and moment is not None:
            return Apply(_TRUNCATED[unit], (moment,))
    raise NotUnderstood("such a date is not understood")


def _moment(frame: Frame, tree: Tree) -> Name | None:
    while isinstance(tree, Cast) and tree.type in ("date", "timestamp", "timestamptz"):
        tree = tree.of
    return tree if isinstance(tree, Name) and frame.type(tree).kind in DAYS else None
