"""More units: what is there stays as it is, and the whole is what a fresh load of the larger size would be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from generators import Dataset, compile_dataset
from generators.spec import GeneratorSpec
from seeds.dataset import parse_dataset
from seeds.dataset.text import read_text
from seeds.errors import ManifestConflict
from seeds.ports import Database
from seeds.verification import verify
from tests.seeds.boroughs import (
    bookkeeping,
    borough,
    generated,
    orders,
    query,
    rows_by_key,
    seeded,
    with_column,
)


def grow(database: Database, sizes: tuple[int, ...], dataset: Dataset) -> None:
    """Seed one size after another; no row of the one before may change or be written again."""
    before: dict[str, dict[Any, tuple[Any, ...]]] = {}
    for units in sizes:
        report = seeded(database, units, dataset=dataset)
        assert report.outcome == ("topped up" if before else "loaded")
        after = rows_by_key(database, dataset)
        for name, rows in before.items():
            kept = {key: after[name].get(key) for key in rows}
            assert kept == rows, name
            assert len(after[name]) >= len(rows)
        assert report.loaded_rows == sum(map(len, after.values())) - sum(map(len, before.values()))
        assert (report.manifest.digests, report.manifest.rows) == generated(units, dataset=dataset)
        assert verify(database, dataset)[1].holds
        before = after


def test_a_borough_grows_without_touching_a_row(postgres: Database) -> None:
    """From 1,000 residents to 2,350 to 5,000: every row keeps its place, and the digests are those of 5,000."""
    grow(postgres, (1000, 2350, 5000), borough())


def test_a_neighbourhood_that_was_cut_short_is_completed(database: Database) -> None:
    """Sizes inside one neighbourhood, and across its edge, add households to it and change none."""
    grow(database, (30, 99, 101, 250), borough())


def test_a_dataset_of_several_trees_grows(database: Database) -> None:
    """References chosen before there were more parents stay where they point."""
    grow(database, (50, 51, 333), orders())


def refusal(database: Database, units: int = 200, **changes: Any) -> ManifestConflict:
    """The refusal of a request, which leaves everything as it was."""
    before = rows_by_key(database), bookkeeping(database)
    with pytest.raises(ManifestConflict) as refused:
        seeded(database, units, **changes)
    assert (rows_by_key(database), bookkeeping(database)) == before
    assert not refused.value.transient
    return refused.value


def test_fewer_units_are_refused(database: Database) -> None:
    """Rows are never taken away silently: the refusal names the reset that would."""
    seeded(database, 200)
    error = refusal(database, 199)
    assert error.code == "MANIFEST_LARGER"
    assert "understudy reset borough" in error.hint
    assert "--residents 199" in error.hint


@pytest.mark.parametrize(
    ("change", "words", "command"),
    [
        ({"seed": 8}, "seed 7 (asked: 8)", "--seed 8"),
        ({"as_of": date(2026, 5, 4)}, "as_of 2026-04-06 (asked: 2026-05-04)", "--as-of 2026-05-04"),
    ],
)
def test_another_seed_or_date_is_refused(sqlite: Database, change: dict[str, Any], words: str, command: str) -> None:
    """Both would change rows that are there; the refusal names what differs, and the commands that would do it."""
    seeded(sqlite, 200)
    for units in (200, 300):
        error = refusal(sqlite, units, **change)
        assert error.code == "MANIFEST_CONFLICT"
        assert words in error.message
        assert "understudy reset borough" in error.hint
        assert f"understudy seed borough --seed {change.get('seed', 7)}" in error.hint
        assert command in error.hint
        assert f"--residents {units}" in error.hint


def test_another_version_is_refused(sqlite: Database) -> None:
    """A dataset that says it changed is not mixed with its predecessor."""
    seeded(sqlite, 200)
    error = refusal(sqlite, dataset=compile_dataset(replace(borough().spec, version=2)))
    assert error.code == "MANIFEST_CONFLICT"
    assert "dataset version 1 (asked: 2)" in error.message
    assert "reset borough --drop-tables" in error.hint


def test_an_edited_definition_is_noticed(sqlite: Database) -> None:
    """Another generator's parameter under the same version is refused, with the table that changed."""
    seeded(sqlite, 200)
    spec = with_column(borough().spec, "person", "title", nulls=0.5)
    error = refusal(sqlite, dataset=compile_dataset(spec))
    assert error.code == "MANIFEST_LOCK_CHANGED"
    assert "tables person" in error.message
    assert "tables address" not in error.message
    with pytest.raises(ManifestConflict, match="tables person"):
        verify(sqlite, compile_dataset(spec))


def test_an_edited_file_is_noticed(sqlite: Database) -> None:
    """One weight changed in the YAML is enough; a comment, a description, a rule or an index is not."""
    text = read_text("borough").data.decode()
    seeded(sqlite, 200)
    edited = text.replace("{0: 53, 1: 47}", "{0: 47, 1: 53}")
    assert edited != text
    error = refusal(sqlite, dataset=parse_dataset(edited.encode(), "borough.yaml"))
    assert (error.code, "tables household" in error.message) == ("MANIFEST_LOCK_CHANGED", True)
    harmless = "# edited\n" + text.replace("indexes: [[person_id]]", "indexes: []")
    harmless = harmless.replace("description: A resident; nobody real.", "description: Nobody.")
    harmless = harmless.replace("HAVING COUNT(*) > 1", "HAVING COUNT(*) > 2")
    assert len(set(map(len, (harmless, text)))) == 2
    assert seeded(sqlite, 200, dataset=parse_dataset(harmless.encode(), "borough.yaml")).outcome == "unchanged"


def test_the_order_of_a_choice_is_part_of_the_definition(sqlite: Database) -> None:
    """The same weights in another order give other values, so they are another definition."""
    weights = {"Debit Card": 18, "Direct Debit": 41}
    first, second = (
        compile_dataset(
            with_column(
                borough().spec, "rent_account", "payment_method", generator=GeneratorSpec("choice", {"values": order})
            )
        )
        for order in (weights, dict(reversed(weights.items())))
    )
    seeded(sqlite, 200, dataset=first)
    error = refusal(sqlite, dataset=second)
    assert error.code == "MANIFEST_LOCK_CHANGED"


def test_the_manifest_follows_the_growth(sqlite: Database) -> None:
    """One row for the dataset, with the size it has now."""
    seeded(sqlite, 150)
    seeded(sqlite, 250)
    assert query(sqlite, "SELECT units, status FROM understudy_manifest") == [(250, "complete")]
