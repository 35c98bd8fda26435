"""SQLite addresses: files only, since a database in memory would be gone with the command that filled it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ...errors import TargetError

EXAMPLE = "sqlite:///borough.db"


def file_of(text: str) -> Path:
    """The file that an address such as ``sqlite:///borough.db`` names.

    Raises:
        TargetError: for a database in memory, a folder, or a file in a folder that does not exist.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise TargetError("the target is not a database URL", hint=f"write it like {EXAMPLE}") from error
    if url.drivername.lower().split("+")[0] != "sqlite":
        raise TargetError(f"{url.drivername!r} is not SQLite", hint=f"write it like {EXAMPLE}")
    name = url.database or ""
    if not name or name.startswith((":memory:", "file:")):
        raise TargetError(
            "a SQLite database in memory would be gone when the command ends",
            code="TARGET_IN_MEMORY",
            hint=f"name a file, like {EXAMPLE}",
        )
    path = Path(name).expanduser().absolute()
    if path.is_dir() or not path.parent.is_dir():
        problem = "is a folder" if path.is_dir() else "lies in a folder that does not exist"
        raise TargetError(f"{path} {problem}", hint="name a file in a folder that exists")
    return path
