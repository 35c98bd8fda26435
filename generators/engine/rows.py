"""What a generator sees of the rows it fills: the engine's side of :class:`generators.providers.definition.Rows`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import GenerationError
from ..kernels import Permutation, bounded
from ..providers.core import days
from ..providers.definition import Bound
from ..relations import Domain
from ..spec import ColumnType, Expression
from ..streams.stream import U64, mix64, to_unit
from .evaluate import evaluate
from .plan import Column, Table

if TYPE_CHECKING:
    from .block import Block

_ANY = ColumnType("text")


def unique_path(dataset: str, table: str, column: str) -> str:
    """The path of the permutation that makes a column's values distinct."""
    return f"{dataset}/{table}/{column}#unique"


class ColumnRows:
    """Rows of one table as one column's generator sees them, all of them or some positions."""

    def __init__(
        self,
        block: Block,
        table: Table,
        column: Column | None,
        path: str,
        positions: NDArray[np.int64] | None = None,
    ) -> None:
        self._block = block
        self._table = table
        self._column = column
        self._positions = positions
        self._domain: Domain = block.domain(table.name)
        self.path = path
        self.seed = block.run.seed
        self.type = column.spec.type if column else _ANY
        self.as_of = days(block.run.as_of)
        self.epoch = days(block.run.epoch)
        self.count = len(self._domain) if positions is None else len(positions)

    def _some(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        return values if self._positions is None else values[self._positions]

    def bits(self, salt: str = "") -> U64:
        """Random words of this column; another ``salt`` gives an independent stream."""
        keys: U64 = self._some(self._domain.keys)  # type: ignore[assignment]
        return mix64(keys, self._block.stream(f"{self.path}#{salt}" if salt else self.path))

    def unit(self, salt: str = "") -> NDArray[np.float64]:
        """Random numbers in [0, 1)."""
        return to_unit(self.bits(salt))

    def ids(self) -> NDArray[np.int64]:
        """The rows' keys, distinct in the table."""
        return self._some(self._domain.ids)  # type: ignore[return-value]

    def ordinals(self) -> NDArray[np.int64]:
        """The rows' positions in their part under their parent, from 0."""
        return self._some(self._domain.ordinals)  # type: ignore[return-value]

    def part_names(self) -> pa.Array:
        """The name of the part each row belongs to."""
        names = pa.array([part.name for part in self._table.spec.parts] or ["row"], type=pa.string())
        return names.take(pa.array(self._some(self._domain.parts)))

    def unique_index(self, capacity: int, group: str = "") -> U64:
        """Numbers in [0, capacity), distinct over the whole table, in scrambled order."""
        run, table = self._block.run, self._table
        place = group or (self._column.name if self._column else self.path)
        shift = run.shifts.get(f"{table.name}.{place}", 0)
        quota, places = self._quota()
        roots = self._block.domain(table.root).ordinals[self._domain.roots]
        index = self._some(roots * quota + np.minimum(places, max(quota - 1, 0)) + shift)
        permutation = Permutation(capacity, self.seed, unique_path(run.dataset.name, table.name, place))
        return permutation.forward(index.view(np.uint64))

    def present(self) -> NDArray[np.bool_]:
        """Which rows of the column are not null: by quota under each root if it is unique, else row by row."""
        assert self._column is not None
        quota, places = self._quota()
        if quota < self._block.run.dataset.ranks_per_root(self._table.name):
            return places < quota
        return self.unit("(null)") >= self._column.spec.nulls

    def _quota(self) -> tuple[int, NDArray[np.int64]]:
        """How many values a unique column uses under each root, and each row's place among them.

        With nulls, places are scrambled by an affine map for each root, and those beyond the quota are the null
        rows: the others stay dense, so that nulls save room in a small domain.
        """
        dataset, name = self._block.run.dataset, self._table.name
        ranks, room = self._rank(), dataset.ranks_per_root(name)
        column = self._column
        quota = room if column is None else dataset.quota(name, column)
        if column is None or quota == room:
            return room, ranks
        units = np.flatnonzero(np.gcd(np.arange(room), room) == 1) if room < 1 << 16 else np.array([1])
        keys = self._block.domain(self._table.root).keys + self._block.stream(f"{name}/{column.name}#quota")
        bits = mix64(keys)
        factor, start = units[bounded(bits, len(units))], bounded(mix64(bits), room)
        roots = self._domain.roots
        return quota, (ranks * factor[roots] + start[roots]) % room

    def _rank(self) -> NDArray[np.int64]:
        """Positions under the root, by counting where the table is dense and from the packed key otherwise."""
        if self._table.spec.rank_maximum or not self._table.ancestors:
            return self._domain.ranks
        room = self._block.run.dataset.room(self._table.name)
        return self._domain.ids - self._block.domain(self._table.root).ids[self._domain.roots] * room

    def column(self, name: str) -> pa.Array:
        """Another column of the row, or ``table.column`` of an ancestor."""
        owner, _, column = name.rpartition(".")
        if not owner or owner == self._table.name:
            values = self._block.column(self._table.name, column)
            return values if self._positions is None else _taken(values, self._positions)
        positions = self._some(self._block.climb(self._table.name, owner))
        return _taken(self._block.column(owner, column), positions)

    def encoded(self, name: str) -> pa.DictionaryArray | None:
        """Another column of the same table as its generator encoded it, if it did: few values and many places."""
        if "." in name:
            return None
        found = self._block.encoded(self._table.name, name)
        return found if found is None or self._positions is None else found.take(pa.array(self._positions))

    def evaluate(self, expression: Expression) -> pa.Array:
        """An expression over the row."""
        return evaluate(expression, self)

    def make_own(self) -> pa.Array:
        """The column's own values, before type and nulls."""
        assert self._column is not None
        return self._call(self._column.bound)

    def make(self, bound: Bound, salt: str, kind: ColumnType | None = None) -> pa.Array:
        """Another generator's values for the same rows, on a stream of its own and possibly of another type."""
        inner = ColumnRows(self._block, self._table, self._column, f"{self.path}/{salt}", self._positions)
        inner.type = kind or self.type
        return inner._call(bound)

    def _call(self, bound: Bound) -> pa.Array:
        values = bound.definition.make(self, bound.parameters)
        if len(values) != self.count:
            raise GenerationError(f"{bound.definition.name} made {len(values)} values for {self.count} rows")
        return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values

    def at(self, positions: NDArray[np.int64]) -> ColumnRows:
        """The rows at some positions only."""
        absolute = positions if self._positions is None else self._positions[positions]
        return ColumnRows(self._block, self._table, self._column, self.path, absolute)

    def aggregate(self, table: str, column: str, function: str) -> pa.Array:
        """``sum``, ``count``, ``min`` or ``max`` over each row's children in ``table``."""
        owners = self._block.climb(table, self._table.name)
        total = len(self._domain)
        if function == "count":
            return self._cut_array(pa.array(np.bincount(owners, minlength=total).astype(np.int64)))
        values = self._block.column(table, column)
        grouped = (
            pa.table({"owner": owners, "value": values})
            .group_by("owner", use_threads=False)
            .aggregate([("value", function)])
        )
        result = pa.nulls(total, grouped.column(f"value_{function}").type)
        mask = np.zeros(total, dtype=np.bool_)
        found = np.asarray(grouped.column("owner"))
        mask[found] = True
        ordered = grouped.column(f"value_{function}").combine_chunks().take(pa.array(np.argsort(found, kind="stable")))
        result = pc.replace_with_mask(result, pa.array(mask), ordered)
        return self._cut_array(
            pc.fill_null(result, pa.scalar(0, type=pa.int64()).cast(result.type)) if function == "sum" else result
        )

    def _cut_array(self, values: pa.Array) -> pa.Array:
        return values if self._positions is None else values.take(pa.array(self._positions))

    def relative(self, table: str, part: str, ordinals: pa.Array, column: str) -> pa.Array:
        """``column`` of the rows at ``ordinals`` of a part of ``table`` under the ancestor both share, or null."""
        block, target = self._block, self._block.table(table)
        shared = target.ancestors[0]
        owners = self._some(block.domain(shared).ids[block.climb(self._table.name, shared)])
        places = [item.name for item in target.spec.parts]
        wanted = np.asarray(pc.fill_null(ordinals.cast(pa.int64()), -1))
        ids = owners * target.spec.maximum + target.offsets[places.index(part)] + wanted
        known = block.domain(table).ids
        positions = np.minimum(np.searchsorted(known, ids), max(len(known) - 1, 0))
        found = (wanted >= 0) & (known[positions] == ids) if len(known) else np.zeros(self.count, dtype=np.bool_)
        return block.column(table, column).take(pa.array(positions, mask=~found))

    def reference(self, table: str, *, skip: int = 0) -> NDArray[np.int64]:
        """Keys of rows in another tree's root ``table`` but its first few, by consistent hashing."""
        positions = np.arange(self.count) if self._positions is None else self._positions
        return self._block.references(self._table, table, self.bits("(reference)"), positions, skip)

    def shared(
        self,
        tables: Sequence[str],
        columns: Sequence[Sequence[str]],
        position: int,
        group: str,
        *,
        in_turn: bool = False,
    ) -> pa.Array:
        """Keys in the table at ``position`` of rows that agree with those chosen in the other tables; null if none."""
        from .sharing import shared_pool

        run, table = self._block.run, self._table
        ordinals = self._block.domain(table.root).ordinals[self._domain.roots]
        if isinstance(run.dataset.tables[table.root].spec.rows, int):
            born = np.full(self.count, run.units, dtype=np.int64)
        else:
            born = run.dataset.units_when_born(table.root, self._some(ordinals).astype(np.int64))
        own: U64 = self._some(self._domain.keys)  # type: ignore[assignment]
        keys = mix64(own, self._block.stream(f"{table.name}/{group}(shared)"))
        turns = self._some(ordinals).astype(np.int64)
        stages = self._block.grown(table.root).stages(turns)
        found, there = np.zeros(self.count, dtype=np.int64), np.zeros(self.count, dtype=np.bool_)
        for stage in np.unique(stages):
            here = stages == stage
            pool = shared_pool(run, tables, columns, int(stage))
            found[here], there[here] = pool.choose(keys[here], born[here], position, turns[here] if in_turn else None)
        return pa.array(found + self.first_id(tables[position]), mask=~there)

    def first_id(self, table: str) -> int:
        """The key of the first row of the root ``table``."""
        return 1 + self._block.run.id_offset

    def lookup(self, table: str, keys: pa.Array, column: str) -> pa.Array:
        """The values of ``column`` in the rows of root ``table`` that carry the keys, recomputed."""
        found = self._block.lookup(table, np.asarray(keys.drop_null()), column)
        valid = np.asarray(keys.is_valid())
        return found if valid.all() else found.take(pa.array(np.cumsum(valid) - 1, mask=~valid))


def _taken(values: pa.Array, positions: NDArray[np.generic]) -> pa.Array:
    """Values at positions that come from a domain, so they need no check."""
    return pc.take(values, pa.array(positions), boundscheck=False)
