"""`database`, and seeding without a URL: the embedded server, in a home of the test's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from seeds.databases.registry import embedded_server
from tests.seeds.boroughs import generated
from tests.seeds.command_line import CommandLine


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(monkeypatch, capsys)


@pytest.fixture
def home() -> Iterator[Path]:
    """A project's folder, in a short path for the sake of the server's socket."""
    folder = Path(tempfile.mkdtemp(prefix="us-"))
    try:
        yield folder
    finally:
        embedded_server(folder).stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_the_embedded_database_from_start_to_stop(command: CommandLine, home: Path) -> None:
    """It starts when needed, needs no marker, is found by its URL, and keeps its data when stopped."""
    there = ("--home", home)
    assert "was not running" in command("database", "stop", *there).err
    seeded = command("seed", "borough", "-n", 100, "--seed", 7, *there)
    assert (seeded.code, seeded.err) == (0, "")
    assert "understudy database shell" in seeded.out
    url = command("database", "url", *there)
    assert (url.code, url.err) == (0, "")
    found = command("database", "url", *there, "--json").json
    assert set(found) == {"url", "socket_url"}
    assert found["url"] == url.out.strip()
    assert make_url(found["url"]).host == "127.0.0.1"
    assert {make_url(address).drivername for address in found.values()} == {"postgresql"}  # what psql understands
    assert _people(found["url"]) == generated(100)[1]["person"]
    started = command("database", "start", *there)
    assert (started.code, started.out) == (0, "")
    assert "running in" in started.err
    stopped = command("database", "stop", *there)
    assert (stopped.code, stopped.out, stopped.err) == (0, "", "stopped\n")
    verified = command("verify", "borough", *there, "--json")
    assert (verified.code, verified.json["holds"]) == (0, True)
    assert command("seed", "borough", "-n", 100, "--seed", 7, *there, "--json").json["outcome"] == "unchanged"


def _people(url: str) -> int:
    with psycopg.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        row = connection.execute("SELECT COUNT(*) FROM person").fetchone()
    return row[0] if row else 0
