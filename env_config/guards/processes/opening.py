"""Which way of asking this machine allows, proven before it is used."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import GuardInactive
from .channel import Channel, Opener
from .guard import inactive


def _seccomp() -> Channel:
    from .seccomp import SeccompChannel

    return SeccompChannel()


def _preload() -> Channel:
    from .preload import PreloadChannel

    return PreloadChannel()


WAYS: dict[str, Opener] = {"seccomp": _seccomp, "preload": _preload}
"""In the order in which ``auto`` tries them."""


def open_channel(via: str, prove: Callable[[Channel], None]) -> Channel:
    """The first way that opens and bites.

    Args:
        via: ``auto``, or the only way to try.
        prove: raises GuardInactive where the channel lets through what it must not.

    Raises:
        GuardInactive: there is none; each says why.
    """
    reasons = []
    for name in WAYS if via == "auto" else (via,):
        try:
            channel = WAYS[name]()
        except OSError as error:
            reasons.append(f"{name} is refused here ({error})")
            continue
        try:
            prove(channel)
        except (GuardInactive, OSError) as error:
            channel.close()
            reasons.append(f"{name} does not bite ({getattr(error, 'message', error)})")
            continue
        return channel
    raise inactive("; ".join(reasons))
