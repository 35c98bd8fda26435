"""Compilation: a dataset definition is checked as a whole once, so that generation cannot fail on its shape."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CycleError, DomainTooSmallError, GenerationError, SpecError, UnknownNameError
from ..providers.definition import Bound, bind
from ..relations import branch_key
from ..spec import ColumnSpec, DatasetSpec, Expression, TableSpec, parse_expression
from .constraints import check_constraints
from .parts import check_parts
from .reads import bounds_of, reads_of

_LARGEST_ID = (1 << 62) - 1
_FEWEST_PLACES = 64


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its bound generator; ``unique`` columns get distinct indexes."""

    spec: ColumnSpec
    bound: Bound
    unique: bool
    only_if: Expression | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    def reads(self) -> tuple[str, ...]:
        """The columns this one depends on, as written."""
        return (*reads_of(self.bound), *(sorted(self.only_if.columns) if self.only_if else ()))


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its place in the forest resolved."""

    spec: TableSpec
    columns: dict[str, Column]
    ancestors: tuple[str, ...]
    offsets: tuple[int, ...]
    branches: tuple[int, ...]
    keep: Expression | None
    counts: tuple[Expression | None, ...]

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def root(self) -> str:
        return self.ancestors[-1] if self.ancestors else self.name


@dataclass(frozen=True, slots=True)
class Dataset:
    """A compiled dataset: tables by name in parents-first order, and the order in which trees can be loaded."""

    spec: DatasetSpec
    tables: dict[str, Table]
    levels: tuple[tuple[str, ...], ...]
    """Root tables by level: a level refers only to lower levels."""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def namespace(self) -> str:
        """What its streams are named after."""
        return self.spec.namespace or self.spec.name

    @property
    def stored(self) -> tuple[TableSpec, ...]:
        """The tables that a database or file holds, each after those it refers to."""
        return tuple(table.spec for table in self.tables.values() if table.spec.stored)

    def roots_at(self, table: str, units: int) -> int:
        """How many rows the root ``table`` has when the dataset has so many units."""
        spec = self.tables[table].spec
        if table == self.spec.size.root:
            return -(-units // self.spec.size.per_root)
        wanted = _ceil_product(units, spec.rows) if isinstance(spec.rows, float) else int(spec.rows or 0)
        return wanted if spec.most is None else min(wanted, spec.most)

    def roots_when(self, table: str, units: NDArray[np.int64]) -> NDArray[np.int64]:
        """:meth:`roots_at` for many sizes at once."""
        spec = self.tables[table].spec
        if table == self.spec.size.root:
            return -(-units // self.spec.size.per_root)
        if not isinstance(spec.rows, float):
            return np.full(len(units), self.roots_at(table, 0), dtype=np.int64)
        exact = np.round(units * spec.rows, 9)
        wanted = exact.astype(np.int64)
        wanted += exact > wanted
        return wanted if spec.most is None else np.minimum(wanted, spec.most)

    def units_when_born(self, root: str, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """The smallest size at which a root table has the rows of these ordinals; 0 where it does not grow."""
        rows = self.tables[root].spec.rows
        if root != self.spec.size.root and not isinstance(rows, float):
            return np.zeros(len(ordinals), dtype=np.int64)
        scale = self.spec.size.per_root if root == self.spec.size.root else 1.0 / float(rows or 1)
        born: NDArray[np.int64] = np.floor(ordinals * scale).astype(np.int64) + 1
        return born

    def ranks_per_root(self, table: str) -> int:
        """How many distinct ranks the table's rows can have under one root."""
        return self.tables[table].spec.rank_maximum or self.room(table)

    def _fitting(self, table: Table, column: Column, capacity: int) -> str:
        """The next step when a unique column's domain is too small: the size that fits, where it depends on that."""
        size, quota = self.spec.size, self.quota(table.name, column)
        if table.root != size.root or not quota:
            return ""
        units = capacity // quota * size.per_root
        each = f"{quota} values for every {size.per_root} {size.unit}s" if size.per_root > 1 else "one value each"
        return f"at {each}, it is enough for {units:,} {size.unit}s; ask for fewer rows, or widen the domain"

    def quota(self, table: str, column: Column) -> int:
        """How many distinct values a unique column needs under one root: nulls need none.

        In few places a share of them would be too coarse: there, nulls fall row by row and save no room.
        """
        places = self.ranks_per_root(table)
        shared = column.unique and places >= _FEWEST_PLACES
        return math.ceil(round(places * (1.0 - column.spec.nulls), 9)) if shared else places

    def room(self, name: str) -> int:
        """How many keys are reserved for the table under one root."""
        table, room = self.tables[name], 1
        for name in (table.name, *table.ancestors[:-1]) if table.ancestors else ():
            room *= self.tables[name].spec.maximum
        return room

    def check_capacity(self, units: int, *, id_offset: int = 0, shifts: Mapping[str, int] | None = None) -> None:
        """Refuse a size at which a unique column's domain would be too small.

        Args:
            units: the dataset's size.
            id_offset: root keys that belong to somebody else (see :class:`Run`).
            shifts: the start of the window in the domain of a unique column, which takes as much room.

        Raises:
            DomainTooSmallError: with the arithmetic.
        """
        for table in self.tables.values():
            roots = self.roots_at(table.root, units)
            keys = (roots + id_offset) * self.room(table.name)
            if keys > _LARGEST_ID:
                raise DomainTooSmallError(
                    keys, _LARGEST_ID, what=f"the key of {table.name}", where=("tables", table.name)
                )
            for column in table.columns.values():
                rows = roots * self.quota(table.name, column)
                for bound in bounds_of(column.bound):
                    capacity = bound.definition.capacity
                    place = getattr(bound.parameters, "group", "") or column.name
                    needed = rows + (shifts or {}).get(f"{table.name}.{place}", 0)
                    if capacity and capacity(bound.parameters) < needed:
                        raise DomainTooSmallError(
                            needed, capacity(bound.parameters), what=bound.definition.name,
                            where=("tables", table.name, "columns", column.name),
                            hint=self._fitting(table, column, capacity(bound.parameters)),
                        )  # fmt: skip


