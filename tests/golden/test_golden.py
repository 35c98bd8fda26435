"""Committed digests: what a seed gives today is what it gave when the digest was written (see ``python -m tests.golden``)."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace

import pyarrow.compute as pc
import pytest

from generators import REGISTRY
from tests.golden.cases import FILE, RANGES, dataset_digests, generator_digest, label, unversioned

GOLDEN = json.loads(FILE.read_text(encoding="utf-8"))
SINGLE = sorted(name for name in REGISTRY if "." not in name)


@pytest.mark.parametrize("case", RANGES, ids=lambda case: label(*case))
def test_a_dataset_has_its_committed_digests(case: tuple[str, int, int, int, int]) -> None:
    """The lock and every table of a dataset, whole and in part, are the committed ones."""
    assert dataset_digests(*case) == GOLDEN["datasets"].get(label(*case))


@pytest.mark.parametrize("name", SINGLE)
def test_a_generator_has_its_committed_digest(name: str) -> None:
    """A generator's examples give the values that were committed with its version."""
    now = {"version": REGISTRY[name].version, "digest": generator_digest(REGISTRY[name])}
    assert now == GOLDEN["generators"].get(name)


def test_nothing_is_committed_that_is_gone() -> None:
    """Each committed digest belongs to a generator or a case that there is."""
    assert set(GOLDEN["generators"]) <= set(SINGLE)
    assert set(GOLDEN["datasets"]) == {label(*case) for case in RANGES}


def test_a_changed_generator_changes_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest of a generator sees another formula: one added to every number."""
    integer = REGISTRY["integer"]
    monkeypatch.setitem(REGISTRY, "integer", replace(integer, make=lambda *row: pc.add(integer.make(*row), 1)))
    assert generator_digest(REGISTRY["integer"]) != GOLDEN["generators"]["integer"]["digest"]


def test_a_change_without_a_version_is_noticed() -> None:
    """Other values under the same version, or the same lock, are reported; under a new one they are not."""
    after = deepcopy(GOLDEN)
    assert unversioned(GOLDEN, after) == []
    after["generators"]["choice"]["digest"] = "0"
    town = after["datasets"][label(*RANGES[0])]
    town["tables"]["person"] = "0"
    assert unversioned(GOLDEN, after) == ["generator choice, version 1", f"dataset {label(*RANGES[0])}"]
    after["generators"]["choice"]["version"] = 2
    town["lock"] = "0"
    assert unversioned(GOLDEN, after) == []
