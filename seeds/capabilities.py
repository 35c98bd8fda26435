"""What a database can do, declared once per database so that no other code asks for its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Differences between databases that the loader and the planner need to know.

    Attributes:
        concurrent_writers: several connections can load at once.
        arrays: array columns are native; elsewhere they are stored as JSON text.
        transactional_ddl: creating tables can be rolled back.
        default_connections: how many connections pay off when loading.
    """

    concurrent_writers: bool
    arrays: bool
    transactional_ddl: bool
    default_connections: int
