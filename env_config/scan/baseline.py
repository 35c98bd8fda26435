"""The baseline: findings that somebody has looked at, each with the reason why it may stay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import UsageRefused
from .model import Finding, Report

VERSION = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """One finding that may stay."""

    fingerprint: str
    reason: str
    path: str = ""
    rule: str = ""
    code: str = ""


class Baseline:
    """Accepted findings by fingerprint.

    An entry without a reason accepts nothing: writing a baseline is no way to silence a scan.
    """

    def __init__(self, accepted: Iterable[Accepted] = ()) -> None:
        self._accepted = {one.fingerprint: one for one in accepted}

    @classmethod
    def loads(cls, text: str) -> Baseline:
        """Read a baseline.

        Raises:
            UsageRefused: it is not a baseline of this version.
        """
        try:
            document = json.loads(text)
            if document["version"] != VERSION:
                raise ValueError(f"version {document['version']!r}")
            return cls(_accepted(one) for one in document["accepted"])
        except (KeyError, TypeError, ValueError) as error:
            raise UsageRefused(f"the baseline cannot be read: {error}", code="USAGE", rule="scan-baseline") from error

    def apply(self, report: Report) -> Report:
        """The report with accepted findings marked as unchanged."""
        marked = (finding.known() if self.accepts(finding) else finding for finding in report.findings)
        return replace(report, findings=tuple(marked))

    def accepts(self, finding: Finding) -> bool:
        """The finding is known, and somebody gave a reason."""
        entry = self._accepted.get(finding.fingerprint)
        return entry is not None and bool(entry.reason.strip())

    def unreasoned(self) -> list[str]:
        """Fingerprints of entries that still lack a reason."""
        return [one.fingerprint for one in self._accepted.values() if not one.reason.strip()]

    def gone(self, report: Report) -> list[Accepted]:
        """Entries that nothing was found for any more."""
        found = {finding.fingerprint for finding in report.findings}
        return [one for fingerprint, one in self._accepted.items() if fingerprint not in found]

    def renewed(self, report: Report, reason: str = "") -> str:
        """The baseline's text after this report: known reasons stay, what is gone goes, what is new gets ``reason``."""
        entries = [
            {
                "fingerprint": finding.fingerprint,
                "rule": finding.rule,
                "code": finding.code,
                "path": finding.path,
                "reason": self._reason(finding) or reason,
            }
            for finding in report.findings
        ]
        return json.dumps({"version": VERSION, "accepted": entries}, indent=2) + "\n"

    def _reason(self, finding: Finding) -> str:
        entry = self._accepted.get(finding.fingerprint)
        return "" if entry is None else entry.reason


def _accepted(one: Mapping[str, Any]) -> Accepted:
    names = ("fingerprint", "reason", "path", "rule", "code")
    values = {name: one.get(name, "") for name in names}
    if not values["fingerprint"] or not all(isinstance(value, str) for value in values.values()):
        raise ValueError("an entry needs a fingerprint and a reason, both text")
    return Accepted(**values)
