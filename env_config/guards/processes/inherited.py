"""What the tree inherits besides the guard: the assertion, for every libpq in it.

A tunnel on this machine looks like any local port, so an address says nothing. Where the book's databases assert at
start-up, ``PGOPTIONS`` carries the assertion into ``psql``, ``pg_dump`` and every driver on libpq: a database without
this environment's marker refuses the login. A connection string with ``options`` of its own goes before it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...book.model import Book
from ..startup_option import with_option

PGOPTIONS = "PGOPTIONS"


def asserts_on_startup(book: Book) -> bool:
    """Every PostgreSQL database of the book does; a pooler that drops or refuses options would break on the others."""
    if book.guards.get("assertion", "enforce") != "enforce":
        return False
    databases = [service for service in book.services.values() if service.kind == "postgresql"]
    return bool(databases) and all(service.identity.assertion == "startup" for service in databases)


def inherited(environ: Mapping[str, str], book: Book) -> dict[str, str]:
    """The command's variables."""
    if not asserts_on_startup(book):
        return dict(environ)
    return {**environ, PGOPTIONS: with_option(environ.get(PGOPTIONS, ""), book.environment)}