def _ceil_product(units: int, ratio: float) -> int:
    """``ceil(units * ratio)`` without surprises of binary fractions at whole results."""
    exact = round(units * ratio, 9)
    return int(exact) + (exact > int(exact))


def compile_dataset(spec: DatasetSpec) -> Dataset:
    """Resolve names, bind generators, order tables and refuse what cannot work at any size.

    Raises:
        SpecError: in any of its kinds, with the path of the culprit in ``where``.
    """
    known = {table.name: table for table in spec.tables}
    if len(known) < len(spec.tables):
        raise SpecError("two tables have the same name", where=("tables",))
    if spec.size.root not in known:
        raise UnknownNameError("table", spec.size.root, known, where=("size", "root"))
    tables = {table.name: _compile_table(table, known) for table in _parents_first(spec, known)}
    dataset = Dataset(spec, tables, () if spec.circular else _levels(tables))
    for table in tables.values():
        _check_shape(dataset, table)
        check_parts(tables, table)
        _check_columns(dataset, table)
    _check_cycles(dataset)
    for table in tables.values():
        check_constraints(tables, table)
    return dataset


def _parents_first(spec: DatasetSpec, known: dict[str, TableSpec]) -> list[TableSpec]:
    """Tables after their parents, their ``rows_of`` siblings and the tables their foreign keys name."""
    ordered: dict[str, TableSpec] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            raise CycleError(f"tables need one another: {' -> '.join((*trail, name))}", where=("tables", name))
        if name in ordered:
            return
        table = known[name]
        where = ("tables", name)
        for needed in _needs(table, where, known):
            if needed != name:
                visit(needed, (*trail, name))
        ordered[name] = table

    for table in spec.tables:
        visit(table.name, ())
    return list(ordered.values())


