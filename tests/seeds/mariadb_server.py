"""The MariaDB or MySQL server that the tests use, if one answers, and databases on it that the tests made themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from uuid import uuid4

import pymysql
import pytest
from sqlalchemy import make_url

from seeds.databases.mariadb import address

VARIABLE = "TEST_MARIADB_URL"
USUAL = "mariadb://root@127.0.0.1:3306/mysql"


@cache
def mariadb_server() -> str:
    """The server's address, or nothing where none answers."""
    url = os.environ.get(VARIABLE, "") or USUAL
    try:
        with closing(_connected(url)):
            return url
    except pymysql.MySQLError:
        return ""


@contextmanager
def fresh_mariadb() -> Iterator[str]:
    """Creates a database with a name nobody has, and drops that one and no other.

    Skips where no server answers at the usual place; a server that was asked for must answer.
    """
    server = mariadb_server()
    if not server and os.environ.get(VARIABLE):
        pytest.fail(f"no MariaDB answers at what {VARIABLE} names")
    if not server:
        pytest.skip(f"no MariaDB answers at {USUAL}; {VARIABLE} can name another")
    name = f"understudy_test_{uuid4().hex[:16]}"
    _execute(server, f"CREATE DATABASE `{name}`")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _drop(server, name)


def run_script(url: str, *statements: str) -> None:
    """Runs statements one by one and commits each."""
    for statement in statements:
        _execute(url, statement)


def _drop(server: str, name: str) -> None:
    """Drops the database after ending what connections to it are left: an open transaction would hold it up."""
    with closing(_connected(server)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s", (name,))
        for (number,) in cursor.fetchall():
            with suppress(pymysql.MySQLError):  # it may have gone by now
                cursor.execute(f"KILL CONNECTION {int(number)}")
        cursor.execute(f"DROP DATABASE `{name}`")


def _execute(url: str, statement: str) -> None:
    with closing(_connected(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.commit()


def _connected(url: str) -> pymysql.connections.Connection[pymysql.cursors.Cursor]:
    return pymysql.connect(**address.arguments(address.parse(url)))
