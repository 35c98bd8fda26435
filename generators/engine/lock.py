"""A dataset's lock pins what its values depend on, so that neither an upgrade nor an edit changes data silently.

It holds the versions of the generators in use, the digests of the reference data, and a digest of each table as it is
defined. Values are keyed by name, so the order of tables and columns does not count; descriptions, indexes, checks and
rules do not either, since no value depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256

from ..population.reading import shipped_digests
from ..providers.population import POPULATION_GENERATORS
from ..reference import file_digests
from ..spec import ColumnSpec, SizeSpec, TableSpec
from .plan import Dataset
from .reads import bounds_of

ENGINE_VERSION = 1
"""Raised whenever streams, kernels or keys would give other values for the same definition."""

_WITHOUT_EFFECT = frozenset({"checks", "description", "indexes"})


def lock_of(dataset: Dataset) -> dict[str, object]:
    """Definition, generator versions and reference-data digests that the dataset's values come from, ready for JSON."""
    used = {
        bound.definition.name: bound.definition
        for table in dataset.tables.values()
        for column in table.columns.values()
        for bound in bounds_of(column.bound)
    }
    namespace = {"namespace": dataset.namespace} if dataset.namespace != dataset.name else {}
    tables = {table.name: _table_digest(table) for table in dataset.spec.tables}
    # The fitted population is pinned where it is looked up; a new fit changes no other dataset.
    fitted = shipped_digests() if used.keys() & POPULATION_GENERATORS else {}
    return {
        "dataset": dataset.name,
        **namespace,
        "version": dataset.spec.version,
        "engine": ENGINE_VERSION,
        "size": _size(dataset.spec.size),
        "tables": dict(sorted(tables.items())),
        "generators": {name: used[name].version for name in sorted(used)},
        "reference": dict(sorted({**file_digests(), **fitted}.items())),
    }


def lock_digest(dataset: Dataset) -> str:
    """The lock as one SHA-256."""
    return _sha256(sorted(lock_of(dataset).items()))


def lock_changes(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """What differs between two locks, such as ``tables person`` or ``generators given_name``."""
    found: list[str] = []
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            found.extend(f"{name} {item}" for item in sorted({*was, *now}) if was.get(item) != now.get(item))
        elif was != now:
            found.append(name)
    return tuple(found)


def _size(size: SizeSpec) -> dict[str, object]:
    return {"root": size.root, "per_root": size.per_root}


def _table_digest(table: TableSpec) -> str:
    facts = {name: value for name, value in asdict(table).items() if name not in _WITHOUT_EFFECT}
    columns = sorted((_column(column) for column in table.columns), key=lambda column: str(column["name"]))
    return _sha256({**facts, "columns": columns})


def _column(column: ColumnSpec) -> dict[str, object]:
    """A column's facts; parameters come by name, but inside them order can matter, as it does to a choice's values."""
    facts = {name: value for name, value in asdict(column).items() if name != "description"}
    made = column.generator
    return {**facts, "generator": (made.name, sorted(made.parameters.items()))}


def _sha256(value: object) -> str:
    """Of the value as Python writes it: unlike JSON, it keeps a number apart from its text, in keys too."""
    return sha256(repr(value).encode()).hexdigest()
