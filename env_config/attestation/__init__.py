"""Which environment this process runs in: one variable declares it, platforms attest it, and nothing is guessed."""

from __future__ import annotations

from .access import check_access, judge_access
from .dotenv_files import conflicting_files, conflicting_folder
from .evidence import VARIABLE, Environment, Evidence
from .gathering import gather
from .presented import attest_lambda, present_token
from .rules import determine

__all__ = [
    "VARIABLE",
    "Environment",
    "Evidence",
    "attest_lambda",
    "check_access",
    "conflicting_files",
    "conflicting_folder",
    "determine",
    "gather",
    "judge_access",
    "present_token",
]
