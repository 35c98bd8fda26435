"""What a predicate is read in: the columns' types, the dialect, and when now is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ...catalog import DataType, Kind
from .constants import Plain, evaluate, is_constant
from .tree import MIRRORED, Apply, Cast, Literal, Name, NotUnderstood, Tree, columns_of

_TEXTUAL = (Kind.TEXT, Kind.CHAR, Kind.ENUM, Kind.UUID, Kind.SET)
_SAME_VALUE: dict[Kind, tuple[str, ...]] = {
    Kind.INTEGER: ("integer", "numeric", "float"),
    Kind.YEAR: ("integer", "numeric", "float"),
    Kind.NUMERIC: ("numeric", "float"),
    Kind.MONEY: ("money", "numeric"),
    Kind.FLOAT: ("float", "numeric"),
    Kind.DATE: ("date", "timestamp", "timestamptz"),
    Kind.TIMESTAMP: ("timestamp", "timestamptz"),
    Kind.TIMESTAMPTZ: ("timestamptz", "timestamp"),
    Kind.TIME: ("time",),
    Kind.INTERVAL: ("interval",),
    Kind.BOOLEAN: ("boolean",),
    Kind.UUID: ("uuid", "text"),
    Kind.JSON: ("json", "text"),
    Kind.BYTES: ("binary", "bytea"),
}
"""Casts of a kind's values that leave them as they are; moments are taken to be in UTC."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a predicate is read.

    Attributes:
        types: of the columns it may speak of.
        earliest: the least that *now* can be when rows are inserted.
        latest: the most.
    """

    types: Mapping[str, DataType]
    dialect: str
    earliest: datetime
    latest: datetime

    def type(self, name: Name) -> DataType:
        """A column's type."""
        return self.types[name.name]

    def plain(self, tree: Tree) -> Name | None:
        """The column whose very value the tree is, casts aside that do not change it."""
        if isinstance(tree, Name):
            return tree
        if isinstance(tree, Apply) and tree.operator == "at time zone":
            return self.plain(tree.parts[0])
        if not isinstance(tree, Cast):
            return None
        inner = self.plain(tree.of)
        return inner if inner is not None and self._unchanged(self.type(inner), tree) else None

    def _unchanged(self, type_: DataType, cast: Cast) -> bool:
        if cast.array is not bool(type_.dimensions):
            return False
        if cast.type in (type_.base, type_.domain, type_.name):
            return True
        if type_.kind in _TEXTUAL:
            return cast.type in ("text", "citext", "binary", "uuid")
        return cast.type in _SAME_VALUE.get(type_.kind, ())


@dataclass(frozen=True, slots=True)
class Claim:
    """One operator or function whose columns are not null.

    Attributes:
        negated: it must not be so; comparisons are never negated, but turned round.
        strict: the answer must not be null either, where an operator can make null of what is not.
    """

    operator: str
    parts: tuple[Tree, ...]
    negated: bool = False
    strict: bool = False

    @property
    def left(self) -> Tree:
        """The first operand."""
        return self.parts[0]

    @property
    def right(self) -> Tree:
        """The second operand.

        Raises:
            NotUnderstood: there is none.
        """
        if len(self.parts) < 2:
            raise NotUnderstood(f"{self.operator} with one operand is not understood")
        return self.parts[1]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return columns_of(Apply(self.operator, self.parts))

    def mirrored(self) -> Claim | None:
        """The same comparison from right to left."""
        if self.operator not in MIRRORED or len(self.parts) != 2:
            return None
        return replace(self, operator=MIRRORED[self.operator], parts=(self.parts[1], self.parts[0]))


def constant(tree: Tree) -> Plain:
    """What a constant comes to.

    Raises:
        NotUnderstood: it is no constant.
    """
    if not is_constant(tree):
        raise NotUnderstood("a constant was expected")
    return evaluate(tree)


def constant_text(tree: Tree) -> str | None:
    """The text that a constant is; None where it is none."""
    if not is_constant(tree):
        return None
    value = evaluate(tree)
    return value if isinstance(value, str) else None


def constant_number(tree: Tree) -> int | None:
    """The whole number that a constant is; None where it is none."""
    if not is_constant(tree):
        return None
    value = evaluate(tree)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return int(value) if value == int(value) else None


def literals(values: list[Plain]) -> tuple[Tree, ...]:
    """Constants as trees again, such as the items of a list that was written as one text."""
    made: list[Tree] = []
    for value in values:
        if isinstance(value, list):
            made.append(Apply("row", literals(value)))
        elif value is None or isinstance(value, (bool, int, str)):
            made.append(Literal(value))
        else:
            made.append(Cast(Literal(str(value)), _FAMILIES.get(type(value).__name__, "text")))
    return tuple(made)


_FAMILIES = {
    "Decimal": "numeric", "float": "float", "date": "date", "datetime": "timestamp", "time": "time",
    "timedelta": "interval",
}  # fmt: skip
