"""Every refusal of the database side, with a stable code, the offending value and the next step.

SeedError
├── DatasetFileError         a dataset file cannot be used; names file and line (terminal)
├── ScanError                what is to be scanned cannot be read (terminal)
├── TargetError              the URL is unusable, or nothing answers there
│   └── TargetUnavailable    the server did not answer (transient)
├── WriteRefused             the gate: this database may not be written to (terminal)
├── ManifestConflict         another seed, date or definition is recorded there (terminal)
├── ForeignRows              rows that are not ours stand in the same tables (terminal)
├── SchemaMismatch           tables of the same names have another shape (terminal)
├── TargetBusy               somebody else is seeding this dataset there now (transient)
└── VerificationFailed       the database does not hold what was generated (terminal)
"""

from __future__ import annotations


class SeedError(Exception):
    """A refusal carries facts first: a code, whether trying again may help, and what to do next."""

    code = "SEED"
    transient = False

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.hint = hint

    def __str__(self) -> str:
        return self.message + (f"\n\nhint: {self.hint}" if self.hint else "")


class DatasetFileError(SeedError):
    """A dataset file does not define a dataset; ``file`` and ``line`` say where."""

    code = "DATASET_INVALID"

    def __init__(self, message: str, *, file: str, line: int = 0, code: str = "", hint: str = "") -> None:
        place = f"{file}:{line}: " if line else f"{file}: "
        super().__init__(place + message, code=code, hint=hint)
        self.file = file
        self.line = line


class ScanError(SeedError):
    """What is to be scanned cannot be read."""

    code = "SCAN_UNREADABLE"


class TargetError(SeedError):
    """The target cannot be used as written."""

    code = "TARGET_INVALID"


class TargetUnavailable(TargetError):
    """No server answers at the target."""

    code = "TARGET_UNAVAILABLE"
    transient = True


class WriteRefused(SeedError):
    """The gate refuses: the target is not known to be a place for test data."""

    code = "WRITE_REFUSED"


class ManifestConflict(SeedError):
    """The target holds this dataset with other arguments."""

    code = "MANIFEST_CONFLICT"


class ForeignRows(SeedError):
    """Rows that Understudy did not write stand in the dataset's tables."""

    code = "FOREIGN_ROWS"


class SchemaMismatch(SeedError):
    """Tables of the dataset's names exist with another shape."""

    code = "SCHEMA_MISMATCH"


class TargetBusy(SeedError):
    """Another process is seeding the same dataset into the same database."""

    code = "TARGET_BUSY"
    transient = True


class VerificationFailed(SeedError):
    """What the database holds is not what the dataset says."""

    code = "VERIFICATION_FAILED"
