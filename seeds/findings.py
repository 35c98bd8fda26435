"""A finding is a diagnosis with a code, a severity, a hint, and a fingerprint that stays the same between runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


class Severity(StrEnum):
    """How much a finding matters: an ``error`` stops the run."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth knowing before rows are made."""

    code: str
    severity: Severity
    subject: str
    message: str
    hint: str = ""

    @property
    def fingerprint(self) -> str:
        """Twelve characters that name this finding, whatever its wording."""
        return sha256(f"{self.code}\n{self.subject}".encode()).hexdigest()[:12]
