"""The refusals of the rooms below, so that routes and problems need not know those rooms."""

from __future__ import annotations

from typing import Literal

from generators import GenerationError
from generators.errors import ReferenceDataError, UnknownNameError
from seeds.errors import (
    DatasetFileError,
    ForeignRows,
    ManifestConflict,
    SchemaMismatch,
    SeedError,
    TargetBusy,
    TargetError,
    TargetUnavailable,
    VerificationFailed,
    WriteRefused,
)

Kind = Literal["absent", "conflict", "defect", "forbidden", "invalid", "unavailable"]

REFUSALS: tuple[type[Exception], ...] = (GenerationError, SeedError)
_ABSENT = frozenset({"DATASET_UNKNOWN"})
_KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (UnknownNameError, "absent"),
    (ReferenceDataError, "defect"),
    (GenerationError, "invalid"),
    (DatasetFileError, "invalid"),
    (WriteRefused, "forbidden"),
    (ManifestConflict, "conflict"),
    (ForeignRows, "conflict"),
    (SchemaMismatch, "conflict"),
    (TargetBusy, "conflict"),
    (VerificationFailed, "conflict"),
    (TargetUnavailable, "unavailable"),
    (TargetError, "invalid"),
    (SeedError, "invalid"),
)


def facts_of(error: Exception) -> tuple[str, str, str]:
    """Code, message and next step of a refusal."""
    assert isinstance(error, GenerationError | SeedError)
    return error.code, error.message, error.hint


def kind_of(error: Exception) -> Kind:
    """What a refusal means to whoever asked."""
    if facts_of(error)[0] in _ABSENT:
        return "absent"
    return next(kind for known, kind in _KINDS if isinstance(error, known))
