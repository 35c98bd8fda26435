"""A lock between processes that is gone when its holder is gone, however it ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def file_lock(path: Path, *, timeout: float = 0.0) -> Iterator[None]:
    """Hold the lock at ``path`` exclusively; the file stays, empty, since removing it would race.

    SQLite's own locking is used because it is the same on every system, and the operating system lets go of it when
    the process is killed.

    Args:
        path: a file for nothing but this lock.
        timeout: seconds to wait for it.

    Raises:
        TimeoutError: somebody else holds it.
        OSError: the file cannot be opened or written.
    """
    with closing(_opened(path, timeout)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise TimeoutError(f"{path} is locked") from error
            raise OSError(f"cannot lock {path}: {error}") from error
        yield


def _opened(path: Path, timeout: float) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise OSError(f"cannot open {path}: {error}") from error
