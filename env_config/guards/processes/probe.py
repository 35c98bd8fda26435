"""The self-test: a throw-away child goes where it must not, in ways that send no packet even if nobody stops it.

Connecting a datagram socket only notes the address, so production's own can be tried: that proves the policy. Sending
to port 0 is refused by the kernel itself (EINVAL) before anything is sent: with an address that no network has, that
proves every other system call.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .channel import FileActions
from .decisions import REFUSAL_ERRNO, SENTINEL, SENTINEL_PORT, Attempt, Decisions, production_peers
from .guard import inactive

PROGRAM = """
import ctypes, json, socket, struct, sys
peers, sentinel = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def outcome(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return error.errno
    return 0
def many(address):
    name = struct.pack("=H", socket.AF_INET) + struct.pack("!H", address[1]) + socket.inet_aton(address[0]) + bytes(8)
    held = ctypes.create_string_buffer(name, 16)
    header = struct.pack("=QIIQQQQQ", ctypes.addressof(held), 16, 0, 0, 0, 0, 0, 0) + bytes(8)
    if libc.sendmmsg(end.fileno(), header[:64], 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "")
found = []
for address, port in peers:
    try:
        one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        found.append(None)
        continue
    found.append(outcome(one.connect, (address, port)))
end, place = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), tuple(sentinel)
found.append(outcome(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect, place))
found.append(outcome(end.sendto, b"", place))
found.append(outcome(end.sendmsg, [b""], [], 0, place))
found.append(outcome(many, place))
print(json.dumps(found))
"""


@dataclass(slots=True)
class Trial:
    """One self-test."""

    decisions: Decisions
    peers: list[tuple[str, int]]
    reader: int
    writer: int
    seen: list[str] = field(default_factory=list)

    @classmethod
    def prepared(cls, decisions: Decisions) -> Trial:
        """With a pipe for what the child found.

        Raises:
            GuardInactive: the policy lets production through.
        """
        try:
            peers = production_peers(decisions.policy)
        except LookupError as error:
            raise inactive(str(error)) from error
        return cls(decisions, peers, *os.pipe())

    @property
    def command(self) -> tuple[str, list[str]]:
        """The program and its arguments."""
        places = json.dumps([self.peers, (SENTINEL, SENTINEL_PORT)])
        return sys.executable, [sys.executable, "-I", "-S", "-c", PROGRAM, places]

    @property
    def environ(self) -> dict[str, str]:
        return dict(os.environ)

    @property
    def files(self) -> FileActions:
        return [
            (os.POSIX_SPAWN_DUP2, self.writer, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),  # type: ignore[list-item]
        ]

    @contextmanager
    def recording(self) -> Iterator[None]:
        """The child's attempts are counted here and not written down."""
        record = self.decisions.record
        self.decisions.record = self._note
        try:
            yield
        finally:
            self.decisions.record = record

    def _note(self, attempt: Attempt) -> None:
        self.seen.append(attempt.call)

    def evaluate(self, status: int) -> None:
        """Compare what the child met with what it must meet.

        Raises:
            GuardInactive: one of its attempts was not refused.
        """
        os.close(self.writer)
        with os.fdopen(self.reader) as pipe:
            text = pipe.read()
        if status != 0 or not text:
            raise inactive("the self-test's child did not come to its end")
        expected = ["connect"] * sum(outcome is not None for outcome in json.loads(text)[: len(self.peers)])
        expected += ["connect", "sendto", "sendmsg", "sendmmsg"]
        missed = [call for call in set(expected) if self.seen.count(call) < expected.count(call)]
        if missed:
            raise inactive(f"the self-test's {', '.join(sorted(missed))} was not seen")
        outcomes = {outcome for outcome in json.loads(text) if outcome is not None}
        if self.decisions.enforcing and outcomes != {REFUSAL_ERRNO}:
            raise inactive("the self-test's child was not refused")
