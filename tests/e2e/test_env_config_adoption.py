"""The guide "Adopt env_config in an existing service", carried out as it is written."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import entry_points
from pathlib import Path

import httpx
import pytest

from tests.env_config.listeners import PRODUCTION, Listener

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "adopt-env-config.md"
BLOCK = re.compile(r"^(?P<indent> *)```(?P<info>[^\n]+)\n(?P<body>.*?)^(?P=indent)```$", flags=re.M | re.S)
KINDS = {"step", "serve", "ask", "refuse"}
LEADING_OUT = "192.0.2.77"


@dataclass(frozen=True)
class Guide:
    """The guide's blocks, with its addresses replaced by those of this run: production is a listener that counts."""

    text: str
    folder: Path
    ports: dict[str, int]

    def blocks(self, kind: str) -> list[str]:
        """The bodies of the blocks whose info is ``kind``, in the order of the page."""
        found = BLOCK.finditer(self.text)
        return [textwrap.dedent(match["body"]) for match in found if match["info"] == kind]

    def write_files(self) -> None:
        """Save every block that names its file."""
        for match in BLOCK.finditer(self.text):
            _, kind, *names = [*match["info"].split(), ""]
            if kind == "file":
                (self.folder / names[0]).write_text(textwrap.dedent(match["body"]))

    def environment(self) -> dict[str, str]:
        """Nothing of this process's, but programs and this checkout."""
        return {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",  # a terminal shows both outputs in the order they are written in
        }

    def adopted(self) -> dict[str, str]:
        """The same, with what step 4 exports."""
        return {**self.environment(), "ENV_CONFIG_ENVIRONMENT": "development", "ENV_CONFIG_BOOK": "books"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def transcript(block: str) -> list[tuple[str, str]]:
    """Each command of a console block with the output that the page shows for it."""
    parts = re.split(r"^\$ (.*)$", block, flags=re.M)[1:]
    return [(command, output.strip("\n")) for command, output in zip(parts[::2], parts[1::2], strict=True)]


def as_shown(output: str, shown: str) -> bool:
    """Whether the output is what the page shows, where an ellipsis stands for anything."""
    pattern = re.sub(r"([\[*?])", r"[\1]", shown).replace("…", "*")
    return fnmatchcase(output.strip("\n"), pattern)


@pytest.fixture(scope="module")
def production() -> Iterator[Listener]:
    with Listener(PRODUCTION, reply=b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"name":"real"}') as listener:
        yield listener


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory, production: Listener) -> Guide:
    """The guide in a folder of its own, with the commands that an installation would put on the path."""
    folder = tmp_path_factory.mktemp("adopt")
    (folder / "bin").mkdir()
    plugin = "" if plugin_is_installed() else "-p env_config.pytest_plugin "
    programs = {"env-config": "env_config ", "pytest": f"pytest -p no:cacheprovider {plugin}", "python": ""}
    for name, module in programs.items():
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {"-m " if module else ""}{module}"$@"\n')
        script.chmod(0o755)
    ports = {"8000": free_port(), "8081": free_port(), "8443": production.port}
    text = GUIDE.read_text(encoding="utf-8").replace(LEADING_OUT, PRODUCTION).replace("0xC000024D", "0x7f00004d")
    for name, port in ports.items():
        text = re.sub(rf"\b{name}\b", str(port), text)
    return Guide(text, folder, ports)


def plugin_is_installed() -> bool:
    return any(point.value == "env_config.pytest_plugin" for point in entry_points(group="pytest11"))


