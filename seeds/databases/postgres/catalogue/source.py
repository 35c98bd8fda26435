"""The one way that questions are put to the server's own catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg.rows import args_row

Row = TypeVar("Row")

# What the server prints has one spelling wherever it is set up: moments in UTC, dates year first. The search path stays
# the session's own, so that every expression means on another connection of the same user what it means here.
_SPELLING = """
SELECT set_config(name, setting, true) FROM (VALUES
  ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('bytea_output', 'hex'),
  ('standard_conforming_strings', 'on'), ('quote_all_identifiers', 'off'), ('extra_float_digits', '1')
) AS s(name, setting)
"""

USER_SCHEMA = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
"""That schema ``n`` is none of the server's own; names in ``pg_`` are its alone, those for temporary tables too."""


@dataclass(frozen=True, slots=True)
class Source:
    """A connection in one read-only snapshot; every query of a reading sees the same database."""

    connection: psycopg.Connection

    @property
    def version(self) -> int:
        """The server's version as a number: 150004 is 15.4."""
        return self.connection.info.server_version

    @property
    def version_text(self) -> str:
        """The server's version as it says it, without the packager's words."""
        return (self.connection.info.parameter_status("server_version") or "").split(" ")[0]

    def rows(self, make: Callable[..., Row], query: str) -> list[Row]:
        """The query's rows, each handed to ``make`` as its positional arguments."""
        with self.connection.cursor(row_factory=args_row(make)) as cursor:
            return cursor.execute(query).fetchall()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What fails inside leaves the snapshot usable, and what was locked inside is let go at the end.

        A snapshot that kept its locks on thousands of tables and their indexes would fill the server's table of locks,
        which all sessions share; undoing a savepoint gives them back.
        """
        with self.connection.transaction(force_rollback=True):
            yield


@contextmanager
def snapshot(connection: psycopg.Connection) -> Iterator[Source]:
    """Open a snapshot of the database on a connection of one's own; nothing can be written in it."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        connection.execute(_SPELLING)
        yield Source(connection)
