"""The engine: compile a dataset, then stream any range of its rows."""

from .block import Run
from .digest import Digest, digest_of
from .generate import TableBatch, digest_range, generate, partition, schema_of
from .lock import lock_digest, lock_of
from .parallel import ordered
from .plan import Dataset, bounds_of, compile_dataset

__all__ = [
    "Dataset",
    "Digest",
    "Run",
    "TableBatch",
    "bounds_of",
    "compile_dataset",
    "digest_of",
    "digest_range",
    "generate",
    "lock_digest",
    "lock_of",
    "ordered",
    "partition",
    "schema_of",
]
