"""``env-config key``: a key to sign with, and trust in its public half."""

from __future__ import annotations

import argparse
import sys

from ..errors import UsageRefused
from . import FINE

NAME = "key"
HELP = "make a signing key, and add its public half to the file of trusted keys"
USES_BOOK = False


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the private key (PEM); must not exist")
    parser.add_argument(
        "--for", dest="purposes", metavar="PURPOSES", required=True, help="what it signs: some of book,stamp,grant"
    )
    parser.add_argument(
        "--owner", default="", metavar="WHO", help="whose key it is; grants need that, and none is for this person"
    )
    parser.add_argument("--trust", metavar="PATH", help="the file that the public half is added to (needed)")


def run(arguments: argparse.Namespace) -> int:
    """Print the key's name."""
    from ..authoring.signing import new_key

    if not arguments.trust:
        raise UsageRefused(
            "say which file of trusted keys the public half goes into",
            code="USAGE",
            rule="signing",
            hint="such as --trust trust.json; the file is made if it is not there",
        )
    purposes = [one.strip() for one in arguments.purposes.split(",") if one.strip()]
    print(new_key(arguments.output, trust=arguments.trust, purposes=purposes, owner=arguments.owner))
    if "grant" in purposes and not arguments.owner:
        print('note: without an owner it signs no grant: use --owner, or write "owner" into its entry', file=sys.stderr)
    print(f"private key: {arguments.output} (keep it where only CI can read it)", file=sys.stderr)
    print(f"trusted for {', '.join(purposes)}: {arguments.trust} (ship it beside the books)", file=sys.stderr)
    return FINE
