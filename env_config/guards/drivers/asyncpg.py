"""asyncpg: its own protocol on the event loop's transports, unseen by the audit hook on uvloop."""

from __future__ import annotations

from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH, begin
from .wrapping import Patch, around, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the step that every connection, pooled or not, takes for each address it tries."""

    def connect(*, addr: Any, **_keywords: object) -> None:
        if isinstance(addr, str):
            checkpoint.place(addr)
        else:
            checkpoint.place(addr[0], addr[1])

    inner = part("asyncpg.connect_utils")
    return [
        before(checkpoint, "asyncpg", inner, "_connect_addr", connect),
        around(checkpoint, inner, "_connect", login=True),  # it goes on to the next host after what is an OSError
    ]


def probe() -> None:
    """A socket that does not exist; no event loop is needed to be refused."""
    connect = part("asyncpg.connect_utils")._connect_addr
    begin(connect(addr=SENTINEL_PATH, loop=None, params=None, config=None, connection_class=None, record_class=None))
