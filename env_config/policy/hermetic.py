"""A hermetic process reaches nothing but this machine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from ..canonical.target import Target
from ..verdict import DENY, Reason
from .rules import LOOPBACK_NAMES


def reasons(target: Target, opened_ports: Callable[[], Collection[int]] | None) -> Iterator[Reason]:
    """One reason where the target is neither a unix socket nor an opened port on loopback."""
    host = target.host
    if host is None:
        yield Reason("UNDECLARED", DENY, "hermetic", target.text, "a hermetic test reaches no cloud resource")
        return
    if host.is_socket or not host.name:
        return
    if not _is_loopback(host.name):
        yield Reason("UNDECLARED", DENY, "hermetic", target.text, "a hermetic test reaches nothing but this machine")
    elif opened_ports is not None and target.port is not None and target.port not in opened_ports():
        yield Reason("UNDECLARED", DENY, "hermetic", target.text, "no fixture and no part of the test opened this port")


def _is_loopback(name: str) -> bool:
    return name in LOOPBACK_NAMES or name.startswith(("127.", "::ffff:127.")) or name == "::1"
