"""A domain is the set of rows of one table inside a block: who their parents are and what their keys are.

Whole families are evaluated together, so a domain needs nothing from any other block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kernels import child_ordinals, child_parents, rank_in_segment
from ..streams.stream import U64, mix64, row_key, stream_key

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Domain:
    """Rows of one table; every array is aligned and as long as there are rows.

    Attributes:
        parents: position of each row's parent in the parent's domain.
        ordinals: position in its part under its parent.
        parts: index of the part.
        keys: 64-bit stream keys.
        ids: packed keys, distinct in the table.
        roots: position of each row's root in the root's domain.
        ranks: position among all rows of the table under the same root.
        owned: whether the row belongs to the units asked for; the others only complete the families.
    """

    parents: I64
    ordinals: I64
    parts: NDArray[np.int8]
    keys: U64
    ids: I64
    roots: I64
    ranks: I64
    owned: Mask

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, keep: Mask) -> Domain:
        """The rows where ``keep`` holds, with their keys and ranks unchanged."""
        return Domain(*(getattr(self, name)[keep] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one part: how many under each parent, which of them are owned, and the ordinals they may use."""

    counts: I64
    owned: Mask
    offset: int
    branch: int


def branch_key(table: str, part: str) -> int:
    """What tells one part's rows from another's in the row key."""
    return int(stream_key(0, f"{table}/{part}"))


def root_domain(ordinals: I64, owned: Mask, id_offset: int) -> Domain:
    """Rows of a root table from their ordinals; keys depend on the ordinal alone, ids start at 1."""
    rows = np.arange(len(ordinals), dtype=np.int64)
    return Domain(
        parents=rows,
        ordinals=ordinals,
        parts=np.zeros(len(ordinals), dtype=np.int8),
        keys=mix64(ordinals.astype(np.uint64)),
        ids=ordinals + 1 + id_offset,
        roots=rows,
        ranks=np.zeros(len(ordinals), dtype=np.int64),
        owned=owned,
    )


def child_domain(parent: Domain, parts: list[Part], maximum: int) -> Domain:
    """Rows of a child table: all parts of the first parent, then all of the second, and so on.

    ``maximum`` is the room reserved under each parent, so an id is ``parent id * maximum + offset + ordinal``.
    """
    if len(parts) == 1:
        (part,) = parts
        parents, ordinals, owned = child_parents(part.counts), child_ordinals(part.counts), part.owned
        codes = np.zeros(len(parents), dtype=np.int8)
        places, step = ordinals + part.offset, ordinals.astype(np.uint64) + np.uint64(part.branch)
    else:
        parents, ordinals, codes, owned = _interleaved(parts)
        places = ordinals + np.array([part.offset for part in parts], dtype=np.int64)[codes]
        step = ordinals.astype(np.uint64) + np.array([part.branch for part in parts], dtype=np.uint64)[codes]
    roots = parent.roots[parents]
    return Domain(
        parents=parents,
        ordinals=ordinals,
        parts=codes,
        keys=row_key(parent.keys[parents], 0, step),
        ids=parent.ids[parents] * maximum + places,
        roots=roots,
        ranks=rank_in_segment(roots),
        owned=owned,
    )


def _interleaved(parts: list[Part]) -> tuple[I64, I64, NDArray[np.int8], Mask]:
    """Parents, ordinals, part codes and ownership of several parts, brought into the parents' order."""
    parents = np.concatenate([child_parents(part.counts) for part in parts])
    ordinals = np.concatenate([child_ordinals(part.counts) for part in parts])
    codes = np.repeat(np.arange(len(parts), dtype=np.int8), [int(part.counts.sum()) for part in parts])
    owned = np.concatenate([part.owned for part in parts])
    order = np.argsort(parents, kind="stable")
    return parents[order], ordinals[order], codes[order], owned[order]
