"""The engine: compile a dataset, then stream any range of its rows."""

from .block import Run
from .digest import Digest, digest_of
from .generate import TableBatch, count_range, digest_range, generate, partition, rows_at, schema_of, units_for_rows
from .growth import Growth
from .lock import lock_changes, lock_digest, lock_of
from .parallel import ordered
from .plan import Column, Dataset, Table, compile_dataset
from .reads import bounds_of
from .rows import unique_path

__all__ = [
    "Column",
    "Dataset",
    "Digest",
    "Growth",
    "Run",
    "Table",
    "TableBatch",
    "bounds_of",
    "compile_dataset",
    "count_range",
    "digest_of",
    "digest_range",
    "generate",
    "lock_changes",
    "lock_digest",
    "lock_of",
    "ordered",
    "partition",
    "rows_at",
    "schema_of",
    "unique_path",
    "units_for_rows",
]
