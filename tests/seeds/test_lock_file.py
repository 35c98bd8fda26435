"""The lock beside a dataset's file."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from seeds.dataset import check_lock, dataset_names, load_dataset, lock_place, lock_text
from seeds.errors import DatasetFileError


@pytest.fixture
def borough(tmp_path: Path) -> Path:
    """A copy of the borough with its lock."""
    copy = tmp_path / "borough"
    shutil.copytree(str(files("seeds") / "datasets" / "borough"), copy)
    lock_place(copy).write_text(lock_text(load_dataset(copy, locked=False)), encoding="utf-8")
    return copy


def _edit_lock(dataset: Path, part: str, name: str, value: object) -> None:
    lock = json.loads(lock_place(dataset).read_text(encoding="utf-8"))
    lock[part][name] = value
    lock_place(dataset).write_text(json.dumps(lock), encoding="utf-8")


@pytest.mark.parametrize("name", dataset_names())
def test_every_packaged_dataset_has_an_up_to_date_lock(name: str) -> None:
    """A change of definition, generator version or reference data without a new lock does not pass the checks."""
    check_lock(load_dataset(name, locked=False), lock_place(name), strict=True)


@pytest.mark.parametrize(
    ("part", "name", "value"), [("generators", "given_name", 99), ("reference", "names/given", "0")]
)
def test_an_upgrade_that_changes_data_is_refused(borough: Path, part: str, name: str, value: object) -> None:
    """A pinned generator version or reference table that differs stops the load and is named."""
    _edit_lock(borough, part, name, value)
    with pytest.raises(DatasetFileError) as refusal:
        load_dataset(borough)
    assert refusal.value.code == "DATASET_LOCK_CHANGED"
    assert f"{part} {name}" in refusal.value.message


def test_an_edit_loads_but_fails_the_strict_check(borough: Path) -> None:
    """Somebody at work on a dataset is not stopped; the check before a merge is what tells them."""
    people = borough / "20-people.yaml"
    text = people.read_text(encoding="utf-8")
    people.write_text(text.replace("{0: 53, 1: 47}", "{0: 1, 1: 1}"), "utf-8")
    loaded = load_dataset(borough)
    with pytest.raises(DatasetFileError) as refusal:
        check_lock(loaded, lock_place(borough), strict=True)
    assert "tables household" in refusal.value.message


def test_a_generator_new_to_the_dataset_is_nobodys_changed_data(borough: Path) -> None:
    """A lock from before a generator came into use still loads."""
    lock = json.loads(lock_place(borough).read_text(encoding="utf-8"))
    del lock["generators"]["uprn"]
    lock_place(borough).write_text(json.dumps(lock), encoding="utf-8")
    assert load_dataset(borough).name == "borough"


def test_without_a_lock_a_dataset_loads(borough: Path) -> None:
    """A lock is a choice; the strict check says that there is none."""
    lock_place(borough).unlink()
    loaded = load_dataset(borough)
    with pytest.raises(DatasetFileError) as refusal:
        check_lock(loaded, lock_place(borough), strict=True)
    assert refusal.value.code == "DATASET_LOCK_ABSENT"


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_an_unreadable_lock_is_refused(borough: Path, text: str) -> None:
    """A damaged lock is not taken for an absent one."""
    lock_place(borough).write_text(text, encoding="utf-8")
    with pytest.raises(DatasetFileError) as refusal:
        load_dataset(borough)
    assert refusal.value.code == "DATASET_LOCK_UNREADABLE"
