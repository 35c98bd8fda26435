"""The program that the kernel runs at every system call of the guarded tree (classic BPF, see ``seccomp(2)``).

What can open a way to somewhere is handed to the supervisor: ``connect``, ``sendto`` with an address, ``sendmsg`` and
``sendmmsg`` (whose addresses lie in memory that the program cannot read; TCP Fast Open comes through these as well).
``io_uring`` would go round all of it, so to the tree it does not exist. A system call of another architecture has
other numbers: the kernel ends a process that makes one.
"""

from __future__ import annotations

import ctypes
from errno import EINVAL, ENOSYS

from . import kernel

ALLOW, KILL, ASK, ERRNO = 0x7FFF0000, 0x80000000, 0x7FC00000, 0x00050000
_LOAD, _RETURN, _IF_EQUAL, _IF_AT_LEAST = 0x20, 0x06, 0x15, 0x35
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

SET_MODE_FILTER = 1
NEW_LISTENER, WAIT_KILLABLE = 1 << 3, 1 << 5

Step = tuple[int, int, str, str]
"""Operation, operand, and the labels to go on at if the comparison holds or not; no label: the next step."""


class _Filter(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("operand", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Filter)))


def steps(machine: kernel.Machine) -> list[tuple[str, Step]]:
    """The program as (label, step)."""
    asked = (machine.connect, machine.sendmsg, machine.sendmmsg)
    destination = _ARGUMENTS_AT + 8 * 4
    x32: list[tuple[str, Step]] = [("", (_IF_AT_LEAST, machine.x32_bit, "missing", ""))] if machine.x32_bit else []
    return [
        ("", (_LOAD, _ARCHITECTURE_AT, "", "")),
        ("", (_IF_EQUAL, machine.audit, "", "foreign")),
        ("", (_LOAD, _NUMBER_AT, "", "")),
        *x32,
        *(("", (_IF_EQUAL, number, "ask", "")) for number in asked),
        *(("", (_IF_EQUAL, number, "missing", "")) for number in machine.io_uring),
        ("", (_IF_EQUAL, machine.sendto, "", "allow")),
        ("", (_LOAD, destination, "", "")),
        ("", (_IF_EQUAL, 0, "", "ask")),
        ("", (_LOAD, destination + 4, "", "")),
        ("", (_IF_EQUAL, 0, "allow", "ask")),
        ("allow", (_RETURN, ALLOW, "", "")),
        ("ask", (_RETURN, ASK, "", "")),
        ("missing", (_RETURN, ERRNO | ENOSYS, "", "")),
        ("foreign", (_RETURN, KILL, "", "")),
    ]


def install() -> int:
    """Filter this thread and all that it starts from now on, for good.

    Returns:
        The descriptor that the kernel asks through.

    Raises:
        OSError: the kernel refuses: EBUSY under another supervisor, EPERM or EACCES in a sandbox, ENOSYS or EINVAL where it
            is too old.
    """
    machine = kernel.machine()
    program = _assembled(steps(machine))
    kernel.control(kernel.PR_SET_NO_NEW_PRIVS, 1)
    try:
        # A signal (Go sends itself one every few milliseconds) must not make the kernel ask the same thing again.
        return _installed(machine, NEW_LISTENER | WAIT_KILLABLE, program)
    except OSError as error:
        if error.errno != EINVAL:
            raise
        return _installed(machine, NEW_LISTENER, program)  # before Linux 5.19


def _installed(machine: kernel.Machine, flags: int, program: _Program) -> int:
    return kernel.call(machine.seccomp, SET_MODE_FILTER, flags, ctypes.byref(program))


def _assembled(labelled: list[tuple[str, Step]]) -> _Program:
    places = {label: place for place, (label, _) in enumerate(labelled) if label}
    made = (_Filter * len(labelled))()
    for place, (_, (code, operand, yes, no)) in enumerate(labelled):
        distances = [places[label] - place - 1 if label else 0 for label in (yes, no)]
        made[place] = _Filter(code, *distances, operand)
    return _Program(len(labelled), ctypes.cast(made, ctypes.POINTER(_Filter)))
