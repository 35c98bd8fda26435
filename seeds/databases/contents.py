"""What a database holds, for whoever has to judge it: everything that keeps rows, not only what can be filled.

Each folder in ``databases`` answers in its module ``contents``, which :mod:`seeds.databases.inspection` finds. It looks
past the catalogue, which leaves out what is not to be filled: extensions' tables, materialised views, other sessions'
temporary tables, older versions of rows. Where there may be rows that cannot be seen or judged, it says so; nothing is
ever written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection

from ..catalog import TableName
from ..ports import ENVIRONMENT_TABLE


@dataclass(frozen=True, slots=True)
class Holding:
    """Something that keeps rows, or may.

    Attributes:
        name: the table's; a partition goes by the name of its table.
        source: where to select from, as SQL.
        columns: their names, in order.
        hidden: why its rows cannot be judged; empty if they can.
    """

    name: TableName
    source: str = ""
    columns: tuple[str, ...] = ()
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """A database at one moment, in a transaction that cannot write.

    Attributes:
        name: the database's own, as its server has it; of a file, the file's.
        holdings: all that may keep rows; those that certainly keep none may be missing.
        quoted: a name as SQL.
        text_type: what a value is cast to when it is to be read as text.
    """

    connection: Connection | None
    name: str
    holdings: tuple[Holding, ...]
    quoted: Callable[[str], str]
    text_type: str

    @property
    def strange_markers(self) -> tuple[Holding, ...]:
        """Tables called like the marker, with something in them, where nobody looks for it."""
        return tuple(one for one in self.holdings if one.name.name == ENVIRONMENT_TABLE)

    def count(self, holding: Holding, most: int) -> int:
        """How many rows it keeps; counting stops at ``most``."""
        found = self._one(f"SELECT count(*) FROM (SELECT 1 AS one FROM {holding.source} LIMIT {int(most)}) AS counted")
        return int(str(found))

    def holds(self, holding: Holding, column: str, *, text: bool, document: bool) -> bool:
        """Whether a row has a value in the column.

        Args:
            holding: what to look at.
            column: the column's name.
            text: a blank text is no value.
            document: neither is an empty list or object.
        """
        name, conditions = self.quoted(column), [f"{self.quoted(column)} IS NOT NULL"]
        if text:
            conditions.append(f"trim({name}) <> ''")
        if document:
            conditions.append(f"coalesce(CAST({name} AS {self.text_type}), '?') NOT IN ('', '{{}}', '[]', 'null')")
        return self._one(f"SELECT 1 FROM {holding.source} WHERE {' AND '.join(conditions)} LIMIT 1") is not None

    def _one(self, statement: str) -> object:
        """The first value of the first row; names may hold any character, so nothing in the text is a parameter."""
        if self.connection is None:
            return None
        found = self.connection.exec_driver_sql(statement, execution_options={"no_parameters": True}).first()
        return None if found is None else cast("object", found[0])


def fetched(connection: Connection, statement: str) -> Sequence[Sequence[Any]]:
    """The rows of a query in which no character stands for a parameter."""
    return connection.exec_driver_sql(statement, execution_options={"no_parameters": True}).all()
