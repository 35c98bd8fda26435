"""A project of a test's own, run by pytest in another process with the plugin in force."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTEN = """
import socket, sys
door = socket.socket()
door.bind(("127.0.0.1", 0))
door.listen(8)
print(door.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose tests run in a process of their own, with the plugin and with nothing of this run's."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("ENV_CONFIG_ENVIRONMENT", "ENV_CONFIG_BOOK", "ENV_CONFIG_TEST_RUN", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return pytester


@pytest.fixture
def stranger() -> Iterator[int]:
    """A port on loopback that something outside the project's run opened, as a tunnel in another terminal does."""
    # Behind a process that ends at once, it is no ancestor's child any more.
    code = f"import os, sys\nif os.fork(): os._exit(0)\nos.setsid()\nos.execv(sys.executable, [sys.executable, '-c', {LISTEN!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def run(project: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    project.makepyfile(test_sample=code)
    installed = [] if is_installed() else ["-p", "env_config.pytest_plugin"]
    return project.runpytest_subprocess("-p", "no:cacheprovider", *installed, *arguments)


def is_installed() -> bool:
    return any(point.value == "env_config.pytest_plugin" for point in entry_points(group="pytest11"))


def summary(result: pytest.RunResult) -> str:
    return re.sub(r" in [\d.]+s.*", "", str(result.outlines[-1])).strip("= ")


def assert_passes(project: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    result = run(project, code, *arguments)
    assert result.ret == 0, "\n".join([*result.outlines, *result.errlines])
    return result
