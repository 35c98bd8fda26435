"""Which database a URL means. A new one is a folder beside this file and a line in ``ADAPTERS``."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import cast

from ..errors import TargetError
from ..ports import Database
from .embedded import EmbeddedServer

ADAPTERS = {
    "postgresql": ("postgres", "PostgresDatabase"),
    "postgres": ("postgres", "PostgresDatabase"),
    "mariadb": ("mariadb", "MariadbDatabase"),
    "mysql": ("mariadb", "MariadbDatabase"),
    "sqlite": ("sqlite", "SqliteDatabase"),
}
"""Dialect in the URL: folder and class. Loaded when asked for, so that a missing driver stops nobody else."""

_FOLDER = Path(".understudy", "postgres")


def embedded_server(home: Path) -> EmbeddedServer:
    """The embedded server of the project in ``home``."""
    return EmbeddedServer(home / _FOLDER)


def open_database(url: str | None, *, home: Path) -> Database:
    """The target at ``url``, or the embedded database of the project in ``home``, which is started if need be.

    Raises:
        TargetError: no known database, a URL that cannot be read, or a driver that is not installed.
        TargetUnavailable: the embedded server does not start.
    """
    if url is None:
        server = embedded_server(home)
        return _adapter("postgresql")(server.start(), trusted=True, location=f"embedded PostgreSQL in {home / _FOLDER}")
    return _adapter(url.partition(":")[0].split("+")[0].lower())(url)


def _adapter(dialect: str) -> Callable[..., Database]:
    if dialect not in ADAPTERS:
        near = get_close_matches(dialect, ADAPTERS, n=2)
        raise TargetError(
            f"{_shown(dialect)} is not a database Understudy can fill",
            code="TARGET_UNKNOWN",
            hint=f"nearest: {', '.join(near)}" if near else f"known: {', '.join(sorted(ADAPTERS))}",
        )
    folder, name = ADAPTERS[dialect]
    try:
        module = import_module(f".{folder}", __package__)
    except ModuleNotFoundError as error:
        raise TargetError(
            f"the driver for {dialect!r} is not installed: {error.name}",
            code="DRIVER_ABSENT",
            hint="run make setup, which installs every driver",
        ) from error
    return cast("Callable[..., Database]", getattr(module, name))


def _shown(dialect: str) -> str:
    """The dialect if it looks like one: text without a scheme could be anything, a password included."""
    return repr(dialect) if dialect.isalnum() and len(dialect) < 20 else "this URL"
