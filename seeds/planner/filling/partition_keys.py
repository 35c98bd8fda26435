"""Foreign keys of single partitions: rows that come to rest in one of them refer to its table, others to others.

Such a key becomes a link that owns no column. In the worlds of its partition a column in it repeats the row referred
to; in all others the column is made, left empty, or follows another partition's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...catalog import Catalog, ForeignKey, Partition, Table
from ..checks.model import World
from .copies import partitioned_copies
from .draft import Draft, Link
from .plan import Relation


def keys_within(table: Table, catalog: Catalog) -> list[Relation]:
    """The foreign keys that hold in single partitions only: the table's own, and those of tables with copies of rows."""
    found: dict[tuple[object, ...], tuple[ForeignKey, list[str]]] = {}
    for one in (table, *partitioned_copies(table, catalog)):
        for partition in _all(one.partitioning.partitions if one.partitioning else ()):
            for key in partition.foreign_keys:
                sides = (key.columns, key.target, key.target_columns)
                found.setdefault(sides, (key, []))[1].append(partition.name.key)
    return [
        Relation(key.name, key.columns, key.target, key.target_columns, within=tuple(sorted(set(names))))
        for key, names in found.values()
    ]  # fmt: skip


def _all(partitions: Iterable[Partition]) -> Iterator[Partition]:
    for one in partitions:
        yield one
        yield from _all(one.partitions)


def has_keys_within(draft: Draft, column: str) -> bool:
    """Whether a column repeats another table's value in some partitions."""
    return any(link.relation.within and column in link.columns for link in draft.links)


def link_within(draft: Draft, column: str, world: World) -> Link | None:
    """The link that a column follows in the partitions that a world's rows come to rest in."""
    return next(
        (
            link for link in draft.links
            if link.relation.within and column in link.columns and not world.places.isdisjoint(link.relation.within)
        ),
        None,
    )  # fmt: skip
