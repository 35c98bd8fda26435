"""Running ``env-config stamp`` in an environment of the tests, and databases for it to stamp."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from env_config.book.model import Endpoint, IdentityPolicy, Service
from env_config.cli import stamp
from env_config.guards.identity import ServerFacts
from env_config.guards.postgres import read_facts
from env_config.policy import Policy
from env_config.resolver import Address
from tests.env_config.books import corpus_book
from tests.env_config.listeners import STAGING
from tests.env_config.passages import wait_for
from tests.env_config.servers import DATABASE, USER, PostgresServer, free_port, server_folder

Stamp = Callable[..., int]
PLAIN = IdentityPolicy(tls="off")


@pytest.fixture
def stamp_as(monkeypatch: pytest.MonkeyPatch) -> Stamp:
    """Run the command in an environment, with that environment's book."""

    def run(*words: str, environment: str = "staging", server: PostgresServer | None = None, **changes: Any) -> int:
        book = corpus_book(environment, **changes)
        if server is not None:
            own = replace(book.own, endpoints=(Endpoint(server.host, server.port, (server.host,)),))
            service = Service(
                "db", "postgresql", host=server.host, port=server.port, database=DATABASE, user=USER, identity=PLAIN
            )
            book = replace(book, own=own, services={"db": service})
        runtime = SimpleNamespace(
            book=book, policy=Policy(book), address=lambda name: Address(book.services[name], environment)
        )
        monkeypatch.setattr(stamp, "opened", lambda arguments: runtime)
        parser = argparse.ArgumentParser()
        stamp.configure(parser)
        return stamp.run(parser.parse_args(words))

    return run


@pytest.fixture
def database(staging: PostgresServer) -> Iterator[str]:
    """An empty database of the ordinary login's own, without a marker."""
    name = f"db_{uuid4().hex[:12]}"
    staging.execute(f"CREATE DATABASE {name} OWNER {USER}", database="postgres")
    yield name
    staging.execute(f"DROP DATABASE {name} WITH (FORCE)", database="postgres")


def facts(server: PostgresServer, database: str = DATABASE, **told: Any) -> ServerFacts:
    with server.connect(database=database) as connection:
        return read_facts(connection, **told)


@pytest.fixture
def mariadb() -> Iterator[str]:
    """A MariaDB of the test's own."""
    server = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    install = shutil.which("mariadb-install-db")
    if server is None or install is None:
        pytest.skip("MariaDB is not installed")
    pytest.importorskip("pymysql")
    with server_folder() as folder:
        owner = folder.stat()
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **account}
        data, port = folder / "data", free_port(STAGING)
        make = ["--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([install, *make], check=True, **quiet)
        place = [f"--datadir={data}", f"--socket={folder}/s", f"--bind-address={STAGING}", f"--port={port}"]
        process = subprocess.Popen(
            [server, "--no-defaults", *place, f"--pid-file={folder}/pid", "--skip-grant-tables"], **quiet
        )
        try:
            wait_for(STAGING, port, process)
            yield f"mysql://root@{STAGING}:{port}/shop"
        finally:
            process.terminate()
            process.wait(60)
