"""``env-config which``: the environment of this process, and what says so."""

from __future__ import annotations

import argparse
import json
import sys

from ..attestation import Evidence
from ..errors import EnvironmentRefused
from ..runtime import Runtime
from . import FINE, opened

NAME = "which"
HELP = "which environment this is, and the evidence"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the environment on the first line, then the evidence."""
    runtime = opened(arguments)
    try:
        environment = runtime.environment
    except EnvironmentRefused as refusal:
        if refusal.code in ("ENV_CONFLICT", "ENV_UNATTESTED"):
            _show_evidence(runtime, as_json=arguments.json)
        raise
    if arguments.json:
        evidence = [
            {name: getattr(item, name) for name in ("source", "environment", "account", "identity", "code", "detail")}
            for item in environment.evidence
        ]
        plain = {
            "environment": environment.name,
            "declared": environment.declared,
            "protected": environment.protected,
            "identity": environment.identity,
            "evidence": evidence,
        }
        print(json.dumps(plain))
        return FINE
    print(environment.name)
    print(f"  declared   ENV_CONFIG_ENVIRONMENT={environment.declared}")
    for item in environment.evidence:
        print(_line(item))
    if environment.identity:
        print(f"  identity   {environment.identity}")
    return FINE


def _show_evidence(runtime: Runtime, *, as_json: bool) -> None:
    """What speaks for which environment, before the refusal is told; JSON has it in one document with the refusal only."""
    if as_json:
        return
    for item in runtime.evidence():
        print(_line(item), file=sys.stderr)


def _line(item: Evidence) -> str:
    meant = item.environment or (f"no good: {item.code}" if item.code else "no environment")
    return f"  attested   {item.source}: {meant} {item.detail}".rstrip()
