"""CASE, COALESCE and their like are choices between values, each under its conditions."""

from __future__ import annotations

from collections.abc import Callable

from .tree import Apply, Cast, Literal, Tree

Condition = tuple[Tree, str]
"""A tree and what it must be: ``true``, ``not true``, ``null`` or ``not null``."""
Alternative = tuple[tuple[Condition, ...], Tree]


def expandable(tree: Tree) -> Apply | None:
    """The outermost choice in the tree that is a value of it, if there is one."""
    if isinstance(tree, Cast):
        return expandable(tree.of)
    if not isinstance(tree, Apply):
        return None
    if tree.operator in _CHOICES:
        return tree
    return next((found for part in tree.parts if (found := expandable(part)) is not None), None)


def alternatives(node: Apply) -> list[Alternative]:
    """The values that a choice has, with conditions of which exactly one set holds in any row."""
    return _CHOICES[node.operator](node)


def _case(node: Apply) -> list[Alternative]:
    made: list[Alternative] = []
    before: tuple[Condition, ...] = ()
    for condition, value in zip(node.parts[:-1:2], node.parts[1::2], strict=True):
        made.append(((*before, (condition, "true")), value))
        before = (*before, (condition, "not true"))
    return [*made, (before, node.parts[-1])]


def _coalesce(node: Apply) -> list[Alternative]:
    made: list[Alternative] = []
    before: tuple[Condition, ...] = ()
    for part in node.parts:
        made.append(((*before, (part, "not null")), part))
        before = (*before, (part, "null"))
    return [*made, (before, Literal(None))]


def _nullif(node: Apply) -> list[Alternative]:
    same = Apply("=", node.parts)
    return [(((same, "true"),), Literal(None)), (((same, "not true"),), node.parts[0])]


def _extreme(node: Apply) -> list[Alternative]:
    """The greatest or least of two: nulls are passed over."""
    if len(node.parts) > 2:
        node = Apply(node.operator, (Apply(node.operator, node.parts[:-1]), node.parts[-1]))
    if len(node.parts) < 2:
        return [((), node.parts[0])]
    left, right = node.parts
    first = Apply(">=" if node.operator == "greatest" else "<=", (left, right))
    both: tuple[Condition, ...] = ((left, "not null"), (right, "not null"))
    return [
        ((*both, (first, "true")), left), ((*both, (first, "not true")), right),
        (((left, "null"),), right), (((right, "null"), (left, "not null")), left),
    ]  # fmt: skip


def _abs(node: Apply) -> list[Alternative]:
    (inner,) = node.parts
    positive = Apply(">=", (inner, Literal(0)))
    return [(((positive, "true"),), inner), (((positive, "not true"),), Apply("neg", (inner,)))]


_CHOICES: dict[str, Callable[[Apply], list[Alternative]]] = {
    "case": _case, "coalesce": _coalesce, "nullif": _nullif, "greatest": _extreme, "least": _extreme, "abs": _abs,
}  # fmt: skip
