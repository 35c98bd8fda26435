"""The pytest plugin beside other tools: workers, debug adapters, a network namespace, an application under test."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from env_config.hermetic import Attempts
from env_config.hermetic.namespace import UNAVAILABLE
from tests.env_config.hermetic_projects import ROOT, assert_passes, is_installed, project, run, stranger, summary

__all__ = ["project", "stranger"]
pytest_plugins = ("pytester",)

NAMESPACE = [sys.executable, "-m", "env_config.hermetic.namespace", "--"]
TWO_TESTS = """
    import pytest, socket

    @pytest.mark.parametrize("number", range(4))
    def test_it(number):
        door = socket.create_server(("127.0.0.1", 0))
        socket.create_connection(door.getsockname()).close()
        with pytest.raises(PermissionError):
            socket.create_connection((f"224.0.0.{number}", 443), 1)
"""


def namespaces_work() -> bool:
    done = subprocess.run([*NAMESPACE, "true"], cwd=ROOT, capture_output=True, check=False)
    return done.returncode != UNAVAILABLE


def test_workers_are_guarded_and_reported(project: pytest.Pytester) -> None:
    """With xdist every worker refuses, and the controller reports what all of them tried."""
    pytest.importorskip("xdist")
    result = assert_passes(project, TWO_TESTS, "-n", "2", "-p", "xdist")
    result.stdout.fnmatch_lines([f"refused (UNDECLARED)*224.0.0.{number}:443*" for number in range(4)])
    result.stdout.fnmatch_lines(["allowed*127.0.0.1:[*]*4 tests"])


def test_a_debug_adapter_above_the_run_is_reached(project: pytest.Pytester) -> None:
    """An editor listens on loopback and starts pytest; its plugin talks to it between tests, but tests do not."""
    with socket.create_server(("127.0.0.1", 0)) as adapter:
        port = adapter.getsockname()[1]
        project.makeconftest(f"""
            import socket

            def pytest_sessionstart(): socket.create_connection(("127.0.0.1", {port})).close()
            def pytest_runtest_logreport(): socket.create_connection(("127.0.0.1", {port})).close()
            def pytest_sessionfinish(): socket.create_connection(("127.0.0.1", {port})).close()
        """)
        code = f"import socket\ndef test_it(): socket.create_connection(('127.0.0.1', {port}))"
        assert summary(run(project, code)) == "1 failed"
        assert summary(run(project, "def test_it(): pass")) == "1 passed"


def test_what_was_connected_before_the_run_stays_reachable(project: pytest.Pytester) -> None:
    """A debugger that attached before pytest began may attach again from a forked child while a test runs."""
    with socket.create_server(("127.0.0.1", 0)) as adapter:
        port = adapter.getsockname()[1]
        project.makepyfile(early=f"import socket\nLINE = socket.create_connection(('127.0.0.1', {port}))")
        code = f"import socket\ndef test_it(): socket.create_connection(('127.0.0.1', {port})).close()"
        assert_passes(project, code, "-p", "early")


def test_a_connection_that_no_hook_saw_is_found_after_the_test(project: pytest.Pytester, stranger: int) -> None:
    """Code that goes round Python still holds its socket when the test ends, and that is looked at."""
    code = f"""
        import ctypes, socket, struct

        def test_it():
            global line
            line = socket.socket()
            place = struct.pack("=HH4s8x", socket.AF_INET, socket.htons({stranger}), bytes([127, 0, 0, 1]))
            assert ctypes.CDLL(None).connect(line.fileno(), place, len(place)) == 0

        def test_after():
            assert line.getpeername() == ("127.0.0.1", {stranger})
    """
    result = run(project, code)
    assert summary(result) == "1 failed, 1 passed"
    result.stdout.fnmatch_lines([f"refused (UNDECLARED)*127.0.0.1:{stranger}*test_it"])


def test_an_application_that_installs_guards_stays_hermetic(project: pytest.Pytester) -> None:
    """The code under test calls install_guards() as in production; the policy in force is still the tests' own."""
    code = """
        import env_config, pytest, socket

        def test_it():
            env_config.install_guards()
            with pytest.raises(PermissionError, match="UNDECLARED"):
                socket.create_connection(("224.0.0.1", 443), 1)
    """
    assert_passes(project, code)