def _needs(table: TableSpec, where: tuple[str, ...], known: dict[str, TableSpec]) -> Iterator[str]:
    named = [(table.parent, (*where, "parent"))] if table.parent else []
    named += [(key.table, (*where, "foreign_keys")) for key in table.foreign_keys]
    for name, place in named:
        if name not in known:
            raise UnknownNameError("table", name, known, where=place)
        yield name
    for part in table.parts:
        if part.count.kind == "rows_of" and part.count.table not in known:
            raise UnknownNameError("table", part.count.table, known, where=(*where, "parts", part.name))


def _compile_table(spec: TableSpec, known: dict[str, TableSpec]) -> Table:
    where = ("tables", spec.name)
    names = [column.name for column in spec.columns]
    if len(set(names)) < len(names):
        raise SpecError("two columns have the same name", where=where)
    unique = {key.columns[0] for key in spec.unique if len(key.columns) == 1}
    unique |= set(spec.primary_key) if len(spec.primary_key) == 1 else set()
    columns = {}
    for column in spec.columns:
        place = (*where, "columns", column.name)
        with _located(place):
            columns[column.name] = Column(
                column, bind(column.generator, where=place), column.name in unique,
                parse_expression(column.only_if) if column.only_if else None,
            )  # fmt: skip
    ancestors, parent = [], spec.parent
    while parent is not None:
        ancestors.append(parent)
        parent = known[parent].parent
    offsets, running = [], 0
    for part in spec.parts:
        offsets.append(running)
        running += part.maximum
    counts = []
    for part in spec.parts:
        with _located((*where, "parts", part.name)):
            counts.append(
                parse_expression(part.count.expression) if part.count.kind in ("expression", "sized") else None
            )
    with _located((*where, "keep")):
        keep = parse_expression(spec.keep) if spec.keep else None
    return Table(
        spec=spec,
        columns=columns,
        ancestors=tuple(ancestors),
        offsets=tuple(offsets),
        branches=tuple(branch_key(spec.name, part.name) for part in spec.parts),
        keep=keep,
        counts=tuple(counts),
    )


@contextmanager
def _located(where: tuple[str, ...]) -> Iterator[None]:
    """A refusal from deep inside says where in the dataset it was found."""
    try:
        yield
    except GenerationError as error:
        error.where = error.where or where
        raise


def _check_shape(dataset: Dataset, table: Table) -> None:
    where = ("tables", table.name)
    spec, size = table.spec, dataset.spec.size
    if size.per_root < 1:
        raise SpecError(f"a root holds at least 1 unit, got {size.per_root}", where=("size", "per_root"))
    if spec.rows is not None and not 0 <= spec.rows < math.inf:
        raise SpecError(f"a number of rows is at least 0, got {spec.rows}", where=where)
    if table.ancestors and not spec.parts:
        raise SpecError("a child table needs at least one part", where=where, hint="give it a count")
    if not table.ancestors and spec.parts:
        raise SpecError("a root table has rows, not parts", where=where)
    if not table.ancestors and table.name != size.root and spec.rows is None:
        raise SpecError(
            "a root table needs its number of rows", where=where, hint="rows: 500, or rows: {per_unit: 0.1}"
        )
    if table.name == size.root and size.per_root > 1:
        fills = [
            child.name for child in dataset.tables.values() if child.spec.parent == table.name
            for part in child.spec.parts if part.count.kind in ("fill", "sized") and part.count.total == size.per_root
        ]  # fmt: skip
        if len(fills) != 1:
            raise SpecError(
                f"{size.root} holds {size.per_root} units, so exactly one of its children must fill that total, "
                f"found {len(fills)}", where=("size", "per_root"),
            )  # fmt: skip


