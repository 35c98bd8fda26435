"""Understudy's engine: schema-driven, deterministic generation of synthetic records as Arrow batches.

>>> from generators import Run, compile_dataset, generate
"""

from .engine import (
    Dataset,
    Digest,
    Growth,
    Run,
    TableBatch,
    compile_dataset,
    count_range,
    digest_of,
    digest_range,
    generate,
    lock_changes,
    lock_digest,
    lock_of,
    ordered,
    partition,
    rows_at,
    schema_of,
    units_for_rows,
)
from .errors import GenerationError
from .providers import REGISTRY, Definition, Promise

__all__ = [
    "REGISTRY",
    "Dataset",
    "Definition",
    "Digest",
    "GenerationError",
    "Growth",
    "Promise",
    "Run",
    "TableBatch",
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
    "units_for_rows",
]
