"""Sequences that know of the numbers given without asking them."""

from __future__ import annotations

from ....catalog import Kind, Table
from ..names import qualified, quoted
from .channel import Channel
from .traits import Traits

_NUMBERS = (Kind.INTEGER, Kind.NUMERIC)


def advance(channel: Channel, table: Table, traits: Traits) -> None:
    """Let every sequence behind a column give numbers above all that stand in it: upwards only, and within bounds."""
    steps = []
    for column in table.columns:
        sequence = column.sequence or traits.identity_of(table.name, column.name)
        if sequence and column.type.kind in _NUMBERS and not column.type.dimensions:
            steps.append(_step(qualified(table.name), quoted(column.name), sequence))
    if steps:
        with channel.attempt():
            channel.rows(" UNION ALL ".join(steps))


def _step(table: str, column: str, sequence: str) -> str:
    """One sequence's advance; its next value is ``last_value`` itself as long as it was not called."""
    literal = "'" + sequence.replace("'", "''") + "'"
    return (
        f"SELECT pg_catalog.setval({literal}, LEAST(top.value, q.seqmax)::bigint, true) "
        f"FROM (SELECT max({column})::numeric AS value FROM {table}) AS top, {sequence} AS s, pg_catalog.pg_sequence AS q "
        f"WHERE q.seqrelid = {literal}::regclass AND q.seqincrement > 0 "
        "AND top.value IS NOT NULL AND LEAST(top.value, q.seqmax) >= s.last_value::numeric + s.is_called::int"
    )
