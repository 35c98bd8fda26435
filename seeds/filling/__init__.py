"""Filling a database that exists: read its catalogue, plan, load, report; look at it again, and take it out again."""

from .checking import FillCheck
from .checking import verify as verify_fill
from .ledger import Ledger
from .load import Loader
from .order import FillOrder
from .removal import FillRemoval
from .removal import reset as reset_fill
from .report import FillReport, TableReport
from .rows import RowSource
from .workflow import fill, plan

__all__ = [
    "FillCheck",
    "FillOrder",
    "FillRemoval",
    "FillReport",
    "Ledger",
    "Loader",
    "RowSource",
    "TableReport",
    "fill",
    "plan",
    "reset_fill",
    "verify_fill",
]
