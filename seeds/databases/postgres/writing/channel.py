"""One connection inside a transaction, with tries that leave no trace when the server refuses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from ....rejections import Rejection, RowsRejected
from ..refusals import refusals
from .rejections import about_rows, rejection_of

_SAVEPOINT = "understudy_try"
_PLACEHOLDER = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\?|%")

# A commit need not wait for the disk: what a crash loses is made again. And errors in one language can be read for
# the line that they name; only a superuser may choose it, the others' lines are read as far as they look alike.
_SETTINGS = ("SET synchronous_commit = off", "SET lc_messages = 'C'")


class Channel:
    """A psycopg connection that begins transactions by itself and ends them only when told.

    Args:
        conninfo: libpq's connection string.
        location: how to call the target in messages.
    """

    def __init__(self, conninfo: str, location: str) -> None:
        self.location = location
        with refusals(location):
            self._connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
            for setting in _SETTINGS:
                try:
                    self.run(setting)
                except psycopg.errors.InsufficientPrivilege:
                    continue
            self._connection.autocommit = False

    def run(self, statement: str, parameters: tuple[object, ...] = ()) -> psycopg.Cursor:
        """Run a statement as it is written, or with ``%s`` placeholders where there are parameters."""
        return self._connection.execute(statement.encode(), parameters or None)

    def rows(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run a query and return its few rows."""
        return self.run(statement, parameters).fetchall()

    def send(self, statement: str, chunks: Iterator[memoryview]) -> None:
        """Run a ``COPY … FROM STDIN`` with the given data."""
        with self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for chunk in chunks:
                copy.write(chunk)

    @contextmanager
    def attempt(
        self, explain: Callable[[psycopg.Error], Rejection] = rejection_of, *, keep: bool = True
    ) -> Iterator[None]:
        """Keep what is done inside, or nothing of it.

        Args:
            explain: says what an error that rows can cause means; it may ask the database, since the transaction
                stands as it stood before by then.
            keep: false takes everything back at the end even though the server took it.

        Raises:
            RowsRejected: the server refused the rows; the transaction goes on.
        """
        with refusals(self.location):
            self.run(f"SAVEPOINT {_SAVEPOINT}")
            try:
                yield
                if keep:
                    self.run(f"RELEASE SAVEPOINT {_SAVEPOINT}")
            except psycopg.Error as error:
                self._take_back()
                if not about_rows(error):
                    raise
                raise RowsRejected(explain(error)) from error
            except BaseException:
                self._take_back()
                raise
            if not keep:
                self._take_back()

    def in_transaction(self) -> bool:
        """True between the first statement of a transaction and its end."""
        return self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE

    def broken(self) -> bool:
        """True if the connection is gone."""
        return self._connection.closed

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()

    def _take_back(self) -> None:
        if not self._connection.closed and self.in_transaction():
            self.run(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}; RELEASE SAVEPOINT {_SAVEPOINT}")


def bound(statement: str) -> str:
    """A statement with ``?`` placeholders as the driver wants it; quoted text and names are left alone."""

    def written(match: re.Match[str]) -> str:
        found = match[0]
        return "%s" if found == "?" else found.replace("%", "%%")

    return _PLACEHOLDER.sub(written, statement)
