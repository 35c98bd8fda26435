"""psycopg 3: resolves names in Python, connects in C."""

from __future__ import annotations

import os
from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH, begin
from . import libpq
from .wrapping import Patch, before, part

_NOT_FOR_LIBPQ = frozenset({"autocommit", "prepare_threshold", "context", "row_factory", "cursor_factory"})


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the public ``connect`` of both kinds of connection, and the inner step that both end in."""
    psycopg = part("psycopg")
    merge = part("psycopg.conninfo").make_conninfo

    def connect(_owner: object, conninfo: str = "", **keywords: Any) -> None:
        given = {name: value for name, value in keywords.items() if name not in _NOT_FOR_LIBPQ}
        libpq.check(checkpoint, conninfo, given, merge)

    def connect_step(_owner: object, conninfo: str = "", *_more: object, **_keywords: object) -> None:
        checkpoint.text(conninfo, "dsn", os.environ, resolve="hostaddr=" not in conninfo)

    found = [
        before(checkpoint, "psycopg", owner, name, check, login=name == "connect")
        for owner in (psycopg.Connection, psycopg.AsyncConnection)
        for name, check in (("connect", connect), ("_connect_gen", connect_step))
    ]
    # The module's own ``connect`` was bound before; a copy of it that somebody kept still ends in the inner step.
    original = vars(psycopg)["connect"]
    psycopg.connect = psycopg.Connection.connect
    return [Patch(psycopg, "connect", original, psycopg.connect, psycopg.connect.__func__.__code__), *found]


def probe() -> None:
    """By the module's function, then by the asynchronous one."""
    psycopg = part("psycopg")
    from ..self_test import expect_refusal

    expect_refusal("psycopg", lambda: begin(psycopg.AsyncConnection.connect(host=SENTINEL_PATH)))
    psycopg.connect(host=SENTINEL_PATH)
