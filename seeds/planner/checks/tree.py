"""A predicate as a tree of four kinds of node, the same for every dialect of SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal


class NotUnderstood(Exception):
    """A piece of SQL that nothing here can think about; the message is the reason given to people."""


@dataclass(frozen=True, slots=True)
class Name:
    """A column of the table."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant as it was written; None is NULL."""

    value: bool | int | Decimal | str | None


@dataclass(frozen=True, slots=True)
class Cast:
    """A change of type; ``type`` is a family such as ``text``, ``integer`` or ``date``, or a type's own name."""

    of: Tree
    type: str
    array: bool = False


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or function, by its canonical lower-case name, with its operands.

    Quantified comparisons are called ``any =`` or ``all <>``; CASE is ``case`` with condition, value, …, else.
    """

    operator: str
    parts: tuple[Tree, ...]


Tree = Name | Literal | Cast | Apply

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def walk(tree: Tree) -> Iterator[Tree]:
    """The tree's nodes, each before its children."""
    yield tree
    if isinstance(tree, Cast):
        yield from walk(tree.of)
    elif isinstance(tree, Apply):
        for part in tree.parts:
            yield from walk(part)


def columns_of(tree: Tree) -> tuple[str, ...]:
    """The columns that a tree reads, each once, in the order of their mention."""
    return tuple(dict.fromkeys(node.name for node in walk(tree) if isinstance(node, Name)))


def rewritten(tree: Tree, change: Callable[[Tree], Tree | None]) -> Tree:
    """The tree with every node that ``change`` has an answer for replaced by it, children first."""
    if isinstance(tree, Cast):
        tree = Cast(rewritten(tree.of, change), tree.type, tree.array)
    elif isinstance(tree, Apply):
        tree = Apply(tree.operator, tuple(rewritten(part, change) for part in tree.parts))
    answer = change(tree)
    return tree if answer is None else answer


def replaced(tree: Tree, old: Tree, new: Tree) -> Tree:
    """The tree with ``new`` in the place of every ``old``."""
    return rewritten(tree, lambda node: new if node == old else None)


def called(tree: Tree, *operators: str) -> bool:
    """Whether the tree's root is one of these operators."""
    return isinstance(tree, Apply) and tree.operator in operators


def uncast(tree: Tree) -> Tree:
    """The tree without the casts around it."""
    while isinstance(tree, Cast):
        tree = tree.of
    return tree
