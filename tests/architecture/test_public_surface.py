"""What a room offers is written down: a sorted `__all__`, all of it importable, and nothing beside it."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.allowances import SURFACE
from tests.architecture.source_tree import ROOT, syntax_of

FACADES = ("generators", "seeds", "env_config")


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


@pytest.mark.parametrize("package", [name for room in FACADES for name in packages_of(room)])
def test_every_package_offers_what_it_lists_and_no_more(package: str) -> None:
    """`__all__` is sorted, everything in it can be imported, and no other name of the room leaks."""
    faults = list(surface_faults(importlib.import_module(package), package.split(".")[0]))
    if package in SURFACE:
        assert faults, "nothing needs this allowance any more"
    else:
        assert faults == []


def test_every_allowance_is_for_a_package_and_has_a_reason() -> None:
    """An allowance names a package that is there, and says why."""
    packages = {name for room in FACADES for name in packages_of(room)}
    assert [name for name, reason in SURFACE.items() if name not in packages or len(reason.split()) < 4] == []


@pytest.mark.parametrize("room", FACADES)
def test_a_room_has_a_facade(room: str) -> None:
    """A room's front door lists what may be used from outside."""
    assert importlib.import_module(room).__all__


def late_names(path: Path) -> dict[str, str]:
    """What a package offers without importing it first: each name, and the module beside the package that has it."""
    guarded = (
        node for node in syntax_of(path).body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    )
    imports = [node for block in guarded for node in block.body if isinstance(node, ast.ImportFrom) and node.level == 1]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def late_faults(module: ModuleType, names: dict[str, str]) -> Iterator[str]:
    """Yields every late name that is not listed or not there, and a door that lets any name in."""
    for name in names:
        if name not in module.__all__:
            yield f"{module.__name__}.__all__ lacks {name!r}"
        if not hasattr(module, name):
            yield f"{module.__name__} has no {name!r}"
    if hasattr(module, "no_such_name"):
        yield f"{module.__name__} answers to every name"


LATE = {
    name: names
    for name in packages_of("env_config")
    if (names := late_names(ROOT.joinpath(*name.split("."), "__init__.py")))
}


@pytest.mark.parametrize("package", sorted(LATE))
def test_late_names_are_listed_and_there(package: str) -> None:
    """What is loaded when somebody asks for it is in `__all__`, and nothing else can be asked for."""
    assert list(late_faults(importlib.import_module(package), LATE[package])) == []


def test_importing_the_address_library_loads_nothing_late() -> None:
    """`import env_config` alone brings in none of the modules behind its late names."""
    late = sorted({f"env_config.{module}" for module in LATE["env_config"].values()})
    code = f"import sys, env_config; print([name for name in {late!r} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert len(late) > 1
    assert shown.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "__all__ = []\ndef __getattr__(name):\n    if name == 'Late': return int\n    raise AttributeError(name)\n",
            "lacks",
        ),
        ("__all__ = ['Late']\ndef __getattr__(name):\n    raise AttributeError(name)\n", "has no"),
        ("__all__ = ['Late']\ndef __getattr__(name):\n    return int\n", "every name"),
    ],
)
def test_a_fault_of_a_late_name_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, fault: str
) -> None:
    """Each fault is found in a package that has it."""
    path = tmp_path / "surface_late.py"
    path.write_text(f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .late import Late\n{text}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "surface_late", raising=False)
    assert late_names(path) == {"Late": "late"}
    found = list(late_faults(importlib.import_module("surface_late"), late_names(path)))
    assert len(found) == 1
    assert fault in found[0]


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
