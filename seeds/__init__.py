"""The database side: dataset files, plans, targets and the command line."""

from .errors import SeedError

__all__ = ["SeedError"]
