"""Opening a database with whichever driver is installed, for the tools that look into one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..book.model import Book, Service
from ..errors import UsageRefused
from .access_errors import explained
from .identity import ServerFacts, is_own_address

_SCHEME = re.compile(r"([a-z][a-z0-9]*)(\+[a-z0-9_]+)?:(?=//)", re.IGNORECASE)
_SYSTEMS = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """An open database.

    Attributes:
        connection: a DB-API connection in no transaction.
        system: ``postgresql``, ``mysql`` or ``sqlite``.
        database: its name.
        facts: what it says about itself.
    """

    connection: Any
    system: str
    database: str
    facts: ServerFacts


def system_of(url: str) -> str:
    """The system that a URL or a connection string names.

    Raises:
        UsageRefused: none that can carry a marker.
    """
    found = _SCHEME.match(url)
    name = found[1].lower() if found else "postgresql" if "=" in url else ""
    if name not in _SYSTEMS:
        known = "postgresql://, mysql://, sqlite:///"
        raise UsageRefused(
            "this is no address of a database", code="USAGE", rule="database-url", hint=f"known: {known}"
        )
    return _SYSTEMS[name]


def plain_url(url: str) -> str:
    """The URL without the name of a driver, as the drivers themselves take it."""
    return _SCHEME.sub(lambda match: f"{match[1].lower()}:", url, count=1)


def database_of(url: str) -> str:
    """The name of the database that a URL or a connection string names, or an empty string."""
    from urllib.parse import unquote

    if system_of(url) == "sqlite":
        return _file_of(url).rpartition("/")[2]
    if "://" in url:
        return unquote(plain_url(url).partition("://")[2].partition("/")[2].partition("?")[0])
    found = re.findall(r"(?:^|\s)dbname\s*=\s*('(?:[^'\\]|\\.)*'|\S+)", url)
    return str(found[-1]).strip("'") if found else ""


@contextmanager
def opened_url(url: str, book: Book) -> Iterator[Opened]:
    """Open a database by its URL.

    Raises:
        UsageRefused: the URL is none of a database, nothing answers there, or no driver is installed.
    """
    system = system_of(url)
    with explained(_UNOPENED, environment=book.environment, login=True):
        connection = _BY_URL[system](plain_url(url))
    with closing(connection):
        with explained(_UNREAD, environment=book.environment):
            found = _looked_at(connection, system, book, plain_url(url))
        yield found


@contextmanager
def opened_service(service: Service, book: Book) -> Iterator[Opened]:
    """Open a service's database without the assertion: it may be the marker that is missing.

    Raises:
        UsageRefused: the service is no database that can carry a marker, or no driver is installed.
    """
    if service.kind not in ("postgresql", "mysql"):
        words = f"a service of the kind {service.kind} cannot carry a marker"
        raise UsageRefused(words, code="USAGE", service=service.name, rule="database-url")
    plain = replace(service, identity=replace(service.identity, assertion="none"))
    with explained(_UNOPENED, service=service.name, environment=book.environment, login=True):
        connection = _by_service(plain, book)
    with closing(connection):
        with explained(_UNREAD, service=service.name, environment=book.environment):
            found = _looked_at(connection, service.kind, book, "")
        yield found


def _looked_at(connection: Any, system: str, book: Book, url: str) -> Opened:
    from . import mysql, postgres, sqlite
    from .identity_guard import peer_of

    if system == "sqlite":
        facts = sqlite.read_facts(connection, name=_file_of(url).rpartition("/")[2])
        return Opened(connection, system, facts.database, facts)
    address, port = peer_of(connection)
    host = getattr(getattr(connection, "info", None), "host", None) or ""
    here = is_own_address(book, host, port, address)
    read = postgres.read_facts if system == "postgresql" else mysql.read_facts
    facts = read(connection, at_own_address=here)
    return Opened(connection, system, facts.database, facts)


def _by_service(service: Service, book: Book) -> Any:
    from .client_forms import arguments

    family = _POSTGRESQL if service.kind == "postgresql" else _MYSQL
    name, connect = _installed(family)
    user = {} if service.user or name in ("psycopg", "psycopg2") else {"user": os.environ.get("PGUSER", "")}
    form = {"pg8000.dbapi": "pg8000", "MySQLdb": "mysqlclient"}.get(name, name)
    return connect(**arguments(service, book.environment, form), **user)


def _by_libpq_url(url: str) -> Any:
    name, connect = _installed(_POSTGRESQL)
    if name != "pg8000.dbapi":
        return connect(url)
    return connect(**{key: value for key, value in _parts(url).items() if value})


def _by_mysql_url(url: str) -> Any:
    _, connect = _installed(_MYSQL)
    return connect(**{key: value for key, value in _parts(url).items() if value})


def _by_sqlite_url(url: str) -> Any:
    import sqlite3

    file = Path(_file_of(url))
    if not file.is_file():
        words = f"there is no file {file}" if file.name else "the URL names no file"
        hint = "sqlite:///relative/path or sqlite:////absolute/path of a database that is there; none is made here"
        raise UsageRefused(words, code="USAGE", rule="database-file", hint=hint)
    # Between that look and this one the file may go: then it is not made, either.
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True)


def _file_of(url: str) -> str:
    return url.partition(":///")[2].partition("?")[0]


def _parts(url: str) -> dict[str, Any]:
    from urllib.parse import unquote, urlsplit

    if "://" not in url:
        words = "the driver that is installed takes no key=value string"
        raise UsageRefused(words, code="USAGE", rule="database-url", hint="write it as a URL, or install psycopg")
    found = urlsplit(url)
    named = {"user": found.username, "password": found.password, "database": found.path.lstrip("/")}
    return {
        **{key: unquote(value) for key, value in named.items() if value},
        "host": found.hostname,
        "port": found.port,
    }


def _installed(drivers: tuple[str, ...]) -> tuple[str, Callable[..., Any]]:
    from importlib import import_module

    for name in drivers:
        if find_spec(name.partition(".")[0]) is not None:
            connect: Callable[..., Any] = import_module(name).connect
            return name, connect
    words = f"none of the drivers is installed: {', '.join(name.partition('.')[0] for name in drivers)}"
    raise UsageRefused(words, code="USAGE", rule="database-driver", hint="install one of them, or use --sql")


_UNOPENED, _UNREAD = "the database cannot be opened", "the database cannot be asked whose it is"
_POSTGRESQL = ("psycopg", "psycopg2", "pg8000.dbapi")
_MYSQL = ("pymysql", "MySQLdb")
_BY_URL: Mapping[str, Callable[[str], Any]] = {
    "postgresql": _by_libpq_url,
    "mysql": _by_mysql_url,
    "sqlite": _by_sqlite_url,
}
