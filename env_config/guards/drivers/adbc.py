"""ADBC: every driver is loaded by the driver manager, and is told where to go when a database object is made."""

from __future__ import annotations

import os
from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH
from .wrapping import Patch, before, part

_ADDRESSES = ("uri", "adbc.uri", "adbc.connection.uri", "adbc.flight.sql.uri", "adbc.snowflake.sql.uri.host", "host")


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Put a subclass of the manager's database type, which is of C, in the type's place."""
    package, inner = part("adbc_driver_manager"), part("adbc_driver_manager._lib")

    def database(_self: object, **options: Any) -> None:
        given = {str(getattr(name, "value", name)): value for name, value in options.items()}
        for name in _ADDRESSES:
            text = given.get(name)
            if text:
                postgres = "postgres" in str(given.get("driver", "")) or str(text).startswith("postgres")
                checkpoint.text(str(text), "dsn" if postgres else "", os.environ if postgres else None)

    class AdbcDatabase(inner.AdbcDatabase):  # type: ignore[misc, name-defined]
        __doc__ = inner.AdbcDatabase.__doc__

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)

    check = before(checkpoint, "ADBC", AdbcDatabase, "__init__", database, login=True)
    found = [check]
    for owner in (package, inner):
        found.append(Patch(owner, "AdbcDatabase", owner.AdbcDatabase, AdbcDatabase))
        owner.AdbcDatabase = AdbcDatabase
    return found


def probe() -> None:
    """A socket that does not exist."""
    part("adbc_driver_manager").AdbcDatabase(driver="adbc_driver_postgresql", uri=f"host={SENTINEL_PATH}")
