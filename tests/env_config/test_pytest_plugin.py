"""The pytest plugin, in runs of their own: what a hermetic test can reach, what not, and what is reported."""

from __future__ import annotations

import sys

import pytest

from tests.env_config.hermetic_projects import LISTEN, assert_passes, project, run, stranger, summary

__all__ = ["project", "stranger"]
pytest_plugins = ("pytester",)

# ------------------------------------------------------------------------------------------------------ what is refused


# Even without a guard nothing would be sent: the kernel connects no TCP socket to a group, and broadcasts for nobody.
ATTEMPTS = (
    "requests.get('http://stage-db.hackney.test/')",
    "socket.create_connection(('224.0.0.1', 443), 1)",
    "socket.create_connection(('ff02::1', 443), 1)",
    "socket.getaddrinfo('stage-db.hackney.test', 5432)",
    "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('255.255.255.255', 8125))",
    "__import__('_socket').socket().connect(('224.0.0.1', 443))",
    "psycopg.connect('host=224.0.0.1 connect_timeout=1')",
    "asyncio.run(asyncio.open_connection('224.0.0.1', 443))",
    "httpx.get('http://224.0.0.1/')",
)


def test_nothing_beyond_this_machine_is_reached(project: pytest.Pytester) -> None:
    """By name or number, TCP or UDP, Python or libpq: every attempt is refused as undeclared, without a packet."""
    code = f"""
        import asyncio, httpx, psycopg, pytest, requests, socket
        from env_config import Refusal

        def causes(error):
            while error is not None:
                yield error
                inner = next((one for one in error.args if isinstance(one, Exception)), None)
                error = error.__cause__ or error.__context__ or inner

        @pytest.mark.parametrize("attempt", {ATTEMPTS!r})
        def test_attempt(attempt):
            with pytest.raises(Exception) as caught:
                exec(attempt)
            codes = [error.code for error in causes(caught.value) if isinstance(error, Refusal)]
            assert "UNDECLARED" in codes, repr(caught.value)
    """
    result = assert_passes(project, code)
    assert summary(result) == f"{len(ATTEMPTS)} passed"
    result.stdout.fnmatch_lines(
        ["*addresses that tests tried to reach*", "refused (UNDECLARED)*224.0.0.1:443*test_attempt*"]
    )


def test_a_port_that_somebody_else_opened_is_refused(project: pytest.Pytester, stranger: int) -> None:
    """A tunnel or a database that happens to listen on this machine is not the tests' own."""
    result = run(project, f"import socket\ndef test_it(): socket.create_connection(('127.0.0.1', {stranger}))")
    assert summary(result) == "1 failed"
    result.stdout.fnmatch_lines(
        [
            "*UNDECLARED: this run did not open the port, and no @pytest.mark.uses(...) declares it*",
            f"refused (UNDECLARED)*127.0.0.1:{stranger}*",
        ]
    )


def test_importing_a_test_module_reaches_nothing_either(project: pytest.Pytester, stranger: int) -> None:
    """A connection at import time, before any test runs, is refused as well."""
    result = run(project, f"import socket\nsocket.create_connection(('127.0.0.1', {stranger}))\ndef test_it(): pass")
    assert summary(result) == "1 error"
    result.stdout.fnmatch_lines(["*UNDECLARED*"])


def test_a_variable_with_a_live_credential_stops_the_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a terminal left behind is noticed before the first test: and named without its value."""
    value = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
    monkeypatch.setenv("STRIPE_API_KEY", value)
    result = run(project, "def test_it(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = "\n".join([*result.outlines, *result.errlines])
    assert "PROD_CREDENTIAL" in text
    assert value not in text


def test_no_variable_turns_it_off(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a shell exports, the tests stay hermetic and in the environment test."""
    for name in ("ENV_CONFIG_HERMETIC", "ENV_CONFIG_DISABLE", "ENVGUARD_DISABLE", "DISABLE_DATABASE_ENVIRONMENT_CHECK"):
        monkeypatch.setenv(name, "0" if name.endswith("HERMETIC") else "1")
    monkeypatch.setenv("ENV_CONFIG_ENVIRONMENT", "staging")
    monkeypatch.setenv("ENV_CONFIG_TEST_RUN", "1:0")
    code = """
        import socket, pytest
        from env_config import environment

        def test_it():
            assert environment().name == "test"
            with pytest.raises(PermissionError):
                socket.create_connection(("224.0.0.1", 443), 1)
    """
    assert_passes(project, code)


# ------------------------------------------------------------------------------------------------------ what is allowed


OPENED = (
    "a, b = socket.socketpair(); a.send(b'x'); assert b.recv(1) == b'x'",
    "asyncio.run(asyncio.sleep(0))",
    "with multiprocessing.Manager() as manager: assert list(manager.list([1])) == [1]",
    "with multiprocessing.get_context('spawn').Pool(1) as pool: assert pool.map(abs, [-1]) == [1]",
    "door = socket.create_server(('127.0.0.77', 0)); socket.create_connection(door.getsockname())",
    "door = socket.create_server(('', 0)); socket.create_connection(('localhost', door.getsockname()[1]))",
    "door = socket.socket(type=UDP); door.bind(('127.0.0.1', 0)); socket.socket(type=UDP).sendto(b'', door.getsockname())",
    "door = socket.socket(socket.AF_UNIX); door.bind('s'); door.listen(); socket.socket(socket.AF_UNIX).connect('s')",
)
FORKED = """
def serve(line):
    door = socket.create_server(("127.0.0.1", 0))
    line.send(door.getsockname())
    line.recv()


def test_forked():
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=serve, args=(there,))
    child.start()
    socket.create_connection(here.recv()).close()
    here.send(None)
    child.join()
"""
OPENED_IPV6 = (
    "door = socket.create_server(('::1', 0), family=socket.AF_INET6); socket.create_connection(door.getsockname()[:2])",
)


