"""What a target holds of a dataset, by its manifest."""

from __future__ import annotations

from generators import Dataset, Run

from .errors import ManifestConflict
from .manifest import Manifest, ManifestStore
from .ports import Database


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
