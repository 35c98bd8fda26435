"""Rows in a temporary table typed as their target, before they go there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa

from ....catalog import Table
from ..names import qualified, quoted
from .channel import Channel
from .copying import copy_rows, rejection_at
from .traits import Traits

POSITION = "understudy_position"
"""The column that says which row of the batch a staged row is."""


@contextmanager
def staged(channel: Channel, table: Table, batch: pa.RecordBatch, *, slot: int = 0) -> Iterator[str]:
    """The batch in a temporary table of its own, whose name is given; gone afterwards, whatever happens.

    Its columns have the target's types and none of its constraints but those of domains. To be used inside of
    :meth:`Channel.attempt`.
    """
    name = f"understudy_staged_{slot}"
    stage = f"pg_temp.{name}"
    with channel.attempt(lambda error: rejection_at(error, table, batch)):
        create_stage(channel, table, batch.schema.names, name)
        copy_rows(channel, stage, batch)
    yield stage
    channel.run(f"DROP TABLE {stage}")


def create_stage(channel: Channel, table: Table, columns: list[str], name: str, *, positions: bool = False) -> None:
    """A temporary table with some of a table's columns, which ends with the transaction."""
    chosen = [quoted(column) for column in columns if column != POSITION]
    if positions:
        chosen.insert(0, f"0::bigint AS {POSITION}")
    channel.run(
        f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS "
        f"SELECT {', '.join(chosen)} FROM {qualified(table.name)} WITH NO DATA"
    )


def insertion(table: Table, batch: pa.RecordBatch, stage: str) -> str:
    """The statement that moves staged rows into their table, values of identity columns included."""
    columns = ", ".join(quoted(name) for name in batch.schema.names)
    return f"INSERT INTO {qualified(table.name)} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {stage}"


def put_in(channel: Channel, traits: Traits, table: Table, batch: pa.RecordBatch) -> None:
    """Put rows in by COPY, or through a stage by INSERT where COPY would not do the same."""
    if not batch.num_columns:
        channel.run(f"INSERT INTO {qualified(table.name)} SELECT FROM generate_series(1, {batch.num_rows})")
    elif traits.takes_copies(table.name):
        copy_rows(channel, qualified(table.name), batch)
    else:
        with staged(channel, table, batch) as stage:
            channel.run(insertion(table, batch, stage))


def positioned(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its rows' positions as first column."""
    positions = pa.array(np.arange(batch.num_rows, dtype=np.int64))
    return pa.RecordBatch.from_arrays([positions, *batch.columns], names=[POSITION, *batch.schema.names])
