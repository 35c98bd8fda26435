"""What a target holds of a dataset, by its manifest."""

from __future__ import annotations

from generators import Dataset, Run, lock_digest, lock_of
from generators.engine import lock_changes
from generators.spec import TableSpec

from .errors import ManifestConflict
from .manifest import Manifest, ManifestStore
from .ports import Database

_SEVERAL = 6


def run_of(dataset: Dataset, manifest: Manifest) -> Run:
    """The generation run that made what a manifest describes."""
    return Run(
        dataset, manifest.seed, manifest.units, manifest.as_of, manifest.epoch, manifest.id_offset, manifest.shifts
    )


def manifest_of(database: Database, dataset: Dataset) -> Manifest:
    """The dataset's manifest.

    Raises:
        ManifestConflict: if the target does not hold the dataset.
    """
    manifest = ManifestStore(database).read(dataset.name)
    if manifest is None:
        raise ManifestConflict(
            f"{database.location} does not hold {dataset.name}",
            code="MANIFEST_ABSENT",
            hint=f"run 'understudy seed {dataset.name}' first",
        )
    return manifest


def check_definition(dataset: Dataset, manifest: Manifest) -> None:
    """Refuse a dataset whose values are no longer those that the target was filled with.

    Raises:
        ManifestConflict: with what has changed since.
    """
    if manifest.lock_digest == lock_digest(dataset):
        return
    changed = lock_changes(manifest.lock, lock_of(dataset))
    listed = ", ".join(changed[:_SEVERAL]) + (f" and {len(changed) - _SEVERAL} more" if len(changed) > _SEVERAL else "")
    raise ManifestConflict(
        f"this database holds {dataset.name} as another definition made it; what has changed: {listed}",
        code="MANIFEST_LOCK_CHANGED",
        hint=f"run 'understudy reset {dataset.name} --drop-tables' for this target first, then seed again",
    )


def key_range(run: Run, table: TableSpec) -> tuple[int, int] | None:
    """The first and the last key that rows of this run can have; None for a table that has not one generated key.

    A row's key is its root's key times the room under a root, plus its place there.
    """
    if not has_generated_key(run.dataset, table):
        return None
    room, first = run.dataset.room(table.name), run.id_offset + 1
    roots = run.dataset.roots_at(run.dataset.tables[table.name].root, run.units)
    return first * room, (first + roots) * room - 1


def has_generated_key(dataset: Dataset, table: TableSpec) -> bool:
    """True if the engine makes the table's key, so that one can tell from it whose the row is."""
    columns = dataset.tables[table.name].columns
    return len(table.primary_key) == 1 and columns[table.primary_key[0]].bound.definition.name == "key"
