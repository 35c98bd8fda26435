"""Partitions that a partitioned table lacks: such as take any row that is made for it, with the DDL that adds them.

Only PostgreSQL lets a partitioned table stand without partitions. In MariaDB and MySQL one is lacking where checks rule
out all those that exist, and it is added to the table itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import lcm

from ...catalog import Catalog, DataType, Kind, Partition, Table, TableName
from ..checks.model import Constant, Domain, Nullity, RowModel
from .copies import copies_of
from .draft import Draft
from .links import selected
from .partition_bounds import HIGHEST, LOWEST, has_leaf
from .partitions import closed_to_all, row_model
from .plan import FillRequest, TableChoice

_NAME_BYTES = 63
_YEARS = 4
_SETTLED = timedelta(days=60)
"""The last year's partition has begun this long before the reference date, so that there are days to choose from."""

_MOST_LISTED = 12
_MODULUS = 4
_MOMENTS = {Kind.DATE: "", Kind.TIMESTAMP: " 00:00:00", Kind.TIMESTAMPTZ: " 00:00:00+00"}
_LISTABLE = (Kind.INTEGER, Kind.TEXT, Kind.CHAR, Kind.ENUM, Kind.BOOLEAN)
_HASH = re.compile(r"modulus (\d+), remainder (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NewPartition:
    """A partition to be made below ``parent``, which is a partitioned table or partition."""

    parent: TableName
    partition: Partition
    dialect: str = "postgres"

    @property
    def statement(self) -> str:
        """The DDL that makes it."""
        if self.dialect == "mysql":
            name, parent = (f"`{one.replace('`', '``')}`" for one in (self.partition.name.name, self.parent.name))
            return f"ALTER TABLE {parent} ADD PARTITION (PARTITION {name} {self.partition.bound})"
        return f"CREATE TABLE {_quoted(self.partition.name)} PARTITION OF {_quoted(self.parent)} {self.partition.bound}"


@dataclass(frozen=True, slots=True)
class Lack:
    """What a partitioned table lacks.

    Attributes:
        reason: what there is, in words.
        closed: not a single row can come in as it stands.
        partitions: those that let every row in.
        otherwise: those to make instead if the first are refused, because a partition turns out to be cut by hash.
    """

    reason: str
    closed: bool
    partitions: tuple[NewPartition, ...]
    otherwise: tuple[NewPartition, ...] = ()

    @property
    def ddl(self) -> str:
        """All statements, ready to be pasted."""
        return " ".join(f"{one.statement};" for one in self.partitions)


@dataclass(slots=True)
class Names:
    """The names of relations in a database, and those that have been given since."""

    catalog: Catalog
    _taken: set[TableName] = field(default_factory=set)

    def for_partition_of(self, parent: TableName) -> TableName:
        """A name beside the parent's that nothing has yet."""
        if not self._taken:
            for table in self.catalog.tables.values():
                self._taken.add(table.name)
                self._taken.update(_names_below(table.partitioning.partitions if table.partitioning else ()))
        number = 1
        while (name := TableName(parent.schema, _shortened(parent.name, f"_understudy_{number}"))) in self._taken:
            number += 1
        self._taken.add(name)
        return name


def _names_below(partitions: Sequence[Partition]) -> Iterator[TableName]:
    for one in partitions:
        yield one.name
        yield from _names_below(one.partitions)


def _shortened(name: str, ending: str) -> str:
    room = _NAME_BYTES - len(ending.encode())
    return name.encode()[:room].decode(errors="ignore") + ending


def lack_of(table: Table, model: RowModel, as_of: date, names: Names) -> Lack | None:
    """What a partitioned table lacks; None where its rows find a partition."""
    cut = table.partitioning
    if cut is None:
        return None
    maker = _Maker(table, model, as_of, names)
    by = f"partitioned by {cut.strategy} ({', '.join(cut.keys)})"
    if not cut.partitions:
        return Lack(f"{by}, and no partition exists", True, maker.whole(table.name, cut.strategy, cut.keys))
    holes, otherwise = maker.holes(table.name, cut.partitions)
    if holes:
        closed = not has_leaf(cut.partitions)
        what = "its partitions are cut into nothing" if closed else "not every row finds a partition"
        return Lack(f"{by}, and {what}", closed, holes, otherwise)
    if closed_to_all(model) and not any(one.default for one in cut.partitions):
        if names.catalog.dialect == "mysql":
            return maker.added(f"{by}, and no partition takes a row that its checks allow")
        default = (maker.made(table.name, _default(cut.strategy)),)
        return Lack(f"{by}, and no partition takes a row that its checks allow", True, default)
    return None


@dataclass(frozen=True, slots=True)
class _Maker:
    table: Table
    model: RowModel
    as_of: date
    names: Names

    def made(self, parent: TableName, partition: Partition) -> NewPartition:
        return NewPartition(parent, replace(partition, name=self.names.for_partition_of(parent)))

    def added(self, reason: str) -> Lack | None:
        """What a table lacks whose partitions are its own; None where another partition would not help."""
        cut = self.table.partitioning
        assert cut is not None
        if cut.strategy == "range":
            last = cut.partitions[-1].highs
            bounds = [] if None in last[:1] else [f"VALUES LESS THAN ({', '.join([HIGHEST] * len(last))})"]
        elif "mariadb" in self.names.catalog.version.lower():
            bounds = ["DEFAULT"]
        else:
            bounds = []
        made = tuple(
            replace(self.made(self.table.name, Partition(_NAMELESS, cut.strategy, bound=bound)), dialect="mysql")
            for bound in bounds
        )
        return Lack(reason, True, made) if made else None

    def whole(self, parent: TableName, strategy: str, keys: tuple[str, ...]) -> tuple[NewPartition, ...]:
        """Partitions that take every row of a parent that has none."""
        return tuple(self.made(parent, one) for one in self._bounds(strategy, keys))

    def holes(
        self, parent: TableName, partitions: Sequence[Partition]
    ) -> tuple[tuple[NewPartition, ...], tuple[NewPartition, ...]]:
        """What is missing below a parent that has partitions; and what instead, if one of them is cut by hash."""
        found = [self.made(parent, one) for one in _missing_remainders(partitions)]
        otherwise: list[NewPartition] = []
        alike = next((one for one in partitions if one.partitions), None)
        for one in partitions:
            if one.partitions:
                inner, instead = self.holes(one.name, one.partitions)
            elif not one.partitioned:
                continue
            elif alike is not None and alike.keys == one.keys:
                inner, instead = self.whole(one.name, alike.partitions[0].strategy, one.keys), ()
            else:  # the catalogue does not say how it is cut, and a hash has no default
                inner, instead = (self.made(one.name, _default("list")),), self.whole(one.name, "hash", one.keys)
            found += inner
            otherwise += instead or (inner if one.partitioned else ())
        return tuple(found), tuple(otherwise)

    def _bounds(self, strategy: str, keys: tuple[str, ...]) -> list[Partition]:
        if strategy == "hash":
            return [_remainder(_MODULUS, number) for number in range(_MODULUS)]
        columns = {column.name: column for column in self.table.columns}
        if any(key not in columns for key in keys):
            return [_default(strategy)]
        if strategy == "range":
            return list(self._years(columns[keys[0]].type, len(keys)))
        listed = self._listed(keys[0], columns[keys[0]].type)
        return listed or [_default(strategy)]

    def _years(self, key: DataType, keys: int) -> Iterator[Partition]:
        """One for each of the last years if the first key is a moment, open at both ends; else one for everything."""
        last = (self.as_of - _SETTLED).year
        years = range(last - _YEARS + 1, last + 1) if key.kind in _MOMENTS else range(0)
        cuts: list[str | None] = [None, *(f"'{year}-01-01{_MOMENTS[key.kind]}'" for year in years), None]
        for low, high in pairwise(cuts):
            lows = (low, *(None,) * (keys - 1))
            highs = (high, *(None,) * (keys - 1))
            start = ", ".join(one or LOWEST for one in lows)
            end = ", ".join([high, *[LOWEST] * (keys - 1)] if high else [HIGHEST] * keys)
            bound = f"FOR VALUES FROM ({start}) TO ({end})"
            yield Partition(_NAMELESS, "range", lows=lows, highs=highs, bound=bound)

    def _listed(self, key: str, kind: DataType) -> list[Partition]:
        """One for each value that types and checks allow, if they are few."""
        part = next((part for part in self.model.components if key in part.columns), None)
        domains = [world.domains[key] for world in part.worlds if key in world.domains] if part else []
        values = dict.fromkeys(value for domain in domains for value in _allowed(domain, kind) or ())
        if kind.kind not in _LISTABLE or not 0 < len(values) <= _MOST_LISTED:
            return []
        if any(_allowed(domain, kind) is None for domain in domains):
            return []
        written: list[str | None] = list(map(_literal, values))
        if any(domain.null is not Nullity.NEVER for domain in domains):
            written.append(None)
        return [
            Partition(_NAMELESS, "list", values=(value,), bound=f"FOR VALUES IN ({value or 'NULL'})")
            for value in written
        ]  # fmt: skip


_NAMELESS = TableName("", "")


def _default(strategy: str) -> Partition:
    return Partition(_NAMELESS, strategy, default=True, bound="DEFAULT")


def _remainder(modulus: int, remainder: int) -> Partition:
    return Partition(_NAMELESS, "hash", bound=f"FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})")


def _missing_remainders(partitions: Sequence[Partition]) -> Iterator[Partition]:
    """Hash partitions for the remainders that none of those there takes."""
    taken = [(int(found[1]), int(found[2])) for one in partitions if (found := _HASH.search(one.bound))]
    modulus = lcm(*(one for one, _ in taken)) if taken else 0
    for number in range(modulus):
        if all(number % one != remainder for one, remainder in taken):
            yield _remainder(modulus, number)


def _allowed(domain: Domain, kind: DataType) -> tuple[Constant, ...] | None:
    """The values that a domain lists; None where it lists none."""
    if domain.null is Nullity.ALWAYS:
        return ()
    if domain.values is not None:
        return domain.values
    listed: tuple[Constant, ...] = (False, True) if kind.kind is Kind.BOOLEAN else kind.labels
    return tuple(value for value in listed if value not in domain.excluded) or None


def _literal(value: Constant) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _quoted(name: TableName) -> str:
    parts = (name.schema or "public", name.name)
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def with_partitions(catalog: Catalog, lacks: Mapping[str, Lack]) -> Catalog:
    """The database as it will be when what its tables lack has been made."""
    tables = dict(catalog.tables)
    for key, lack in lacks.items():
        cut = tables[key].partitioning
        assert cut is not None
        below: dict[TableName, list[Partition]] = {}
        for one in lack.partitions:
            below.setdefault(one.parent, []).append(one.partition)
        partitions = (*(_grown(one, below) for one in cut.partitions), *below.get(tables[key].name, ()))
        tables[key] = replace(tables[key], partitioning=replace(cut, partitions=partitions))
    return replace(catalog, tables=tables)


def _grown(partition: Partition, below: Mapping[TableName, Sequence[Partition]]) -> Partition:
    inner = (*(_grown(one, below) for one in partition.partitions), *below.get(partition.name, ()))
    return replace(partition, partitions=inner) if inner != partition.partitions else partition


def lacks_of(catalog: Catalog, request: FillRequest) -> dict[str, Lack]:
    """What every partitioned table lacks that rows are asked for in."""
    moment, names = datetime.combine(request.as_of, time(), UTC), Names(catalog)
    found = {}
    for key, table in sorted(catalog.tables.items()):
        choice = request.choices.get(key, TableChoice())
        if table.partitioning is None or choice.rows == 0 or not selected(table, (), request.exclude):
            continue
        lack = lack_of(table, row_model(table, catalog, moment), request.as_of, names)
        if lack is not None:
            found[key] = lack
    return found


def tell_of_copies(draft: Draft, catalog: Catalog) -> None:
    """Say where a trigger wants to put a copy of each row into a table that has no partition for it."""
    for copied in copies_of(draft.table, catalog):
        cut = copied.target.partitioning
        if cut is not None and not has_leaf(cut.partitions):
            draft.find(
                "PARTITION_NONE", f"its trigger {copied.trigger} repeats rows in {copied.target.name}, which is "
                f"partitioned by {cut.strategy} ({', '.join(cut.keys)}) and has no partition",
                f"run again with --create-partitions, or see the findings of {copied.target.name}",
            )  # fmt: skip


def tell(draft: Draft, lack: Lack) -> None:
    """Say what a table lacks, and with which words it can be had; without any partition it gets no rows."""
    hint = f"run again with --create-partitions, or run: {lack.ddl} (a reset leaves partitions where they are)"
    if lack.closed:
        draft.block("PARTITION_NONE", lack.reason, hint)
    else:
        draft.find("PARTITION_NONE", lack.reason, hint)
