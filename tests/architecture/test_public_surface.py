"""What a room offers is written down: a sorted `__all__`, all of it importable, and nothing beside it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.source_tree import ROOT


def packages_of(room: str) -> Iterator[str]:
    """Yields the room and every package in it, by name."""
    yield room
    found = pkgutil.walk_packages([str(ROOT / room)], prefix=f"{room}.")
    yield from sorted(module.name for module in found if module.ispkg)


def sort_key(name: str) -> tuple[int, str]:
    """Orders constants, then classes, then the rest: the order the linter keeps."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1, name) if name[:1].isupper() else (2, name)


def surface_faults(module: ModuleType, room: str) -> Iterator[str]:
    """Yields what is wrong with a package's public surface."""
    listed = list(getattr(module, "__all__", ()))
    if listed != sorted(listed, key=sort_key):
        yield f"{module.__name__}.__all__ is not sorted: expected {sorted(listed, key=sort_key)}"
    if len(set(listed)) != len(listed):
        yield f"{module.__name__}.__all__ names something twice"
    for name in listed:
        if not hasattr(module, name):
            yield f"{module.__name__}.__all__ names {name!r}, which is not there"
    for name in _own_names(module, room) - set(listed):
        yield f"{module.__name__} leaks {name!r}: list it in __all__ or import it where it is used"


def _own_names(module: ModuleType, room: str) -> set[str]:
    """Returns the public classes and functions of this room that can be reached through the package."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isroutine(value))
        and (value.__module__ or "").split(".")[0] == room
    }


@pytest.mark.parametrize("package", [*packages_of("generators"), *packages_of("seeds")])
def test_every_package_offers_what_it_lists_and_no_more(package: str) -> None:
    """`__all__` is sorted, everything in it can be imported, and no other name of the room leaks."""
    assert list(surface_faults(importlib.import_module(package), package.split(".")[0])) == []


@pytest.mark.parametrize("room", ["generators", "seeds"])
def test_a_room_has_a_facade(room: str) -> None:
    """A room's front door lists what may be used from outside."""
    assert importlib.import_module(room).__all__


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("def a(): ...\ndef b(): ...\n__all__ = ['b', 'a']\n", "not sorted"),
        ("def a(): ...\n__all__ = ['a', 'a']\n", "twice"),
        ("__all__ = ['absent']\n", "not there"),
        ("def leak(): ...\n__all__ = []\n", "leaks 'leak'"),
        ("class Leak: ...\n", "leaks 'Leak'"),
    ],
)
def test_a_fault_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, fault: str) -> None:
    """Each fault is found in a package that has it."""
    (tmp_path / "surface_sample.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "surface_sample", raising=False)
    found = list(surface_faults(importlib.import_module("surface_sample"), "surface_sample"))
    assert len(found) == 1
    assert fault in found[0]


def test_an_unlisted_import_from_elsewhere_is_no_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a package imports from outside its room is not its surface."""
    (tmp_path / "surface_clean.py").write_text(
        "from pathlib import Path\nLIMIT = 1\nclass A: ...\ndef b(): ...\n__all__ = ['LIMIT', 'A', 'b']\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert list(surface_faults(importlib.import_module("surface_clean"), "surface_clean")) == []
