"""``env-config resolve``: one service's address, or a refusal that says why."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ..errors import UsageRefused
from ..resolver import Address
from . import FINE, opened

NAME = "resolve"
HELP = "where a service is in this environment"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("service", help="the service's name in the book")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--dsn", metavar="DRIVER", help="print the connection string of a driver")
    shape.add_argument("--url", metavar="PATH", nargs="?", const="", help="print the URL of a path, such as /persons")
    shape.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the address: host and port, a connection string, a URL, or everything as JSON."""
    address = opened(arguments).address(arguments.service)
    if arguments.json:
        print(json.dumps({"environment": address.environment, **_shown(address)}, default=list))
    elif arguments.dsn is not None:
        print(address.dsn(arguments.dsn))
    elif arguments.url is not None:
        if arguments.url and not arguments.url.startswith("/"):
            raise UsageRefused(
                f"{arguments.url!r} is no path", code="USAGE", hint=f"write it like --url /{arguments.url}"
            )
        print(address.url(arguments.url))
    elif address.host:
        print(f"{address.host}:{address.port}")
    else:
        print(address.resource)
    return FINE


def _shown(address: Address) -> dict[str, object]:
    return {name: value for name, value in asdict(address.service).items() if value not in ("", None, (), {})}
