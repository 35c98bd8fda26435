"""Who is at the other end of this process's sockets? True for every client library, in Python or in C."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from ..verdict import Judgement
from .self_test import Judge

_HIGHEST = 4_096
"""Descriptors are looked for up to here where the system does not list them."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of one socket.

    Attributes:
        descriptor: of this process.
        address: a numeric address, or the path of a unix socket; abstract names begin with ``@``.
        port: None for a unix socket.
    """

    descriptor: int
    address: str
    port: int | None


@dataclass(frozen=True, slots=True)
class _Socket:
    descriptor: int
    listens: bool
    here: tuple[str, int | None]
    there: tuple[str, int | None] | None


def peers() -> tuple[Peer, ...]:
    """Everything that this process is connected to; not who came to its own listeners."""
    sockets = list(_sockets())
    doors = {found.here[1] for found in sockets if found.listens and found.here[1] is not None}
    paths = {found.here[0] for found in sockets if found.listens and found.here[1] is None}
    return tuple(
        Peer(found.descriptor, *found.there)
        for found in sockets
        if found.there is not None and found.here[1] not in doors and (found.here[1] or found.here[0] not in paths)
    )


def judge_peers(policy: Judge) -> Judgement:
    """Judge every peer; one that nobody names (half of a socket pair) leads nowhere."""
    together = Judgement()
    for peer in peers():
        if peer.address:
            together += policy.judge_peer(peer.address, peer.port)
    return together


def _sockets() -> Iterator[_Socket]:
    for descriptor in _descriptors():
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                yield _look(descriptor)


def _descriptors() -> list[int]:
    for folder in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return [int(name) for name in os.listdir(folder)]  # noqa: PTH208 - a Path for each would cost more than the look
    return list(range(_HIGHEST))


def _look(descriptor: int) -> _Socket:
    """Borrow the descriptor: the socket object lets go of it before it could close it."""
    borrowed = socket.socket(fileno=descriptor)
    try:
        there = None
        with contextlib.suppress(OSError):
            there = place_of(borrowed, borrowed.getpeername())
        return _Socket(descriptor, _listens(borrowed), place_of(borrowed, borrowed.getsockname()), there)
    finally:
        borrowed.detach()


def _listens(borrowed: socket.socket) -> bool:
    try:
        return bool(borrowed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def place_of(borrowed: socket.socket, address: object) -> tuple[str, int | None]:
    """An address of a socket as the policy wants it: host and port, or a unix socket's path."""
    if borrowed.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
        return str(address[0]).partition("%")[0], int(address[1])
    if isinstance(address, (bytes, str)):
        path = os.fsdecode(address)
        return ("@" + path[1:] if path.startswith("\0") else path), None
    return "", None
