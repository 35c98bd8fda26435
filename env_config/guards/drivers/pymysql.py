"""PyMySQL: pure Python, so the audit hook sees it; the wrapper gives the plain refusal instead of an OperationalError."""

from __future__ import annotations

from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH
from .wrapping import Patch, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the connecting method, which first connections and reconnections share."""

    def connect(connection: Any, sock: object = None) -> None:
        if sock is None and connection.unix_socket:
            checkpoint.path(connection.unix_socket)
        elif sock is None:
            checkpoint.place(connection.host, connection.port)

    return [before(checkpoint, "PyMySQL", part("pymysql.connections").Connection, "connect", connect, login=True)]


def probe() -> None:
    """A socket that does not exist."""
    part("pymysql").connect(unix_socket=SENTINEL_PATH)
