"""pg8000: pure Python, so the audit hook sees it; the wrapper gives the plain refusal instead of an InterfaceError."""

from __future__ import annotations

from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH
from .wrapping import Patch, before, part

_DEFAULT_PORT = 5432


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the class that connects and logs in, below both of its interfaces."""

    def connect(
        _self: object,
        _user: object,
        host: Any = "localhost",
        _database: object = None,
        port: Any = _DEFAULT_PORT,
        *_arguments: object,
        unix_sock: Any = None,
        sock: object = None,
        **_keywords: object,
    ) -> None:
        if sock is not None:
            return
        if unix_sock:
            checkpoint.path(unix_sock)
        else:
            checkpoint.place(host or "localhost", port)

    owner = part("pg8000.core").CoreConnection
    return [before(checkpoint, "pg8000", owner, "__init__", connect, login=True)]


def probe() -> None:
    """A socket that does not exist."""
    part("pg8000.native").Connection("sentinel", unix_sock=SENTINEL_PATH)
