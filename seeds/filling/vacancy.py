"""Does a database that has tables hold anybody's data? Looked at before a marker is put on it unasked by its owner.

Every table is looked at, in whatever schema and whoever made it, also where only one schema is to be filled. Which
columns speak against it is told in :mod:`seeds.planner.telling`; what cannot be seen or judged speaks against it too.
Nothing is written, and no value is read: the database only says whether there is one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from ..catalog import Catalog, Column, DataType, Kind, Table
from ..databases.contents import Contents, Holding
from ..databases.inspection import open_contents
from ..driver_errors import refused
from ..errors import WriteRefused
from ..planner.telling import Telling
from ..ports import Database

MOST_ROWS = 10_000
"""More rows than this are no bookkeeping and no lookup lists."""

_BY_HAND = "if you know that it holds nobody's data, mark it by hand with 'understudy stamp'"
_TEXTS = frozenset({Kind.TEXT, Kind.CHAR})
_UNKNOWN = DataType(Kind.TEXT, "", "")
_Found = TypeVar("_Found")


def show_vacancy(database: Database, catalog: Catalog) -> str:
    """Say in words that nothing of anybody's is there.

    Args:
        database: the target; only read.
        catalog: its whole catalogue, whatever is to be filled.

    Raises:
        WriteRefused: if a personal column holds a value, there are too many rows, or rows cannot be seen.
    """
    telling = Telling(catalog)
    with refused(database.location), open_contents(database) as contents:
        for holding in contents.holdings:
            if holding.hidden:
                raise _hidden(holding, holding.hidden)
        total = 0
        for holding in contents.holdings:
            total += _rows(contents, holding, MOST_ROWS - total)
            if total > MOST_ROWS:
                raise WriteRefused(
                    f"{database.location} holds more rows than bookkeeping and lookup lists have ({MOST_ROWS:,})",
                    code="STAMP_TOO_MANY_ROWS", hint=_BY_HAND,
                )  # fmt: skip
            _check_personal(contents, holding, catalog, telling)
    rows = "is 1 row" if total == 1 else f"are {total:,} rows"
    return f"no personal column holds a value, and there {rows} in all"


def _rows(contents: Contents, holding: Holding, room: int) -> int:
    """How many rows there are, exactly as far as there is room and one more."""
    return _read(holding, lambda: contents.count(holding, room + 1))


def _check_personal(contents: Contents, holding: Holding, catalog: Catalog, telling: Telling) -> None:
    known = catalog.tables.get(holding.name.key)
    for entry in telling.columns(known or _unknown(holding)):
        kind = known.column(entry.column).type if known else None
        plain = kind is not None and kind.kind in _TEXTS and not kind.dimensions
        document = kind is not None and (kind.kind is Kind.JSON or bool(kind.dimensions))
        if _read(holding, lambda: contents.holds(holding, entry.column, text=plain, document=document)):  # noqa: B023
            raise WriteRefused(
                f"{holding.name}.{entry.column} is a personal column ({entry.category.value.replace('_', ' ')}) "
                "and holds values",
                code="STAMP_PERSONAL_DATA", hint=_BY_HAND,
            )  # fmt: skip


def _unknown(holding: Holding) -> Table:
    """A table that the catalogue leaves out: its columns count as texts, of which names tell most."""
    return Table(holding.name, tuple(Column(name, _UNKNOWN) for name in holding.columns))


def _read(holding: Holding, read: Callable[[], _Found]) -> _Found:
    """What was read; if the database refuses, its words are not passed on, since they may quote a row."""
    try:
        return read()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        raise _hidden(holding, "its rows cannot be read") from None


def _hidden(holding: Holding, why: str) -> WriteRefused:
    return WriteRefused(f"{holding.name}: {why}", code="STAMP_HIDDEN_ROWS", hint=_BY_HAND)