def _check_columns(dataset: Dataset, table: Table) -> None:
    for column in table.columns.values():
        where = ("tables", table.name, "columns", column.name)
        output = column.bound.definition.output
        kind = "array" if column.spec.type.array else column.spec.type.name
        if "any" not in output and kind not in output:
            raise SpecError(
                f"{column.bound.definition.name} makes {' or '.join(output)}, not {column.spec.type}", where=where
            )
        if (column.spec.nulls or column.only_if) and not column.spec.nullable:
            raise SpecError("nulls are asked for in a column that is not nullable", where=where)
        for name in column.reads():
            resolve(dataset, table, name, where)
        for bound in bounds_of(column.bound):
            _check_relations(dataset, table, bound, where)
            if bound.definition.name == "shared_reference":
                _check_shared(dataset, bound.parameters, where)
    for name in sorted(table.keep.columns) if table.keep else ():
        resolve(dataset, table, name, ("tables", table.name, "keep"))
    for part, count in zip(table.spec.parts, table.counts, strict=True):
        for name in sorted(count.columns) if count else ():
            resolve(dataset, dataset.tables[table.ancestors[0]], name, ("tables", table.name, "parts", part.name))


def resolve(dataset: Dataset, table: Table, name: str, where: tuple[str, ...]) -> tuple[str, str]:
    """The table and column that ``name`` means when written in ``table``.

    Raises:
        UnknownNameError: if there is none.
    """
    owner, _, column = name.rpartition(".")
    if not owner:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns, where=where)
        return table.name, name
    if owner not in (table.name, *table.ancestors):
        raise UnknownNameError("ancestor", owner, (table.name, *table.ancestors), where=where)
    if column not in dataset.tables[owner].columns:
        raise UnknownNameError("column", name, [f"{owner}.{c}" for c in dataset.tables[owner].columns], where=where)
    return owner, column


def _check_relations(dataset: Dataset, table: Table, bound: Bound, where: tuple[str, ...]) -> None:
    name, parameters = bound.definition.name, bound.parameters
    if name not in ("reference", "lookup", "aggregate", "relative"):
        return
    if parameters.table not in dataset.tables:
        raise UnknownNameError("table", parameters.table, dataset.tables, where=where)
    target = dataset.tables[parameters.table]
    if name == "aggregate":
        if table.name not in target.ancestors:
            raise SpecError(f"{target.name} does not descend from {table.name}", where=where)
        if parameters.column and parameters.column not in target.columns:
            raise UnknownNameError("column", parameters.column, target.columns, where=where)
        if table.name == dataset.spec.size.root and dataset.spec.size.per_root > 1:
            raise SpecError("a root that is filled in steps cannot sum over its children", where=where)
        return
    if name == "relative":
        _check_relative(table, target, parameters, where)
        return
    itself = dataset.spec.circular and target.name == table.name and name in ("reference", "lookup")
    if target.ancestors or (target.root == table.root and not itself):
        raise SpecError(f"{target.name} is not the root table of another tree", where=where)
    if target.keep is not None:
        raise SpecError(f"{target.name} drops rows (keep), so nothing can refer to it", where=where)
    if name == "reference":
        _check_reference(dataset, table, target, where)
    if name == "lookup" and parameters.column not in target.columns:
        raise UnknownNameError("column", parameters.column, target.columns, where=where)


def _check_shared(dataset: Dataset, parameters: Any, where: tuple[str, ...]) -> None:
    for table, columns in zip(parameters.tables, parameters.columns, strict=True):
        if table not in dataset.tables:
            raise UnknownNameError("table", table, dataset.tables, where=where)
        target = dataset.tables[table]
        if target.ancestors or target.keep is not None:
            raise SpecError(f"{table} is no root table that keeps all of its rows", where=where)
        for column in columns:
            if column not in target.columns:
                raise UnknownNameError("column", column, target.columns, where=where)


