"""The process layer as the other guards see it."""

from __future__ import annotations

import sys

from ...errors import GuardInactive
from ...policy import Policy


class ProcessesGuard:
    """The process tree's guard. It cannot be put into a process that already runs, only around one that is started.

    Attributes:
        name: for lists.
        layer: its key in a book's ``guards``.
        mode: ``off``, ``report`` or ``enforce``.
        installed: True once it has proven that it bites on this machine.
        waiting_for: what has to be done for it to be in force, for ``doctor``.
    """

    name = "processes"
    layer = "processes"

    def __init__(self) -> None:
        self.mode = "enforce"
        self.installed = False
        self.waiting_for = ""
        self._policy: Policy | None = None

    def install(self, policy: Policy, mode: str) -> None:
        """Prove that a tree started from here would be guarded.

        Raises:
            GuardInactive: it would not.
        """
        self._policy, self.mode = policy, mode
        self.self_test()
        self.installed = True

    def self_test(self) -> None:
        """Let a throw-away child provoke its own refusal.

        Raises:
            GuardInactive: it was not refused, or the guard was given no policy.
        """
        if self._policy is None:
            raise inactive("the guard has no policy")
        require_linux()
        from .front import prove

        via = prove(self._policy, mode=self.mode)
        self.waiting_for = f"works by {via}; guards what is started with `env-config run`"

    def remove(self) -> None:
        """Forget the policy."""
        self.installed, self.waiting_for, self._policy = False, "", None


GUARD = ProcessesGuard()


def require_linux() -> None:
    """Raise where no process tree can be guarded.

    Raises:
        GuardInactive: this is another system.
    """
    if sys.platform != "linux":
        raise inactive(f"there is no guard for process trees on {sys.platform}")


def inactive(words: str) -> GuardInactive:
    """The refusal of a guard that does not bite."""
    return GuardInactive(words, code="GUARD_INACTIVE", rule="processes")
