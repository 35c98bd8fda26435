"""The tests' own server: the choice is explicit, each test has a database, and no other database is touched."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from tests.servers import ServerChoice, ServerChoiceError, choose_server, container_server, fresh_database, open_server

ADDRESS = "postgresql://ada:secret@localhost:5433/postgres"


def databases_on(server: str) -> set[str]:
    """Lists the databases of a server."""
    with create_engine(server, poolclass=NullPool).connect() as connection:
        return set(connection.execute(text("SELECT datname FROM pg_database")).scalars())


@pytest.mark.parametrize(
    ("option", "environment", "kind"),
    [
        (None, {}, "embedded"),
        (None, {"TEST_DATABASE_URL": ADDRESS}, "url"),
        ("embedded", {"TEST_DATABASE_URL": ADDRESS}, "embedded"),
        ("testcontainers", {"TEST_DATABASE_URL": ADDRESS}, "testcontainers"),
        ("url", {"TEST_DATABASE_URL": ADDRESS}, "url"),
    ],
)
def test_the_option_wins_over_the_variable(option: str | None, environment: dict[str, str], kind: str) -> None:
    """The server is the one asked for, else the one the variable names, else the embedded one."""
    assert choose_server(option, environment).kind == kind


@pytest.mark.parametrize("environment", [{}, {"TEST_DATABASE_URL": "mysql://localhost/test"}])
def test_an_unusable_address_is_refused(environment: dict[str, str]) -> None:
    """Asking for a server by address without a PostgreSQL address stops the run before any test."""
    with pytest.raises(ServerChoiceError, match="TEST_DATABASE_URL"):
        choose_server("url", environment)


def test_the_header_never_shows_a_password() -> None:
    """A run says which server it uses and keeps the password to itself."""
    shown = str(choose_server("url", {"TEST_DATABASE_URL": ADDRESS}))
    assert "localhost:5433" in shown
    assert "secret" not in shown


def test_a_container_is_asked_for_by_version_and_stopped() -> None:
    """Testcontainers is given the image and the driver, and left through its own context.

    A fake stands in for the container: where this was written no Docker engine answered, so the path through a
    real one is not covered here. `pytest --postgres=testcontainers` runs it.
    """
    calls: list[Any] = []

    @contextmanager
    def fake(image: str, *, driver: str) -> Any:
        calls.append((image, driver))
        yield type("Container", (), {"get_connection_url": staticmethod(lambda: "postgresql+psycopg://c/test")})
        calls.append("stopped")

    with container_server(fake) as url:
        assert url == "postgresql+psycopg://c/test"
    assert calls == [("postgres:18", "psycopg"), "stopped"]


def test_testcontainers_accepts_what_it_is_given() -> None:
    """The real class takes the arguments the fake took; constructing it needs no engine."""
    from testcontainers.community.postgres import PostgresContainer

    assert "driver" in PostgresContainer.__init__.__annotations__


def test_a_running_server_is_used_as_it_is() -> None:
    """A server named by address is neither started nor stopped."""
    with open_server(ServerChoice("url", "postgresql+psycopg://x/y")) as url:
        assert url == "postgresql+psycopg://x/y"


def test_each_test_gets_an_empty_database(database_url: str) -> None:
    """The fixture's database holds no table and is not the server's own."""
    engine = create_engine(database_url, poolclass=NullPool)
    assert inspect(engine).get_table_names() == []
    assert str(make_url(database_url).database).startswith("understudy_test_")


def test_only_the_database_made_is_dropped(postgres_server: str) -> None:
    """After use the server holds what it held before, even when the database is still connected to."""
    before = databases_on(postgres_server)
    with fresh_database(postgres_server) as url:
        lingering = create_engine(url, poolclass=NullPool).connect()
        lingering.execute(text("CREATE TABLE mine (id int)"))
        assert databases_on(postgres_server) - before == {make_url(url).database}
    assert databases_on(postgres_server) == before
    lingering.invalidate()


def test_the_embedded_server_leaves_nothing_behind(postgres_server: str) -> None:
    """A second server is a server of its own, and its files are gone when it stops."""
    with open_server(ServerChoice("embedded")) as url:
        place = Path(str(make_url(url).query["host"]))
        assert url != postgres_server
        assert place.is_dir()
    assert not place.exists()


def test_another_machine_cannot_be_reached() -> None:
    """A connection beyond this machine is refused before a packet is sent."""
    with socket.socket() as caller, pytest.raises(PermissionError, match=r"192\.0\.2\.1"):
        caller.connect(("192.0.2.1", 80))
