"""Where a socket address leads, read from the bytes that a process hands to the kernel."""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass

_FAMILY = struct.Struct("=H")
_HARMLESS = frozenset({socket.AF_UNSPEC, 16, 38})
"""No address at all (it ends an association), netlink and the kernel's ciphers: nothing leaves the machine by these."""
_V4_MAPPED = b"\0" * 10 + b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end.

    Attributes:
        address: an IP address, the absolute path of a unix socket, ``@name`` for an abstract one; empty where the family
            is none that a book has addresses for.
        port: None for sockets that have none.
        family: as the kernel numbers it.
    """

    address: str
    port: int | None
    family: int

    @property
    def text(self) -> str:
        """For the audit log."""
        if not self.address:
            return f"address family {self.family}"
        if self.port is None:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def key(raw: bytes, *, sending: bool) -> bytes:
    """The part of a socket address that decides, for a cache; empty where the process' folder decides as well."""
    family = int.from_bytes(raw[:2], "little") if _LITTLE else int.from_bytes(raw[:2], "big")
    if family == socket.AF_INET:
        return raw[:8]
    if family == socket.AF_INET6:
        return raw[:4] + raw[8:24]
    if family == socket.AF_UNIX:
        return raw if raw[2:3] in (b"/", b"\0") else b""
    return (b"s" if sending else b"c") + raw[:8]


def peer_of(raw: bytes, process: int, *, sending: bool) -> Peer | None:
    """The other end that a socket address means; None where it leads nowhere.

    Args:
        raw: what the process handed over.
        process: its number; a relative path is read from its folder.
        sending: from ``sendto`` and its kin, where the kernel takes an address without a family for IPv4.
    """
    if len(raw) < _FAMILY.size:
        return None
    family = _FAMILY.unpack_from(raw)[0]
    if family == socket.AF_UNSPEC and sending and len(raw) >= 8:
        family = socket.AF_INET
    if family == socket.AF_INET and len(raw) >= 8:
        return Peer(_here_if_any(socket.inet_ntop(socket.AF_INET, raw[4:8])), _port(raw), family)
    if family == socket.AF_INET6 and len(raw) >= 24:
        return Peer(_ipv6(raw[8:24]), _port(raw), family)
    if family == socket.AF_UNIX:
        return Peer(_path(raw[2:], process), None, family) if len(raw) > 2 else None
    return None if family in _HARMLESS else Peer("", None, family)


def _port(raw: bytes) -> int:
    return int.from_bytes(raw[2:4], "big")


def _ipv6(packed: bytes) -> str:
    """The kernel connects to the IPv4 address that a mapped one carries."""
    if packed.startswith(_V4_MAPPED):
        return _here_if_any(socket.inet_ntop(socket.AF_INET, packed[12:]))
    text = socket.inet_ntop(socket.AF_INET6, packed)
    return "::1" if text == "::" else text


def _here_if_any(text: str) -> str:
    """Connecting to "any address" is connecting to this machine."""
    return "127.0.0.1" if text == "0.0.0.0" else text


def _path(raw: bytes, process: int) -> str:
    if raw[:1] == b"\0":
        return "@" + os.fsdecode(raw[1:].rstrip(b"\0"))
    path = os.fsdecode(raw.split(b"\0", 1)[0])
    if not path.startswith("/"):
        try:
            path = f"{os.readlink(f'/proc/{process}/cwd')}/{path}"  # noqa: PTH115 - bytes the kernel gives, not a Path
        except OSError:
            path = f"/{path}"
    return os.path.realpath(path)


_LITTLE = struct.pack("=H", 1) == b"\1\0"
