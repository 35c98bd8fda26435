"""Python's own sockets: a name that goes to ``connect`` as it is, is judged before the socket asks the resolver.

The audit hook hears of such a call when the name has been resolved, so it refuses as well; this wrapper only spares the
question to the name server, and gives the refusal where nobody answers it. So nothing is lost if a test tool puts a method
of its own in its place.
"""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable
from typing import Any

from ..checkpoint import Checkpoint, text_of
from ..resolved_names import NAMES
from ..self_test import SENTINEL_NAME, SENTINEL_PORT
from .wrapping import Patch, replace

_METHODS = ("connect", "connect_ex", "sendto")
_LIMIT = 4_096


class Early(Patch):
    """A wrapper that nothing depends on."""

    __slots__ = ()

    @property
    def holds(self) -> bool:
        return True


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the methods whose last argument is an address."""
    known: set[object] = set()

    def make(function: Any) -> Any:
        def guarded(self: Any, *arguments: Any) -> Any:
            address = arguments[-1] if arguments else None
            if type(address) is tuple and address and address[0] not in known:
                _judge(checkpoint, address, known)
            return function(self, *arguments)

        guarded.__name__, guarded.__doc__ = function.__name__, function.__doc__
        return guarded

    found = [replace(socket.socket, name, make) for name in _METHODS]
    found += [replace(socket, name, maker) for name, maker in _RESOLVERS.items()]
    return [Early(one.owner, one.name, one.original, one.replacement, one.code) for one in found]


def probe() -> None:
    """By the wrapper as it was made: another method in its place would ask the resolver."""
    with socket.socket() as sock:
        wrapped = vars(socket.socket).get("connect_ex")
        if getattr(wrapped, "__module__", "") == __name__:
            sock.connect_ex((SENTINEL_NAME, SENTINEL_PORT))
        else:
            import sys

            sys.audit("socket.connect", sock, (SENTINEL_NAME, SENTINEL_PORT))


def _rows(function: Any) -> Any:
    def getaddrinfo(host: Any, *arguments: Any, **keywords: Any) -> Any:
        rows = function(host, *arguments, **keywords)
        if isinstance(host, (str, bytes)):
            NAMES.remember_rows(text_of(host), rows)
        return rows

    return functools.update_wrapper(getaddrinfo, function)


def _one(function: Any) -> Any:
    def gethostbyname(hostname: Any) -> Any:
        address = function(hostname)
        NAMES.remember(text_of(hostname), [address])
        return address

    return functools.update_wrapper(gethostbyname, function)


def _several(function: Any) -> Any:
    def gethostbyname_ex(hostname: Any) -> Any:
        answer = function(hostname)
        NAMES.remember(text_of(hostname), answer[2])
        return answer

    return functools.update_wrapper(gethostbyname_ex, function)


_RESOLVERS: dict[str, Callable[[Any], Any]] = {
    "getaddrinfo": _rows,
    "gethostbyname": _one,
    "gethostbyname_ex": _several,
}
"""Their answers are remembered, so that a refusal can show the name that led to the number."""


def _judge(checkpoint: Checkpoint, address: tuple[Any, ...], known: set[object]) -> None:
    """Judge the name, unless it is a number: for these the audit hook comes early enough."""
    host = address[0]
    if not isinstance(host, (str, bytes)) or len(address) < 2:
        return
    text = text_of(host)
    if text[-1:].isdigit() or ":" in text or not text:
        if len(known) >= _LIMIT:
            known.clear()
        known.add(host)
        return
    checkpoint.place(text, address[1])
