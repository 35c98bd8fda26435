"""Orders of text that a service brings to SQLite: who has not got them can read a file, and must not write by them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from .session import quoted

_WANTED = """
SELECT DISTINCT s.name, x.coll FROM sqlite_schema AS s, pragma_index_list(s.name) AS i, pragma_index_xinfo(i.name) AS x
WHERE s.type = 'table' AND x.key AND x.coll IS NOT NULL ORDER BY s.name, x.coll
"""


def missing_collations(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """By table, the collations of its indexes that this connection has not got."""
    wanted = connection.execute(_WANTED).fetchall()
    absent = {name for name in {str(name) for _, name in wanted} if not _has(connection, name)}
    found: dict[str, tuple[str, ...]] = {}
    for table, name in wanted:
        if name in absent:
            found[str(table)] = (*found.get(str(table), ()), str(name))
    return found


def _has(connection: sqlite3.Connection, collation: str) -> bool:
    """Whether texts can be compared so; SQLite's own list also names what the schema merely mentions."""
    try:
        connection.execute(f"SELECT 'a' < 'b' COLLATE {quoted(collation)}")
    except sqlite3.OperationalError:
        return False
    return True


def read_without(connection: sqlite3.Connection, missing: Mapping[str, tuple[str, ...]]) -> None:
    """Let a connection that only reads open tables whose collations are missing.

    SQLite wants a collation even where nothing is compared. The order that stands in for it is some order, not the
    service's own: an index that is written by it would be a broken one, so this is for reading alone.
    """
    for collation in {name for names in missing.values() for name in names}:
        connection.create_collation(collation, _some_order)


def _some_order(one: str, other: str) -> int:
    return (one > other) - (one < other)
