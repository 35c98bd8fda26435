"""``env-config doctor``: every guard proves that it is alive."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from . import FINE, REFUSED, opened

if TYPE_CHECKING:
    from ..guards import GuardStatus

NAME = "doctor"
HELP = "prove that every guard of this environment bites"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def _found(status: GuardStatus) -> str:
    """A library that is not installed has nothing to bite."""
    from ..guards.drivers import ABSENT

    if status.mode == "off":
        return f"off  {status.detail}"
    if not status.bites:
        return f"DOES NOT BITE  {status.detail}"
    return ABSENT if status.detail == ABSENT else f"bites  {status.detail}"


def run(arguments: argparse.Namespace) -> int:
    """Install the guards of the book, let each provoke its own refusal, and list what happened."""
    from .. import guards, ownership

    statuses = guards.examine(opened(arguments).policy)
    strangers = list(ownership.claims())
    if arguments.json:
        names = ("name", "layer", "mode", "installed", "bites", "detail")
        print(json.dumps([{name: getattr(status, name) for name in names} for status in statuses]))
    else:
        for status in statuses:
            print(f"{status.layer:10} {status.name:24} {status.mode:8} {_found(status)}".rstrip())
    for words in strangers:
        print(f"warning: {words}", file=sys.stderr)
    return FINE if not strangers and all(status.bites or status.mode == "off" for status in statuses) else REFUSED
