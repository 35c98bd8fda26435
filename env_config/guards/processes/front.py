"""Running a command under the guard: what its caller sees."""

from __future__ import annotations

import json
import os
import resource
import select
import shlex
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from ...policy import Policy
from . import kernel
from .decisions import Decisions
from .descendants import descendants_of, end_all
from .guard import inactive
from .inherited import inherited
from .refusals import Refusals
from .supervisor import RELAYED, Order, supervise

NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""What shells answer."""
_NO_PROGRAM = "start it through its interpreter, or give it a first line that names one"


def run_guarded(
    argv: Sequence[str],
    policy: Policy,
    *,
    mode: str = "enforce",
    via: str = "auto",
    environ: Mapping[str, str] | None = None,
) -> int:
    """Run a command, and guard every process that it starts, whatever it is written in.

    To be called from the main thread: signals that reach this process alone are passed on to the command. Signals of
    a terminal reach the command by themselves, as it stays in this process' group.

    Args:
        argv: the command and its arguments.
        policy: judges the addresses; a hermetic one lets nothing leave this machine.
        mode: ``enforce`` refuses, ``report`` only writes down.
        via: ``seccomp``, ``preload``, or ``auto`` for the first that works.
        environ: the command's variables; this process' own by default.

    Returns:
        The command's exit code, or minus the number of the signal that ended it. 126 or 127 if it cannot be started.

    Raises:
        GuardInactive: the guard does not bite, and the command was not started; or the supervisor died, and what was left
            of the tree was ended.
    """
    variables = dict(os.environ if environ is None else environ)
    program = shutil.which(argv[0], path=variables.get("PATH", os.defpath))
    if program is None:
        return _unusable(argv[0], variables.get("PATH", os.defpath))
    variables = inherited(variables, policy.book)
    return _run(Order(program, tuple(argv), variables, frozenset(), via), policy, mode)


def prove(policy: Policy, *, mode: str = "enforce", via: str = "auto") -> str:
    """Start nothing but the self-test.

    Returns:
        The way that works.

    Raises:
        GuardInactive: none does.
    """
    call = _Call()
    _run(Order("", (), {}, frozenset(), via), policy, mode, call)
    if call.interrupted:
        signal.raise_signal(call.interrupted)
    return call.via


def exit_like(code: int) -> NoReturn:
    """End this process as the command ended: by the same signal, if it was one, so that a shell sees the same."""
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError, ValueError):
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
        os.kill(os.getpid(), -code)
        code = 128 - code
    sys.exit(code)


@dataclass(slots=True)
class _Call:
    """What the supervisor has said so far."""

    via: str = ""
    status: int | None = None
    not_started: int | None = None
    inactive: str = ""
    unread: bytes = b""
    deaf: bool = False
    interrupted: int = 0

    @property
    def over(self) -> bool:
        told = self.status is not None or self.not_started is not None or bool(self.inactive)
        return told or self.deaf or bool(self.interrupted)

    def hear(self, report: int) -> None:
        read = os.read(report, 65_536)
        self.deaf = not read
        *lines, self.unread = (self.unread + read).split(b"\n")
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            self.via = said.get("via", self.via)
            self.status = said.get("status", self.status)
            self.not_started = said.get("not_started", self.not_started)
            self.inactive = said.get("inactive", self.inactive)


def _run(order: Order, policy: Policy, mode: str, call: _Call | None = None) -> int:
    call = call or _Call()
    adopted, bystanders = kernel.is_subreaper(), descendants_of(os.getpid())
    kernel.control(kernel.PR_SET_CHILD_SUBREAPER, 1)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, RELAYED)
    try:
        supervisor, report = _forked(order, frozenset(mask), policy, mode)
        _wait(call, supervisor, report)
        return _result(call, order, supervisor, bystanders)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        kernel.control(kernel.PR_SET_CHILD_SUBREAPER, int(adopted))


def _forked(order: Order, mask: frozenset[int], policy: Policy, mode: str) -> tuple[int, int]:
    reader, writer = os.pipe()
    caller = os.getpid()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):
            stream.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child touches nothing that other threads hold
        supervisor = os.fork()
    if supervisor:
        os.close(writer)
        return supervisor, reader
    try:
        os.close(reader)
        refusals = Refusals(policy.book.environment, mode)
        decisions = Decisions(policy, enforce=mode != "report", record=refusals.record)
        supervise(Order(order.program, order.argv, order.environ, mask, order.via), decisions, caller, writer)
    except BaseException:  # noqa: BLE001 - this process was forked here, and must not go on as its parent
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(0)


def _wait(call: _Call, supervisor: int, report: int) -> None:
    """Hear the supervisor, and pass on the signals that were meant for the command."""
    signals = kernel.signal_descriptor(RELAYED)
    poll = select.poll()
    poll.register(signals, select.POLLIN)
    poll.register(report, select.POLLIN)
    try:
        while not call.over:
            for descriptor, _ in poll.poll():
                if descriptor == report:
                    call.hear(report)
                    continue
                for number, code, _ in kernel.received_signals(signals):
                    _pass_on(call, number, code, supervisor)
    finally:
        os.close(signals)
        os.close(report)


def _pass_on(call: _Call, number: int, code: int, supervisor: int) -> None:
    """To the command; but before it was started a signal means the guard itself."""
    if not call.via:
        call.interrupted = number
        os.kill(supervisor, signal.SIGKILL)
    elif code < kernel.SI_KERNEL_OR_MORE:
        with suppress(ProcessLookupError):
            os.kill(supervisor, number)


def _result(call: _Call, order: Order, supervisor: int, bystanders: set[int]) -> int:
    if call.status is not None:
        _bury_if_dead(supervisor)
        return os.waitstatus_to_exitcode(call.status)
    os.waitpid(supervisor, 0)
    if call.interrupted:
        end_all(bystanders)
        return -call.interrupted
    if call.inactive:
        raise inactive(call.inactive)
    if call.not_started is not None:
        return _not_started(order.argv[0], os.strerror(call.not_started), NOT_EXECUTABLE, _NO_PROGRAM)
    if not order.program and call.via:
        return 0
    end_all(bystanders)
    raise inactive("the supervisor died, so everything that it guarded was ended")


def _bury_if_dead(supervisor: int) -> None:
    """It ends with the tree, which is usually now: a moment's patience leaves no zombie behind."""
    for _ in range(20):
        if os.waitpid(supervisor, os.WNOHANG)[0]:
            return
        time.sleep(0.01)


def _unusable(command: str, path: str) -> int:
    """A file that is there and no program is something else than a file that is not there."""
    folders = [""] if os.path.dirname(command) else path.split(os.pathsep)  # noqa: PTH120 - as shutil.which looks
    found = [one for folder in folders if os.path.exists(one := os.path.join(folder, command))]  # noqa: PTH110, PTH118
    if not found:
        return _not_started(command, "no such command", NOT_FOUND, "check the spelling, the folder and PATH")
    if os.path.isdir(found[0]):  # noqa: PTH112
        return _not_started(command, "this is a folder", NOT_EXECUTABLE, "name the program inside it")
    return _not_started(command, "the file is not executable", NOT_EXECUTABLE, f"chmod +x {shlex.quote(found[0])}")


def _not_started(command: str, why: str, code: int, hint: str) -> int:
    """As a shell says it, where the command would speak."""
    print(f"error[USAGE]: {command}: {why}\n\nhint: {hint}", file=sys.stderr)  # noqa: T201
    return code
