"""aiohttp: the connector is asked for each hop, by the request's own URL even where a proxy takes it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_ADDRESS, begin
from .wrapping import Patch, around, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the connector's ``connect``; a connection that waits in the pool for another host is judged as well."""

    def connect(_self: object, req: Any, *_arguments: object, **_keywords: object) -> None:
        checkpoint.url(str(req.url), req.url.raw_host or "", req.url.port)

    return [
        before(checkpoint, "aiohttp", part("aiohttp.connector").BaseConnector, "connect", connect),
        around(checkpoint, part("aiohttp.client").ClientSession, "_request"),
    ]


def probe() -> None:
    """A request is a thing with a URL here, and the check comes before anything else is asked of it."""
    url = part("yarl").URL(f"http://[{SENTINEL_ADDRESS}]/")
    begin(part("aiohttp.connector").BaseConnector.connect(None, SimpleNamespace(url=url), [], None))
