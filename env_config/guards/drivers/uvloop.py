"""uvloop: an event loop in C. Its public class is one of Python, so its methods can be wrapped."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from typing import Any

from ..checkpoint import Checkpoint, numeric, text_of
from ..resolved_names import NAMES
from ..self_test import SENTINEL_ADDRESS, SENTINEL_PATH, SENTINEL_PORT, begin, expect_refusal
from .wrapping import Patch, part, replace

_PATH = object()
"""Stands for the port where an address is a unix socket's path."""

Check = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
"""Judges (loop, host, port), the loop's own resolution of the name included."""


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap every method that leads out of the process."""
    loop = part("uvloop").Loop
    resolve = loop.getaddrinfo

    async def check(self: Any, host: Any, port: Any) -> None:
        text = text_of(host)
        if port is _PATH:
            checkpoint.path(text)
            return
        checkpoint.place(text, port)
        if not numeric(text):
            checkpoint.answers(text, await resolve(self, host, port), port)

    makers: dict[str, Callable[[Any], Any]] = {
        "create_connection": lambda original: _stream(original, check),
        "create_datagram_endpoint": lambda original: _datagram(original, check),
        "create_unix_connection": lambda original: _path(original, checkpoint),
        "sock_connect": lambda original: _socket(original, check, 1),
        "sock_sendto": lambda original: _socket(original, check, 2),
        "getaddrinfo": lambda original: _question(original, checkpoint),
    }
    return [replace(loop, name, make) for name, make in makers.items() if hasattr(loop, name)]


def probe() -> None:
    """Every wrapped method refuses before it touches a loop, so none is needed."""
    loop = part("uvloop").Loop
    address = SENTINEL_ADDRESS, SENTINEL_PORT
    attempts = [
        lambda: loop.sock_connect(None, None, address),
        lambda: loop.create_datagram_endpoint(None, None, remote_addr=address),
        lambda: loop.create_unix_connection(None, None, SENTINEL_PATH),
    ]
    for attempt in attempts:
        expect_refusal("uvloop", lambda attempt=attempt: begin(attempt()))  # type: ignore[misc]
    begin(loop.create_connection(None, None, *address))


def _stream(original: Any, check: Check) -> Any:
    async def create_connection(self: Any, factory: Any, host: Any = None, port: Any = None, **keywords: Any) -> Any:
        if host is not None:
            await check(self, host, port)
        return await original(self, factory, host, port, **keywords)

    return create_connection


def _datagram(original: Any, check: Check) -> Any:
    async def create_datagram_endpoint(
        self: Any, factory: Any, local_addr: Any = None, remote_addr: Any = None, **keywords: Any
    ) -> Any:
        if remote_addr is not None:
            await check(self, *_pair(remote_addr))
        return await original(self, factory, local_addr, remote_addr, **keywords)

    return create_datagram_endpoint


def _path(original: Any, checkpoint: Checkpoint) -> Any:
    async def create_unix_connection(self: Any, factory: Any, path: Any = None, **keywords: Any) -> Any:
        if path is not None:
            checkpoint.path(os.fspath(path))
        return await original(self, factory, path, **keywords)

    return create_unix_connection


def _socket(original: Any, check: Check, position: int) -> Any:
    async def to_address(self: Any, *arguments: Any) -> Any:
        await check(self, *_pair(arguments[position]))
        return await original(self, *arguments)

    return to_address


def _question(original: Any, checkpoint: Checkpoint) -> Any:
    async def getaddrinfo(self: Any, host: Any, port: Any, **keywords: Any) -> Any:
        if host:
            checkpoint.resolving(text_of(host), port)
        rows = await original(self, host, port, **keywords)
        if host:
            NAMES.remember_rows(text_of(host), rows)
        return rows

    return getaddrinfo


def _pair(address: Any) -> tuple[Any, Any]:
    """Host and port of an address; a path has no port."""
    return (address[0], address[1]) if isinstance(address, tuple) else (address, _PATH)
