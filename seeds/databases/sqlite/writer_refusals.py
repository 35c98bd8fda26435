"""SQLite's extended result codes as reasons why a row was refused."""

from __future__ import annotations

import re
import sqlite3

from ...catalog import ForeignKey, Table
from ...rejections import Reason, Rejection

_REASONS = {
    "SQLITE_CONSTRAINT_UNIQUE": Reason.UNIQUE,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Reason.UNIQUE,
    "SQLITE_CONSTRAINT_ROWID": Reason.UNIQUE,
    "SQLITE_CONSTRAINT_FOREIGNKEY": Reason.FOREIGN_KEY,
    "SQLITE_CONSTRAINT_CHECK": Reason.CHECK,
    "SQLITE_CONSTRAINT_NOTNULL": Reason.NOT_NULL,
    "SQLITE_CONSTRAINT_TRIGGER": Reason.TRIGGER,
    "SQLITE_CONSTRAINT_DATATYPE": Reason.TYPE,
    "SQLITE_MISMATCH": Reason.TYPE,
    "SQLITE_TOOBIG": Reason.LENGTH,
    "SQLITE_AUTH": Reason.PERMISSION,
}
_NOT_THE_ROW = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT",
                "SQLITE_NOTADB", "SQLITE_IOERR", "SQLITE_NOMEM", "SQLITE_INTERRUPT", "SQLITE_PROTOCOL")  # fmt: skip
_FAILED = re.compile(r"constraint failed: (.*)", re.S)
_STRICT = re.compile(r"cannot store (\w+) value in (\w+) column (.*)", re.S)


def rejection(error: Exception, table: Table, position: int) -> Rejection | None:
    """Why SQLite, or its driver, refused a row; None for what is no fault of a row's."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(_NOT_THE_ROW):
        return None
    words = str(error).strip().splitlines()[0] if str(error).strip() else name
    constraint, columns = _named(name, words, table)
    strict = _STRICT.search(words)
    return Rejection(
        _reason(error, name, words, table),
        words,
        constraint=constraint,
        column=strict[3].rpartition(".")[2] if strict else columns[0] if len(columns) == 1 else "",
        table=table.name.key,
        sqlstate=name,
        position=position,
    )


def _reason(error: Exception, name: str, words: str, table: Table) -> Reason:
    if isinstance(error, OverflowError):
        return Reason.RANGE
    if not name or not isinstance(error, sqlite3.Error):
        return Reason.TYPE  # the driver could not bind the value
    if "generated column" in words:
        return Reason.GENERATED
    if _STRICT.search(words):  # which has a code of its own, unknown to older drivers
        return Reason.TYPE
    return _REASONS.get(name, Reason.TRIGGER if table.triggers else Reason.OTHER)


def _named(name: str, words: str, table: Table) -> tuple[str, tuple[str, ...]]:
    """The constraint, and its columns: SQLite names checks, unique indexes with expressions, and columns otherwise."""
    found = _FAILED.search(words)
    if found is None or name == "SQLITE_CONSTRAINT_TRIGGER":
        return "", ()
    if name == "SQLITE_CONSTRAINT_CHECK":
        return _check(found[1], table), ()
    if found[1].startswith("index '"):
        return found[1][len("index '") :].rstrip("'"), ()
    columns = tuple(part.rpartition(".")[2] for part in found[1].split(", "))
    key = next((key for key in table.keys if key.columns == columns and not key.predicate), None)
    key = key or next((key for key in table.keys if key.columns == columns), None)
    return (key.name if key and _REASONS.get(name) is Reason.UNIQUE else ""), columns


def _check(text: str, table: Table) -> str:
    """A check goes by its name, or by its text where it has none."""
    bare = "".join(text.split())
    return next((check.name for check in table.checks if "".join(check.predicate.split()) == bare), text)


def dangling(table: Table, key: ForeignKey, position: int) -> Rejection:
    """The refusal of a row whose foreign key leads nowhere, as SQLite would have said it with the key's name."""
    column = key.columns[0] if len(key.columns) == 1 else ""
    return Rejection(
        Reason.FOREIGN_KEY,
        "FOREIGN KEY constraint failed",
        constraint=key.name,
        column=column,
        table=table.name.key,
        sqlstate="SQLITE_CONSTRAINT_FOREIGNKEY",
        position=position,
    )
