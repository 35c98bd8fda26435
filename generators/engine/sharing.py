"""References to several tables at once whose rows must agree in some columns: (a, s) here and (b, s) there.

The rows of each table are grouped by what they hold in the shared columns. A row chooses among the rows of the first
table that have a partner everywhere, then its partners among those that agree. Both choices only see rows that were
there when the row appeared, so growth moves none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kernels import jump_hash
from ..streams.stream import U64, mix64
from .block import Block, Run
from .growth import STEADY

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Member:
    """One table: for each row its group, and the rows in order of group and ordinal, with the size when they appear."""

    groups: I64
    ordered: I64
    places: I64
    born: I64


@dataclass(frozen=True, slots=True)
class SharedPool:
    """The rows that agree: those of the first table that have partners, by the size at which they have them."""

    members: tuple[_Member, ...]
    first: I64
    ready: I64

    def choose(self, bits: U64, born: I64, position: int, turns: I64 | None = None) -> tuple[I64, NDArray[np.bool_]]:
        """Ordinals in the table at ``position`` for rows with these random words, and where there is one at all.

        With ``turns``, the first table's row is the one whose turn it is rather than a random one.
        """
        if not len(self.first):
            return np.zeros(len(bits), dtype=np.int64), np.zeros(len(bits), dtype=np.bool_)
        if turns is None:
            open_to = np.maximum(np.searchsorted(self.ready, born, side="right"), 1)
            lead = self.first[jump_hash(bits, open_to)]
        else:
            lead = self.first[turns % len(self.first)]
        if position == 0:
            return lead, np.ones(len(bits), dtype=np.bool_)
        group = self.members[0].groups[lead]
        member = self.members[position]
        low = np.searchsorted(member.places, group * _SPAN)
        high = np.searchsorted(member.places, group * _SPAN + np.minimum(born, _SPAN - 1), side="right")
        room = np.maximum(high - low, 1)
        return member.ordered[low + jump_hash(mix64(bits + np.uint64(position)), room)], np.ones(len(bits), np.bool_)


_SPAN = 1 << 40


def shared_pool(run: Run, tables: Sequence[str], columns: Sequence[Sequence[str]], stage: int = 0) -> SharedPool:
    """The pool of some tables over their shared columns; made once for a run and a stage of its growth.

    Args:
        run: the run whose rows are meant.
        tables: root tables.
        columns: for each table, its shared columns, aligned.
        stage: only rows that there were in it are in the pool.
    """
    rows = tuple(_rows(run, table, stage) for table in tables)
    place = ("shared", tuple(tables), tuple(map(tuple, columns)), rows)
    known = run.memory.get(place)
    if not isinstance(known, SharedPool):
        known = run.memory[place] = _pool(run, tables, columns, rows)
    return known


def _rows(run: Run, table: str, stage: int) -> int:
    """How many rows a table has, or had in a stage."""
    bound = int(run.growth.get(table, STEADY).rows(np.array([stage], dtype=np.int64))[0])
    return min(run.dataset.roots_at(table, run.units), bound)


def _pool(run: Run, tables: Sequence[str], columns: Sequence[Sequence[str]], rows: Sequence[int]) -> SharedPool:
    held = [_values(run, table, names, many) for table, names, many in zip(tables, columns, rows, strict=True)]
    groups = pc.unique(held[0].drop_null())
    codes = [np.asarray(pc.fill_null(pc.index_in(values, value_set=groups), -1)).astype(np.int64) for values in held]
    members = tuple(_member(run, table, code) for table, code in zip(tables, codes, strict=True))
    never = np.iinfo(np.int64).max
    ready = np.where(codes[0] >= 0, members[0].born, never)
    for member, code in zip(members[1:], codes[1:], strict=True):
        earliest = np.full(max(len(groups), 1), never, dtype=np.int64)
        np.minimum.at(earliest, code[code >= 0], member.born[code >= 0])
        ready = np.maximum(ready, np.where(codes[0] >= 0, earliest[np.maximum(codes[0], 0)], never))
    order = np.lexsort((np.arange(len(ready)), ready))
    order = order[ready[order] < never]
    return SharedPool(members, order, ready[order])


def _member(run: Run, table: str, code: I64) -> _Member:
    born = run.dataset.units_when_born(table, np.arange(len(code), dtype=np.int64))
    inside = np.flatnonzero(code >= 0)
    places = code[inside] * _SPAN + born[inside]
    order = np.argsort(places, kind="stable")
    return _Member(code, inside[order], places[order], born)


def _values(run: Run, table: str, names: Sequence[str], rows: int) -> pa.Array:
    """Each row's shared values as one text, null where any of them is."""
    block = Block(run, table, np.arange(rows, dtype=np.int64))
    texts = [block.column(table, name).cast(pa.string()) for name in names]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "\x1f")
