"""The command ``env-config``. Data goes to stdout, words to stderr; a refusal ends with exit code 3."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from errno import EBADF, EDQUOT, EFBIG, ENOSPC
from importlib import import_module
from typing import NoReturn

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

FINE, BAD_INPUT, REFUSED, FINDINGS, INTERRUPTED = 0, 2, 3, 4, 130
_UNWRITABLE = (EBADF, EDQUOT, EFBIG, ENOSPC)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line the way every other refusal is said."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        _tell(UsageRefused(message, code="USAGE", hint=f"{self.prog} --help"))
        raise SystemExit(BAD_INPUT)


class _Version(argparse.Action):
    """Looks the version up when somebody asks: reading the metadata of what is installed takes a while."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: object, **more: object) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("understudy-env-config")
        except PackageNotFoundError:
            found = "not installed"
        print(f"env-config {found}")
        raise SystemExit(FINE)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = _Parser(
        prog="env-config",
        description="Addresses for the environment this process runs in, and guards that keep it there.",
        epilog="exit codes: 0 fine · 2 bad input or an invalid book · 3 refused · 4 findings · 130 interrupted",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f".{name}", __name__)
        one = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        if getattr(module, "USES_BOOK", True):
            one.add_argument("--book", metavar="PATH", help="folder of compiled books (default: ENV_CONFIG_BOOK)")
            one.add_argument(
                "--trust", metavar="PATH", help="file of trusted keys (default: trust.json beside the books)"
            )
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
        if sys.stdout is None:
            raise OSError(EBADF, "standard output is closed")
        sys.stdout.flush()
    except Refusal as refusal:
        _tell(refusal, as_json=getattr(arguments, "json", False))
        return BAD_INPUT if isinstance(refusal, (BookRefused, UsageRefused)) else REFUSED
    except BrokenPipeError:
        # The reader of our output left; Python would complain once more while flushing at exit.
        _discard_output()
        return FINE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:
            raise
        _discard_output()
        _tell(
            UsageRefused(
                f"the output cannot be written: {error.strerror}", code="USAGE", hint="make room, or write elsewhere"
            )
        )
        return BAD_INPUT
    return code


def _discard_output() -> None:
    """What is still in the buffer goes nowhere."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open for as long as the process lives


def _tell(refusal: Refusal, *, as_json: bool = False) -> None:
    facts = (("service", refusal.service), ("environment", refusal.environment), ("target", refusal.target))
    shown = "".join(f"\n  {name}: {value}" for name, value in facts if value)
    print(f"error[{refusal.code}]: {refusal.message}{shown}\n\nhint: {refusal.hint}", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": {**refusal.facts(), "message": refusal.message}}))