def test_what_the_run_opened_is_reached(project: pytest.Pytester) -> None:
    """Event loops, worker processes and servers of the test's own work as if there were no guard."""
    statements = (*OPENED, *OPENED_IPV6) if has_ipv6() else OPENED
    bodies = "\n".join(f"def test_{number}():\n    {code}" for number, code in enumerate(statements))
    result = assert_passes(
        project, f"import asyncio, multiprocessing, socket\nUDP = socket.SOCK_DGRAM\n{bodies}\n{FORKED}"
    )
    assert summary(result) == f"{len(statements) + 1} passed"


def has_ipv6() -> bool:
    import socket

    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_a_closed_port_refuses_by_itself(project: pytest.Pytester) -> None:
    """Waiting for a server to come up sees what it would see anyway: ConnectionRefusedError, not a refusal of ours."""
    code = """
        import socket, pytest

        def test_it():
            door = socket.create_server(("127.0.0.1", 0))
            address = door.getsockname()
            door.close()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address)
    """
    assert_passes(project, code)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who listens")
@pytest.mark.parametrize("leaves", ["", "if os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"])
def test_a_server_that_the_test_started_is_reached(project: pytest.Pytester, leaves: str) -> None:
    """A child's port is the run's own, also after the child has become a daemon without any parent, as pg_ctl does it."""
    program = f"import os, sys\n{leaves}os.execv(sys.executable, [sys.executable, '-c', {LISTEN!r}])"
    code = f"""
        import socket, subprocess, sys

        def test_it():
            child = subprocess.Popen([sys.executable, "-c", {program!r}], stdin=-1, stdout=-1, text=True)
            socket.create_connection(("127.0.0.1", int(child.stdout.readline()))).close()
            child.communicate()
    """
    assert_passes(project, code)


def test_a_declared_fake_is_reached_by_the_test_that_uses_it_only(project: pytest.Pytester, stranger: int) -> None:
    """The mark grants one test one fake, with its fixtures; the test after it does not inherit the grant."""
    project.makeini(f"[pytest]\nenv_config_fakes =\n    # for tests\n    fake-db = postgresql://127.0.0.1:{stranger}/x")
    code = """
        import pytest, socket
        from env_config import address

        def connect():
            fake = address("fake-db")
            socket.create_connection((fake.host, fake.port)).close()

        @pytest.fixture
        def connected():
            connect()
            yield
            connect()

        @pytest.mark.uses("fake-db")
        def test_declared(connected): connect()

        def test_undeclared():
            with pytest.raises(PermissionError, match="UNDECLARED"):
                connect()

        @pytest.mark.uses("other")
        def test_unknown(): pass
    """
    result = run(project, code, "-p", "no:randomly")
    assert summary(result) == "2 passed, 1 error"
    result.stdout.fnmatch_lines(["*the book of fakes has no 'other'*"])


def test_a_fake_for_one_test_is_where_its_name_leads(project: pytest.Pytester) -> None:
    """A server on a port of its own choice becomes the service's address, until the test is over."""
    code = """
        import pytest, socket
        from env_config import address

        def test_with(env_config_fake):
            door = socket.create_server(("127.0.0.1", 0))
            env_config_fake("person-api", f"http://127.0.0.1:{door.getsockname()[1]}/api")
            assert address("person-api").url("/p") == f"http://127.0.0.1:{door.getsockname()[1]}/api/p"

        def test_without():
            with pytest.raises(PermissionError, match="UNDECLARED"):
                address("person-api")
    """
    assert_passes(project, code)


def test_a_port_that_a_container_opened_can_be_registered(project: pytest.Pytester, stranger: int) -> None:
    """What an engine outside the run opened for the tests is allowed once a fixture says so."""
    code = f"""
        import socket

        def test_it(env_config_open_port):
            env_config_open_port({stranger})
            socket.create_connection(("127.0.0.1", {stranger})).close()
    """
    assert_passes(project, code)


@pytest.mark.parametrize(
    ("fake", "words"),
    [
        ("db = postgresql://db.hackney.example:5432/x", "on this machine, or a container beside it"),
        ("db = postgresql://192.0.2.1:5432/x", "on this machine, or a container beside it"),
        ("db = postgresql://u:hunter2@127.0.0.1:5432/x", "leave the password out"),
        ("db = 127.0.0.1:5432", "give a kind, a host and a port"),
        ("db", "it has no name"),
    ],
)
def test_a_fake_that_is_none_stops_the_run(project: pytest.Pytester, fake: str, words: str) -> None:
    """A line that names another machine, holds a password or cannot be read is refused before the first test."""
    project.makeini(f"[pytest]\nenv_config_fakes =\n    {fake}")
    result = run(project, "def test_it(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = "\n".join([*result.outlines, *result.errlines])
    assert words in text
    assert "hunter2" not in text


def test_a_project_can_say_that_its_tests_are_not_hermetic(project: pytest.Pytester, stranger: int) -> None:
    """The setting stands in the project's configuration, and the run's header repeats it."""
    project.makeini("[pytest]\nenv_config_hermetic = false")
    code = f"import socket\ndef test_it(): socket.create_connection(('127.0.0.1', {stranger})).close()"
    result = assert_passes(project, code)
    result.stdout.fnmatch_lines(["env_config: not hermetic*"])
