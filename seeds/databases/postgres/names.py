"""Names of tables and columns as SQL, whatever they hold and whatever the search path is."""

from __future__ import annotations

from ...catalog import TableName
from .session import quoted

DEFAULT_SCHEMA = "public"
"""The schema that a table's name leaves out."""

__all__ = ["DEFAULT_SCHEMA", "qualified", "quoted"]


def qualified(name: TableName) -> str:
    """The table with its schema, quoted: ``TableName("", "Bill")`` is ``"public"."Bill"``."""
    return f"{quoted(name.schema or DEFAULT_SCHEMA)}.{quoted(name.name)}"
