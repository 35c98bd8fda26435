"""Who listens on a port of this machine, from Linux's ``/proc``: local addresses and socket inodes.

The kernel prints listening sockets before all others, so reading stops at the first that is not one; reading the whole
table would take as long as there are connections.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TABLES = Path("/proc/self/net")
_LISTENING, _UNCONNECTED = "0A", "07"
KNOWN = sys.platform == "linux" and (_TABLES / "tcp").exists()
"""Whether this system tells who listens."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One bound socket: its local address in text and its inode."""

    address: str
    inode: int


def listeners(host: str, port: int) -> list[Listener]:
    """The sockets that a client connecting to a loopback host and port could reach: listening TCP, bound UDP.

    Args:
        host: a numeric loopback address, or ``localhost`` for all of them.
        port: 1 to 65535.
    """
    found = [*_rows("tcp", port, _LISTENING), *_rows("tcp6", port, _LISTENING)]
    found += [*_rows("udp", port, _UNCONNECTED), *_rows("udp6", port, _UNCONNECTED)]
    return [one for one in found if _answers(one.address, host)]


def _rows(table: str, port: int, wanted_state: str) -> Iterator[Listener]:
    try:
        file = (_TABLES / table).open(encoding="ascii")
    except OSError:  # a kernel without IPv6
        return
    wanted = f":{port:04X}"
    with file:
        next(file, None)
        for line in file:
            local, state, inode = _columns(line)
            if state != wanted_state and wanted_state == _LISTENING:
                return
            if state == wanted_state and local.endswith(wanted):
                yield Listener(_address(local.rpartition(":")[0]), inode)


def _columns(line: str) -> tuple[str, str, int]:
    columns = line.split()
    return columns[1], columns[3], int(columns[9])


def _address(text: str) -> str:
    """The kernel prints each 32-bit word of an address as a number, so in this machine's byte order."""
    raw = b"".join(int(text[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(text), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def _answers(listening: str, asked: str) -> bool:
    """Whether a socket bound to one address is reached through another."""
    if listening in ("0.0.0.0", "::") or (not asked[:1].isdigit() and asked != "::1"):
        return True
    return listening.removeprefix("::ffff:") == asked.removeprefix("::ffff:")
