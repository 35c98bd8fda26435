"""One connection to the server, in explicit transactions, with every constraint checked and nothing put right in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import pymysql
from pymysql.constants import SERVER_STATUS
from pymysql.cursors import SSCursor

from .refusals import refusals
from .values import Sent

ROWS_A_STATEMENT = 400
_LARGEST_STATEMENT = 1_000_000
_PLACEHOLDER = re.compile(r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\"|`(?:[^`]|``)*`|\?", re.S)

# Zero given for an AUTO_INCREMENT column means zero: another key than the one given would break the references to it.
_SETTINGS = (
    "SET SESSION sql_mode = CONCAT_WS(',', NULLIF(@@SESSION.sql_mode, ''), 'STRICT_ALL_TABLES', 'NO_AUTO_VALUE_ON_ZERO')",
    "SET SESSION foreign_key_checks = 1, unique_checks = 1, time_zone = '+00:00'",
)
_CHECKS_ON = "SET SESSION check_constraint_checks = 1"


def quoted(name: str) -> str:
    """A name as an identifier, whatever it holds."""
    return "`" + name.replace("`", "``") + "`"


def is_mariadb(version: str) -> bool:
    """True if a server that calls its version so is MariaDB, not MySQL."""
    return "mariadb" in version.lower()


class MariadbConnection:
    """A driver's connection that speaks this room's errors; nothing is committed until :meth:`commit`."""

    def __init__(self, arguments: Mapping[str, Any], location: str) -> None:
        self.location = location
        with refusals(location):
            self._driver: Any = pymysql.connect(**arguments)
            ((version, packet),) = self.rows("SELECT VERSION(), @@max_allowed_packet")
        self.mariadb = is_mariadb(str(version))
        self._largest = min(_LARGEST_STATEMENT, int(str(packet)) // 2)
        for statement in (*_SETTINGS, *((_CHECKS_ON,) if self.mariadb else ())):
            self.execute(statement)
        self.commit()

    def run(self, statement: str) -> int:
        """Run one finished statement, and say how many rows it changed.

        Raises:
            pymysql.MySQLError: as the driver raises it, so that the caller can tell rows from connections.
        """
        with self._driver.cursor() as cursor:
            return int(cursor.execute(statement))

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Run one finished statement and return its rows, or raise as :meth:`run` does."""
        with self._driver.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> int:
        """Run one statement with ``?`` placeholders; a ``?`` inside quotes is left alone."""
        with refusals(self.location):
            return self.run(self.written(statement, parameters))

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement with ``?`` placeholders and return its rows."""
        with refusals(self.location):
            return self.rows(self.written(statement, parameters))

    def stream(self, statement: str, rows: int) -> Iterator[list[tuple[object, ...]]]:
        """The rows of a query, so many at a time; leaving early reads the rest from the server and forgets it."""
        with refusals(self.location), closing(self._driver.cursor(SSCursor)) as cursor:
            cursor.execute(statement)
            while found := cursor.fetchmany(rows):
                yield list(found)

    def written(self, statement: str, parameters: Sequence[object]) -> str:
        """The statement with its parameters written into it."""
        if not parameters:
            return statement
        values = iter(parameters)
        return _PLACEHOLDER.sub(lambda match: self.literal(next(values)) if match[0] == "?" else match[0], statement)

    def literal(self, value: object) -> str:
        """A value as SQL text; a number that is none is refused by the driver."""
        # Many values are whole numbers, and the driver takes its time to find that out.
        return str(value) if type(value) is int else str(self._driver.escape(value))

    def tuples(self, columns: Sequence[Sent], rows: Sequence[int]) -> Iterator[str]:
        """The given rows of the columns as ``(…)``, each."""
        for start in range(0, len(rows), ROWS_A_STATEMENT):
            block = rows[start : start + ROWS_A_STATEMENT]
            literals = [self._literals(column, block) for column in columns]
            texts = zip(*literals, strict=True) if literals else (() for _ in block)
            yield from (f"({', '.join(text)})" for text in texts)

    def _literals(self, column: Sent, rows: Sequence[int]) -> list[str]:
        texts = [self.literal(column.values[row]) for row in rows]
        return texts if column.place == "%s" else [column.place.replace("%s", text) for text in texts]

    def statements(
        self, head: str, columns: Sequence[Sent], rows: Sequence[int], *, singly: bool = False
    ) -> Iterator[tuple[int, str]]:
        """Statements of ``head`` and a list of rows, some hundred rows or a megabyte each, with the first row's place."""
        start, size, texts = 0, 0, list[str]()
        most = 1 if singly else ROWS_A_STATEMENT
        for place, text in enumerate(self.tuples(columns, rows)):
            if texts and (len(texts) == most or size + len(text) > self._largest):
                yield start, head + ", ".join(texts)
                start, size, texts = place, 0, []
            texts.append(text)
            size += len(text) + 2
        if texts:
            yield start, head + ", ".join(texts)

    def failed_row(self) -> int:
        """The place, in the statement just refused, of the row that was refused; -1 if the server does not say."""
        if not self.mariadb:
            return -1
        try:
            self.run("GET DIAGNOSTICS CONDITION 1 @understudy_row = ROW_NUMBER")
            ((row,),) = self.rows("SELECT @understudy_row")
        except pymysql.MySQLError:  # MariaDB 10.6 does not know it yet
            return -1
        return int(str(row)) - 1 if row else -1

    @property
    def in_transaction(self) -> bool:
        """True while the server holds a transaction open: a deadlock ends one unasked."""
        return bool(self._driver.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    def commit(self) -> None:
        with refusals(self.location):
            self._driver.commit()

    def rollback(self) -> None:
        with refusals(self.location):
            self._driver.rollback()

    def close(self) -> None:
        """Give the connection back; what was not committed is gone."""
        if self._driver.open:
            self._driver.close()
