"""Asking a MariaDB or MySQL server who it is: the marker's table is all there is."""

from __future__ import annotations

from typing import Any

from .identity import ServerFacts
from .postgres import TABLE

_TABLES = f"SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = '{TABLE}'"  # noqa: S608
_MARKER = f"SELECT environment FROM {TABLE}"  # noqa: S608


def read_facts(connection: Any, *, at_own_address: bool | None = None) -> ServerFacts:
    """Ask over a DB-API connection that is in no transaction; it is in none afterwards.

    No server setting can name an environment here, so a copy of the table cannot be told from the original.
    """
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT database()")
        (database,) = cursor.fetchone()
        cursor.execute(_TABLES)
        found: list[str] = []
        if cursor.fetchone()[0]:
            cursor.execute(_MARKER)
            found = sorted(str(row[0]) for row in cursor.fetchall())
    finally:
        cursor.close()
        connection.rollback()
    return ServerFacts(marker=", ".join(found) or None, at_own_address=at_own_address, database=database or "")
