"""The refusals of the rooms below, so that routes and problems need not know those rooms."""

from __future__ import annotations

from generators import GenerationError
from seeds.errors import SeedError

REFUSALS: tuple[type[Exception], ...] = (GenerationError, SeedError)
NOT_FOUND = frozenset({"DATASET_UNKNOWN", "SPEC_UNKNOWN_NAME"})


def facts_of(error: Exception) -> tuple[str, str, str]:
    """Code, message and next step of a refusal."""
    assert isinstance(error, GenerationError | SeedError)
    return error.code, error.message, error.hint
