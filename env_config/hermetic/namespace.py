"""A network of its own for a command: a Linux namespace with loopback and nothing else, drivers in C included.

``python -m env_config.hermetic.namespace -- COMMAND`` enters it and becomes the command. The superuser needs no user
namespace, and keeps all user numbers; others get one in which they are themselves.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import GuardInactive

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1
UNAVAILABLE = 75
"""The exit code that says: no namespace here (os.EX_TEMPFAIL, which no test runner uses)."""


def is_isolated() -> bool:
    """Whether this process has no route to anywhere but itself, whoever arranged that."""
    try:
        routes = Path("/proc/self/net/route").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return False
    return not any(line.split()[0] != "lo" for line in routes) and not _has_outer_ipv6()


def _has_outer_ipv6() -> bool:
    try:
        rows = Path("/proc/self/net/ipv6_route").read_text(encoding="ascii").splitlines()
    except OSError:  # a kernel without IPv6
        return False
    return any(row.split()[-1] != "lo" for row in rows if row.split())


def enter() -> None:
    """Leave this machine's networks for an empty one with loopback up.

    Raises:
        GuardInactive: the system does not let this process have one.
    """
    if sys.platform != "linux":
        raise _unavailable(f"{sys.platform} has no network namespaces")
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if user != 0 or libc.unshare(_NEW_NETWORK) != 0:
        if libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
            raise _unavailable(os.strerror(ctypes.get_errno()))
        _map_to_itself(user, group)
    _raise_loopback()
    if not is_isolated():
        raise _unavailable("the new namespace has a route to somewhere")


def _map_to_itself(user: int, group: int) -> None:
    mine = Path("/proc/self")
    try:
        (mine / "setgroups").write_text("deny")
        (mine / "uid_map").write_text(f"{user} {user} 1")
        (mine / "gid_map").write_text(f"{group} {group} 1")
    except OSError as error:
        raise _unavailable(f"user numbers cannot be mapped: {error.strerror}") from error


def _raise_loopback() -> None:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(control, _GET_FLAGS, request))[1]
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))


def _unavailable(why: str) -> GuardInactive:
    return GuardInactive(f"no network namespace: {why}", code="GUARD_INACTIVE", rule="network-namespace")


def main(command: Sequence[str]) -> int:
    """Enter a namespace and become the command; return only if that is impossible."""
    try:
        enter()
        os.execvp(command[0], list(command))
    except GuardInactive as refusal:
        sys.stderr.write(f"{refusal.message}\n")
        return UNAVAILABLE
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127 if error.errno == errno.ENOENT else 126


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
