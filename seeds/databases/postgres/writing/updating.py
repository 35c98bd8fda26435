"""Setting columns of rows that are there already, found by their keys."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from ....catalog import Table
from ..names import qualified, quoted
from .channel import Channel
from .copying import rejection_at
from .staging import staged


def update(channel: Channel, table: Table, keys: Sequence[str], batch: pa.RecordBatch) -> None:
    """Set the batch's columns besides ``keys`` in the rows with its keys.

    Raises:
        RowsRejected: nothing is changed then.
    """
    with channel.attempt(lambda error: rejection_at(error, table, batch)), staged(channel, table, batch) as stage:
        values = ", ".join(f"{quoted(name)} = k.{quoted(name)}" for name in batch.schema.names if name not in keys)
        same = " AND ".join(f"t.{quoted(name)} = k.{quoted(name)}" for name in keys)
        channel.run(f"UPDATE {qualified(table.name)} AS t SET {values} FROM {stage} AS k WHERE {same}")
