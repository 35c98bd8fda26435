"""Who may import whom: the contracts in pyproject.toml hold, and each is proved to refuse what it names."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source_tree import ROOMS, ROOT, modules_below

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"


def settings() -> dict[str, Any]:
    """Reads the import contracts."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        linter: dict[str, Any] = tomllib.load(file)["tool"]["importlinter"]
    return linter


def contract(identifier: str) -> dict[str, Any]:
    """Returns one contract by its id."""
    return next(c for c in settings()["contracts"] if c["id"] == identifier)


def lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter in a process of its own, so that no module of this checkout is already imported."""
    return subprocess.run([sys.executable, "-c", LINT], cwd=checkout, capture_output=True, text=True, check=False)


def _modules_named() -> set[str]:
    """Returns every first-party module that a contract names, whether or not it exists yet."""
    named: set[str] = set()
    for rule in settings()["contracts"]:
        for container in rule.get("containers", []):
            layers = " : ".join(rule["layers"]).replace("|", ":").split(":")
            named |= {f"{container}.{layer.strip(' ()')}" for layer in layers}
        named |= {*rule.get("source_modules", []), *rule.get("forbidden_modules", []), *rule.get("modules", [])}
    return {name for name in named if name.split(".")[0] in settings()["root_packages"]}


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A checkout with this one's contracts and module names, but every module empty."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for room in settings()["root_packages"]:
        for path in (ROOT / room / "__init__.py", *modules_below(ROOT / room)):
            _touch(tmp_path / path.relative_to(ROOT))
    for name in sorted(_modules_named()):
        _touch(_home_of(tmp_path, name))
    return tmp_path


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def _home_of(checkout: Path, name: str) -> Path:
    """Returns the file a module lives in: its own, or its package's, made as a package where it is neither yet."""
    place = checkout.joinpath(*name.split("."))
    return place.with_suffix(".py") if place.with_suffix(".py").exists() else place / "__init__.py"


def test_every_contract_is_kept() -> None:
    """Nothing in the rooms imports what the architecture's table forbids."""
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_empty_skeleton_keeps_every_contract(skeleton: Path) -> None:
    """The samples below fail for the import they add, not for the way they are made."""
    result = lint(skeleton)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("importer", "imported", "identifier"),
    [
        ("generators.engine", "seeds.workflow", "rooms"),
        ("seeds.workflow", "api", "rooms"),
        ("generators.spec", "generators.engine", "engine-layers"),
        ("generators.streams", "generators.kernels", "engine-layers"),
        ("generators.engine", "sqlalchemy", "engine-purity"),
        ("generators.formats", "pydantic", "engine-purity"),
        ("generators.providers", "urllib.request", "engine-purity"),
        ("seeds.ports", "seeds.workflow", "seeds-layers"),
        ("seeds.catalog", "seeds.ports", "seeds-layers"),
        ("seeds.planner", "sqlalchemy", "planner-purity"),
        ("seeds.planner", "seeds.databases", "planner-purity"),
        ("seeds.planner", "seeds.loader", "planner-purity"),
        ("seeds.databases.postgres", "seeds.planner", "databases-purity"),
        ("seeds.databases.sqlite", "seeds.loader", "databases-purity"),
        ("seeds.databases.postgres", "seeds.databases.sqlite", "databases-independence"),
        ("seeds.workflow", "seeds.cli", "workflow"),
        ("seeds.workflow", "typer", "workflow"),
        ("env_config.runtime", "seeds.workflow", "rooms"),
        ("generators.engine", "env_config", "address-users"),
        ("seeds.loader", "env_config.policy", "address-users"),
        ("api.services", "env_config", "address-users"),
        ("env_config.errors", "env_config.policy", "address-layers"),
        ("env_config.canonical", "env_config.book", "address-layers"),
        ("env_config.policy", "env_config.guards", "address-layers"),
        ("env_config.resolver", "env_config.authoring", "address-layers"),
        ("env_config.guards", "env_config.cli", "address-layers"),
        ("env_config.canonical", "pydantic", "address-purity"),
    ],
)
def test_a_forbidden_import_is_caught(skeleton: Path, importer: str, imported: str, identifier: str) -> None:
    """Each row of the table breaks its own contract when one module is given the import it forbids."""
    _home_of(skeleton, importer).write_text(f"import {imported}\n")
    result = lint(skeleton)
    assert result.returncode != 0
    assert f"{contract(identifier)['name']} BROKEN" in " ".join(result.stdout.split())


@pytest.mark.parametrize("room", ["generators", "seeds", "env_config"])
def test_a_module_without_a_place_is_caught(skeleton: Path, room: str) -> None:
    """A new module must be placed in its room's layers before the checks pass."""
    _touch(skeleton / room / "unplaced.py")
    result = lint(skeleton)
    assert result.returncode != 0
    assert "unplaced" in result.stdout + result.stderr


def unplaced_packages(checkout: Path, known: set[str]) -> list[str]:
    """Returns the top-level packages that no contract knows."""
    return sorted(p.parent.name for p in checkout.glob("*/__init__.py") if p.parent.name not in known)


def test_every_top_level_package_is_a_room() -> None:
    """A new top-level package must be named in the contracts before it can be used."""
    assert unplaced_packages(ROOT, {*settings()["root_packages"], "tests"}) == []


def test_a_top_level_package_without_a_contract_is_caught(tmp_path: Path) -> None:
    """A package beside the rooms is found."""
    _touch(tmp_path / "extras" / "__init__.py")
    assert unplaced_packages(tmp_path, {"seeds"}) == ["extras"]


def test_every_database_is_in_the_independence_contract() -> None:
    """A new database's folder must be named in the contract that keeps databases apart."""
    folders = {f"seeds.databases.{p.parent.name}" for p in (ROOT / "seeds" / "databases").glob("*/__init__.py")}
    assert folders == set(contract("databases-independence")["modules"])


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_imported_from_this_checkout(room: str) -> None:
    """`api` and `seeds` are generic names: what is tested is this checkout and no installed namesake."""
    found = importlib.import_module(room).__file__
    assert found is not None
    assert Path(found).resolve().is_relative_to(ROOT / room)
