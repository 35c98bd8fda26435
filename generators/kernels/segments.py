"""Families of rows as segments: children of one parent stand together, in the order of their parents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..streams.stream import U64
from .alias import AliasTable

I64 = NDArray[np.int64]


def starts_of(counts: I64) -> I64:
    """Where each segment starts, given the segments' lengths."""
    return np.cumsum(counts) - counts


def child_parents(counts: I64) -> I64:
    """The parent's position for each child row."""
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def child_ordinals(counts: I64) -> I64:
    """Each child row's position under its parent: 0, 1, 2 … in every segment."""
    return np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(starts_of(counts), counts)


def rank_in_segment(owners: I64) -> I64:
    """Each row's position among the rows with the same owner; equal owners must stand together."""
    if not len(owners):
        return np.zeros(0, dtype=np.int64)
    fresh = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
    lengths = np.diff(np.append(fresh, len(owners)))
    return child_ordinals(lengths.astype(np.int64))


def fill_sizes(draws: U64, total: int, table: AliasTable, values: I64) -> tuple[I64, I64]:
    """Sizes drawn until each row of ``draws`` adds up to ``total`` exactly; the last one is cut to fit.

    Args:
        draws: random words, shape (parents, most), where ``most`` draws of the smallest size reach ``total``.
        total: what every parent's sizes must add up to.
        table: weighted choice among ``values``.
        values: the sizes that can be drawn, all at least 1.

    Returns:
        How many sizes each parent has, and all sizes in order.
    """
    parents, most = draws.shape
    sizes = values[table.draw(draws.reshape(-1))].reshape(parents, most)
    before = np.cumsum(sizes, axis=1) - sizes
    if parents and int((before[:, -1] + sizes[:, -1]).min()) < total:
        raise ValueError(f"{most} draws do not reach {total}")
    inside = before < total
    kept = np.minimum(sizes, total - before)[inside]
    return inside.sum(axis=1).astype(np.int64), kept
