"""``env-config which``: the environment of this process, and what says so."""

from __future__ import annotations

import argparse
import json

from . import FINE, opened

NAME = "which"
HELP = "which environment this is, and the evidence"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the environment on the first line, then the evidence."""
    environment = opened(arguments).environment
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
        print(f"  attested   {item.source}: {item.environment} {item.detail}".rstrip())
    if environment.identity:
        print(f"  identity   {environment.identity}")
    return FINE
