"""Guards stand between a process and the places it must not reach; see :mod:`env_config.guards.guard`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .guard import Guard, GuardStatus, examine, install, prove, statuses

__all__ = ["Guard", "GuardStatus", "examine", "install", "prove", "statuses"]


def __getattr__(name: str) -> object:
    # Resolving an address needs one small module of this folder, and must not pay for the guards.
    if name in __all__:
        from . import guard

        return getattr(guard, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
