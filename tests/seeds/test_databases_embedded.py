"""The embedded server comes up whatever happened to it, lets its owner in, and nobody else."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from seeds.databases.embedded import EmbeddedServer, installation
from seeds.databases.embedded.configuration import Access, free_port, settings_text, socket_folder
from seeds.databases.registry import embedded_server, open_database
from seeds.errors import TargetError
from seeds.schema import create_tables
from tests.seeds.sample_tables import PLACE


def _directory() -> Path:
    """A short path: pytest's own are too long for a socket on some systems."""
    return Path(tempfile.mkdtemp(prefix="us-"))


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of this test's own, not started yet."""
    directory = _directory()
    yield EmbeddedServer(directory / "postgres")
    for found in (EmbeddedServer(path) for path in directory.glob("*")):
        found.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedServer]:
    """A started server, for tests that leave it as it is."""
    directory = _directory()
    server = EmbeddedServer(directory / "postgres")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _query(url: str, statement: str) -> object:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def test_starting_twice_is_starting_once(server: EmbeddedServer) -> None:
    """A running server is found and left alone; both addresses lead to its own database."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = server.start()
    pid = server.status().pid
    assert server.start() == first
    assert server.status().pid == pid
    for url in (first, server.url(), server.socket_url()):
        assert _query(url, "SELECT current_database() || ' ' || current_user") == "understudy understudy"


def test_it_is_set_up_for_loading(running: EmbeddedServer) -> None:
    """The settings for a developer's machine are in force, and the order of texts does not depend on it."""
    url = running.socket_url()
    for name, value in (
        ("wal_level", "minimal"),
        ("max_wal_size", "4GB"),
        ("shared_buffers", "256MB"),
        ("TimeZone", "UTC"),
    ):
        assert _query(url, f"SHOW {name}") == value
    assert _query(url, "SELECT datlocale FROM pg_database WHERE datname = current_database()") == "C.UTF-8"


def test_it_outlives_the_process_that_started_it(server: EmbeddedServer) -> None:
    """A developer can connect after the command has ended."""
    code = (
        "import sys; from pathlib import Path; from seeds.databases.embedded import EmbeddedServer;"
        "EmbeddedServer(Path(sys.argv[1])).start()"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(server.directory)], check=True, timeout=120)
    assert server.status().running
    assert _query(server.url(), "SELECT 1") == 1


def test_a_killed_server_comes_back_with_its_rows(server: EmbeddedServer) -> None:
    """After `kill -9` of the server the next start recovers, although its process is still listed as a dead child."""
    url = server.start()
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid = server.status().pid
    assert pid is not None
    psutil.Process(pid).kill()
    deadline = time.monotonic() + 20
    while server.status().running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not server.status().running
    assert _query(server.start(), "SELECT answer FROM kept") == 42


def test_a_number_taken_by_another_process_does_not_pass_for_the_server(server: EmbeddedServer) -> None:
    """A lock file left by a crash names a process that is now something else: it is neither trusted nor signalled."""
    server.start()
    server.stop()
    data = server.directory / "data"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n\n\n\nready\n")
    assert not server.status().running
    assert not server.stop()
    assert _query(server.start(), "SELECT 1") == 1


def test_a_moved_directory_works(server: EmbeddedServer) -> None:
    """The directory can be moved, whether the server runs or not."""
    server.start()
    there = EmbeddedServer(server.directory.rename(server.directory.with_name("elsewhere")))
    assert there.status().running
    assert _query(there.start(), "SELECT 1") == 1
    assert there.stop()
    back = EmbeddedServer(there.directory.rename(server.directory))
    assert _query(back.start(), "SELECT 1") == 1


def test_a_long_path_falls_back_to_the_port() -> None:
    """Where a socket's path would be too long, the address of this process is the loopback port."""
    directory = _directory()
    server = EmbeddedServer(directory / ("long" * 25) / "postgres")
    try:
        assert make_url(server.start()).host == "127.0.0.1"
        assert _query(server.socket_url(), "SELECT 1") == 1
    finally:
        server.stop()
        shutil.rmtree(directory)
    assert socket_folder(Path("/short/run")) == (Path("/short/run") if os.name == "posix" else None)


