"""http.client: what urllib, urllib3, requests and botocore speak with. A proxy must not hide where a request goes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_ADDRESS, SENTINEL_PORT
from .wrapping import Patch, before, part


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the beginning of every request, before anything has been sent, and of every tunnel."""
    connection = part("http.client").HTTPConnection

    def request(self: Any, _method: str, url: str, *_arguments: object, **_keywords: object) -> None:
        tunnel = getattr(self, "_tunnel_host", None)
        if tunnel:
            checkpoint.place(tunnel, getattr(self, "_tunnel_port", None))
        if url[:7].lower() == "http://" or url[:8].lower() == "https://":
            parts = urlsplit(url)
            checkpoint.url(url, parts.hostname or "", parts.port or _default(parts.scheme))
        elif not tunnel:
            scheme = "https" if self.default_port == 443 else "http"
            host = f"[{self.host}]" if ":" in self.host else self.host
            checkpoint.url(f"{scheme}://{host}:{self.port}{url}", self.host, self.port)

    def tunnel(_self: object, host: str, port: Any = None, *_arguments: object, **_keywords: object) -> None:
        name, _, number = host.rpartition(":") if port is None and host.count(":") == 1 else (host, "", port)
        checkpoint.place(name.strip("[]"), number or 443)

    return [
        before(checkpoint, "http.client", connection, "putrequest", request),
        before(checkpoint, "http.client", connection, "set_tunnel", tunnel),
    ]


def probe() -> None:
    """Nothing is connected before a request's head is complete."""
    part("http.client").HTTPConnection(SENTINEL_ADDRESS, SENTINEL_PORT).putrequest("GET", "/")


def _default(scheme: str) -> int:
    return 443 if scheme.lower() == "https" else 80