def _check_reference(dataset: Dataset, table: Table, target: Table, where: tuple[str, ...]) -> None:
    """A row refers only to rows that were there when it first appeared, which is never moved by growth."""
    root = dataset.tables[table.root]
    grows = target.name == dataset.spec.size.root or isinstance(target.spec.rows, float)
    if grows and root.name != dataset.spec.size.root and not isinstance(root.spec.rows, float):
        raise SpecError(
            f"{root.name} has a fixed number of rows, so {table.name} cannot refer to {target.name}, which grows",
            where=where, hint=f"let {root.name} grow too, or give {target.name} a fixed number of rows",
        )  # fmt: skip
    if not target.spec.rows and not grows:
        raise SpecError(f"{target.name} has no rows to refer to", where=where)


def _check_relative(table: Table, target: Table, parameters: Any, where: tuple[str, ...]) -> None:
    if not target.ancestors or target.ancestors[0] not in table.ancestors:
        raise SpecError(f"{target.name} and {table.name} share no ancestor that is {target.name}'s parent", where=where)
    if parameters.part not in (parts := [part.name for part in target.spec.parts]):
        raise UnknownNameError("part", parameters.part, parts, where=where)
    if parameters.column not in target.columns:
        raise UnknownNameError("column", parameters.column, target.columns, where=where)


def _levels(tables: dict[str, Table]) -> tuple[tuple[str, ...], ...]:
    roots = [table.name for table in tables.values() if not table.ancestors]
    needs: dict[str, set[str]] = {root: set() for root in roots}
    for table in tables.values():
        for column in table.columns.values():
            for bound in bounds_of(column.bound):
                if bound.definition.name == "reference" and bound.parameters.table in tables:
                    needs[table.root].add(tables[bound.parameters.table].root)
    levels: list[tuple[str, ...]] = []
    placed: set[str] = set()
    while len(placed) < len(roots):
        ready = tuple(root for root in roots if root not in placed and needs[root] - {root} <= placed)
        if not ready:
            raise CycleError(f"trees refer to one another: {', '.join(sorted(set(roots) - placed))}", where=("tables",))
        levels.append(ready)
        placed |= set(ready)
    return tuple(levels)


def _check_cycles(dataset: Dataset) -> None:
    """Neither columns nor the existence of rows may depend on themselves."""
    done: set[tuple[str, str]] = set()

    def visit(node: tuple[str, str], trail: tuple[tuple[str, str], ...]) -> None:
        if node in done:
            return
        if node in trail:
            names = [f"{table}.{column}" for table, column in (*trail[trail.index(node) :], node)]
            where = ("tables", node[0]) if node[1] in (_KEPT, _BORN) else ("tables", node[0], "columns", node[1])
            raise CycleError(f"columns need one another: {' -> '.join(names)}", where=where)
        for needed in _needed(dataset, *node):
            visit(needed, (*trail, node))
        done.add(node)

    for table in dataset.tables.values():
        for name in (*table.columns, _KEPT):
            visit((table.name, name), ())


_BORN, _KEPT = "(rows)", "(rows kept)"


def _needed(dataset: Dataset, name: str, column: str) -> Iterator[tuple[str, str]]:
    """What a column, a table's rows before ``keep`` or those after it are made from."""
    table = dataset.tables[name]
    if column == _KEPT:
        yield name, _BORN
        yield from (resolve(dataset, table, read, ()) for read in sorted(table.keep.columns if table.keep else ()))
    elif column == _BORN:
        yield from ((parent, _KEPT) for parent in table.ancestors[:1])
        for part, count in zip(table.spec.parts, table.counts, strict=True):
            if part.count.kind == "rows_of":
                yield part.count.table, _KEPT
            for read in sorted(count.columns) if count else ():
                yield resolve(dataset, dataset.tables[table.ancestors[0]], read, ())
    else:
        yield name, _BORN
        bound = table.columns[column].bound
        yield from (resolve(dataset, table, read, ()) for read in table.columns[column].reads())
        for inner in bounds_of(bound):
            if inner.definition.name in ("aggregate", "relative"):
                yield inner.parameters.table, _BORN if inner.parameters.table == name else _KEPT
                if inner.parameters.column:
                    yield inner.parameters.table, inner.parameters.column