def test_nobody_gets_in_without_the_password(running: EmbeddedServer) -> None:
    """Neither the port nor the socket trusts anybody, and the file with the password is its owner's alone."""
    for url in (running.url(), running.socket_url()):
        stripped = make_url(url).set(drivername="postgresql", password="guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stripped.render_as_string(hide_password=False))
    assert stat.S_IMODE((running.directory / "access.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((running.directory / "run").stat().st_mode) == 0o700
    assert "hunter2" not in repr(Access(1, "hunter2"))


def test_it_listens_on_this_machine_only(running: EmbeddedServer) -> None:
    """No other machine can reach the port."""
    assert _query(running.socket_url(), "SHOW listen_addresses") == "127.0.0.1"


def test_a_port_that_was_taken_meanwhile_is_replaced(server: EmbeddedServer) -> None:
    """The port stays from start to start, so that a saved connection works, unless somebody else has it."""
    server.start()
    port = server.status().port
    server.stop()
    server.start()
    assert server.status().port == port
    server.stop()
    with socket.create_server(("127.0.0.1", port or 0)):
        assert _query(server.start(), "SELECT 1") == 1
        assert server.status().port != port


def test_a_first_start_that_was_cut_short_is_begun_again(server: EmbeddedServer) -> None:
    """A half-made data directory never stands in the place of a whole one."""
    (server.directory / "new-half" / "data").mkdir(parents=True)
    (server.directory / "new-half" / "data" / "PG_VERSION").write_text("18")
    assert _query(server.start(), "SELECT 1") == 1


def test_several_processes_may_start_it_at_once(server: EmbeddedServer) -> None:
    """One of them does the work and all of them get the same server."""
    code = (
        "import sys; from pathlib import Path; from seeds.databases.embedded import EmbeddedServer;"
        "server = EmbeddedServer(Path(sys.argv[1])); server.start(); print(server.status().pid)"
    )
    command = [sys.executable, "-c", code, str(server.directory)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({process.communicate(timeout=120)[0] for process in processes}) == 1
    assert all(process.returncode == 0 for process in processes)


def test_the_callers_postgres_variables_do_not_reach_it(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGDATA and its like point at somebody else's server."""
    others = {"PGDATA": "/nowhere", "PGPORT": "1", "PGHOST": "x", "PGOPTIONS": "-c no=1", "PGSSLMODE": "require"}
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    seen: list[str] = []
    run = installation.run_program

    def watch(name: str, arguments: Sequence[str], *, environment: Mapping[str, str], **rest: Any) -> None:
        seen.extend(environment)
        run(name, arguments, environment=environment, **rest)

    monkeypatch.setattr(installation, "run_program", watch)
    server.start()
    assert server.stop()
    assert "PATH" in seen
    assert not set(others).intersection(seen)


def test_psql_opens_it_without_showing_the_password(running: EmbeddedServer) -> None:
    """The command works as given, and a list of processes does not give the password away."""
    command, environment = running.psql()
    assert not [word for word in command if environment["PGPASSWORD"] in word]
    finished = subprocess.run(
        [*command, "-Atc", "SELECT 6 * 7"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout == "42\n"


def test_a_server_that_was_never_started_has_no_address(server: EmbeddedServer) -> None:
    """Asking changes nothing and says what to do; stopping says that it was not running."""
    with pytest.raises(TargetError) as refused:
        server.url()
    assert "start" in refused.value.hint
    assert not server.status().running
    assert not server.stop()
    assert not server.directory.exists()


def test_a_missing_wheel_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wheel, the refusal names it and the alternative."""
    monkeypatch.setattr(installation, "PACKAGE", "no_such_wheel")
    with pytest.raises(TargetError) as refused:
        installation.programs()
    assert "URL" in refused.value.hint


def test_without_a_url_the_embedded_database_is_opened() -> None:
    """The default target is trusted, keeps its password to itself and works."""
    home = _directory()
    try:
        database = open_database(None, home=home)
        assert database.trusted
        assert embedded_server(home).status().running
        assert str(home) in database.location
        assert create_tables(database, [PLACE]) == ("place",)
        assert make_url(embedded_server(home).url()).password not in (database.location + repr(database))
    finally:
        embedded_server(home).stop()
        shutil.rmtree(home)


def test_a_quote_in_a_path_stays_inside_the_settings() -> None:
    """A directory's name cannot end the setting it stands in."""
    assert "unix_socket_directories = '/tmp/it''s'" in settings_text(free_port(), Path("/tmp/it's"))
