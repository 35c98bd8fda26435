"""Findings as JSON, and as SARIF 2.1.0 for tools that show results beside code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from .judging import CATEGORIES, Finding

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_json(findings: Iterable[Finding]) -> dict[str, object]:
    """``{"findings": [...]}``, each with table, column, category, rows and reason."""
    return {"findings": [asdict(finding) for finding in findings]}


def to_sarif(findings: Iterable[Finding], source: str) -> str:
    """A SARIF log with one result for each finding; ``source`` names what was scanned, without any secret."""
    rules = [{"id": kind.category, "shortDescription": {"text": kind.reason}} for kind in CATEGORIES]
    rules.append({"id": "name", "shortDescription": {"text": "names beside identifiers that could be real"}})
    results = [
        {
            "ruleId": finding.category,
            "level": "error",
            "message": {
                "text": f"{finding.table}.{finding.column}: {finding.reason} "
                f"({finding.rows_suspect:,} of {finding.rows_checked:,} rows)"
            },
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": source}},
                    "logicalLocations": [{"fullyQualifiedName": f"{finding.table}.{finding.column}", "kind": "member"}],
                }
            ],
        }
        for finding in findings
    ]
    driver = {"name": "understudy scan", "rules": rules}
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, indent=2) + "\n"
