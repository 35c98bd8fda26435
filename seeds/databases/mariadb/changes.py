"""Changes to rows that happen as a whole or not at all, and what the server says when it refuses one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pymysql
from pymysql.constants import ER

from ...catalog import Table, TableName
from ...rejections import RowsRejected
from .connection import MariadbConnection, quoted
from .refusals import refusal, refusals
from .rejections import rejection
from .statements import moved, place_of, unmoved
from .values import Sent, sent

_KEYS_A_STATEMENT = 300
_ENGINE = (
    "SELECT e.TRANSACTIONS FROM information_schema.TABLES AS t JOIN information_schema.ENGINES AS e "
    "ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = IF(? = '', DATABASE(), ?) AND t.TABLE_NAME = ?"
)


class Changes:
    """Inserts, updates and deletes of one connection.

    In a table of an engine without transactions, such as MyISAM, rows go in one by one, and those of a refused batch
    are deleted again.
    """

    def __init__(self, connection: MariadbConnection) -> None:
        self._connection = connection
        self._location = connection.location
        self._savepoints = 0
        self._transactional: dict[TableName, bool] = {}
        self._deletions: list[str] = []

    def sent(self, table: Table, batch: pa.RecordBatch) -> dict[str, Sent]:
        """A batch's columns as the table's columns take them."""
        mariadb = self._connection.mariadb
        return {
            name: sent(array, table.column(name), mariadb=mariadb)
            for name, array in zip(batch.schema.names, batch.columns, strict=True)
        }

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Everything inside, or nothing."""
        self._savepoints += 1
        name = f"understudy_{self._savepoints}"
        self._begin(name)
        try:
            yield
        except RowsRejected:
            with refusals(self._location):
                self._connection.run(f"ROLLBACK TO SAVEPOINT {name}")
                self._connection.run(f"RELEASE SAVEPOINT {name}")
                for statement in reversed(self._deletions):
                    self._connection.run(statement)
            raise
        finally:
            self._deletions.clear()
        self._connection.execute(f"RELEASE SAVEPOINT {name}")

    def _begin(self, name: str) -> None:
        """Set a savepoint; rows of an Aria table in the transaction forbid it, so they and all before are kept first."""
        with refusals(self._location):
            try:
                self._connection.run(f"SAVEPOINT {name}")
            except pymysql.MySQLError as error:
                if error.args[0] != ER.CHECK_NOT_IMPLEMENTED:
                    raise
                self._connection.run("COMMIT")
                self._connection.run(f"SAVEPOINT {name}")

    def insert(self, table: Table, columns: Mapping[str, Sent], rows: Sequence[int], *, into: str = "") -> None:
        """Insert the given rows of the columns, into another table of the same columns where one is named.

        Raises:
            RowsRejected: with the row's place among all rows of the columns, where it can be known.
        """
        head = f"INSERT INTO {into or place_of(table)} ({', '.join(map(quoted, columns))}) VALUES "
        singly = not into and not self._takes_back(table)
        with self._refusals_of_rows(table):
            for start, statement in self._connection.statements(head, list(columns.values()), rows, singly=singly):
                try:
                    self._connection.run(statement)
                except pymysql.MySQLError as error:
                    refused = rejection(error, table)
                    if refused is None:
                        raise
                    row = refused.position if refused.position >= 0 else self._connection.failed_row()
                    position = rows[start + row] if 0 <= row < len(rows) - start else -1
                    raise RowsRejected(moved(refused, position)) from error
                if singly:
                    same = self._same(columns, _known_by(table, columns), rows[start])
                    self._deletions.append(f"DELETE FROM {place_of(table)} WHERE {same} LIMIT 1")

    def update(self, table: Table, columns: Mapping[str, Sent], keys: Collection[str], row: int) -> int:
        """Set the columns besides ``keys`` where ``keys`` have the row's values; moments of the last change stay."""
        values = [f"{quoted(name)} = {self._value(item, row)}" for name, item in columns.items() if name not in keys]
        assignments = ", ".join((*values, *unmoved(table, columns)))
        return self.offer(table, f"UPDATE {place_of(table)} SET {assignments} WHERE {self._same(columns, keys, row)}")

    def clear(self, table: Table, names: Sequence[str], conditions: Sequence[str]) -> None:
        """Set columns to null where one of the conditions holds."""
        assignments = ", ".join((*(f"{quoted(name)} = NULL" for name in names), *unmoved(table, names)))
        for condition in conditions:
            self.offer(table, f"UPDATE {place_of(table)} SET {assignments} WHERE {condition}")

    def delete(self, table: Table, conditions: Sequence[str]) -> int:
        """Delete where one of the conditions holds."""
        return sum(self.offer(table, f"DELETE FROM {place_of(table)} WHERE {condition}") for condition in conditions)

    def present(self, table: Table, keys: pa.RecordBatch) -> int:
        """How many of the rows of keys there is a row for."""
        columns = self.sent(table, keys)
        found = 0
        for start in range(0, keys.num_rows, _KEYS_A_STATEMENT):
            rows = range(start, min(start + _KEYS_A_STATEMENT, keys.num_rows))
            place = place_of(table)
            looks = (
                f"SELECT EXISTS (SELECT 1 FROM {place} WHERE {self._same(columns, columns, row)}) AS there"
                for row in rows
            )
            ((count,),) = self._connection.fetch(f"SELECT SUM(there) FROM ({' UNION ALL '.join(looks)}) AS looks")
            found += int(str(count))
        return found

    def conditions(self, table: Table, keys: pa.RecordBatch) -> Iterator[str]:
        """Rows of keys as conditions, some hundred in each."""
        columns = self.sent(table, keys)
        for start in range(0, keys.num_rows, _KEYS_A_STATEMENT):
            rows = range(start, min(start + _KEYS_A_STATEMENT, keys.num_rows))
            yield " OR ".join(f"({self._same(columns, columns, row)})" for row in rows)

    def offer(self, table: Table, statement: str) -> int:
        """Run a statement that the server may refuse because of the rows it touches."""
        with self._refusals_of_rows(table):
            return self._connection.run(statement)

    @contextmanager
    def _refusals_of_rows(self, table: Table) -> Iterator[None]:
        try:
            yield
        except pymysql.MySQLError as error:
            refused = rejection(error, table)
            if refused is None:
                raise refusal(self._location, error) from error
            raise RowsRejected(moved(refused, -1)) from error

    def _same(self, columns: Mapping[str, Sent], names: Collection[str], row: int) -> str:
        """A condition that a row with these values meets; null is the same as null."""
        return " AND ".join(f"{quoted(name)} <=> {self._value(columns[name], row)}" for name in names)

    def _value(self, column: Sent, row: int) -> str:
        return column.place.replace("%s", self._connection.literal(column.values[row]))

    def _takes_back(self, table: Table) -> bool:
        """True if the table's engine knows transactions."""
        if table.name not in self._transactional:
            schema = table.name.schema
            found = self._connection.fetch(_ENGINE, (schema, schema, table.name.name))
            self._transactional[table.name] = not found or found[0][0] == "YES"
        return self._transactional[table.name]


def _known_by(table: Table, columns: Collection[str]) -> Collection[str]:
    """The columns that a row is found by: its primary key, or all that were given."""
    primary = table.primary_key
    return primary.columns if primary is not None and set(primary.columns) <= set(columns) else columns
