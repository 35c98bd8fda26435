"""Keys that are made of one another: broken open, with row i of each table referring to row i of the other.

A column of a reference repeats what the row referred to holds. Where that leads back to the column itself, nobody
would ever make the value. One table of such a circle then makes it, and all references of the circle are aligned.
"""

from __future__ import annotations

from collections.abc import Mapping

from .draft import ABSENT, Draft, Link
from .order import components

_Node = str


def align(drafts: Mapping[str, Draft]) -> None:
    """Open every circle of key columns, and align the references in it."""
    places: dict[_Node, tuple[Draft, Link, str]] = {}
    graph: dict[_Node, set[_Node]] = {}
    for draft in drafts.values():
        for link in draft.links:
            if link.state == ABSENT:
                continue
            for own, other in zip(link.columns, link.relation.target_columns, strict=True):
                if own in link.owned:
                    node = _node(draft.key, own)
                    places[node] = (draft, link, own)
                    graph.setdefault(node, set()).add(_node(link.relation.target.key, other))
    for circle in components(sorted(graph), graph):
        if len(circle) > 1 or circle[0] in graph.get(circle[0], ()):
            _open([places[node] for node in sorted(circle)])


def _node(table: str, column: str) -> _Node:
    return f"{table}\x1f{column}"


def _open(circle: list[tuple[Draft, Link, str]]) -> None:
    maker = circle[0][0].key
    for draft, link, own in circle:
        link.aligned = True
        link.pairing = "distinct"
        link.optional = False
        if draft.key == maker:
            link.owned = tuple(name for name in link.owned if name != own)
