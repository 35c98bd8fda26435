"""A test run that reaches nothing but itself: what the pytest plugin stands on, and other runners could."""

from __future__ import annotations

from .attempts import Attempts
from .fakes import ENVIRONMENT, fake_service, fakes_book
from .lineage import Lineage
from .policy import HermeticPolicy
from .run import HermeticRun, opened_book

__all__ = [
    "ENVIRONMENT",
    "Attempts",
    "HermeticPolicy",
    "HermeticRun",
    "Lineage",
    "fake_service",
    "fakes_book",
    "opened_book",
]
