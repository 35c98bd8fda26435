"""Asking a SQLite file whose it is."""

from __future__ import annotations

from typing import Any

from .identity import ServerFacts
from .postgres import TABLE


def read_facts(connection: Any, *, name: str, at_own_address: bool | None = None) -> ServerFacts:
    """Ask over a connection of the standard library."""
    found: list[str] = []
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone():
        found = sorted(str(row[0]) for row in connection.execute(f"SELECT environment FROM {TABLE}"))  # noqa: S608
    return ServerFacts(marker=", ".join(found) or None, at_own_address=at_own_address, database=name)
