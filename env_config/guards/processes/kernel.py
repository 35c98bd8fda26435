"""The kernel calls that supervising needs and the standard library does not offer. Linux, 64 bit."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 38, 36, 37
SI_KERNEL_OR_MORE = 1
"""``si_code`` of a signal that the kernel sent, such as Ctrl-C at a terminal; a process' own has 0 or less."""
_SIGNAL_INFO = struct.Struct("=IiiI112x")
_SIGNAL_SET = struct.Struct("=Q")


@dataclass(frozen=True, slots=True)
class Machine:
    """The numbers of one architecture's system calls (``asm/unistd.h``) and its audit number (``linux/audit.h``)."""

    audit: int
    connect: int
    sendto: int
    sendmsg: int
    sendmmsg: int
    seccomp: int
    signalfd4: int
    x32_bit: int = 0
    io_uring: tuple[int, ...] = (425, 426, 427)


MACHINES = {
    "x86_64": Machine(
        0xC000003E, connect=42, sendto=44, sendmsg=46, sendmmsg=307, seccomp=317, signalfd4=289, x32_bit=0x40000000
    ),
    "aarch64": Machine(0xC00000B7, connect=203, sendto=206, sendmsg=211, sendmmsg=269, seccomp=277, signalfd4=74),
}


class IoVector(ctypes.Structure):
    """``struct iovec``."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def machine() -> Machine:
    """The architecture that this interpreter runs on.

    Raises:
        OSError: neither x86_64 nor aarch64, or a 32-bit interpreter.
    """
    found = MACHINES.get(platform.machine())
    if found is None or ctypes.sizeof(ctypes.c_void_p) != 8:
        raise OSError(f"no filter is written for {platform.machine()}")
    return found


@cache
def libc() -> ctypes.CDLL:
    """The C library, with ``errno`` kept."""
    return ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: Any) -> int:
    """A system call by its number.

    Raises:
        OSError: what the kernel answered.
    """
    padded = [*arguments, *[0] * (6 - len(arguments))]
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in padded]
    result = libc().syscall(ctypes.c_long(number), *wide)
    if result < 0:
        _raise()
    return int(result)


def control(option: int, value: int) -> None:
    """``prctl`` with one argument.

    Raises:
        OSError: what the kernel answered.
    """
    if libc().prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        _raise()


def is_subreaper() -> bool:
    """True if orphans below this process become its children."""
    answer = ctypes.c_int(0)
    libc().prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(answer), 0, 0, 0)
    return bool(answer.value)


def signal_descriptor(signals: Iterable[int]) -> int:
    """A descriptor that signals are read from; the caller has blocked them."""
    wanted = _SIGNAL_SET.pack(sum(1 << (number - 1) for number in signals))
    held = ctypes.create_string_buffer(wanted, _SIGNAL_SET.size)
    return call(machine().signalfd4, -1, ctypes.byref(held), _SIGNAL_SET.size, os.O_CLOEXEC | os.O_NONBLOCK)


def received_signals(descriptor: int) -> list[tuple[int, int, int]]:
    """Number, ``si_code`` and sender of every signal that waits at the descriptor."""
    try:
        raw = os.read(descriptor, 64 * _SIGNAL_INFO.size)
    except BlockingIOError:
        return []
    return [(number, code, sender) for number, _, code, sender in _SIGNAL_INFO.iter_unpack(raw)]


def memory_reader() -> Callable[[int, int, int], bytes]:
    """A function (process, address, length) → bytes of that process' memory, made for being called often.

    It raises OSError: EFAULT where nothing is mapped, EPERM where the process hides its memory, ESRCH where it is gone.
    """
    buffer = ctypes.create_string_buffer(65_536)
    here, there = IoVector(ctypes.addressof(buffer), 0), IoVector(0, 0)
    here_at, there_at = ctypes.byref(here), ctypes.byref(there)
    copy = libc().process_vm_readv
    one, none = ctypes.c_ulong(1), ctypes.c_ulong(0)
    copy.restype = ctypes.c_ssize_t

    def read(process: int, address: int, length: int) -> bytes:
        here.length = there.length = length
        there.base = address
        if copy(process, here_at, one, there_at, one, none) != length:
            _raise()
        return ctypes.string_at(buffer, length)

    return read


def _raise() -> None:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))
