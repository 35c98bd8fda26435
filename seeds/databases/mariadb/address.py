"""MariaDB and MySQL addresses: any of the spellings people use, turned into what SQLAlchemy and PyMySQL each need."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import ArgumentError

from ...errors import TargetError

DRIVER = "mysql+pymysql"
APPLICATION = "understudy"
EXAMPLE = "mariadb://user@localhost:3306/database"


def parse(text: str) -> URL:
    """The address with the driver used here and every secret where SQLAlchemy hides it.

    ``mysql://``, ``mariadb://`` and either with ``+<any driver>`` mean the same server.

    Raises:
        TargetError: for text that is no such address, or names no database. The text itself, which may hold a
            password, is not quoted.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise TargetError("the target is not a database URL", hint=f"write it like {EXAMPLE}") from error
    if url.drivername.lower().split("+")[0] not in ("mysql", "mariadb"):
        raise TargetError(f"{url.drivername!r} is not MariaDB or MySQL", hint=f"write it like {EXAMPLE}")
    query = dict(url.query)
    password = query.pop("password", query.pop("passwd", None))
    if isinstance(password, str):
        url = url.set(password=password)
    if not url.database:
        raise TargetError("the URL names no database", hint=f"write it like {EXAMPLE}")
    return url.set(drivername=DRIVER, query={**query, "charset": "utf8mb4"})


def arguments(url: URL) -> dict[str, Any]:
    """The address as arguments of PyMySQL's ``connect``; they hold the password, so they must not be shown."""
    dialect: Dialect = url.get_dialect()()
    options = dict(dialect.create_connect_args(url)[1])
    options.pop("client_flag", None)  # affected rows are to mean rows that were changed
    return {**options, "autocommit": False, "program_name": APPLICATION}


def location(url: URL) -> str:
    """The address without any secret: user, host, port and database, and a socket's path."""
    shown = {name: value for name, value in url.query.items() if name in ("host", "port", "unix_socket")}
    plain = URL.create("mariadb", url.username, None, url.host, url.port, url.database, shown)
    return plain.render_as_string(hide_password=True)
