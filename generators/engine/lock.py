"""A dataset's lock pins what its values depend on, so that an upgrade never changes a team's data silently."""

from __future__ import annotations

from hashlib import sha256

from ..reference import file_digests
from .plan import Dataset
from .reads import bounds_of


def lock_of(dataset: Dataset) -> dict[str, object]:
    """Generator versions and reference-data digests that the dataset uses, ready for JSON."""
    used = {
        bound.definition.name: bound.definition
        for table in dataset.tables.values()
        for column in table.columns.values()
        for bound in bounds_of(column.bound)
    }
    files = file_digests()
    return {
        "dataset": dataset.name,
        "version": dataset.spec.version,
        "generators": {name: used[name].version for name in sorted(used)},
        "reference": dict(sorted(files.items())),
    }


def lock_digest(dataset: Dataset) -> str:
    """The lock as one SHA-256."""
    return sha256(repr(sorted(lock_of(dataset).items())).encode()).hexdigest()
