"""In which order tables are loaded: each after those it refers to, and cycles cut where a null can wait.

A reference is *hard* when its columns can never be null; the others are *soft*. Tables tied by cycles of hard
references are loaded together. Inside cycles with soft references, the soft ones that point forwards are deferred:
rows are put in without them, and the columns follow when the rows they refer to are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from .plan import Step


@dataclass(frozen=True, slots=True)
class Edge:
    """One table's need of another: ``columns`` hold it, and may wait if ``soft``; a ``wish`` nothing waits for."""

    source: str
    target: str
    columns: tuple[str, ...]
    soft: bool
    wish: bool = False

    @property
    def weight(self) -> int:
        """How much is lost if it is not met: a hard need outweighs any number of soft ones, these any of wishes."""
        return 1 if self.wish else 1_000 if self.soft else 1_000_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """Steps in order, and for each table the columns to be filled afterwards."""

    steps: tuple[Step, ...]
    deferred: Mapping[str, tuple[str, ...]]


def order_tables(tables: Sequence[str], edges: Iterable[Edge]) -> Order:
    """Steps in which every reference is satisfied or deferred; the order is decided by names where nothing else does."""
    known = set(tables)
    needs = [edge for edge in edges if edge.source in known and edge.target in known and edge.source != edge.target]
    groups = components(tables, _graph(edge for edge in needs if not edge.soft))
    group_of = {name: place for place, group in enumerate(groups) for name in group}
    links: dict[int, dict[int, int]] = {place: {} for place in range(len(groups))}
    for edge in needs:
        source, target = group_of[edge.source], group_of[edge.target]
        if source != target:
            links[source][target] = links[source].get(target, 0) + edge.weight
    placed: dict[int, int] = {}
    for place in _without_cycles(links, [min(group) for group in groups]):
        placed[place] = len(placed)
    deferred: dict[str, list[str]] = {}
    for edge in needs:
        if placed[group_of[edge.target]] > placed[group_of[edge.source]] and not edge.wish:
            deferred.setdefault(edge.source, []).extend(name for name in edge.columns)
    order = sorted(range(len(groups)), key=placed.__getitem__)
    steps = tuple(Step(tuple(sorted(groups[place]))) for place in order)
    return Order(steps, {name: tuple(dict.fromkeys(columns)) for name, columns in deferred.items()})


def _graph(edges: Iterable[Edge]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for edge in edges:
        graph.setdefault(edge.source, set()).add(edge.target)
    return graph


def components(nodes: Sequence[str], graph: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """Strongly connected components (Tarjan 1972, without recursion), each after those it reaches."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    inside: set[str] = set()
    found: list[tuple[str, ...]] = []
    for start in sorted(nodes):
        if start in index:
            continue
        work = [(start, iter(sorted(graph.get(start, ()))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        inside.add(start)
        while work:
            node, waiting = work[-1]
            following = next(waiting, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append(_popped(stack, inside, node))
            elif following not in index:
                index[following] = low[following] = len(index)
                stack.append(following)
                inside.add(following)
                work.append((following, iter(sorted(graph.get(following, ())))))
            elif following in inside:
                low[node] = min(low[node], index[following])
    return found


def _popped(stack: list[str], inside: set[str], node: str) -> tuple[str, ...]:
    group = []
    while True:
        name = stack.pop()
        inside.discard(name)
        group.append(name)
        if name == node:
            return tuple(group)


def _without_cycles(links: Mapping[int, Mapping[int, int]], names: Sequence[str]) -> list[int]:
    """An order in which hard needs are met and few soft ones are not: whoever lacks least goes next.

    Taken greedily with counts kept up to date, so a thousand tables in one cycle cost little.
    """
    missing = {node: dict(targets) for node, targets in links.items()}
    weight = {node: sum(targets.values()) for node, targets in missing.items()}
    users: dict[int, list[int]] = {node: [] for node in links}
    for node, targets in links.items():
        for target in targets:
            users[target].append(node)
    waiting = set(links)
    queue = [(weight[node], names[node], node) for node in links]
    heapify(queue)
    order = []
    while waiting:
        lacking, _, node = heappop(queue)
        if node not in waiting or lacking != weight[node]:
            continue  # it was placed since, or lacks less by now and stands in the queue once more
        waiting.discard(node)
        order.append(node)
        for user in users[node]:
            weight[user] -= missing[user].pop(node, 0)
            heappush(queue, (weight[user], names[user], user))
    return order
