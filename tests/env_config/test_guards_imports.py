"""Client libraries are wrapped when they are imported, by whatever loader."""

from __future__ import annotations

import importlib
import importlib.resources
import sys
import zipfile
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from env_config.guards.drivers.imports import ImportWatch
from tests.env_config.guarded_runs import run_code

NAME = "env_config_made_up_driver"


@pytest.fixture
def watch() -> Iterator[ImportWatch]:
    watch = ImportWatch()
    path = list(sys.path)
    watch.stand_first()
    yield watch
    sys.meta_path.remove(watch)
    sys.path[:] = path
    for name in [name for name in sys.modules if name.startswith(NAME)]:
        del sys.modules[name]
    importlib.invalidate_caches()


def package(folder: Path, text: str = "value = 1\n") -> None:
    (folder / NAME).mkdir()
    (folder / NAME / "__init__.py").write_text(text, encoding="utf-8")
    (folder / NAME / "inner.py").write_text("value = 2\n", encoding="utf-8")
    (folder / NAME / "data.txt").write_text("data", encoding="utf-8")
    sys.path.insert(0, str(folder))


def test_a_module_is_complete_when_the_watch_tells(watch: ImportWatch, tmp_path: Path) -> None:
    """The callback finds what the module has defined, before the importer does."""
    package(tmp_path)
    seen: list[int] = []
    watch.wanted[NAME] = lambda module: seen.append(module.value)
    importlib.import_module(NAME)
    assert seen == [1]


def test_a_submodule_can_be_waited_for(watch: ImportWatch, tmp_path: Path) -> None:
    """Only that one is told of."""
    package(tmp_path)
    seen: list[str] = []
    watch.wanted[f"{NAME}.inner"] = lambda module: seen.append(module.__name__)
    importlib.import_module(f"{NAME}.inner")
    assert seen == [f"{NAME}.inner"]


def test_the_loader_stays_what_resource_readers_expect(watch: ImportWatch, tmp_path: Path) -> None:
    """Data files of a watched package are read as ever, and reloading works."""
    package(tmp_path)
    seen: list[ModuleType] = []
    watch.wanted[NAME] = seen.append
    module = importlib.import_module(NAME)
    assert importlib.resources.files(NAME).joinpath("data.txt").read_text() == "data"
    assert "exec_module" not in vars(module.__loader__)
    importlib.reload(module)
    assert len(seen) == 2


def test_a_zipped_package_is_seen(watch: ImportWatch, tmp_path: Path) -> None:
    """All modules of an archive share one loader."""
    with zipfile.ZipFile(tmp_path / "drivers.zip", "w") as archive:
        archive.writestr(f"{NAME}/__init__.py", f"from {NAME} import inner\n")
        archive.writestr(f"{NAME}/inner.py", "value = 2\n")
    sys.path.insert(0, str(tmp_path / "drivers.zip"))
    seen: list[str] = []
    watch.wanted[NAME] = lambda module: seen.append(f"{module.__name__} with {module.inner.value}")
    importlib.import_module(NAME)
    assert seen == [f"{NAME} with 2"]


class _Slotted(Loader):
    __slots__ = ()

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.value = 3  # type: ignore[attr-defined]


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, _Slotted()) if name == NAME else None


def test_a_loader_that_takes_no_attribute_is_seen(watch: ImportWatch) -> None:
    """It gets a stand-in."""
    finder = _Finder()
    sys.meta_path.append(finder)
    seen: list[int] = []
    watch.wanted[NAME] = lambda module: seen.append(module.value)
    try:
        importlib.import_module(NAME)
    finally:
        sys.meta_path.remove(finder)
    assert seen == [3]


def test_what_the_callback_raises_fails_the_import(watch: ImportWatch, tmp_path: Path) -> None:
    """And the module is not left behind half guarded."""
    package(tmp_path)

    def refuse(_module: ModuleType) -> None:
        raise PermissionError("no")

    watch.wanted[NAME] = refuse
    with pytest.raises(PermissionError):
        importlib.import_module(NAME)
    assert NAME not in sys.modules


def test_a_library_that_is_not_there_stays_not_there(watch: ImportWatch) -> None:
    """Waiting for a module does not make it up."""
    watch.wanted[NAME] = lambda module: None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(NAME)


def test_a_finder_put_in_front_does_not_hide_an_import() -> None:
    """Test tools do that; the import event calls the watch back to the front."""
    code = """
guard("enforce")
from importlib.machinery import PathFinder
sys.meta_path.insert(0, PathFinder)
import psycopg2
out(attempt(lambda: psycopg2.connect("host=127.0.0.77 port=1 connect_timeout=1"))["code"])
"""
    assert run_code(code) == ["PEER_PROD"]


def test_no_library_is_imported_for_being_guarded() -> None:
    """Installing the guards leaves the modules of clients alone."""
    code = """
from env_config.guards import drivers
guard("enforce")
out(sorted(name for name in drivers.DRIVERS if name in sys.modules and name.partition(".")[0] not in sys.stdlib_module_names))
"""
    assert run_code(code) == [[]]
