"""What the kernel's filter sees, system call by system call, from a program without any library's help."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from env_config.guards.processes import kernel, syscall_filter

from . import guarded
from .listeners import PRODUCTION, Listener

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="process trees are guarded on Linux only"),
    pytest.mark.skipif(
        shutil.which("cc") is None, reason="the program that makes bare system calls needs a C compiler"
    ),
]

PROGRAM = Path(__file__).with_name("bare_calls.c")
REFUSED = (
    "connect",
    "fast open",
    "sendto",
    "sendmsg",
    "second of sendmmsg",
    "sendto without family",
    "long length",
    "high bits of the length",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled program, statically linked: nothing but the kernel can see what it does."""
    folder = tmp_path_factory.mktemp("program")
    subprocess.run(["cc", "-static", "-o", folder / "calls", PROGRAM], check=True, timeout=60)
    return folder / "calls"


@pytest.fixture(scope="module")
def outcomes(program: Path) -> dict[str, int]:
    with Listener(PRODUCTION, udp=True) as datagrams, Listener(PRODUCTION, port=datagrams.port) as connections:
        done = guarded.run([str(program), PRODUCTION, str(datagrams.port)], via="seccomp")
        datagrams.settle()
        connections.settle()
    found: dict[str, int] = json.loads(done.stdout) | {"arrived": datagrams.accepted + connections.accepted}
    return found


@pytest.mark.parametrize("call", REFUSED)
def test_call_that_leads_to_production(outcomes: dict[str, int], call: str) -> None:
    """Every system call that can name an address is refused with EACCES, which clients do not retry."""
    assert outcomes[call] == errno.EACCES


def test_nothing_arrived(outcomes: dict[str, int]) -> None:
    """Production's listeners saw no packet of the program."""
    assert outcomes["arrived"] == 0


@pytest.mark.parametrize("call", ["disconnect", "sendmsg without a name", "send"])
def test_call_that_leads_nowhere(outcomes: dict[str, int], call: str) -> None:
    """Calls that name no address go through."""
    assert outcomes[call] == 0


def test_address_that_cannot_be_read(outcomes: dict[str, int]) -> None:
    """A pointer to nowhere gets the kernel's own answer, and is never let through unread."""
    assert outcomes["wild pointer"] == errno.EFAULT


def test_io_uring_does_not_exist(outcomes: dict[str, int]) -> None:
    """It would connect without a system call, so programs are told to do without."""
    assert outcomes["io_uring"] == errno.ENOSYS


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 and i386 are modes of x86_64")
def test_other_modes_of_the_processor(outcomes: dict[str, int], program: Path) -> None:
    """The numbers of x32 do not exist, and a 32-bit system call ends the process."""
    assert outcomes["x32"] == errno.ENOSYS
    assert guarded.run([str(program), PRODUCTION, "9", "foreign"], via="seccomp").returncode == -signal.SIGSYS


@pytest.mark.parametrize("machine", kernel.MACHINES)
def test_filter_of_every_architecture(machine: str) -> None:
    """The filter's program, run by hand, asks for the right calls and no others."""
    numbers = kernel.MACHINES[machine]
    asked = {numbers.connect: 0, numbers.sendmsg: 0, numbers.sendmmsg: 0, numbers.sendto: 0x7FFF00000000}
    for number in range(512):
        action = _run(numbers, numbers.audit, number, asked.get(number, 0))
        if number in asked:
            assert action == syscall_filter.ASK
        elif number in numbers.io_uring:
            assert action == syscall_filter.ERRNO | errno.ENOSYS
        else:
            assert action == syscall_filter.ALLOW
    assert _run(numbers, numbers.audit, numbers.sendto, 0) == syscall_filter.ALLOW
    assert _run(numbers, numbers.audit, numbers.sendto, 0x7FFF) == syscall_filter.ASK
    assert _run(numbers, numbers.audit ^ 1, 0, 0) == syscall_filter.KILL


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser can become somebody else")
def test_needs_no_privilege() -> None:
    """An ordinary user's command is guarded just the same."""
    interpreter = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if interpreter is None:
        pytest.skip("there is no interpreter that other users may start")
    code = "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    code += "from tests.env_config.guarded import main; sys.exit(main({'via': 'seccomp'}, sys.argv[1:]))"
    attempt = f"import socket; print(os.getuid(), socket.socket().connect_ex(({PRODUCTION!r}, 9)))"
    environ = {"PYTHONPATH": str(guarded.ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath}
    command = [interpreter, "-c", code, interpreter, "-c", f"import os; {attempt}"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "65534 13\n", done.stderr


def _run(machine: kernel.Machine, audit: int, number: int, destination: int) -> int:
    """What the program answers: a machine for the five operations that it uses."""
    steps = syscall_filter.steps(machine)
    places = {label: place for place, (label, _) in enumerate(steps) if label}
    memory = {4: audit, 0: number, 48: destination & 0xFFFFFFFF, 52: destination >> 32}
    return _follow([step for _, step in steps], places, memory)


def _follow(steps: Sequence[syscall_filter.Step], places: dict[str, int], memory: dict[int, int]) -> int:
    at = held = 0
    while True:
        operation, operand, yes, no = steps[at]
        at += 1
        if operation == 0x06:
            return operand
        if operation == 0x20:
            held = memory[operand]
            continue
        label = yes if (held == operand if operation == 0x15 else held >= operand) else no
        at = places[label] if label else at
