"""Reference data shipped with the engine: CSV tables, each folder with a provenance file that names source and licence."""

from .tables import file_digests, table

__all__ = ["file_digests", "table"]
