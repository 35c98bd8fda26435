"""``env-config export``: this environment's addresses for a program in another language."""

from __future__ import annotations

import argparse
import sys

from ..errors import Refusal
from ..exports import FORMATS, STYLES, permit, render, sheet_of
from ..resolver import Address
from ..runtime import Runtime
from . import FINE, opened

NAME = "export"
_OTHERS_ONLY = ("known-identity", "listed-identity")
"""The resolver's rules that say no because of who runs here, not because of where the address leads."""
HELP = "write this environment's addresses for services in other languages, never with a secret"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    formats = "; ".join(f"{name}: {module.DESCRIPTION}" for name, module in FORMATS.items())
    parser.add_argument("--format", choices=FORMATS, required=True, help=formats)
    parser.add_argument("--service", metavar="NAME", nargs="+", action="extend", help="only these services")
    parser.add_argument("--environment", metavar="NAME", help="refuse unless this process belongs to it")
    parser.add_argument("--style", choices=STYLES, default="plain", help="how variables are named (default: plain)")
    parser.add_argument(
        "--name", default="env-config", help="of the ConfigMap or the Compose service (default: env-config)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the addresses in the format that was asked for."""
    runtime = opened(arguments)
    environment = permit(arguments.environment, runtime.book)
    addresses = _all_addresses(runtime) if arguments.service is None else map(runtime.address, arguments.service)
    sheet = sheet_of(addresses, environment, digest=runtime.book.digest, style=arguments.style, name=arguments.name)
    # As bytes: a terminal's or a platform's own idea of encodings and line ends would change what the reader gets.
    sys.stdout.buffer.write(render(sheet, arguments.format).encode("utf-8"))
    return FINE


def _all_addresses(runtime: Runtime) -> list[Address]:
    """Every address that this identity may have; the others are named on stderr, not passed over in silence."""
    found = []
    for name in runtime.book.services:
        try:
            found.append(runtime.address(name))
        except Refusal as refusal:
            if refusal.rule not in _OTHERS_ONLY:
                raise
            print(f"left out {name}: {refusal.message}", file=sys.stderr)
    return found
