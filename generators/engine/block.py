"""A block evaluates whole families of one tree, lazily: a column is made when somebody asks for it.

Everything depends only on row keys, so how the roots are cut into blocks changes no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import CycleError, DomainTooSmallError, GenerationError
from ..kernels import AliasTable, fill_sizes, jump_hash
from ..relations import Domain, Part, child_domain, root_domain
from ..spec import CountSpec
from ..streams.stream import mix64, stream_key
from .growth import STEADY, Growth
from .plan import Column, Dataset, Table
from .rows import ColumnRows

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """What decides every value besides the dataset: seed, dates and size.

    Attributes:
        units: the dataset's size, in its own units (residents, say).
        as_of: the reference instant; rows dated up to it exist.
        epoch: the instant of the first run; values that must not move with ``as_of`` depend on this.
        id_offset: added to root ordinals in keys, to stay clear of rows that somebody else wrote.
        shifts: start of the window used in the domain of a unique column (``table.column``), for the same reason.
        redraws: for some rows of a root table, by ordinal, which attempt they are at: what is drawn for a row depends
            on it, its key and its distinct values do not.
        growth: how root tables grew in stages that the size does not tell.
        memory: what was found out about whole tables and is worth keeping; it decides nothing.
    """

    dataset: Dataset
    seed: int
    units: int
    as_of: date
    epoch: date
    id_offset: int = 0
    shifts: dict[str, int] = field(default_factory=dict)
    redraws: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    growth: Mapping[str, Growth] = field(default_factory=dict)
    memory: dict[object, object] = field(default_factory=dict, compare=False, repr=False)


class Block:
    """The rows of one tree for some roots; tables and columns are made on demand and kept."""

    def __init__(self, run: Run, root: str, ordinals: I64, units: tuple[int, int] | None = None) -> None:
        self.run = run
        self.root = root
        self.ordinals = ordinals
        self._units = units
        self._domains: dict[str, Domain] = {}
        self._columns: dict[tuple[str, str], pa.Array] = {}
        self._encoded: dict[tuple[str, str], pa.DictionaryArray] = {}
        self._fills: dict[str, I64] = {}
        self._pending: list[tuple[str, str]] = []
        self._climbs: dict[tuple[str, str], I64] = {}
        self._others: dict[tuple[str, int, int], tuple[I64, Block, pa.Array]] = {}

    def table(self, name: str) -> Table:
        return self.run.dataset.tables[name]

    def domain(self, name: str) -> Domain:
        """The table's rows, whole families included."""
        if name not in self._domains:
            with _Guard(self._pending, (name, "(rows)")):
                table = self.table(name)
                domain = self._child(table) if table.ancestors else self._root()
                self._domains[name] = domain
                for part in table.spec.parts:
                    if part.count.kind == "sized":
                        self._own_by_size(table, part.count)
                if table.keep is not None:
                    self._keep(table)
        return self._domains[name]

    def _root(self) -> Domain:
        per_root = self.run.dataset.spec.size.per_root if self.root == self.run.dataset.spec.size.root else 1
        owned = np.ones(len(self.ordinals), dtype=np.bool_)
        if self._units and self.root == self.run.dataset.spec.size.root:
            first = self.ordinals * per_root
            owned = (first >= self._units[0]) & (first < self._units[1])
        domain = root_domain(self.ordinals, owned, self.run.id_offset)
        redraws = self.run.redraws.get(self.root)
        return domain if not redraws else _redrawn(domain, redraws)

    def _child(self, table: Table) -> Domain:
        parent = self.domain(table.ancestors[0])
        parts = []
        for index, part in enumerate(table.spec.parts):
            counts, owned = self._count(table, index, parent)
            if len(counts) and int(counts.max()) > part.maximum:
                raise GenerationError(
                    f"a row of {table.ancestors[0]} has {int(counts.max())} {part.name}, more than {part.maximum}",
                    where=("tables", table.name, "parts", part.name),
                    hint="raise the part's maximum; this changes the keys of all its rows",
                )
            parts.append(Part(counts, owned, table.offsets[index], table.branches[index]))
        domain = child_domain(parent, parts, table.spec.maximum)
        limit = table.spec.rank_maximum
        if limit and len(domain) and int(domain.ranks.max()) >= limit:
            raise GenerationError(
                f"a root has {int(domain.ranks.max()) + 1} rows of {table.name}, more than rank_maximum {limit}",
                where=("tables", table.name, "rank_maximum"),
            )
        return domain

    def _count(self, table: Table, index: int, parent: Domain) -> tuple[I64, NDArray[np.bool_]]:
        part = table.spec.parts[index]
        count = part.count
        if count.kind == "fill":
            return self._fill(table, index, parent)
        if count.kind == "rows_of":
            sibling = self.domain(count.table)
            first = sibling.parts == 0
            counts = np.bincount(sibling.parents[first], minlength=len(parent)).astype(np.int64)
            return counts, sibling.owned[first]
        if count.kind == "fixed":
            counts = np.full(len(parent), count.rows, dtype=np.int64)
        elif count.kind == "choice":
            values, weights = zip(*count.weights, strict=True)
            counts = np.array(values, dtype=np.int64)[AliasTable(weights).draw(self._draws(table, part.name, parent))]
        else:
            expression = table.counts[index]
            assert expression is not None
            rows = ColumnRows(self, self.table(table.ancestors[0]), None, f"{table.name}/{part.name}/(count)")
            counts = np.asarray(pc.fill_null(rows.evaluate(expression).cast(pa.int64(), safe=False), 0))
            counts = np.maximum(counts, 0)
        return counts, np.repeat(parent.owned, counts)

    def _draws(self, table: Table, part: str, parent: Domain) -> NDArray[np.uint64]:
        return mix64(parent.keys + self.stream(f"{table.name}/{part}/(count)"))

    def _fill(self, table: Table, index: int, parent: Domain) -> tuple[I64, NDArray[np.bool_]]:
        count = table.spec.parts[index].count
        values, weights = zip(*count.weights, strict=True)
        most = -(-count.total // min(values))
        key = self.stream(f"{table.name}/{table.spec.parts[index].name}/(fill)")
        places = np.arange(most, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        draws = mix64(mix64(parent.keys + key)[:, None] + places[None, :])
        counts, sizes = fill_sizes(draws, count.total, AliasTable(weights), np.array(values, dtype=np.int64))
        self._fills[table.name] = sizes
        before = np.cumsum(sizes) - sizes
        starts = before - np.repeat(before[np.cumsum(counts) - counts], counts) if len(counts) else before
        owned = np.repeat(parent.owned, counts)
        size = self.run.dataset.spec.size
        if self._units and table.spec.parent == size.root and count.total == size.per_root > 1:
            position = np.repeat(parent.ordinals * count.total, counts) + starts
            owned = (position >= self._units[0]) & (position < self._units[1])
        return counts, owned

    def _own_by_size(self, table: Table, count: CountSpec) -> None:
        """Rows whose sizes are a column of theirs: they must add up, and tell which rows a range of units begins in."""
        domain, parent = self._domains[table.name], self.domain(table.ancestors[0])
        sizes = np.asarray(pc.fill_null(self.column(table.name, count.size), 0)).astype(np.int64)
        totals = np.bincount(domain.parents, weights=sizes, minlength=len(parent)).astype(np.int64)
        if (totals != count.total).any():
            raise GenerationError(
                f"the sizes under a row of {table.ancestors[0]} add up to {int(totals[totals != count.total][0])}, "
                f"not {count.total}",
                where=("tables", table.name, "columns", count.size),
            )
        size = self.run.dataset.spec.size
        if self._units and table.spec.parent == size.root and count.total == size.per_root > 1:
            # Every parent's sizes add up to the same, so positions follow from a running sum over all rows.
            starts = np.cumsum(sizes) - sizes - domain.parents * count.total
            position = parent.ordinals[domain.parents] * count.total + starts
            owned = (position >= self._units[0]) & (position < self._units[1])
            self._domains[table.name] = replace(domain, owned=owned)

    def _keep(self, table: Table) -> None:
        """Drop the rows for which ``keep`` does not hold; columns already made are cut down with them."""
        assert table.keep is not None
        rows = ColumnRows(self, table, None, f"{table.name}/(keep)")
        mask = pc.fill_null(rows.evaluate(table.keep), False)
        early = [name for name in self._domains if table.name in self.table(name).ancestors]
        if early:
            raise CycleError(
                f"{table.name}: keep depends on its own children in {early[0]}", where=("tables", table.name)
            )
        keep = np.asarray(mask.cast(pa.bool_()))
        kept = self._domains[table.name].select(keep)
        if not table.ancestors:
            places = np.arange(len(kept), dtype=np.int64)
            kept = replace(kept, parents=places, roots=places)
        self._domains[table.name] = kept
        if table.name in self._fills:
            self._fills[table.name] = self._fills[table.name][keep]
        for name, column in self._columns.items():
            if name[0] == table.name:
                self._columns[name] = column.filter(mask)
        self._encoded = {name: values for name, values in self._encoded.items() if name[0] != table.name}
        self._climbs = {pair: rows for pair, rows in self._climbs.items() if pair[0] != table.name}

    def stream(self, path: str) -> np.uint64:
        """The key of the stream at ``path`` inside the dataset."""
        return stream_key(self.run.seed, f"{self.run.dataset.namespace}/{path}")

    def column(self, table: str, name: str) -> pa.Array:
        """All values of a column, in the order of the table's domain."""
        self.domain(table)
        found = self._columns.get((table, name))
        if found is None:
            with _Guard(self._pending, (table, name)):
                found = self._make(self.table(table), self.table(table).columns[name])
            self._columns[table, name] = found
        return found

    def encoded(self, table: str, name: str) -> pa.DictionaryArray | None:
        """A column as its generator encoded it, if it did and no value is missing."""
        self.column(table, name)
        return self._encoded.get((table, name))

    def _make(self, table: Table, column: Column) -> pa.Array:
        fill = next((p.count.size for p in table.spec.parts if p.count.kind == "fill"), "")
        rows = ColumnRows(self, table, column, f"{table.name}/{column.name}")
        if fill == column.name:
            return pa.array(self._fills[table.name]).cast(column.spec.type.arrow)
        try:
            values = rows.make_own()
            if isinstance(values, pa.DictionaryArray):
                if not column.spec.nullable:
                    self._encoded[table.name, column.name] = values
                values = pc.take(values.dictionary, values.indices, boundscheck=False)
            return self.finish(values, table, column, rows)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            reason = str(error).split("\n")[0]
            where = ("tables", table.name, "columns", column.name)
            made = column.bound.definition.name
            raise GenerationError(f"{made} does not make {column.spec.type}: {reason}", where=where) from None

    def finish(self, values: pa.Array, table: Table, column: Column, rows: ColumnRows) -> pa.Array:
        """Values in the column's type, with its share of nulls; text that does not fit is refused."""
        spec = column.spec
        if values.type != spec.type.arrow:
            values = values.cast(spec.type.arrow)
        if spec.nulls:
            values = _with_nulls(values, rows.present())
        if column.only_if is not None:
            values = _with_nulls(values, np.asarray(pc.fill_null(rows.evaluate(column.only_if), _FALSE)))
        where = ("tables", table.name, "columns", column.name)
        if not spec.nullable and values.null_count:
            raise GenerationError(f"{column.bound.definition.name} left {values.null_count} rows empty", where=where)
        if spec.type.name in ("varchar", "char") and not spec.type.array and len(values):
            longest = _most_characters(values, spec.type.arguments[0])
            if longest > spec.type.arguments[0]:
                raise GenerationError(
                    f"a text of {longest} characters does not fit {spec.type}",
                    where=where, hint="make the column longer, or its generator's values shorter",
                )  # fmt: skip
        return values

    def climb(self, table: str, ancestor: str) -> I64:
        """For each row of ``table``, the position of its ancestor in that table's domain."""
        pair = (table, ancestor)
        if pair not in self._climbs:
            positions = self.domain(table).parents
            for name in self.table(table).ancestors:
                if name == ancestor:
                    break
                positions = self.domain(name).parents[positions]
            self._climbs[pair] = positions
        return self._climbs[pair]

    def references(self, table: Table, target: str, keys: NDArray[np.uint64], positions: I64, skip: int = 0) -> I64:
        """Ids in root table ``target`` for rows of ``table``: only parents present when the row first appeared."""
        dataset, run = self.run.dataset, self.run
        limit: I64 | int = dataset.roots_at(target, run.units)
        if not isinstance(dataset.tables[target].spec.rows, int):
            limit = np.maximum(self.roots_when_born(table, target)[positions], 1)
        if np.min(limit, initial=1) < 1:
            raise DomainTooSmallError(1, 0, what=f"table {target}", where=("tables", table.name))
        if skip:
            limit = np.maximum(limit - skip, 1)
        return jump_hash(keys, limit) + skip + 1 + run.id_offset

    def roots_when_born(self, table: Table, target: str) -> I64:
        """How many rows the root table ``target`` had when each row of ``table`` first appeared."""
        dataset = self.run.dataset
        ordinals = self.domain(table.root).ordinals[self.domain(table.name).roots]
        if isinstance(dataset.tables[table.root].spec.rows, int):
            return np.full(len(ordinals), dataset.roots_at(target, self.run.units), dtype=np.int64)
        found = dataset.roots_when(target, dataset.units_when_born(table.root, ordinals))
        return np.minimum(found, self.grown(target).rows(self.grown(table.root).stages(ordinals)))

    def grown(self, table: str) -> Growth:
        """How a root table grew."""
        return self.run.growth.get(table, STEADY)

    def lookup(self, target: str, ids: I64, column: str) -> pa.Array:
        """Values of ``column`` in the rows of root table ``target`` with the given ids, recomputed from their keys."""
        place = (target, ids.ctypes.data, len(ids))
        if place not in self._others:
            distinct, back = np.unique(ids, return_inverse=True)
            other = Block(self.run, target, distinct - 1 - self.run.id_offset)
            self._others[place] = ids, other, pa.array(back)  # the ids are kept, so that their address stays theirs
        _, other, positions = self._others[place]
        return other.column(target, column).take(positions)


def _redrawn(domain: Domain, redraws: Mapping[int, int]) -> Domain:
    """The same rows, with other random words where a row is at a later attempt."""
    attempts = np.zeros(len(domain), dtype=np.uint64)
    for place in np.flatnonzero(np.isin(domain.ordinals, np.fromiter(redraws, dtype=np.int64, count=len(redraws)))):
        attempts[place] = redraws[int(domain.ordinals[place])]
    return replace(domain, keys=np.where(attempts > 0, mix64(domain.keys ^ mix64(attempts)), domain.keys))


def _with_nulls(values: pa.Array, present: NDArray[np.bool_]) -> pa.Array:
    """The same values, null where not ``present``: only the bitmap is written, no value is copied."""
    if values.null_count:
        present = present & np.asarray(values.is_valid())
    if values.offset or pa.types.is_nested(values.type):
        return pc.if_else(pa.array(present), values, pa.scalar(None, values.type))
    bitmap = pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(values.type, len(values), [bitmap, *values.buffers()[1:]])


def _most_characters(values: pa.Array, enough: int) -> int:
    """The length of the longest text; characters are only counted if the bytes could be more than ``enough``."""
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    if int(np.diff(offsets).max()) <= enough:
        return 0
    return pc.max(pc.utf8_length(values)).as_py() or 0


_FALSE = pa.scalar(False, type=pa.bool_())


class _Guard:
    """Turns a circle of columns into an error instead of endless recursion."""

    def __init__(self, pending: list[tuple[str, str]], node: tuple[str, str]) -> None:
        self._pending, self._node = pending, node

    def __enter__(self) -> None:
        if self._node in self._pending:
            trail = [*self._pending[self._pending.index(self._node) :], self._node]
            raise CycleError("rows and columns need one another: " + " -> ".join(".".join(n) for n in trail))
        self._pending.append(self._node)

    def __exit__(self, *_: object) -> None:
        self._pending.pop()
