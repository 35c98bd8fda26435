"""Exit codes and the wording of refusals.

0  done, or nothing to do
2  bad input: the command, the dataset or the URL cannot be used as written
3  refused: it could be done, but this target may not be written to or holds something else
4  does not hold: the database is not what the dataset says
5  try again: the server or another run was in the way
1  anything else, which is a defect of ours
"""

from __future__ import annotations

import json
import sys

from generators import GenerationError

from ..errors import (
    DatasetFileError,
    ForeignRows,
    ManifestConflict,
    ScanError,
    SchemaMismatch,
    SeedError,
    TargetError,
    VerificationFailed,
    WriteRefused,
)

_EXIT: tuple[tuple[type[Exception], int], ...] = (
    (DatasetFileError, 2),
    (VerificationFailed, 4),
    (WriteRefused, 3),
    (ManifestConflict, 3),
    (ForeignRows, 3),
    (SchemaMismatch, 3),
    (TargetError, 2),
    (ScanError, 2),
    (GenerationError, 2),
    (SeedError, 2),
)


def exit_code(error: Exception) -> int:
    """The exit code for an error; 1 for errors that nobody foresaw."""
    if isinstance(error, SeedError) and error.transient:
        return 5
    return next((code for kind, code in _EXIT if isinstance(error, kind)), 1)


def report_refusal(error: Exception, *, as_json: bool) -> int:
    """Write the error to stderr, as a sentence or as JSON, and return the exit code."""
    if not isinstance(error, SeedError | GenerationError):
        raise error
    if as_json:
        body = {"code": error.code, "message": error.message, "hint": error.hint}
        if isinstance(error, DatasetFileError):
            body |= {"file": error.file, "line": str(error.line)}
        sys.stderr.write(json.dumps({"error": body}) + "\n")
    else:
        sys.stderr.write(f"error[{error.code}]: {error}\n")
    return exit_code(error)
