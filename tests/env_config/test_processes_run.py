"""A guarded command behaves as it would without the guard."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import guarded
from .listeners import PRODUCTION, STAGING, Listener

if sys.platform != "linux":
    pytest.skip("process trees are guarded on Linux only", allow_module_level=True)

from env_config.guards.processes.descendants import descendants_of

CONNECT = """
import socket, sys
try:
    socket.socket().connect((sys.argv[1], int(sys.argv[2])))
except OSError as error:
    print(error.errno)
else:
    print("connected")
"""
COUNT_SIGNALS = """
import signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, frame: print("got", number, flush=True))
print("ready", flush=True)
for _ in range(int(sys.argv[1])):
    time.sleep(0.05)
sys.exit(5)
"""


def connect(place: Listener) -> list[str]:
    """The command that tries to connect and says how it went."""
    return [sys.executable, "-c", CONNECT, place.host, str(place.port)]


def refusals(words: str) -> list[dict[str, Any]]:
    """The audit log's lines."""
    return [json.loads(line) for line in words.splitlines() if line.startswith("{")]


@pytest.fixture(params=["seccomp", "preload"])
def via(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def production() -> Iterator[Listener]:
    with Listener(PRODUCTION) as listener:
        yield listener


@pytest.fixture
def staging() -> Iterator[Listener]:
    with Listener(STAGING) as listener:
        yield listener


@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_exit_code_passes_through(via: str, code: int) -> None:
    """The command's exit code is the guarded command's."""
    assert guarded.run(["sh", "-c", f"exit {code}"], via=via).returncode == code


def test_death_by_signal_passes_through(via: str) -> None:
    """A command that a signal ended looks so to the shell that started the guard."""
    assert guarded.run(["sh", "-c", "kill -KILL $$"], via=via).returncode == -signal.SIGKILL


def test_streams_pass_through(via: str) -> None:
    """Standard input, output and error are the command's own."""
    done = subprocess.run(
        guarded.command(["sh", "-c", "cat; echo words >&2"], via=via),
        cwd=guarded.ROOT,
        input=b"data\0\xff",
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (b"data\0\xff", b"words\n")


def test_command_inherits_no_changed_signal(via: str) -> None:
    """Nothing of what the supervisor does to its own signals is left in the command."""
    show = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
    plain = subprocess.run(show, capture_output=True, text=True, check=True, timeout=60)
    assert _standard_signals(guarded.run(show, via=via).stdout) == _standard_signals(plain.stdout)


def test_command_that_does_not_exist() -> None:
    """It is said as a shell would say it: 127."""
    done = guarded.run(["/nonexistent/command"])
    assert done.returncode == 127
    assert done.stderr.startswith("error[USAGE]: /nonexistent/command: no such command\n\nhint: ")


def test_command_that_is_not_executable(tmp_path: Path) -> None:
    """A file without the permission, or a folder, is there: 126, with the next step."""
    script = tmp_path / "not-yet-a-program"
    script.write_text("#!/bin/sh\n")
    for name, words in ((script, "the file is not executable\n\nhint: chmod +x"), (tmp_path, "this is a folder")):
        done = guarded.run([str(name)])
        assert (done.returncode, words in done.stderr) == (126, True)
    found = guarded.run(["not-yet-a-program"], environ={**os.environ, "PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (found.returncode, "not executable" in found.stderr) == (126, True)


def test_command_that_is_no_program(tmp_path: Path) -> None:
    """It is said as a shell would say it: 126."""
    text = tmp_path / "text"
    text.write_text("just words\n")
    text.chmod(0o755)
    assert guarded.run([str(text)]).returncode == 126


def test_signal_to_the_guard_reaches_the_command(via: str) -> None:
    """Whoever signals the guard signals the command, once, and gets the command's own answer."""
    process = _started(COUNT_SIGNALS, "12", via=via)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert (output, process.returncode) == ("got 15\n", 5)


SIGNALLED_EARLY = """
import os, sys
from env_config.guards.processes import probe, run_guarded
from env_config.policy import Policy
from tests.env_config.books import corpus_book
probe.PROGRAM = "import os, time; os.kill(int(os.environ['CALLER']), 15); time.sleep(600)"
os.environ["CALLER"] = str(os.getpid())
print(run_guarded(["touch", sys.argv[1]], Policy(corpus_book("staging"))))
"""


def test_signal_before_the_command_starts(tmp_path: Path) -> None:
    """A signal that comes while the guard still proves itself ends the guard, and nothing is started."""
    mark = tmp_path / "mark"
    # In a process of its own: the signal is for the whole process, and pytest's workers have threads that take it.
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED_EARLY, str(mark)],
        cwd=guarded.ROOT,
        env={**os.environ, "PYTHONPATH": str(guarded.ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(-signal.SIGTERM)), done.stderr
    assert not mark.exists()


def test_interrupt_at_the_terminal_arrives_once() -> None:
    """Ctrl-C reaches the command from the terminal itself, and is not sent a second time."""
    import pty

    command = guarded.command([sys.executable, "-c", COUNT_SIGNALS, "12"])
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(guarded.ROOT)
        os.execv(command[0], command)
    shown = b""
    while b"ready" not in shown:
        shown += os.read(terminal, 1_000)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    shown += os.read(terminal, 10_000)
    os.close(terminal)
    assert (shown.count(b"got 2"), os.waitstatus_to_exitcode(status)) == (1, 5)


def test_daemon_stays_guarded(via: str, production: Listener, staging: Listener, tmp_path: Path) -> None:
    """What the command leaves behind is still guarded, and nobody waits for it."""
    (tmp_path / "connect.py").write_text(CONNECT)
    tries = " ".join(f'"$0" connect.py {place.host} {place.port} >>said;' for place in (production, staging))
    wait = "n=0; while ! test -e go && test $n -lt 400; do sleep 0.05; n=$((n + 1)); done"
    daemon = f"({wait}; {tries} mv said done) </dev/null >/dev/null 2>&1 &"
    done = guarded.run(["sh", "-c", f"cd {tmp_path}; {daemon}", sys.executable], via=via)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "done").exists()
    (tmp_path / "go").touch()
    while not (tmp_path / "done").exists():
        time.sleep(0.05)
    assert (tmp_path / "done").read_text().split() == ["13", "connected"]
    staging.settle()
    assert (production.accepted, staging.accepted) == (0, 1)


def test_orphans_are_buried(via: str) -> None:
    """A grandchild that outlives its parent leaves no zombie in the tree."""
    script = "(sleep 0.1 &) ; sleep 0.4; for p in $(ls /proc | grep '^[0-9]'); do cat /proc/$p/stat; done 2>/dev/null"
    states = [
        line.rpartition(")")[2].split()[0]
        for line in guarded.run(["sh", "-c", script], via=via).stdout.splitlines()
        if "(sleep)" in line
    ]
    assert "Z" not in states


def test_death_of_the_supervisor_ends_the_tree(via: str) -> None:
    """Without its supervisor nothing goes on: the command and its children are ended, and the run fails."""
    process = _started(COUNT_SIGNALS, "1200", via=via)
    supervisor, command = sorted(descendants_of(process.pid))
    os.kill(supervisor, signal.SIGKILL)
    _, words = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "the supervisor died" in words
    assert not Path(f"/proc/{command}").exists()


def test_report_mode_lets_through_and_writes_down(via: str, production: Listener) -> None:
    """A guard that only reports lets every connection through, and writes each down, the second like the first."""
    twice = f"CODE = {CONNECT!r}\nexec(CODE); exec(CODE)"
    done = guarded.run([sys.executable, "-c", twice, production.host, str(production.port)], via=via, mode="report")
    production.settle()
    assert (done.stdout.split(), production.accepted) == (["connected", "connected"], 2)
    assert [line["event"] for line in refusals(done.stderr)] == ["connection-reported", "connection-reported"]


def test_refusal_says_who_tried_what(via: str, production: Listener) -> None:
    """The audit line has the code, the target as the client wrote it, and the process that tried."""
    done = guarded.run(["sh", "-c", 'echo $$; exec "$@"', "sh", *connect(production)], via=via)
    (line,) = refusals(done.stderr)
    process, outcome = done.stdout.split()
    assert (line["code"], line["target"]) == ("PEER_PROD", f"{PRODUCTION}:{production.port}")
    assert (line["offender_pid"], line["offender"], line["layer"]) == (int(process), sys.executable, "processes")
    assert (line["environment"], line["mode"], outcome) == ("staging", "enforce", "13")
    assert line["hint"] == "find out who sent the client there"


def test_production_reaches_its_own(via: str, production: Listener, staging: Listener) -> None:
    """Judged by production's book production's address is right, and staging's is not."""
    outcomes = [
        guarded.run(connect(place), via=via, environment="production").stdout.strip() for place in (production, staging)
    ]
    assert outcomes == ["connected", "13"]


def test_hermetic_stays_on_this_machine(via: str, staging: Listener, tmp_path: Path) -> None:
    """A hermetic command reaches unix sockets and this machine, and nothing else, whatever the book says of it."""
    elsewhere = "import socket\nfor host in ('192.0.2.1', '2001:db8::1'):\n"
    elsewhere += " try: socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM).connect((host, 9))\n"
    elsewhere += " except OSError as error: print(error.errno)\n"
    here = f"server = socket.socket(socket.AF_UNIX); server.bind({str(tmp_path / 's')!r}); server.listen()\n"
    here += f"socket.socket(socket.AF_UNIX).connect({str(tmp_path / 's')!r}); print('unix')\n"
    here += (
        "end = socket.create_server(('127.0.0.1', 0)); socket.create_connection(end.getsockname()); print('loopback')\n"
    )
    done = guarded.run([sys.executable, "-c", elsewhere + here], via=via, hermetic=True)
    assert done.stdout.split() == ["13", "13", "unix", "loopback"]
    assert {line["code"] for line in refusals(done.stderr)} == {"UNDECLARED"}


def test_guard_inside_a_guard(production: Listener) -> None:
    """Under one supervisor the kernel has no second; the inner guard takes the other way, and both hold."""
    done = guarded.run(guarded.command(connect(production)))
    production.settle()
    assert (done.stdout, production.accepted) == ("13\n", 0)


def _standard_signals(status: str) -> list[int]:
    """Without 32 and 33, which the C library keeps for itself and lets spawned programs begin with ignored."""
    return [int(word, 16) & 0x7FFFFFFF for word in status.split()[1::2]]


def _started(code: str, *words: str, **settings: object) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        guarded.command([sys.executable, "-c", code, *words], **settings),
        cwd=guarded.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process
