"""What SQLite raises, as this room's errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from ...errors import SeedError, TargetBusy, TargetError, TargetUnavailable

_REFUSALS: dict[int, tuple[type[SeedError], str, str]] = {
    sqlite3.SQLITE_BUSY: (TargetBusy, "", "wait until it has finished, then run the same command again"),
    sqlite3.SQLITE_LOCKED: (TargetBusy, "", "wait until it has finished, then run the same command again"),
    sqlite3.SQLITE_CANTOPEN: (TargetError, "TARGET_ACCESS_DENIED", "check the file's permissions, and its folder's"),
    sqlite3.SQLITE_READONLY: (TargetError, "TARGET_ACCESS_DENIED", "check the file's permissions, and its folder's"),
    sqlite3.SQLITE_NOTADB: (TargetError, "TARGET_INVALID", "the file holds something else: choose another name"),
    sqlite3.SQLITE_CORRUPT: (TargetError, "TARGET_INVALID", "the file is damaged: delete it and seed again"),
    sqlite3.SQLITE_FULL: (TargetUnavailable, "", "the disk is full"),
    sqlite3.SQLITE_CONSTRAINT: (TargetError, "CONSTRAINT_VIOLATED", ""),
}
_PRIMARY = 0xFF  # the lower byte of an extended result code


@contextmanager
def refusals(location: str) -> Iterator[None]:
    """Turn the driver's exception into a refusal that names the file.

    Raises:
        TargetBusy: another process is writing to it.
        TargetUnavailable: the disk is full.
        TargetError: SQLite refused.
    """
    try:
        yield
    except DBAPIError as error:
        raise _refusal(location, error.orig) from error
    except sqlite3.Error as error:
        raise _refusal(location, error) from error


def _refusal(location: str, error: BaseException | None) -> SeedError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    kind, name, hint = _REFUSALS.get(code, (TargetError, "STATEMENT_FAILED", ""))
    return kind(f"{location}: {error}", code=name, hint=hint)
