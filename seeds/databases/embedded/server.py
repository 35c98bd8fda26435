"""Starting and stopping the embedded server, whatever state its directory was left in.

    <directory>/
      data/          PostgreSQL's own, made elsewhere and moved here when complete
      run/           its socket, where the path is short enough for one
      access.json    port and password, for the owner's eyes
      server.log     the last run

Nothing in there holds the directory's own path, so it can be moved.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from sqlalchemy import URL

from ...errors import TargetBusy, TargetError, TargetUnavailable
from ..file_lock import file_lock
from . import installation
from .configuration import HOST, NAME, Access, free_port, new_access, read_access, settings_text, socket_folder
from .configuration import write_access as _write_access

_INCLUDED = "understudy.conf"
_START_SECONDS = 600  # recovery after a crash reads the whole write-ahead log
_STOP_SECONDS = 60
_READY_LINE = 7  # of postmaster.pid: "ready" once connections are accepted


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Whether the server runs, and where."""

    running: bool
    directory: Path
    pid: int | None = None
    port: int | None = None


class EmbeddedServer:
    """The PostgreSQL kept in ``directory``; it goes on running when this process ends.

    Args:
        directory: made by :meth:`start` where it is absent.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self._data = self.directory / "data"
        self._run = self.directory / "run"
        self._access_file = self.directory / "access.json"
        self._log = self.directory / "server.log"

    def __repr__(self) -> str:
        return f"EmbeddedServer({str(self.directory)!r})"

    def start(self) -> str:
        """Start the server unless it runs already, and give its address for this process, see :meth:`socket_url`.

        Raises:
            TargetError: the wheel is missing, or the directory belongs to another user.
            TargetUnavailable: the server does not come up; the message holds the end of its log.
        """
        self._make_directory()
        with self._alone():
            if self._pid() is None:
                self._launch()
            else:
                self._wait_until_ready()
            self._make_database()
        return self.socket_url()

    def stop(self) -> bool:
        """Stop the server and say whether it was running."""
        if self._pid() is None:
            return False
        with self._alone():
            if self._pid() is None:
                return False
            self._control("stop", "-m", "fast", "-t", str(_STOP_SECONDS))
        return True

    def status(self) -> ServerStatus:
        """Whether the server runs; changes nothing."""
        pid, access = self._pid(), read_access(self._access_file)
        return ServerStatus(pid is not None, self.directory, pid, access.port if access else None)

    def url(self) -> str:
        """The address for any program on this machine, password included: a loopback port.

        Raises:
            TargetError: the server was never started here.
        """
        return self._url(HOST, {})

    def socket_url(self) -> str:
        """The address for programs of the same user: the socket, or the port where its path would be too long."""
        folder = socket_folder(self._run)
        return self._url(HOST, {}) if folder is None else self._url(None, {"host": str(folder)})

    def psql(self) -> tuple[list[str], dict[str, str]]:
        """Command line and additional environment of an interactive ``psql``; the password stays off the command line."""
        access = self._access()
        program = str(installation.programs() / "psql")
        target = ["--host", HOST, "--port", str(access.port), "--username", NAME, "--dbname", NAME]
        return [program, *target], {"PGPASSWORD": access.password}

    def _url(self, host: str | None, query: dict[str, str]) -> str:
        access = self._access()
        port = access.port if host else None
        if host is None:
            query = {**query, "port": str(access.port)}
        url = URL.create("postgresql+psycopg", NAME, access.password, host, port, NAME, query)
        return url.render_as_string(hide_password=False)

    def _access(self) -> Access:
        access = read_access(self._access_file)
        if access is None:
            raise TargetError(
                f"there is no embedded database in {self.directory} yet",
                code="EMBEDDED_ABSENT",
                hint="start it first: understudy database start",
            )
        return access

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with file_lock(self.directory / "start.lock", timeout=_START_SECONDS):
                yield
        except TimeoutError as error:
            raise TargetBusy(f"another process has been starting {self.directory} for too long") from error
        except OSError as error:
            raise TargetError(f"cannot use {self.directory}: {error}", code="EMBEDDED_DIRECTORY") from error

    def _make_directory(self) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TargetError(f"cannot make {self.directory}: {error}", code="EMBEDDED_DIRECTORY") from error

    def _launch(self) -> None:
        account = installation.account_for(self._data)
        installation.open_programs(account, installation.programs())
        installation.open_paths(account, self._data, installation.programs())
        self._run.mkdir(mode=0o700, exist_ok=True)
        self._log.write_text("", encoding="utf-8")
        account.owns(self._run, self._log)
        if not self._data.exists():
            self._initialise(account)
        self._clear_leftovers()
        access = self._access()
        port = free_port(access.port)
        if port != access.port:
            _write_access(self._access_file, replace(access, port=port))
        settings = self._data / _INCLUDED
        settings.write_text(settings_text(port, socket_folder(self._run)), encoding="utf-8")
        account.owns(settings)
        try:
            self._control("start", "-w", "-t", str(_START_SECONDS), "-l", str(self._log))
        except TargetUnavailable as error:
            words = self._log.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
            raise TargetUnavailable(f"the embedded server does not start:\n{words}", code=error.code) from error

    def _initialise(self, account: installation.Account) -> None:
        """Make the data directory beside its place and move it there whole: one that exists is complete."""
        _write_access(self._access_file, read_access(self._access_file) or new_access())
        workshop = Path(tempfile.mkdtemp(prefix="new-", dir=self.directory))
        try:
            account.owns(workshop)
            password, data = workshop / "password", workshop / "data"
            password.write_text(self._access().password, encoding="utf-8")
            password.chmod(0o600)
            account.owns(password)
            self._program(
                "initdb", "--pgdata", str(data), "--username", NAME, "--pwfile", str(password),
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions",
                "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
            )  # fmt: skip
            configuration = data / "postgresql.conf"
            text = configuration.read_text(encoding="utf-8")
            configuration.write_text(f"{text}\ninclude_if_exists = '{_INCLUDED}'\n", encoding="utf-8")
            data.rename(self._data)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)

    def _pid(self) -> int | None:
        """The running server's process, or None.

        A number in the file is not enough: after a crash it may be a dead child nobody has collected, or by now
        belong to another program.
        """
        pid = self._recorded_pid()
        return pid if pid is not None and _serves(pid, self._data) else None

    def _recorded_pid(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        except PermissionError as error:
            raise TargetError(
                f"{self.directory} belongs to another user",
                code="EMBEDDED_DIRECTORY",
                hint="use a directory of your own",
            ) from error

    def _clear_leftovers(self) -> None:
        """After a crash of the server: wait for its children to end, and drop the lock files that name nobody.

        PostgreSQL does this itself, unless the number in them has been given to another process or is that of a dead
        child nobody has collected, as happens in containers without an init.
        """
        limit = time.monotonic() + _STOP_SECONDS
        while orphans := [p.pid for p in psutil.process_iter() if _serves(p.pid, self._data)]:
            if time.monotonic() > limit:
                raise TargetUnavailable(f"processes of a crashed server are still at work: {orphans}")
            time.sleep(0.1)
        pid = self._recorded_pid()
        if pid is not None and psutil.pid_exists(pid):
            (self._data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self._run.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)

    def _wait_until_ready(self) -> None:
        limit = time.monotonic() + _START_SECONDS
        while self._pid() is not None and time.monotonic() < limit:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            if len(lines) > _READY_LINE and lines[_READY_LINE].strip() == "ready":
                return
            time.sleep(0.1)
        raise TargetUnavailable(f"the embedded server in {self.directory} is not ready", code="EMBEDDED_FAILED")

    def _make_database(self) -> None:
        import psycopg  # only here: whoever fills a SQLite file needs no PostgreSQL driver
        from psycopg import sql
        from psycopg.conninfo import make_conninfo

        access = self._access()
        # An environment meant for another server would fill in what is not given here.
        address = make_conninfo(
            host=HOST, port=access.port, user=NAME, password=access.password, dbname="postgres",
            sslmode="disable", options="",
        )  # fmt: skip
        with psycopg.connect(address, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def _control(self, verb: str, *arguments: str) -> None:
        self._program("pg_ctl", verb, "--silent", "--pgdata", str(self._data), *arguments)

    def _program(self, name: str, *arguments: str) -> None:
        """Run a program without any PG* variable of the caller's, which could point it elsewhere."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
        installation.run_program(
            name,
            arguments,
            account=installation.account_for(self._data),
            folder=self.directory,
            environment={**environment, "LC_ALL": "C"},
        )


def _serves(pid: int, data: Path) -> bool:
    """True if the process is a living PostgreSQL at work in ``data``."""
    try:
        process = psutil.Process(pid)
        return process.name().startswith("postgres") and Path(process.cwd()) == data.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # a zombie is one of the former
        return False
