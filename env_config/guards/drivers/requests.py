"""requests: the adapter sees each hop of a redirect, and the host even where a proxy takes the request."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_ADDRESS
from .wrapping import Patch, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the adapter that sends; the refusal comes as it is, before retries could wrap it."""

    def send(_self: object, request: Any, *_arguments: object, **_keywords: object) -> None:
        parts = urlsplit(request.url)
        checkpoint.url(request.url, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))

    return [before(checkpoint, "requests", part("requests.adapters").HTTPAdapter, "send", send, plain=True)]


def probe() -> None:
    """The adapter refuses before it looks for a connection."""
    requests = part("requests")
    prepared = requests.Request("GET", f"http://[{SENTINEL_ADDRESS}]/").prepare()
    requests.adapters.HTTPAdapter().send(prepared, timeout=1)
