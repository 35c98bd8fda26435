"""A module's name says what is in it; a drawer for everything has no name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOMS, ROOT, modules_below

DRAWERS = frozenset({"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"})


def drawers(root: Path, rooms: tuple[str, ...]) -> Iterator[str]:
    """Yields every module or folder that is called a drawer, or ends in one (`string_utils`, `job_manager`)."""
    for room in (*rooms, "tests"):
        for path in modules_below(root / room):
            place = path.relative_to(root)
            if any(part.rsplit("_", 1)[-1].lower() in DRAWERS for part in place.with_suffix("").parts):
                yield place.as_posix()


def test_no_module_is_a_drawer() -> None:
    """No module in the rooms or the tests is called utils, helpers, common, base or manager."""
    assert list(drawers(ROOT, ROOMS)) == []


@pytest.mark.parametrize("name", ["utils.py", "common/dates.py", "job_manager.py", "string_helpers.py", "base.py"])
def test_a_drawer_is_caught(tmp_path: Path, name: str) -> None:
    """Each kind of drawer is found in a sample that has it."""
    path = tmp_path / "seeds" / name
    path.parent.mkdir(parents=True)
    path.touch()
    assert list(drawers(tmp_path, ("seeds",))) == [f"seeds/{name}"]


@pytest.mark.parametrize("name", ["database.py", "base_rates.py", "commons.py", "__init__.py"])
def test_a_name_that_only_resembles_one_passes(tmp_path: Path, name: str) -> None:
    """Only the name itself, or its last word, makes a drawer."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / name).touch()
    assert list(drawers(tmp_path, ("seeds",))) == []
