"""L2, second half: client libraries that open sockets where Python cannot see it, or behind a proxy.

Each library has one small module here with two functions: ``patches(checkpoint)`` wraps what the library has just defined,
and ``probe()`` calls it with the sentinel. A library is wrapped when it is imported and never imported for that.

What cannot be wrapped: types of C that do not let anybody set their attributes (PyArrow's file systems and Flight, libpq's
own connection objects), other programs, other interpreters. ``env-config run`` stops those.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from ...errors import GuardInactive
from ..checkpoint import Checkpoint
from ..self_test import Judge, Tripwired, expect_refusal, inactive
from . import imports
from .wrapping import Patch

DRIVERS: dict[str, str] = {
    "socket": "socket_names",
    "psycopg": "psycopg",
    "psycopg2": "psycopg2",
    "asyncpg": "asyncpg",
    "pg8000": "pg8000",
    "adbc_driver_manager": "adbc",
    "MySQLdb": "mysqlclient",
    "pymysql": "pymysql",
    "sqlalchemy": "sqlalchemy",
    "redis": "redis",
    "pymongo": "pymongo",
    "grpc": "grpc",
    "uvloop": "uvloop",
    "http.client": "http_client",
    "urllib.request": "urllib_request",
    "urllib3": "urllib3",
    "requests": "requests",
    "httpx": "httpx",
    "aiohttp": "aiohttp",
    "curl_cffi": "curl_cffi",
    "pycurl": "pycurl",
    "botocore.client": "botocore",
    "multiprocessing.process": "spawn",
}
"""The module whose import calls for wrapping, and the module here that does it."""

ABSENT = "not installed"
"""What ``doctor`` says of a library that is not there."""


class DriverGuard:
    """One client library."""

    layer = "connects"

    def __init__(self, name: str, module: str) -> None:
        self.name = name
        self.mode = "off"
        self._module = f"{__name__}.{module}"
        self._checkpoint: Checkpoint | None = None
        self._patches: list[Patch] = []
        self._broken = ""

    @property
    def installed(self) -> bool:
        return self._checkpoint is not None

    @property
    def waiting_for(self) -> str:
        """What is still to happen before it can bite."""
        return "" if self._patches or self._broken else "waits for the import"

    def install(self, policy: Judge, mode: str) -> None:
        """Wrap the library, or wait for it."""
        self.remove()
        self.mode = mode
        self._checkpoint = Checkpoint(Tripwired(policy), mode)
        imports.GUARD.when_imported(self.name, self._arrived)
        if imports.loaded(self.name):
            self._wrap()

    def remove(self) -> None:
        imports.GUARD.forget(self.name)
        while self._patches:
            self._patches.pop().undo()
        self._checkpoint, self._broken, self.mode = None, "", "off"

    def self_test(self) -> None:
        """Every wrapper is in its place, and the library's own door refuses the sentinel."""
        if self._checkpoint is None:
            raise inactive(self.name, "it is not installed")
        if self._broken:
            raise inactive(self.name, self._broken)
        if self.name not in sys.modules:
            return
        if not self._patches:
            raise inactive(self.name, "it was imported unseen")
        lost = [patch.name for patch in self._patches if not patch.holds]
        if lost:
            raise inactive(self.name, f"somebody replaced {', '.join(lost)}")
        expect_refusal(self.name, importlib.import_module(self._module).probe)

    def _arrived(self, library: ModuleType) -> None:
        """The library has just been imported.

        Raises:
            GuardInactive: it cannot be wrapped, or the wrapper does not bite; so the import fails.
        """
        self._wrap()
        if self._checkpoint is None:
            return
        try:
            self.self_test()
        except GuardInactive as refusal:
            self._checkpoint.decide_inactive(refusal)

    def _wrap(self) -> None:
        if self._patches or self._checkpoint is None:
            return
        try:
            self._patches = importlib.import_module(self._module).patches(self._checkpoint)
        except (AttributeError, ImportError, KeyError, TypeError) as error:
            self._broken = f"this version of the library looks different ({error})"


def load(name: str) -> str:
    """Import a library for ``doctor``; says why that is impossible, or nothing."""
    try:
        importlib.import_module(name)
    except ImportError:
        return ABSENT
    except Exception as error:  # noqa: BLE001 - a library of somebody else may fail in any way
        return f"the library cannot be imported ({type(error).__name__})"
    return ""


GUARDS: tuple[DriverGuard, ...] = tuple(DriverGuard(name, module) for name, module in DRIVERS.items())
"""The process's ones."""
