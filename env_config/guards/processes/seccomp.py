"""Asking through the kernel: seccomp user notification (``seccomp_unotify(2)``). No privilege, any language, any binary.

A thread of the supervisor filters itself and then starts the program, which inherits the filter, while the supervisor's
other thread stays free. So the descriptor never has to be handed from one process to another.

Between reading an address and letting the call go on, another thread of the same program could change the address. A
program that wants out finds a way; this stops the ones that went astray.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from errno import EFAULT, EINTR, ENOENT, ESRCH
from fcntl import ioctl

from . import kernel, syscall_filter
from .channel import Start
from .decisions import Decisions

_RECEIVE, _SEND, _IS_VALID, _SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40082104
_SYNCHRONOUS_WAKE_UP = 1
_REQUEST = struct.Struct("=QIIiIQ6Q")
"""``struct seccomp_notif``: id, pid, flags, and the call's number, architecture, instruction pointer and arguments."""
_RESPONSE = struct.Struct("=QqiI")
_NUMBER = struct.Struct("=Q")
_GO_ON = 1

_MESSAGE, _MANY_STRIDE = struct.Struct("=QI44x"), 64
"""``struct msghdr``: its address and the address' length come first. In an array each is followed by a count."""
_LONGEST_ADDRESS, _MOST_MESSAGES = 128, 1_024


class SeccompChannel:
    """Answers what the kernel asks for the tree."""

    name = "seccomp"

    def __init__(self) -> None:
        self._launcher = ThreadPoolExecutor(1, "env-config-launcher")
        try:
            self.descriptor = self._launcher.submit(syscall_filter.install).result()
        except OSError:
            self._launcher.shutdown()
            raise
        self._request, self._nothing = bytearray(_REQUEST.size), bytes(_REQUEST.size)
        self._read = kernel.memory_reader()
        machine = kernel.machine()
        self._calls = {
            machine.connect: ("connect", self._one),
            machine.sendto: ("sendto", self._destination),
            machine.sendmsg: ("sendmsg", self._message),
            machine.sendmmsg: ("sendmmsg", self._messages),
        }
        with suppress(OSError):  # since Linux 6.6: a question costs one change of process less
            ioctl(self.descriptor, _SET_FLAGS, _SYNCHRONOUS_WAKE_UP)

    def objection(self, program: str) -> str:
        """The kernel asks for every program."""
        return ""

    def spawn(self, program: str, argv: Sequence[str], start: Start) -> int:
        """Start it from the filtered thread."""
        return self._launcher.submit(start, program, argv).result()

    def started(self) -> None:
        """The filtered thread ends."""
        self._launcher.shutdown()

    def close(self) -> None:
        """From now on the kernel answers ENOSYS for every question."""
        os.close(self.descriptor)

    def answer(self, decisions: Decisions) -> None:
        """Answer one question."""
        self._request[:] = self._nothing  # the kernel insists
        try:
            ioctl(self.descriptor, _RECEIVE, self._request)
        except OSError as error:
            if error.errno in (ENOENT, EINTR):  # whoever asked is gone
                return
            raise
        identity, process, _, number, _, _, *arguments = _REQUEST.unpack(self._request)
        refusal = self._refusal(decisions, identity, process, number, arguments)
        response = _RESPONSE.pack(identity, 0, -refusal, 0 if refusal else _GO_ON)
        with suppress(FileNotFoundError):
            ioctl(self.descriptor, _SEND, response)

    def _refusal(self, decisions: Decisions, identity: int, process: int, number: int, arguments: list[int]) -> int:
        call, addresses = self._calls[number]
        try:
            found = addresses(process, arguments)
            # Were the process gone, its number could be another's by now, and so what was read.
            ioctl(self.descriptor, _IS_VALID, _NUMBER.pack(identity))
        except OSError as error:
            if error.errno in (EFAULT, ENOENT, ESRCH):
                return EFAULT
            return decisions.refuse_unreadable(process, call)
        for raw in found:
            refusal = decisions.decide(process, call, raw)
            if refusal:
                return refusal
        return 0

    def _one(self, process: int, arguments: list[int]) -> list[bytes]:
        return self._address(process, arguments[1], arguments[2])

    def _destination(self, process: int, arguments: list[int]) -> list[bytes]:
        return self._address(process, arguments[4], arguments[5])

    def _message(self, process: int, arguments: list[int]) -> list[bytes]:
        return self._named(process, self._read(process, arguments[1], _MESSAGE.size))

    def _messages(self, process: int, arguments: list[int]) -> list[bytes]:
        count = min(arguments[2] & 0xFFFFFFFF, _MOST_MESSAGES)
        raw = self._read(process, arguments[1], count * _MANY_STRIDE) if count else b""
        return [
            address
            for at in range(0, len(raw), _MANY_STRIDE)
            for address in self._named(process, raw[at : at + _MESSAGE.size])
        ]

    def _named(self, process: int, header: bytes) -> list[bytes]:
        return self._address(process, *_MESSAGE.unpack(header))

    def _address(self, process: int, at: int, length: int) -> list[bytes]:
        wanted = min(length & 0xFFFFFFFF, _LONGEST_ADDRESS)
        return [self._read(process, at, wanted)] if at and wanted else []
