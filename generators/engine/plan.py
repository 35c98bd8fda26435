"""Compilation: a dataset definition is checked as a whole once, so that generation cannot fail on its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from ..errors import CycleError, DomainTooSmallError, SpecError, UnknownNameError
from ..providers.definition import Bound, bind
from ..relations import branch_key
from ..spec import ColumnSpec, CountSpec, DatasetSpec, Expression, PartSpec, TableSpec, parse_expression

_LARGEST_ID = (1 << 62) - 1
_MOST_DRAWS = 4096


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its bound generator; ``unique`` columns get distinct indexes."""

    spec: ColumnSpec
    bound: Bound
    unique: bool

    @property
    def name(self) -> str:
        return self.spec.name


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
    def stored(self) -> tuple[TableSpec, ...]:
        """The tables that a database or file holds, each after those it refers to."""
        return tuple(table.spec for table in self.tables.values() if table.spec.stored)

    def roots_at(self, table: str, units: int) -> int:
        """How many rows the root ``table`` has when the dataset has so many units."""
        spec = self.tables[table].spec
        if table == self.spec.size.root:
            return -(-units // self.spec.size.per_root)
        if isinstance(spec.rows, float):
            return _ceil_product(units, spec.rows)
        return int(spec.rows or 0)

    def rank_capacity(self, table: str, units: int) -> int:
        """How many distinct ranks the table's rows can have at this size."""
        compiled = self.tables[table]
        return self.roots_at(compiled.root, units) * self.ranks_per_root(table)

    def ranks_per_root(self, table: str) -> int:
        """How many distinct ranks the table's rows can have under one root."""
        return self.tables[table].spec.rank_maximum or self.room(table)

    def room(self, name: str) -> int:
        """How many keys are reserved for the table under one root."""
        table, room = self.tables[name], 1
        for name in (table.name, *table.ancestors[:-1]) if table.ancestors else ():
            room *= self.tables[name].spec.maximum
        return room

    def check_capacity(self, units: int) -> None:
        """Refuse a size at which a unique column's domain would be too small.

        Raises:
            DomainTooSmallError: with the arithmetic.
        """
        for table in self.tables.values():
            needed = self.rank_capacity(table.name, units)
            if self.roots_at(table.root, units) * self.room(table.name) > _LARGEST_ID:
                raise DomainTooSmallError(
                    self.roots_at(table.root, units) * self.room(table.name), _LARGEST_ID, what=f"the key of {table.name}"
                )
            for column in table.columns.values():
                for bound in bounds_of(column.bound):
                    capacity = bound.definition.capacity
                    if capacity and capacity(bound.parameters) < needed:
                        raise DomainTooSmallError(
                            needed, capacity(bound.parameters), what=bound.definition.name,
                            where=("tables", table.name, "columns", column.name),
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
    dataset = Dataset(spec, tables, _levels(tables))
    for table in tables.values():
        _check_shape(dataset, table)
        _check_columns(dataset, table)
        _check_uniqueness(table)
    _check_column_cycles(dataset)
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
        columns[column.name] = Column(column, bind(column.generator, where=place), column.name in unique)
    ancestors, parent = [], spec.parent
    while parent is not None:
        ancestors.append(parent)
        parent = known[parent].parent
    offsets, running = [], 0
    for part in spec.parts:
        offsets.append(running)
        running += part.maximum
    return Table(
        spec=spec,
        columns=columns,
        ancestors=tuple(ancestors),
        offsets=tuple(offsets),
        branches=tuple(branch_key(spec.name, part.name) for part in spec.parts),
        keep=parse_expression(spec.keep) if spec.keep else None,
        counts=tuple(parse_expression(p.count.expression) if p.count.kind == "expression" else None for p in spec.parts),
    )


def _check_shape(dataset: Dataset, table: Table) -> None:
    where = ("tables", table.name)
    spec, size = table.spec, dataset.spec.size
    if table.ancestors and not spec.parts:
        raise SpecError("a child table needs at least one part", where=where, hint="give it a count")
    if not table.ancestors and spec.parts:
        raise SpecError("a root table has rows, not parts", where=where)
    if not table.ancestors and table.name != size.root and spec.rows is None:
        raise SpecError("a root table needs its number of rows", where=where, hint="rows: 500, or rows: {per_unit: 0.1}")
    for part in spec.parts:
        _check_part(dataset, table, part, (*where, "parts", part.name))
    if table.name == size.root and size.per_root > 1:
        fills = [
            child.name for child in dataset.tables.values() if child.spec.parent == table.name
            for part in child.spec.parts if part.count.kind == "fill" and part.count.total == size.per_root
        ]  # fmt: skip
        if len(fills) != 1:
            raise SpecError(
                f"{size.root} holds {size.per_root} units, so exactly one of its children must fill that total, "
                f"found {len(fills)}", where=("size", "per_root"),
            )  # fmt: skip
    for key in spec.foreign_keys:
        target = dataset.tables[key.table]
        if key.column not in table.columns:
            raise UnknownNameError("column", key.column, table.columns, where=where)
        if key.target not in target.columns:
            raise UnknownNameError("column", key.target, target.columns, where=where)
        if not target.columns[key.target].unique:
            raise SpecError(f"{key.table}.{key.target} is neither a primary key nor unique", where=where)


def _check_part(dataset: Dataset, table: Table, part: PartSpec, where: tuple[str, ...]) -> None:
    count = part.count
    if part.maximum < 1:
        raise SpecError(f"the maximum must be at least 1, got {part.maximum}", where=where)
    most = _most(count)
    if most is not None and most > part.maximum:
        raise SpecError(f"up to {most} rows are asked for, but the maximum is {part.maximum}", where=where)
    if count.kind == "fill":
        sizes = [value for value, _ in count.weights]
        if not sizes or min(sizes) < 1 or count.total < 1:
            raise SpecError("a fill needs sizes of at least 1 and a total of at least 1", where=where)
        if count.size not in table.columns:
            raise UnknownNameError("column", count.size, table.columns, where=where)
        if -(-count.total // min(sizes)) > _MOST_DRAWS:
            raise SpecError(f"a fill of {count.total} by {min(sizes)} takes more than {_MOST_DRAWS} draws", where=where)
    if count.kind == "rows_of":
        sibling = dataset.tables[count.table]
        if sibling.spec.parent != table.spec.parent:
            raise SpecError(f"{count.table} is not a child of {table.spec.parent}", where=where)


def _most(count: CountSpec) -> int | None:
    if count.kind == "fixed":
        return count.rows
    if count.kind == "choice":
        return max((value for value, weight in count.weights if weight), default=0)
    if count.kind == "fill":
        return -(-count.total // min((value for value, _ in count.weights), default=1))
    return None


def bounds_of(bound: Bound) -> Iterator[Bound]:
    """A bound generator and all that are nested in its parameters."""
    yield bound
    for value in _values(bound.parameters):
        if isinstance(value, Bound):
            yield from bounds_of(value)
        elif isinstance(value, dict):
            for item in value.values():
                if isinstance(item, Bound):
                    yield from bounds_of(item)


def _values(parameters: Any) -> Iterator[Any]:
    if is_dataclass(parameters):
        for item in fields(parameters):
            yield getattr(parameters, item.name)


def reads_of(bound: Bound) -> Iterator[str]:
    """The columns that a bound generator reads, as written."""
    for inner in bounds_of(bound):
        if not is_dataclass(inner.parameters):
            continue
        for item in fields(inner.parameters):
            value, kind = getattr(inner.parameters, item.name), item.metadata.get("kind")
            if isinstance(value, Expression):
                yield from value.columns
            elif kind == "column" and value:
                yield str(value)
            elif kind == "columns" and value:
                yield from map(str, value)
        yield from _special_reads(inner)


def _special_reads(bound: Bound) -> Iterator[str]:
    if bound.definition.name == "text":
        yield from (name for _, name, _ in bound.parameters.fields if name)
    elif bound.definition.name == "json_object":
        yield from map(str, bound.parameters.fields.values())


def _check_columns(dataset: Dataset, table: Table) -> None:
    for column in table.columns.values():
        where = ("tables", table.name, "columns", column.name)
        output = column.bound.definition.output
        kind = "array" if column.spec.type.array else column.spec.type.name
        if "any" not in output and kind not in output:
            raise SpecError(
                f"{column.bound.definition.name} makes {' or '.join(output)}, not {column.spec.type}", where=where
            )
        if column.spec.nulls and not column.spec.nullable:
            raise SpecError("nulls are asked for in a column that is not nullable", where=where)
        for name in reads_of(column.bound):
            resolve(dataset, table, name, where)
        for bound in bounds_of(column.bound):
            _check_relations(dataset, table, bound, where)
    for expression, where in [(table.keep, "keep"), *((count, "count") for count in table.counts)]:
        for name in sorted(expression.columns) if expression else ():
            holder = table if where == "keep" else dataset.tables[table.ancestors[0]]
            resolve(dataset, holder, name, ("tables", table.name, where))


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
    if name not in ("reference", "lookup", "aggregate"):
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
    if target.ancestors or target.root == table.root:
        raise SpecError(f"{target.name} is not the root table of another tree", where=where)
    if name == "lookup" and parameters.column not in target.columns:
        raise UnknownNameError("column", parameters.column, target.columns, where=where)


def _check_uniqueness(table: Table) -> None:
    """Each unique constraint must follow from how its columns are made."""
    for key in (*table.spec.unique, *([table.spec.primary_key] if table.spec.primary_key else [])):
        columns = key if isinstance(key, tuple) else key.columns
        where = ("tables", table.name)
        for name in columns:
            if name not in table.columns:
                raise UnknownNameError("column", name, table.columns, where=where)
        bounds = {name: table.columns[name].bound for name in columns}
        if any(_is_distinct(table, name) for name in columns):
            continue
        digits = [b for b in bounds.values() if b.definition.name == "combination"]
        whole = digits and {b.parameters.position for b in digits} == set(range(len(digits[0].parameters.radices)))
        if whole and len({b.parameters.group for b in digits}) == 1:
            continue
        if _has_parent_and_ordinal(table, bounds):
            continue
        raise SpecError(
            f"nothing makes ({', '.join(columns)}) distinct", where=where,
            hint="use key, unique_integer, unique_pattern, combination, or the parent's key with ordinal",
        )  # fmt: skip


def _is_distinct(table: Table, name: str) -> bool:
    bound = table.columns[name].bound
    if bound.definition.name == "combination":
        return False
    if bound.definition.capacity is not None:
        return True
    if bound.definition.name in ("padded", "text"):  # injective over a distinct column
        reads = [read for read in reads_of(bound) if read in table.columns]
        return any(_is_distinct(table, read) for read in reads)
    return False


def _has_parent_and_ordinal(table: Table, bounds: dict[str, Bound]) -> bool:
    if len(table.spec.parts) != 1:
        return False
    ordinal = any(bound.definition.name == "ordinal" for bound in bounds.values())
    single = table.spec.maximum == 1
    parent = table.spec.parent
    carries = any(
        bound.definition.name == "expression" and bound.parameters.value.text.strip() == f"{parent}.id"
        for bound in bounds.values()
    )
    return carries and (ordinal or single)


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


def _check_column_cycles(dataset: Dataset) -> None:
    done: set[tuple[str, str]] = set()

    def visit(node: tuple[str, str], trail: tuple[tuple[str, str], ...]) -> None:
        if node in done:
            return
        if node in trail:
            names = [f"{table}.{column}" for table, column in (*trail[trail.index(node) :], node)]
            raise CycleError(f"columns need one another: {' -> '.join(names)}", where=("tables", *node))
        table = dataset.tables[node[0]]
        bound = table.columns[node[1]].bound
        reads = [resolve(dataset, table, name, ()) for name in reads_of(bound)]
        for inner in bounds_of(bound):
            if inner.definition.name == "aggregate" and inner.parameters.column:
                reads.append((inner.parameters.table, inner.parameters.column))
        for read in reads:
            visit(read, (*trail, node))
        done.add(node)

    for table in dataset.tables.values():
        for column in table.columns:
            visit((table.name, column), ())