def test_the_process_is_as_before_when_the_run_is_over(project: pytest.Pytester) -> None:
    """A program that calls pytest.main gets its environment and its connections back."""
    project.makepyfile(test_sample="def test_it(): pass")
    plugin = [] if is_installed() else ["-p", "env_config.pytest_plugin"]
    program = f"""
import os, socket, sys, pytest
sys.path.insert(0, {str(ROOT)!r})
os.environ["ENV_CONFIG_ENVIRONMENT"] = "staging"
assert pytest.main(["-q", "-p", "no:cacheprovider", *{plugin!r}]) == 0
assert os.environ["ENV_CONFIG_ENVIRONMENT"] == "staging"
import env_config.runtime
assert "ENV_CONFIG_TEST_RUN" not in os.environ
assert type(env_config.runtime.process()) is env_config.runtime.Runtime
try:
    socket.socket(type=socket.SOCK_DGRAM).connect(("192.0.2.1", 9))  # sends nothing
except PermissionError:
    raise SystemExit("still guarded")
except OSError:
    pass
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_namespace_binds_subprocesses_and_code_that_goes_round_python(project: pytest.Pytester) -> None:
    """With --hermetic=namespace the kernel itself has no way out, while loopback and unix sockets work."""
    if not namespaces_work():
        pytest.skip("this system gives no network namespace")
    code = """
        import ctypes, os, socket, struct, subprocess, sys

        CONNECT = "import socket; socket.create_connection(('192.0.2.1', 443), 2)"

        def test_ctypes():
            place = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(443), bytes([192, 0, 2, 1]))
            line = socket.socket()
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.connect(line.fileno(), place, len(place)) == -1
            assert ctypes.get_errno() == 101  # network is unreachable

        def test_subprocess():
            done = subprocess.run([sys.executable, "-I", "-c", CONNECT], capture_output=True, text=True)
            assert "unreachable" in done.stderr

        def test_loopback():
            door = socket.create_server(("127.0.0.77", 0))
            socket.create_connection(door.getsockname()).close()
            left, right = socket.socketpair()
            left.send(b"x")

        def test_numbers_of_users_stay(): assert os.getuid() == int(os.environ["OUTSIDE"])
    """
    project.makeconftest("import os\nos.environ.setdefault('OUTSIDE', str(os.getuid()))")
    result = assert_passes(project, code, "--hermetic=namespace")
    result.stdout.fnmatch_lines(["env_config: environment test, hermetic, in a network of their own"])
    assert [str(line) for line in result.outlines].count("env_config: environment test, hermetic, on this machine") == 0


def test_without_a_namespace_no_test_runs(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses, the run ends before the first test instead of going on with less than was asked for."""
    project.makeconftest("""
        import env_config.hermetic.namespace as namespace

        namespace.is_isolated = lambda: False
        import subprocess

        class Refused:
            returncode = namespace.UNAVAILABLE

        subprocess.run = lambda *a, **k: Refused
    """)
    result = run(project, "def test_it(): open('ran', 'w')", "--hermetic=namespace")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert not Path(project.path, "ran").exists()
    assert "no test was run" in "\n".join([*result.outlines, *result.errlines])


def test_the_report_sums_up_what_was_allowed_and_names_what_was_not() -> None:
    """Many ports of one host are one line; every refused target has its own, with the tests that tried it."""
    attempts = Attempts()
    for number in range(5):
        attempts.add(f"127.0.0.1:{5000 + number}", "OK", f"test_{number}")
        attempts.add("prod-db.hackney.test:5432", "PROD_EXACT", f"test_{number}")
    attempts.add("/run/a.sock", "OK", "test_0")
    other = Attempts()
    other.take(attempts.rows())
    assert [" ".join(line.split()) for line in other.lines()] == [
        "allowed 127.0.0.1:* 5 tests",
        "refused (PROD_EXACT) prod-db.hackney.test:5432 test_0, test_1, test_2 and 2 more",
        "allowed unix sockets test_0",
    ]
    assert len(list(other.lines(verbose=True))) == 7
