"""The supervisor: a process that starts the command, answers for its tree, and collects what dies.

It is the nearest collector of orphans (``PR_SET_CHILD_SUBREAPER``), so a daemon that the command leaves behind stays
below it, guarded. It lives as long as anything of the tree does; the command's caller waits only for the command.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ...errors import GuardInactive
from . import kernel, probe
from .channel import Channel, Start
from .decisions import Decisions
from .guard import inactive
from .opening import open_channel

RELAYED = frozenset(
    {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM}
)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run.

    Attributes:
        program: the path of the executable; empty: only prove that the guard bites.
        argv: as the program will see it.
        environ: its variables.
        mask: the signals that its caller had blocked.
        via: ``auto``, ``seccomp`` or ``preload``.
    """

    program: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    mask: frozenset[int]
    via: str


class Supervisor:
    """One tree's.

    Args:
        decisions: the answers.
        caller: the process that relays signals.
        tell: hands a message to the caller.
    """

    def __init__(self, decisions: Decisions, caller: int, tell: Callable[[Mapping[str, object]], None]) -> None:
        self.decisions = decisions
        self._caller, self._tell = caller, tell
        self._command = 0
        self._ended: dict[int, int] = {}
        self._childless = False
        signals = RELAYED | {signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._signals = kernel.signal_descriptor(signals)
        self._poll = select.poll()
        self._poll.register(self._signals, select.POLLIN)

    def run(self, order: Order) -> None:
        """Guard the command until nothing of its tree is left."""
        kernel.control(kernel.PR_SET_CHILD_SUBREAPER, 1)
        channel = open_channel(order.via, lambda opened: self._proven(opened, order))
        try:
            if order.program:
                self._supervise(channel, order)
            else:
                self._tell({"via": channel.name})
        finally:
            channel.close()

    def _supervise(self, channel: Channel, order: Order) -> None:
        objection = channel.objection(order.program)
        if objection:
            raise inactive(f"{channel.name} cannot guard {order.argv[0]}: {objection}")
        try:
            self._command = channel.spawn(order.program, order.argv, Start(order.environ, order.mask))
        except OSError as error:
            self._tell({"not_started": error.errno, "why": error.strerror})
            return
        self._tell({"via": channel.name, "command": self._command})
        channel.started()
        _let_go_of(0, 1)
        gc.freeze()
        self._serve(channel, lambda: self._command in self._ended)
        self._tell({"status": self._ended[self._command]})
        if not self._childless:
            _leave_the_caller()
            self._serve(channel, lambda: self._childless)

    def _proven(self, channel: Channel, order: Order) -> None:
        """Let a throw-away child try what must be refused, and watch.

        Raises:
            GuardInactive: it was not refused.
        """
        trial = probe.Trial.prepared(self.decisions)
        with trial.recording():
            child = channel.spawn(*trial.command, Start(trial.environ, order.mask, trial.files))
            self._serve(channel, lambda: child in self._ended)
        trial.evaluate(self._ended.pop(child))
        self._childless = False

    def _serve(self, channel: Channel, until: Callable[[], bool]) -> None:
        self._poll.register(channel.descriptor, select.POLLIN)
        while not until():
            for descriptor, event in self._poll.poll():
                if descriptor == self._signals:
                    self._take_signals()
                elif event & select.POLLIN:
                    channel.answer(self.decisions)
                else:  # nobody is left who could ask; children that died are yet to be collected
                    self._poll.unregister(descriptor)
        with suppress(KeyError):
            self._poll.unregister(channel.descriptor)

    def _take_signals(self) -> None:
        for number, code, sender in kernel.received_signals(self._signals):
            if number == signal.SIGCHLD:
                self._collect()
            elif code < kernel.SI_KERNEL_OR_MORE and sender == self._caller:
                self._relay(number)

    def _relay(self, number: int) -> None:
        if self._command and self._command not in self._ended:
            os.kill(self._command, number)

    def _collect(self) -> None:
        """Bury every child that died, adopted ones included."""
        while True:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._childless = True
                return
            if child == 0:
                return
            self._ended[child] = status


def supervise(order: Order, decisions: Decisions, caller: int, report: int) -> None:
    """The whole life of the supervisor's process, which was forked for it.

    Args:
        order: what to run.
        decisions: the answers.
        caller: the process that waits for the command.
        report: a pipe that messages for the caller go to, one JSON object a line.
    """

    def tell(message: Mapping[str, object]) -> None:
        with suppress(BrokenPipeError):
            os.write(report, json.dumps(message).encode() + b"\n")

    try:
        Supervisor(decisions, caller, tell).run(order)
    except GuardInactive as inactive:
        tell({"inactive": inactive.message})


def _let_go_of(*descriptors: int) -> None:
    """The command has its own; a reader at the other end of a pipe must not wait for the supervisor's."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(nothing, descriptor)
    os.close(nothing)


def _leave_the_caller() -> None:
    """The caller goes on without us: away from its terminal, and from a pipe that somebody reads to its end."""
    with suppress(PermissionError):
        os.setsid()
    with suppress(OSError):
        kind = os.fstat(2).st_mode
        if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
            _let_go_of(2)
