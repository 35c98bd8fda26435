"""A command and everything that it starts, kept away from production whatever it is written in. Linux only.

The processes ask before they connect: the kernel asks for them (seccomp), or a preloaded library does. A process beside
them, the supervisor, answers from the book. It stops accidents; a program that wants to get round it can.

    front        what the caller sees: starts the supervisor, passes signals on, returns the command's exit code
    supervisor   starts the command, answers for its tree, collects what dies
    seccomp      one way of asking      (syscall_filter, kernel)
    preload      the other              (library, preload.c)
    decisions    the answers            (peer: what a socket address means)
    probe        the self-test
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .guard import GUARD, ProcessesGuard

if TYPE_CHECKING:
    from .front import exit_like, run_guarded

__all__ = ["GUARD", "ProcessesGuard", "exit_like", "run_guarded"]


def __getattr__(name: str) -> object:
    # What needs Linux is loaded when it is used, so that this package can be imported anywhere.
    if name not in ("exit_like", "run_guarded"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .guard import require_linux

    require_linux()
    from . import front

    return getattr(front, name)
