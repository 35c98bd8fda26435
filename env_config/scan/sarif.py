"""A report as SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), for code-scanning pages of forges."""

from __future__ import annotations

from typing import Any

from ..verdict import DENY, REFUSE
from .crossing import TREE_RULES
from .model import Finding, Report
from .render import step
from .rules import RULES

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {DENY: "error", REFUSE: "error"}


def document(report: Report, version: str = "") -> dict[str, Any]:
    """The SARIF log of one scan.

    Args:
        report: what was found.
        version: of the tool.
    """
    rules = {name: _rule(name, (rule.__doc__ or name).strip()) for name, rule in (*RULES.items(), *TREE_RULES.items())}
    index = {name: position for position, name in enumerate(rules)}
    driver: dict[str, Any] = {"name": "env-config scan", "rules": list(rules.values())}
    if version:
        driver["semanticVersion"] = version
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "the folder that the scan was started in"}}},
        "results": [_result(finding, index) for finding in report.findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, text: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": "".join(word.title() for word in name.split("-")),
        "shortDescription": {"text": text.splitlines()[0]},
        "fullDescription": {"text": " ".join(text.split())},
        "help": {"text": " ".join(text.split())},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    words = f"{finding.code}: {finding.message}" + (f" ({finding.target})" if finding.target else "")
    return {
        "ruleId": finding.rule,
        "ruleIndex": index.get(finding.rule, -1),
        "level": _LEVELS.get(finding.verdict, "warning"),
        "message": {"text": f"{words}; {step(finding)}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.path), "uriBaseId": "ROOT"},
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
        "partialFingerprints": {"envConfig/v1": finding.fingerprint},
        "baselineState": finding.state,
        "properties": {"code": finding.code, "verdict": finding.verdict, "key": finding.key},
    }


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
