"""Keys that lie inside a reference of several columns: what they ask of the table that is referred to.

No two rows may share such a key, and its columns come from the row referred to. So that table is asked to be distinct
in them, in all of its rows or, where they have too few values, in the first ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .draft import ABSENT, Draft, Link


def ask_for_distinct(drafts: Mapping[str, Draft]) -> None:
    """Note in every table what keys of others need it to be distinct in, however far away."""
    pending = [
        (draft, frozenset((*key.columns, *key.reads)) if key.expressions else frozenset(key.columns))
        for draft in drafts.values() for key in draft.table.keys
    ]  # fmt: skip
    while pending:
        draft, columns = pending.pop()
        for link, names in _asked(draft, columns):
            there = tuple(sorted(link.relation.target_columns[link.columns.index(name)] for name in names))
            target = drafts.get(link.relation.target.key)
            if target is not None and there and there not in target.wanted:
                target.wanted.add(there)
                pending.append((target, frozenset(there)))


def _asked(draft: Draft, columns: frozenset[str]) -> Iterable[tuple[Link, tuple[str, ...]]]:
    """References that a key lies in, each with the columns in which its table has to be distinct."""
    links = [link for link in draft.links if link.state != ABSENT and link.owned and set(link.columns) & columns]
    if not columns <= {name for link in links for name in link.columns}:
        return  # a column of its own can be distinct
    groups: dict[object, list[Link]] = {}
    for link in links:
        if link.agreeing:
            groups.setdefault(link.agreeing["group"], []).append(link)
    if any(set(link.columns) <= columns and not link.agreeing for link in links):
        return
    for group in groups.values():
        shared = set.intersection(*(set(link.columns) for link in group)) if len(group) > 1 else set()
        if shared:
            yield from ((link, tuple(sorted(shared))) for link in group)
            return
    if links:
        most = max(links, key=lambda one: (len(set(one.columns) & columns), one.working))
        yield most, tuple(sorted(set(most.columns) & columns))
