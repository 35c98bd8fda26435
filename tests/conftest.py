"""Every test gets a real PostgreSQL and a database of its own, and nothing beyond this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import settings

from tests.servers import CHOICES, VARIABLE, ServerChoice, ServerChoiceError, choose_server, fresh_database, open_server

SERVER = pytest.StashKey[ServerChoice]()

# A machine under load is slow, not wrong; and a failure in CI must be the failure everybody sees.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        choices=CHOICES,
        default=None,
        help=f"the PostgreSQL the tests use (default: the one {VARIABLE} names, else embedded)",
    )


def pytest_configure(config: pytest.Config) -> None:
    try:
        config.stash[SERVER] = choose_server(config.getoption("--postgres"), os.environ)
    except ServerChoiceError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_report_header(config: pytest.Config) -> str:
    return f"postgres: {config.stash[SERVER]}"


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The server's SQLAlchemy address; one server for each worker where it is embedded."""
    with open_server(request.config.stash[SERVER]) as url:
        yield url


@pytest.fixture
def database_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database that only this test knows."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses every connection to another machine, so that no test can depend on one."""
    connect = socket.socket.connect

    def refuse_others(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_this_machine(address[0]):
            raise PermissionError(f"a test tried to reach {address[0]}: fake it, or use a server on this machine")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse_others)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
