"""What a column has to keep to, of all that ties the columns of its world together."""

from __future__ import annotations

from ..checks.model import Relation, Sum, World


def closing(world: World, name: str, done: set[str]) -> tuple[tuple[Relation, ...], tuple[Sum, ...]]:
    """What a column has to obey, everything else in it being made; relations are turned so that it stands left."""
    relations = []
    for relation in world.relations:
        if relation.left == name and relation.right in done:
            relations.append(relation)
        elif relation.right == name and relation.left in done:
            relations.append(_turned(relation))
    sums = [
        one for one in world.sums
        if any(term == name for _, term in one.terms) and all(term in done or term == name for _, term in one.terms)
    ]  # fmt: skip
    return tuple(relations), tuple(sums)


_MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _turned(relation: Relation) -> Relation:
    offset = None if relation.offset is None else -relation.offset
    return Relation(
        relation.right, _MIRRORED[relation.operator], relation.left, offset, relation.measure,
        relation.right_form, relation.left_form,
    )  # fmt: skip
