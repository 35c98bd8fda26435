"""Children of a hermetic run that begin anew are as hermetic as the run."""

from __future__ import annotations

import pytest

from env_config.errors import UsageRefused
from env_config.hermetic.fakes import fakes_book

from .hermetic_projects import assert_passes, project, run, stranger
from .listeners import PRODUCTION, Listener

__all__ = ["project", "stranger"]
pytest_plugins = ("pytester",)
CHILD = """
import multiprocessing, socket
import pytest
def connect(pipe, host, port):
    try:
        socket.create_connection((host, port), 2).close()
        pipe.send("")
    except BaseException as error:
        pipe.send(f"{type(error).__name__} {getattr(error, 'code', '')} {getattr(error, 'hint', '')}")
def resolve(pipe):
    import env_config
    pipe.send(env_config.address("shop").port)
def inside(method, target, *arguments):
    context = multiprocessing.get_context(method)
    here, there = context.Pipe()
    child = context.Process(target=target, args=(there, *arguments))
    child.start()
    there.close()
    try:
        return here.recv()
    finally:
        child.join(20)
"""
METHODS = ("spawn", "forkserver", "fork")


@pytest.mark.parametrize("method", METHODS)
def test_a_child_is_as_hermetic_as_the_run(project: pytest.Pytester, stranger: int, method: str) -> None:
    """A port that somebody else opened is refused in the child as well, and the summary lists it."""
    with Listener(PRODUCTION) as listener:
        code = f"""{CHILD}
@pytest.mark.parametrize("place", [("127.0.0.1", {stranger}), ("{PRODUCTION}", {listener.port})])
def test_it(place):
    if place[0] == "127.0.0.1":
        assert inside("{method}", connect, *place).startswith("TargetRefused UNDECLARED ")
    else:
        inside("{method}", connect, *place)
"""
        result = assert_passes(project, code)
    assert any("refused (UNDECLARED)" in line and f"127.0.0.1:{stranger}" in line for line in result.outlines)
    assert any(f"{PRODUCTION}:" in line for line in result.outlines)


@pytest.mark.parametrize("method", METHODS[:2])
def test_a_child_reaches_what_the_run_opened_and_what_the_test_declared(
    project: pytest.Pytester, stranger: int, method: str
) -> None:
    """A listener of the run, a port that a fixture registered, a fake that the test uses; and names lead to fakes."""
    project.makeini(f"[pytest]\nenv_config_fakes =\n    fake-db = postgresql://127.0.0.1:{stranger}/x")
    code = f"""{CHILD}
def test_own():
    with socket.create_server(("127.0.0.1", 0)) as door:
        assert inside("{method}", connect, *door.getsockname()) == ""
@pytest.mark.uses("fake-db")
def test_declared():
    assert inside("{method}", connect, "127.0.0.1", {stranger}) == ""
def test_undeclared():
    assert inside("{method}", connect, "127.0.0.1", {stranger}) != ""
def test_registered(env_config_open_port):
    env_config_open_port({stranger})
    assert inside("{method}", connect, "127.0.0.1", {stranger}) == ""
def test_named(env_config_fake):
    env_config_fake("shop", "http://127.0.0.1:8123/")
    assert inside("{method}", resolve) == 8123
"""
    assert_passes(project, code)


def test_the_hint_names_what_a_test_can_do(project: pytest.Pytester, stranger: int) -> None:
    """A test declares a fake or a port; there is no book to compile."""
    code = f"import socket\ndef test_it(): socket.create_connection(('127.0.0.1', {stranger}))"
    text = "\n".join(run(project, code).outlines)
    for words in ("@pytest.mark.uses(", "env_config_fake(", "env_config_open_port("):
        assert words in text
    assert "compile it again" not in text


def test_a_fake_that_cannot_be_read_gives_its_hint_once() -> None:
    """The message says what is wrong, the hint how to write it."""
    with pytest.raises(UsageRefused) as caught:
        fakes_book(["db"])
    assert str(caught.value).count("write a fake like") == 1
    assert caught.value.hint not in caught.value.message
