"""PostgreSQL addresses: any of the spellings people use, turned into what SQLAlchemy and libpq each need."""

from __future__ import annotations

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, make_url
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import ArgumentError

from ...errors import TargetError

DRIVER = "postgresql+psycopg"
APPLICATION = "understudy"
EXAMPLE = "postgresql://user@localhost:5432/database"


def parse(text: str) -> URL:
    """The address with the driver used here and every secret where SQLAlchemy hides it.

    ``postgres://`` and ``postgresql+<any driver>://`` mean the same server, so they are accepted as they are found in
    other programs' settings.

    Raises:
        TargetError: for text that is no PostgreSQL address. The text itself, which may hold a password, is not quoted.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise TargetError("the target is not a database URL", hint=f"write it like {EXAMPLE}") from error
    if url.drivername.lower().split("+")[0] not in ("postgresql", "postgres"):
        raise TargetError(f"{url.drivername!r} is not PostgreSQL", hint=f"write it like {EXAMPLE}")
    query = dict(url.query)
    password = query.pop("password", None)
    if isinstance(password, str):
        url = url.set(password=password)
    return url.set(drivername=DRIVER, query=query)


def conninfo(url: URL) -> str:
    """The address as a libpq connection string; holds the password, so it must not be shown."""
    dialect: Dialect = url.get_dialect()()
    options = dialect.create_connect_args(url)[1]
    settings = {"application_name": APPLICATION, **options, "client_encoding": "UTF8"}
    return make_conninfo(**{name: value for name, value in settings.items() if value is not None})


def location(url: URL) -> str:
    """The address without any secret: user, host, port and database, and a socket's directory."""
    shown = {name: value for name, value in url.query.items() if name in ("host", "port")}
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, shown)
    return plain.render_as_string(hide_password=True)