@pytest.fixture(scope="module")
def adopted(guide: Guide) -> Guide:
    """The guide after its console steps, each of which did what the page says."""
    guide.write_files()
    variables = guide.environment()
    for block in guide.blocks("console step"):
        for command, shown in transcript(block):
            # What a step exports holds for the steps after it, as in one terminal.
            script = f"{command}\nenv > .env-after"
            done = subprocess.run(
                ["sh", "-c", script], cwd=guide.folder, env=variables, text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            assert as_shown(done.stdout, shown), f"$ {command}\n{done.stdout}\n--- the page shows:\n{shown}"
            if command.startswith("export "):
                after = (guide.folder / ".env-after").read_text().splitlines()
                variables |= dict(line.split("=", 1) for line in after if line.startswith("ENV_CONFIG_"))
    assert variables == guide.adopted()
    return guide


@contextmanager
def running(guide: Guide, command: list[str], port: int) -> Iterator[None]:
    """A server of the guide's, from when it answers until it is no longer needed."""
    with subprocess.Popen(command, cwd=guide.folder, env=guide.adopted(), stdout=-1, stderr=-1, text=True) as process:
        try:
            while process.poll() is None and not answers(port):
                time.sleep(0.05)
            if process.poll() is not None:
                pytest.fail("\n".join(process.communicate()))
            yield
        finally:
            process.terminate()
            process.communicate()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def server_command(guide: Guide, name: str) -> list[str]:
    """The command that starts one of the two applications, by this interpreter."""
    commands = [command for block in guide.blocks("console serve") for command, _ in transcript(block)]
    (found,) = [command for command in commands if command.startswith(name)]
    return [sys.executable, "-m", *found.split()]


SERVERS = ("uvicorn", "flask")


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, adopted: Guide) -> Callable[[], list[str]]:
    pytest.importorskip(request.param)
    return lambda: server_command(adopted, request.param)


def test_every_console_block_is_of_a_kind_that_is_run() -> None:
    """No transcript of the page stands outside these tests."""
    infos = [match["info"].split() for match in BLOCK.finditer(GUIDE.read_text(encoding="utf-8"))]
    assert {info[1] for info in infos if info[0] == "console"} == KINDS


def test_the_steps_do_what_the_page_shows(adopted: Guide) -> None:
    """Key, check, compile, which, resolve, pytest and scan print what a reader sees, in the order of the page."""
    assert sorted(path.name for path in (adopted.folder / "books").iterdir()) == [
        "development.json",
        "production.json",
        "staging.json",
        "trust.json",
    ]


def test_the_application_answers_and_follows_nothing_to_production(
    adopted: Guide, server: Callable[[], list[str]], production: Listener
) -> None:
    """Over real HTTP the application gives development's answer, refuses the link to production, and nobody arrives there."""
    before = production.accepted
    stub = [sys.executable, "person_api.py"]
    with running(adopted, stub, adopted.ports["8081"]), running(adopted, server(), adopted.ports["8000"]):
        (block,) = adopted.blocks("console ask")
        for command, shown in transcript(block):
            answer = httpx.get(command.removeprefix("curl "), timeout=60)
            assert answer.text.strip().replace(" ", "") == shown, command
    production.settle()
    assert production.accepted == before


def test_the_application_does_not_start_with_what_a_terminal_left_behind(
    adopted: Guide, server: Callable[[], list[str]], production: Listener
) -> None:
    """Each variable of the page stops the start with its code; what it holds is not repeated."""
    before = production.accepted
    (block,) = adopted.blocks("console refuse")
    for assignment, code in transcript(block):
        name, _, value = assignment.partition("=")
        done = subprocess.run(
            server(),
            cwd=adopted.folder,
            env={**adopted.adopted(), name: value},
            capture_output=True,
            text=True,
            check=False,
        )
        words = done.stdout + done.stderr
        assert done.returncode != 0, assignment
        assert code in words, f"{assignment}\n{words}"
        assert len(value) < 12 or value not in words, assignment
    production.settle()
    assert production.accepted == before


def test_importing_the_application_needs_no_environment(adopted: Guide) -> None:
    """A tool that only imports the application, to print its routes say, works without a book."""
    code = "import app, flask_app" if "flask" in sys.modules or importable("flask") else "import app"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=adopted.folder, env=adopted.environment(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def importable(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None
