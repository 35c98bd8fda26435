"""Loading beside rows of others: keys and unique values are moved clear of theirs, once, before the first row.

Keys start above the largest key found, and at least one root later than they would in an empty database: a manifest
whose offset is 0 says that its tables were ours alone. A unique column uses a window of its permuted domain; the
values found are carried back through the permutation, and the window is placed in the widest gap between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import text

from generators import Dataset, Run
from generators.engine import Table, unique_path
from generators.kernels import Permutation
from generators.spec import TableSpec

from .domain_index import group_index, index_of
from .errors import ForeignRows
from .holding import has_generated_key, key_range
from .ports import Database

_HINT = "ask for fewer rows, or choose an empty database"


@dataclass(frozen=True, slots=True)
class _Domain:
    """A unique column's domain, or that of a group of columns: positions count along its permutation."""

    table: str
    place: str
    capacity: int
    quota: int
    """Positions that each root uses."""

    taken: NDArray[np.int64]
    """The positions of the values present, in order."""

    @property
    def name(self) -> str:
        return f"{self.table}.{self.place}"


def choose_offsets(database: Database, run: Run) -> tuple[int, dict[str, int]]:
    """The id offset and the windows' starts that keep this run clear of every row present.

    Raises:
        ForeignRows: if a table's rows cannot be told apart by their keys, or a domain has no gap that is wide enough.
        DomainTooSmallError: if the keys would leave the range of whole numbers.
    """
    dataset = run.dataset
    offset, shifts = 1, {}
    for spec in dataset.stored:
        if not database.columns_of(spec.name):
            continue
        if has_generated_key(dataset, spec):
            offset = max(offset, _largest_key(database, spec) // dataset.room(spec.name))
        elif _holds_rows(database, spec):
            raise ForeignRows(
                f"{spec.name} has not one generated key, so its rows could not be told from others'",
                code="ALONGSIDE_NEEDS_KEY",
                hint="choose an empty database",
            )
    for domain in _domains(database, run):
        shift = _widest_gap(domain, run)
        if shift:
            shifts[domain.name] = shift
    dataset.check_capacity(run.units, id_offset=offset, shifts=shifts)
    return offset, shifts


def check_clear(database: Database, before: Run, units: int) -> None:
    """Refuse to grow into keys or values that others have taken since the load began.

    Raises:
        ForeignRows: naming where they stand.
        DomainTooSmallError: if the windows would leave their domains.
    """
    dataset = before.dataset
    after = replace(before, units=units)
    dataset.check_capacity(units, id_offset=before.id_offset, shifts=before.shifts)
    for table in dataset.stored:
        old, new = key_range(before, table), key_range(after, table)
        if old and new and _holds_keys(database, table, old[1] + 1, new[1]):
            raise ForeignRows(
                f"rows of others in {table.name} stand between the keys {old[1] + 1} and {new[1]}, where new rows go",
                code="FOREIGN_VALUES",
                hint=f"run 'understudy reset {dataset.name}' for this target first, then seed again with --alongside",
            )
    for domain in _domains(database, before):
        start = before.shifts.get(domain.name, 0)
        low, high = (start + domain.quota * _roots(dataset, domain, run.units) for run in (before, after))
        if np.searchsorted(domain.taken, high) > np.searchsorted(domain.taken, low):
            raise ForeignRows(
                f"values of others in {domain.name} stand where those of new rows go",
                code="FOREIGN_VALUES",
                hint=f"run 'understudy reset {dataset.name}' for this target first, then seed again with --alongside",
            )


def _domains(database: Database, run: Run) -> Iterator[_Domain]:
    """Every domain whose values can be carried back to positions, in tables that are there."""
    for table in run.dataset.tables.values():
        if not table.spec.stored or not database.columns_of(table.name):
            continue
        for column in table.columns.values():
            found = index_of(table, column) if column.unique and column.spec.stored else None
            if found is not None:
                source, indexes = found
                values = _values(database, table, (column.name,))[0]
                yield _domain(run, table, source.name, source.name, indexes(values))
        for key in table.spec.unique:
            group = group_index(table, key.columns)
            if group is not None:
                indexes_of = group[1]
                values_of = _values(database, table, key.columns)
                yield _domain(run, table, group[0], key.columns[0], indexes_of(values_of))


def _domain(run: Run, table: Table, place: str, column: str, indexes: NDArray[np.int64]) -> _Domain:
    source = table.columns[column]
    assert source.bound.definition.capacity is not None
    capacity = source.bound.definition.capacity(source.bound.parameters)
    known = np.unique(indexes[indexes >= 0])
    permutation = Permutation(capacity, run.seed, unique_path(run.dataset.name, table.name, place))
    taken = np.sort(permutation.inverse(known.view(np.uint64)).view(np.int64)) if len(known) else known
    return _Domain(table.name, place, capacity, run.dataset.quota(table.name, source), taken)


def _roots(dataset: Dataset, domain: _Domain, units: int) -> int:
    return dataset.roots_at(dataset.tables[domain.table].root, units)


def _widest_gap(domain: _Domain, run: Run) -> int:
    starts = np.concatenate(([0], domain.taken + 1))
    widths = np.concatenate((domain.taken, [domain.capacity])) - starts
    best = int(np.argmax(widths))
    needed = _roots(run.dataset, domain, run.units) * domain.quota
    if widths[best] < needed:
        raise ForeignRows(
            f"{domain.name} needs {needed:,} values in a row of its domain of {domain.capacity:,}, but the "
            f"{len(domain.taken):,} values present leave {int(widths[best]):,}",
            code="FOREIGN_VALUES",
            hint=_HINT,
        )
    return int(starts[best])


def _values(database: Database, table: Table, columns: tuple[str, ...]) -> list[pa.Array]:
    """All values of some columns, in one order."""
    session = database.session()
    try:
        parts = [[batch.column(name) for name in columns] for batch in session.read(table.spec, columns)]
    finally:
        session.close()
    if not parts:
        return [pa.array([], type=table.columns[name].spec.type.arrow) for name in columns]
    return [pa.concat_arrays(arrays) for arrays in zip(*parts, strict=True)]


def _largest_key(database: Database, table: TableSpec) -> int:
    name = database.identifier
    statement = f"SELECT MAX({name(table.primary_key[0])}) FROM {name(table.name)}"  # noqa: S608 (names are quoted)
    with database.engine().connect() as connection:
        return max(0, int(connection.execute(text(statement)).scalar() or 0))


def _holds_rows(database: Database, table: TableSpec, condition: str = "1 = 1") -> bool:
    statement = f"SELECT 1 FROM {database.identifier(table.name)} WHERE {condition} LIMIT 1"  # noqa: S608 (quoted)
    with database.engine().connect() as connection:
        return connection.execute(text(statement)).first() is not None


def _holds_keys(database: Database, table: TableSpec, first: int, last: int) -> bool:
    if first > last or not database.columns_of(table.name):
        return False
    return _holds_rows(database, table, f"{database.identifier(table.primary_key[0])} BETWEEN {first} AND {last}")
