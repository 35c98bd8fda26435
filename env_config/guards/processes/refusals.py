"""Refusals of the process tree in the audit log."""

from __future__ import annotations

from dataclasses import dataclass

from ...codes import CODES
from .decisions import Attempt


@dataclass(frozen=True, slots=True)
class Refusals:
    """Writes one line for each.

    Attributes:
        environment: whose book judged.
        mode: ``enforce``, or ``report`` where the attempt went through.
    """

    environment: str
    mode: str

    def record(self, attempt: Attempt) -> None:
        """Write down who tried to go where, and why that is refused."""
        from ... import audit_log

        reason = attempt.refused.reason
        audit_log.record(
            "connection-refused" if self.mode == "enforce" else "connection-reported",
            {
                "code": reason.code,
                "rule": reason.rule,
                "target": attempt.refused.target,
                "detail": reason.detail,
                "hint": CODES[reason.code][1],
                "environment": self.environment,
                "layer": "processes",
                "mode": self.mode,
                "call": attempt.call,
                "offender_pid": attempt.process,
                "offender": attempt.program,
            },
        )
