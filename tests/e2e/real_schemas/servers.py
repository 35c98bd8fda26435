"""A full PostgreSQL, with every extension that a distribution packages: the one that answers here, or one of our own.

The embedded server has no contributed extensions, and real applications ask for them.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
PROGRAMS = Path("/usr/lib/postgresql")
SERVER_USERS = ("postgres", "nobody")


class NoFullServer(Exception):
    """Neither a running server nor the programs to start one are there."""


@contextmanager
def full_server() -> Iterator[str]:
    """Gives the address of a full server's maintenance database for as long as the context lasts.

    Raises:
        NoFullServer: nothing answers, and no server is installed to be started.
    """
    if _is_full(LOCAL):
        yield LOCAL
        return
    folder = Path(tempfile.mkdtemp(prefix="us-"))
    try:
        with _started(_newest_programs(), folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_full(url: str) -> bool:
    """Whether a superuser may log in there and finds the contributed extensions."""
    asked = (
        "SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        " AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gist')"
    )
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(asked).fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and bool(row[0])


def _newest_programs() -> Path:
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0))
    if not found:
        raise NoFullServer("no PostgreSQL answers at 127.0.0.1:5432, and none is installed to be started")
    return found[-1].parent


@contextmanager
def _started(programs: Path, folder: Path) -> Iterator[str]:
    """Runs a cluster in `folder`, as a user that the server accepts: it refuses to run as root."""
    user = _server_user()
    data, port = folder / "data", _free_port()
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    _as(user, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    _as(user, programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        _as(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _server_user() -> str | None:
    """The user to change to; None where this process is not root and may start a server itself."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in SERVER_USERS if name in known)


def _as(user: str | None, *command: object) -> None:
    arguments = [str(part) for part in command]
    done = subprocess.run(
        arguments, user=user, extra_groups=None if user is None else [], cwd=tempfile.gettempdir(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NoFullServer(f"{Path(arguments[0]).name} failed: {done.stdout.strip()[-300:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
