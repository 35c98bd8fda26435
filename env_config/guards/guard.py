"""Guards: what each can do, which there are, and whether they bite.

    ambient     variables of this process that lead to production          ambient.py
    connects    the audit hook, the wrappers of client libraries           audit_hook.py, drivers/
    assertion   stands in the connection string, the server enforces it    assertion.py
    identity    asks the server who it is                                  identity_guard.py
    processes   around a process tree, put there before it starts          processes/

Each guard is off, reports, or enforces, as the environment's book says for its layer; no variable changes that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from ..errors import GuardInactive, Refusal
from .self_test import Judge

if TYPE_CHECKING:
    from ..policy import Policy

OFF = "off"


class Guard(Protocol):
    """One thing that stops clients.

    Attributes:
        name: stable, for people and for ``doctor``.
        layer: one of :data:`env_config.book.model.GUARD_LAYERS`.
        mode: ``off``, ``report`` or ``enforce``.
    """

    name: str
    layer: str
    mode: str

    @property
    def installed(self) -> bool:
        """It is in force in this process."""

    def install(self, policy: Judge, mode: str) -> None:
        """Come into force; a second call brings another policy or mode."""

    def self_test(self) -> None:
        """Provoke a refusal and observe it, without any packet.

        Raises:
            GuardInactive: the refusal did not come.
        """

    def remove(self) -> None:
        """Undo it. For tests: nothing public leads here."""


@dataclass(frozen=True, slots=True)
class GuardStatus:
    """What a guard's own test has shown.

    Attributes:
        name: the guard's.
        layer: the guard's.
        mode: ``off``, ``report`` or ``enforce``.
        installed: it is in force in this process.
        bites: it has just refused its own sentinel.
        detail: why it does not bite, or what it waits for.
    """

    name: str
    layer: str
    mode: str
    installed: bool
    bites: bool
    detail: str = ""


def guards() -> tuple[Guard, ...]:
    """Every guard that works inside a running process, in the order in which they come into force."""
    from . import ambient, assertion_guard, audit_hook, drivers, identity_guard

    return (
        ambient.GUARD,
        audit_hook.GUARD,
        drivers.imports.GUARD,
        *drivers.GUARDS,
        assertion_guard.GUARD,
        identity_guard.GUARD,
    )


def install(policy: Judge, *, environ: Mapping[str, str] | None = None) -> list[GuardStatus]:
    """Put the guards into force in the modes of the policy's book, and let each prove that it bites.

    Args:
        policy: judges where this process may go.
        environ: the variables to look at; this process's own by default.

    Raises:
        TargetRefused: AMBIENT or PROD_CREDENTIAL, if a variable leads to production.
        GuardInactive: a guard does not bite.
    """
    from . import ambient

    _install(policy)
    found = prove()
    ambient.GUARD.check(os.environ if environ is None else environ)
    return found


def prove() -> list[GuardStatus]:
    """Let every guard that is in force prove now that it bites.

    Raises:
        GuardInactive: one does not.
    """
    found = statuses()
    for status in found:
        if status.mode != OFF and not status.bites:
            raise GuardInactive(status.detail, code="GUARD_INACTIVE", rule=status.name)
    return found


def statuses() -> list[GuardStatus]:
    """Test every guard now."""
    return [_status(guard) for guard in guards()]


def examine(policy: Judge) -> list[GuardStatus]:
    """For ``doctor``: load every client library that is there, put the guards into force, and test each.

    Unlike :func:`install` this neither raises nor looks at the variables: it shows. It also tries the guard of process
    trees on a child of its own.
    """
    from . import ambient, drivers

    _install(policy)
    words = {name: drivers.load(name) for name in drivers.DRIVERS}
    words[ambient.GUARD.name] = _variables(policy)
    return [*_explained(statuses(), words), _process_tree(policy)]


def _install(policy: Judge) -> None:
    for guard in guards():
        mode = policy.book.guards.get(guard.layer, "enforce")
        if mode == OFF:
            guard.remove()
            guard.mode = OFF
        else:
            guard.install(policy, mode)


def _variables(policy: Judge) -> str:
    """What the variables of this process would be refused for."""
    from .ambient import judge_ambient

    judgement = judge_ambient(os.environ, policy)
    return "; ".join(dict.fromkeys(f"{reason.detail} ({reason.code})" for reason in judgement.reasons))


def _process_tree(policy: Judge) -> GuardStatus:
    from .processes.guard import GUARD as GUARD_OF_TREES

    mode = policy.book.guards.get(GUARD_OF_TREES.layer, "enforce")
    if mode != OFF:
        try:
            GUARD_OF_TREES.install(cast("Policy", policy), mode)
        except GuardInactive as refusal:
            name, layer = GUARD_OF_TREES.name, GUARD_OF_TREES.layer
            return GuardStatus(name, layer, mode, installed=False, bites=False, detail=refusal.message)
    return GuardStatus(
        GUARD_OF_TREES.name, GUARD_OF_TREES.layer, mode, mode != OFF, mode != OFF, GUARD_OF_TREES.waiting_for
    )


def _status(guard: Guard) -> GuardStatus:
    if guard.mode == OFF:
        return GuardStatus(guard.name, guard.layer, OFF, guard.installed, bites=False)
    try:
        guard.self_test()
    except Refusal as refusal:
        return GuardStatus(guard.name, guard.layer, guard.mode, guard.installed, bites=False, detail=refusal.message)
    detail = str(getattr(guard, "waiting_for", ""))
    return GuardStatus(guard.name, guard.layer, guard.mode, guard.installed, bites=True, detail=detail)


def _explained(found: list[GuardStatus], words: Mapping[str, str]) -> Iterator[GuardStatus]:
    for status in found:
        why = words.get(status.name, "")
        if not why or not status.bites:
            yield status
        else:
            yield GuardStatus(status.name, status.layer, status.mode, status.installed, status.bites, why)
