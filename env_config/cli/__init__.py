"""The command ``env-config``. Data goes to stdout, words to stderr; a refusal ends with exit code 3."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from ..errors import BookRefused, Refusal, UsageRefused
from ..runtime import Runtime

COMMANDS = (
    "which",
    "resolve",
    "check",
    "compile",
    "scan",
    "export",
    "run",
    "stamp",
    "grant",
    "attest",
    "key",
    "doctor",
)
"""Each is a module of this package with NAME, HELP, configure(parser) and run(arguments)."""

FINE, BAD_INPUT, REFUSED, FINDINGS = 0, 2, 3, 4


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="env-config",
        description="Addresses for the environment this process runs in, and guards that keep it there.",
        epilog="exit codes: 0 fine · 2 bad input or an invalid book · 3 refused · 4 findings",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f".{name}", __name__)
        one = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        one.add_argument("--book", metavar="PATH", help="folder of compiled books (default: ENV_CONFIG_BOOK)")
        one.add_argument("--trust", metavar="PATH", help="file of trusted keys (default: trust.json beside the books)")
        module.configure(one)
        one.set_defaults(run=module.run)
    return top


def opened(arguments: argparse.Namespace) -> Runtime:
    """The runtime that a command's common options ask for."""
    return Runtime(arguments.book, arguments.trust)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and say how it went.

    Returns:
        The exit code: 0 fine, 2 bad input or an invalid book, 3 refused, 4 findings.
    """
    arguments = parser().parse_args(argv)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except Refusal as refusal:
        _tell(refusal, as_json=getattr(arguments, "json", False))
        return BAD_INPUT if isinstance(refusal, (BookRefused, UsageRefused)) else REFUSED
    except BrokenPipeError:
        # The reader of our output left; Python would complain once more while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


def _tell(refusal: Refusal, *, as_json: bool) -> None:
    facts = (("service", refusal.service), ("environment", refusal.environment), ("target", refusal.target))
    shown = "".join(f"\n  {name}: {value}" for name, value in facts if value)
    print(f"error[{refusal.code}]: {refusal.message}{shown}\n\nhint: {refusal.hint}", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": {**refusal.facts(), "message": refusal.message}}))
