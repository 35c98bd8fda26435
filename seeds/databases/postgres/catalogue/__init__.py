"""A PostgreSQL database's catalogue, read with a fixed number of queries, however many tables there are."""

from .reading import read_catalog

__all__ = ["read_catalog"]
