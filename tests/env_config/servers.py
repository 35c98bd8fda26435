"""Real servers on loopback: a cluster that plays production, one that plays staging, and what stands in between.

| fixture | what |
|---|---|
| `production`, `staging` | PostgreSQL clusters on 127.0.0.77 and 127.0.0.66, marked as what they are; one pair for each worker |
| `tunnel` | a forwarder on 127.0.0.1 that leads to production |

``PostgresServer.sessions()`` counts the logins that production let in, from its own log: what a client says is not asked.
Forwarders, poolers, clones and certificates are in :mod:`tests.env_config.passages`.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest

from seeds.databases.embedded import installation
from tests.env_config.listeners import PRODUCTION, STAGING
from tests.env_config.passages import Forwarder

KEEPER = "keeper"
"""The superuser that the tests' own housekeeping uses; its logins are not counted."""
USER = "app"
DATABASE = "social_care"

_SETTINGS = """
listen_addresses = '{host}'
port = {port}
unix_socket_directories = '{sockets}'
fsync = off
max_connections = 40
shared_buffers = 16MB
log_connections = on
log_line_prefix = '%c %q%u '
lc_messages = 'C'
"""
_ACCESS = """
local all all trust
host all all 127.0.0.0/8 trust
local replication all trust
host replication all 127.0.0.0/8 trust
"""
_LINE = re.compile(r"^(\S+\.\S+) (?:(\S+) )?(LOG|FATAL):  (.*)$", re.MULTILINE)


