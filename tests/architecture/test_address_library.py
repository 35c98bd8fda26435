"""The address library needs Python and nothing else: what it imports, and what its distribution asks for."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source_tree import ROOT, dotted_name, modules_below, syntax_of

# What may be imported as soon as a module is: by authors of books, and by pytest's own plugin.
AUTHORING = frozenset({"yaml"})
PLUGIN = frozenset({"pytest"})


def strangers(root: Path) -> Iterator[str]:
    """Yields every import from outside the standard library that happens when a module of the library is imported."""
    for path in modules_below(root / "env_config"):
        module = dotted_name(path, root)
        allowed = AUTHORING if module.startswith("env_config.authoring") else frozenset[str]()
        allowed |= PLUGIN if module == "env_config.pytest_plugin" else frozenset[str]()
        for package in sorted(set(_at_import(syntax_of(path).body))):
            if package not in sys.stdlib_module_names and package not in allowed:
                yield f"{path.relative_to(root).as_posix()} imports {package}"


def _at_import(body: list[ast.stmt]) -> Iterator[str]:
    """The top-level packages that statements import as they are run; what is in a function waits until it is called."""
    for node in body:
        match node:
            case ast.Import(names=names):
                yield from (alias.name.split(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.split(".")[0]
            case ast.If(test=test) if "TYPE_CHECKING" in ast.unparse(test):
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                continue
            case _:
                inner = [item for item in ast.iter_child_nodes(node) if isinstance(item, (ast.stmt, ast.ExceptHandler))]
                yield from _at_import([item for item in inner if isinstance(item, ast.stmt)])
                yield from _at_import(
                    [item for block in inner if isinstance(block, ast.ExceptHandler) for item in block.body]
                )


def distribution() -> dict[str, Any]:
    """The library's own project table."""
    with (ROOT / "env_config" / "pyproject.toml").open("rb") as file:
        project: dict[str, Any] = tomllib.load(file)["project"]
    return project


def test_importing_the_library_needs_the_standard_library_only() -> None:
    """No module imports another distribution when it is imported, but for authoring and the pytest plugin."""
    assert list(strangers(ROOT)) == []


def test_the_distribution_asks_for_nothing() -> None:
    """It installs without a dependency; what authoring imports is what its extra brings."""
    project = distribution()
    extra = {requirement.split(">")[0] for requirement in project["optional-dependencies"]["compile"]}
    assert project["dependencies"] == []
    assert extra == {"pyyaml", "cryptography"}
    assert project["requires-python"] == ">=3.10"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("guards/new.py", "import psycopg"),
        ("guards/new.py", "from requests.adapters import HTTPAdapter"),
        ("guards/new.py", "try:\n    import yaml\nexcept ImportError:\n    import ruamel\n"),
        ("guards/new.py", "class A:\n    import httpx\n"),
        ("authoring/new.py", "import cryptography"),
    ],
)
def test_a_stranger_is_caught(tmp_path: Path, name: str, text: str) -> None:
    """Each way of importing something else at once is found."""
    path = tmp_path / "env_config" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert list(strangers(tmp_path))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("guards/new.py", "import json\nfrom ..errors import Refusal\n\ndef probe() -> None:\n    import psycopg\n"),
        ("guards/new.py", "if TYPE_CHECKING:\n    import httpx\n"),
        ("authoring/new.py", "import yaml\n"),
    ],
)
def test_what_waits_or_is_allowed_passes(tmp_path: Path, name: str, text: str) -> None:
    """An import inside a function, for types only, or of what authoring has, is no stranger."""
    path = tmp_path / "env_config" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert list(strangers(tmp_path)) == []
