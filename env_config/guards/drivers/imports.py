"""Client libraries are wrapped as soon as they have been imported, however late that is, and never imported for it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .. import audit_hook
from ..self_test import Judge, inactive

PROBED = f"{__package__}.probed"
"""A module without content; importing it proves that imports are seen."""

Callback = Callable[[ModuleType], None]


class ImportWatch:
    """A finder that finds nothing by itself: it asks the others, and has the loader tell when the module is there."""

    def __init__(self) -> None:
        self.wanted: dict[str, Callback] = {}
        self._asking: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The specification that the other finders give, its loader prepared; None for everything that nobody waits for."""
        if name not in self.wanted or name in self._asking:
            return None
        self._asking.add(name)
        try:
            spec = self._from_others(name, path, target)
        finally:
            self._asking.discard(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _prepared(spec.loader, name, self._arrived)
        return spec

    def _from_others(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            ask = getattr(finder, "find_spec", None)
            if finder is self or ask is None:
                continue
            spec: ModuleSpec | None = ask(name, path, target)
            if spec is not None:
                return spec
        return None

    def _arrived(self, module: ModuleType) -> None:
        callback = self.wanted.get(module.__name__)
        if callback is not None:
            callback(module)

    def stand_first(self) -> None:
        """Test tools and debuggers put finders of their own before the others."""
        if not sys.meta_path or sys.meta_path[0] is not self:
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            sys.meta_path.insert(0, self)


class _Telling:
    """Stands in for a loader that takes no attribute of its own."""

    def __init__(self, loader: Any, tell: Callback) -> None:
        self._loader, self._tell = loader, tell

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        found: ModuleType | None = self._loader.create_module(spec)
        return found

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._tell(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _prepared(loader: Any, name: str, tell: Callback) -> Any:
    """The same loader, which tells once when it has executed the module; its type stays what resource readers expect."""
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        if module.__name__ == name:
            vars(loader).pop("exec_module", None)
        execute(module)
        if module.__name__ == name:
            tell(module)

    try:
        loader.exec_module = exec_module
    except (AttributeError, TypeError):
        return _Telling(loader, tell)
    return _Telling(loader, tell) if isinstance(loader, type) else loader


class ImportGuard:
    """Sees imports of client libraries, and proves it with a module that has no content."""

    name = "imports"
    layer = "connects"

    def __init__(self) -> None:
        self.mode = "off"
        self.watch = ImportWatch()

    @property
    def installed(self) -> bool:
        return self.watch in sys.meta_path

    def install(self, policy: Judge, mode: str) -> None:
        """Stand first among the finders, and stay there: every import of something wanted checks that."""
        self.mode = mode
        self.watch.stand_first()
        audit_hook.GUARD.watch_imports(self._on_import)

    def when_imported(self, name: str, callback: Callback) -> None:
        """Call back with the module as soon as it has been imported; what it raises fails the import."""
        self.watch.wanted[name] = callback

    def forget(self, name: str) -> None:
        self.watch.wanted.pop(name, None)

    def remove(self) -> None:
        self.mode = "off"
        if self.installed:
            sys.meta_path.remove(self.watch)

    def self_test(self) -> None:
        """Import the module without content and be told of it."""
        seen: list[ModuleType] = []
        self.watch.wanted[PROBED] = seen.append
        sys.modules.pop(PROBED, None)
        try:
            importlib.import_module(PROBED)
        finally:
            self.forget(PROBED)
            sys.modules.pop(PROBED, None)
        if not seen or not self.installed:
            raise inactive(self.name, "client libraries that are imported from now on would not be wrapped")

    def _on_import(self, arguments: tuple[Any, ...]) -> None:
        if arguments[0] in self.watch.wanted:
            self.watch.stand_first()


def loaded(name: str) -> bool:
    """The module is there and complete."""
    module = sys.modules.get(name)
    return module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False)


GUARD = ImportGuard()
"""The process's one."""
