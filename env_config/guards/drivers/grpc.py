"""gRPC: resolves and connects in C, again and again, for as long as a channel lives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_PATH, expect_refusal
from .wrapping import Patch, before, part

_DEFAULT_PORT = 443
_SCHEME = re.compile(r"^([a-z][a-z0-9+.\-]*):(?!\d+$)(.*)$", re.DOTALL)


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap both kinds of channel."""

    def channel(_self: object, target: Any, *_arguments: object, **_keywords: object) -> None:
        for host, port in places(target.decode() if isinstance(target, bytes) else target):
            checkpoint.place(host, port)
            checkpoint.resolved(host, port)

    owners = (part("grpc._channel").Channel, part("grpc.aio._channel").Channel)
    return [before(checkpoint, "gRPC", owner, "__init__", channel) for owner in owners]


def probe() -> None:
    """Both kinds, by a socket that does not exist."""
    grpc = part("grpc")
    expect_refusal("gRPC", lambda: grpc.aio.insecure_channel(f"unix:{SENTINEL_PATH}"))
    grpc.insecure_channel(f"unix:{SENTINEL_PATH}")


def places(target: str) -> Iterator[tuple[str, int | str]]:
    """Where a target leads, by gRPC's naming: ``dns:``, ``ipv4:``, ``ipv6:``, ``unix:``, ``unix-abstract:``, or bare."""
    found = _SCHEME.match(target)
    scheme, rest = (found.group(1).lower(), found.group(2)) if found else ("dns", target)
    if scheme == "unix-abstract":
        yield "@" + rest, ""
        return
    if scheme == "unix":
        yield "/" + rest.lstrip("/"), ""
        return
    if rest.startswith("//"):  # an authority is the name server that is asked, or the control plane
        authority, _, rest = rest[2:].partition("/")
        if authority:
            yield _split(authority)
    for text in unquote(rest).split(",") if scheme in ("ipv4", "ipv6") else [unquote(rest)]:
        yield _split(text)


def _split(text: str) -> tuple[str, int | str]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.lstrip(":") or _DEFAULT_PORT
    if text.count(":") != 1:
        return text, _DEFAULT_PORT
    host, _, port = text.partition(":")
    return host, port