@dataclass
class PostgresServer:
    """One running cluster.

    Attributes:
        folder: holds ``data``, the socket and the log.
    """

    host: str
    port: int
    folder: Path

    def dsn(self, *, user: str = USER, database: str = DATABASE, host: str = "", port: int = 0, **options: str) -> str:
        """A libpq URI; ``host`` and ``port`` stand in for the server's own, as behind a tunnel."""
        query = f"?{urlencode(options, quote_via=quote)}" if options else ""
        return f"postgresql://{user}@{host or self.host}:{port or self.port}/{database}{query}"

    def socket_dsn(self, *, user: str = USER, database: str = DATABASE) -> str:
        """The address of its unix socket."""
        return f"host={self.folder} port={self.port} user={user} dbname={database}"

    def execute(self, *statements: str, database: str = DATABASE, user: str = KEEPER) -> None:
        """Run statements, each committed by itself; as the superuser unless another is named."""
        with self.connect(database=database, user=user) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def value(self, query: str, *, database: str = DATABASE) -> Any:
        """The first column of a query's first row."""
        with self.connect(database=database) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        return None if row is None else row[0]

    def connect(self, *, database: str = DATABASE, user: str = KEEPER) -> psycopg.Connection[Any]:
        """A psycopg connection of the tests' own."""
        return psycopg.connect(self.dsn(user=user, database=database), hostaddr=self.host, autocommit=True)

    @property
    def system_identifier(self) -> str:
        return str(self.value("SELECT system_identifier FROM pg_control_system()", database="postgres"))

    def sessions(self) -> int:
        """How many logins of others than the keeper were let in since the server started; refused ones do not count."""
        entered: set[str] = set()
        for session, user, level, words in _LINE.findall((self.folder / "log").read_text(encoding="utf-8")):
            if level == "FATAL":
                entered.discard(session)
            elif words.startswith("connection authorized") and user != KEEPER:
                entered.add(session)
        return len(entered)

    def control(self, verb: str, *arguments: str) -> None:
        """Run ``pg_ctl``."""
        run_program("pg_ctl", verb, "-w", "-D", str(self.folder / "data"), *arguments, folder=self.folder)

    def start(self) -> None:
        """Write the settings for this host and port, and start."""
        text = _SETTINGS.format(host=self.host, port=self.port, sockets=self.folder)
        (self.folder / "data" / "postgresql.auto.conf").open("a", encoding="utf-8").write(text)
        (self.folder / "data" / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")
        self.control("start", "-l", str(self.folder / "log"))

    def stop(self) -> None:
        self.control("stop", "-m", "immediate")


def run_program(name: str, *arguments: str, folder: Path) -> None:
    """Run one of PostgreSQL's programs as the user that owns ``folder``, without any PG* variable of the caller's."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    account = installation.account_for(folder)
    installation.run_program(name, arguments, account=account, folder=folder, environment={**plain, "LC_ALL": "C"})


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs, such as ``psql``."""
    return str(installation.programs() / name)


def free_port(host: str) -> int:
    """A port of this loopback address that nobody listens at."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def server_folder() -> Iterator[Path]:
    """A folder of the account that may run servers; short, because a socket's path may have a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="ec-"))
    try:
        account = installation.account_for(folder / "absent")
        account.owns(folder)
        installation.open_programs(account, installation.programs())
        installation.open_paths(account, folder / "data", installation.programs())
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_cluster(host: str, *, port: int = 0) -> Iterator[PostgresServer]:
    """A cluster with an ordinary login ``app`` that owns the database ``social_care``; no marker in it."""
    with server_folder() as folder:
        run_program(
            "initdb", "-D", str(folder / "data"), "-U", KEEPER, "--auth=trust", "--no-sync", "--encoding=UTF8",
            "--locale=C", "--no-instructions", folder=folder,
        )  # fmt: skip
        with running(PostgresServer(host, port or free_port(host), folder)) as server:
            server.execute(f"CREATE ROLE {USER} LOGIN", f"CREATE DATABASE {DATABASE} OWNER {USER}", database="postgres")
            yield server


@contextmanager
def running(server: PostgresServer) -> Iterator[PostgresServer]:
    """The server runs for as long as the context lasts."""
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def cloned(source: PostgresServer, host: str, *, replica: bool = False) -> Iterator[PostgresServer]:
    """A physical copy of a running cluster at another address; as a replica it goes on following the source."""
    with server_folder() as folder:
        follow = ["-R"] if replica else []
        place = ["-D", str(folder / "data"), "-h", source.host, "-p", str(source.port), "-U", KEEPER]
        run_program("pg_basebackup", *place, *follow, "--checkpoint=fast", "--no-sync", folder=folder)
        with running(PostgresServer(host, free_port(host), folder)) as server:
            yield server


def dump_and_restore(source: PostgresServer, target: PostgresServer, database: str, *, whole: bool = False) -> None:
    """Copy the tables into a new database ``database``; ``whole`` copies the database's settings, too, under its own name."""
    dump = [program("pg_dump"), "-d", source.dsn(user=KEEPER), *(["--create"] if whole else [])]
    text = subprocess.run(dump, capture_output=True, check=True, text=True).stdout
    if not whole:
        target.execute(f"CREATE DATABASE {database} OWNER {USER}", database="postgres")
    into = target.dsn(user=KEEPER, database="postgres" if whole else database)
    restore = [program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", into]
    subprocess.run(restore, input=text, capture_output=True, check=True, text=True)


def mark(
    server: PostgresServer, environment: str, *, database: str = DATABASE, reason: str = "made for a test"
) -> None:
    """Stamp the database as its owner would."""
    from env_config.guards import marker

    with server.connect(database=database, user=USER) as connection:
        for statement in marker.statements("postgresql", environment, database=database, reason=reason):
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def production() -> Iterator[PostgresServer]:
    """A cluster that says it is production. Nobody but the keeper should get in."""
    with postgres_cluster(PRODUCTION) as server:
        server.execute("CREATE TABLE person (id integer PRIMARY KEY, name text)", user=USER)
        mark(server, "production")
        yield server


@pytest.fixture(scope="session")
def staging() -> Iterator[PostgresServer]:
    """A cluster that says it is staging."""
    with postgres_cluster(STAGING) as server:
        mark(server, "staging")
        yield server


@pytest.fixture
def tunnel(production: PostgresServer) -> Iterator[Forwarder]:
    """A port on 127.0.0.1 behind which production answers."""
    with Forwarder(production.host, production.port) as forwarder:
        yield forwarder
