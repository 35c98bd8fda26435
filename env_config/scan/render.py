"""A report in words, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields

from ..codes import CODES
from .model import Finding, Report

_STEPS = {
    "override-switch": "remove the switch; who must go there asks for a grant, which has a reason and an end",
    "committed-grant": "remove it, and let its signer know: whoever could read it could have used it",
    "default-environment": "read the variable without a default, and fail where it is not set",
    "same-in-stages": "give each stage its own, or declare in the book that it is shared, with a reason",
    "production-token": "ask for the service by name; if no book knows it yet, declare it there",
    "production-parameter": "take the stage from the environment, not from the text",
    "dotenv-in-parent": "name the file that is loaded, or move production's out of the way",
    "declared-production": "let the file say what it is called, or call it what it says",
}
"""The next step, where a rule of the scanner knows a better one than its code."""


def step(finding: Finding) -> str:
    """What a person can do about a finding."""
    return _STEPS.get(finding.rule) or CODES[finding.code][1]


def text(report: Report) -> Iterator[str]:
    """One line for each new finding: ``path:line:column: verdict CODE message``."""
    for finding in report.findings:
        if finding.state == "new":
            target = f" ({finding.target})" if finding.target else ""
            place = _printable(f"{finding.path}:{finding.line}:{finding.column}")
            yield f"{place}: {finding.verdict} {finding.code} {finding.message}{_printable(target)} [{finding.rule}]"


def as_json(report: Report) -> str:
    """The report as one JSON document."""
    document = {
        "verdict": report.verdict,
        "codes": list(report.codes),
        "files": report.files,
        "lines": report.lines,
        "skipped": [{"path": path, "why": why} for path, why in report.skipped],
        "credentials_only": dict(report.partly),
        "left_out": dict(report.left_out),
        "findings": [_plain(finding) for finding in report.findings],
    }
    return json.dumps(document, indent=2)


def summary(report: Report) -> str:
    """How many of what."""
    new = [finding for finding in report.findings if finding.state == "new"]
    failing = sum(finding.fails for finding in new)
    known = len(report.findings) - len(new)
    read = f"{counted(report.files, 'file')}, {counted(report.lines, 'line')}"
    words = f"{read}: {counted(failing, 'finding')}, {counted(len(new) - failing, 'warning')}"
    return words + (f", {known} accepted by the baseline" if known else "")


def counted(number: int, word: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def passed_over(report: Report) -> str:
    """In which kinds of files no addresses were looked for, or an empty string."""
    halves = ("searched for credentials only", report.partly), ("not read", report.left_out)
    said = [f"{words}: {', '.join(f'{count} {kind}' for kind, count in kinds)}" for words, kinds in halves if kinds]
    return _printable("; ".join(said))


def hints(report: Report) -> Iterator[str]:
    """The next step for every rule that found something."""
    steps = {finding.rule: step(finding) for finding in report.findings if finding.state == "new"}
    return (f"{rule}: {words}" for rule, words in steps.items() if words)


def _plain(finding: Finding) -> dict[str, object]:
    return {field.name: getattr(finding, field.name) for field in fields(finding)}


def _printable(words: str) -> str:
    """A file's name or content cannot move the cursor of the terminal that shows it."""
    return "".join(letter if letter.isprintable() else "?" for letter in words)
