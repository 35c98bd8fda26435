"""Where may this environment's processes go? The decision, free of any network."""

from .policy import Policy

__all__ = ["Policy"]
