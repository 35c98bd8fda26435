"""httpx: transports see each hop of a redirect, and the host even where a proxy takes the request."""

from __future__ import annotations

from typing import Any

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_ADDRESS, begin, expect_refusal
from .wrapping import Patch, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the two transports that use the network; those for WSGI, ASGI and mocks stay as they are."""
    httpx = part("httpx")

    def handle(_self: object, request: Any, *_arguments: object, **_keywords: object) -> None:
        url = request.url
        checkpoint.url(str(url), url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80))

    return [
        before(checkpoint, "httpx", httpx.HTTPTransport, "handle_request", handle, plain=True),
        before(checkpoint, "httpx", httpx.AsyncHTTPTransport, "handle_async_request", handle, plain=True),
    ]


def probe() -> None:
    """By both transports, without any client."""
    httpx = part("httpx")
    request = httpx.Request("GET", f"http://[{SENTINEL_ADDRESS}]/")
    expect_refusal("httpx", lambda: begin(httpx.AsyncHTTPTransport.handle_async_request(None, request)))
    httpx.HTTPTransport.handle_request(None, request)
