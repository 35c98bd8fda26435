"""Defaults that cannot be evaluated here, such as one that reads a setting nobody made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ....catalog import Column, Table
from ....rejections import Reason, Rejection, RowsRejected
from .channel import Channel

_DRAWN = "nextval("


def evaluable(column: Column) -> bool:
    """True for a default that may be tried: trying one that draws from a sequence would use numbers up."""
    return bool(column.default) and not (column.generated or column.sequence or _DRAWN in column.default)


def value_of(column: Column) -> str:
    """The default as an SQL expression of the column's type."""
    return f"CAST(({column.default}) AS {column.type.name})"


class Defaults:
    """Tries each default once."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._tried: dict[tuple[str, str], Rejection | None] = {}

    def refusal(self, table: Table, column: Column) -> Rejection | None:
        """Why the default of ``column`` cannot be evaluated; None if it can, or cannot be tried."""
        place = (table.name.key, column.name)
        if place not in self._tried:
            self._tried[place] = self._try(table, column) if evaluable(column) else None
        return self._tried[place]

    def refusals_of(self, table: Table, given: Collection[str]) -> list[Rejection]:
        """The same for all columns that are not given."""
        absent = [self.refusal(table, column) for column in table.columns if column.name not in given]
        return [rejection for rejection in absent if rejection]

    def forget(self) -> None:
        """Try again next time: a setting was made."""
        self._tried.clear()

    def _try(self, table: Table, column: Column) -> Rejection | None:
        try:
            with self._channel.attempt(keep=False):
                self._channel.rows(f"SELECT {value_of(column)}")
        except RowsRejected as refused:
            rejection = replace(refused.rejection, reason=Reason.DEFAULT, constraint="")
            return replace(rejection, column=column.name, table=table.name.key)
        return None
