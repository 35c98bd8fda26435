"""psycopg2: resolves and connects in C."""

from __future__ import annotations

from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH
from . import libpq
from .wrapping import Patch, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the C function that ``psycopg2.connect`` ends in, so that a kept copy of ``connect`` is covered as well."""
    psycopg2 = part("psycopg2")
    inner = part("psycopg2._psycopg")

    def connect(dsn: str = "", *_arguments: object, **_keywords: Any) -> None:
        libpq.check(checkpoint, dsn, {}, libpq.quoted)

    def outer(
        dsn: str | None = None, connection_factory: object = None, cursor_factory: object = None, **given: Any
    ) -> None:
        keywords = {name: value for name, value in given.items() if name not in ("async", "async_")}
        libpq.check(checkpoint, dsn or "", keywords, psycopg2.extensions.make_dsn)

    return [
        before(checkpoint, "psycopg2", psycopg2, "connect", outer, login=True),
        before(checkpoint, "psycopg2", psycopg2, "_connect", connect, login=True),
        before(checkpoint, "psycopg2", inner, "_connect", connect, login=True),
    ]


def probe() -> None:
    """A socket that does not exist."""
    part("psycopg2").connect(host=SENTINEL_PATH)
