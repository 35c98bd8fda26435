"""A table's constraints, gathered as trees on its columns: checks, and the checks of its columns' domains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ...catalog import Column, Table
from .constants import MOVING
from .functions import inlined
from .reading import read
from .tree import Apply, Literal, Name, NotUnderstood, Tree, columns_of, rewritten, walk

_DEEP = 5


@dataclass(frozen=True, slots=True)
class Predicate:
    """One constraint.

    Attributes:
        tree: what it says; None where it could not be read, for the reason given.
        element_of: the array column whose elements it concerns, called ``VALUE`` in the tree.
    """

    name: str
    text: str
    columns: tuple[str, ...]
    tree: Tree | None = None
    reason: str = ""
    element_of: str = ""

    @property
    def reads_clock(self) -> bool:
        """Whether it speaks of *now*."""
        nodes = walk(self.tree) if self.tree is not None else ()
        return any(isinstance(node, Apply) and node.operator in MOVING for node in nodes)


def predicates_of(table: Table, dialect: str, functions: Mapping[str, str]) -> Iterator[Predicate]:
    """Every constraint on a row of the table."""
    for check in table.checks:
        yield _read(table, dialect, functions, Predicate(check.name, check.predicate, check.columns))
    for column in table.columns:
        for text in column.type.checks:
            name = column.type.domain or column.type.name
            yield _of_domain(table, dialect, functions, column, Predicate(name, text, (column.name,)))


def _read(table: Table, dialect: str, functions: Mapping[str, str], predicate: Predicate) -> Predicate:
    try:
        tree = _resolved(table, dialect, inlined(read(predicate.text, dialect), functions, dialect), functions)
    except NotUnderstood as error:
        return replace(predicate, reason=str(error))
    return replace(predicate, tree=tree, columns=columns_of(tree) or predicate.columns)


def _of_domain(
    table: Table, dialect: str, functions: Mapping[str, str], column: Column, predicate: Predicate
) -> Predicate:
    try:
        tree = inlined(read(predicate.text, dialect), functions, dialect)
        if column.type.dimensions:
            return replace(predicate, tree=rewritten(tree, _value_in_capitals), element_of=column.name)
        tree = rewritten(tree, lambda node: Name(column.name) if _is_value(node) else None)
        return replace(predicate, tree=_resolved(table, dialect, tree, functions))
    except NotUnderstood as error:
        return replace(predicate, reason=str(error))


def _is_value(node: Tree) -> bool:
    return isinstance(node, Name) and node.name.upper() == "VALUE"


def _value_in_capitals(node: Tree) -> Tree | None:
    return Name("VALUE") if _is_value(node) else None


def _resolved(table: Table, dialect: str, tree: Tree, functions: Mapping[str, str], depth: int = 0) -> Tree:
    """The tree with columns as the table spells them, and generated columns as what they are generated from."""
    exact = {column.name: column for column in table.columns}
    folded = {column.name.lower(): column for column in table.columns}

    def change(node: Tree) -> Tree | None:
        if not isinstance(node, Name):
            return None
        column = exact.get(node.name) or folded.get(node.name.lower())
        if column is None:
            if dialect == "sqlite":
                return Literal(node.name)
            raise NotUnderstood(f"{node.name} is no column of the table")
        if column.generated and column.expression:
            if depth >= _DEEP:
                raise NotUnderstood(f"{column.name} is generated from itself")
            inner = inlined(read(column.expression, dialect), functions, dialect)
            return _resolved(table, dialect, inner, functions, depth + 1)
        return Name(column.name)

    return rewritten(tree, change)
