"""The embedded database: a real PostgreSQL from a wheel, for those who have no server at hand."""

from .server import EmbeddedServer, ServerStatus

__all__ = ["EmbeddedServer", "ServerStatus"]
