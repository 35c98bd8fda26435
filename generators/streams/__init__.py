"""Counter-based random streams: a draw depends on its path and its row's key, never on order or position."""

from .stream import mix64, row_key, stream_key, to_unit

__all__ = ["mix64", "row_key", "stream_key", "to_unit"]
