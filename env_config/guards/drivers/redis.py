"""redis: pure Python; masters that a Sentinel names and redirects in a cluster are connections like any other."""

from __future__ import annotations

from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH, begin, expect_refusal
from .wrapping import Patch, around, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap ``connect`` of the connection classes, so that no retry and no failure of a pool hides the refusal."""

    def connect(connection: Any, *_arguments: object, **_keywords: object) -> None:
        path = getattr(connection, "path", None)
        if path:
            checkpoint.path(path)
        elif getattr(connection, "host", None):
            checkpoint.place(connection.host, connection.port)

    owners = (part("redis.connection").AbstractConnection, part("redis.asyncio.connection").AbstractConnection)
    found = [before(checkpoint, "redis", owner, "connect", connect, plain=True) for owner in owners]
    # Inside the retries; older versions have no such step, and retry what they take for a failed connection.
    inner = [owner for owner in owners if hasattr(owner, "connect_check_health")]
    return found + [around(checkpoint, owner, "connect_check_health") for owner in inner]


def probe() -> None:
    """By both kinds of connection."""
    redis = part("redis")
    waiting = part("redis.asyncio.connection").UnixDomainSocketConnection(path=SENTINEL_PATH)
    expect_refusal("redis", lambda: begin(waiting.connect()))
    redis.UnixDomainSocketConnection(path=SENTINEL_PATH).connect()
