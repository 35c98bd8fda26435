"""``env-config doctor``: every guard proves that it is alive."""

from __future__ import annotations

import argparse
import json
import sys

from . import FINE, REFUSED, opened

NAME = "doctor"
HELP = "prove that every guard of this environment bites"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


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
            state = "off" if status.mode == "off" else "bites" if status.bites else "DOES NOT BITE"
            print(f"{status.layer:10} {status.name:24} {status.mode:8} {state}  {status.detail}".rstrip())
    for words in strangers:
        print(f"warning: {words}", file=sys.stderr)
    return FINE if not strangers and all(status.bites or status.mode == "off" for status in statuses) else REFUSED
