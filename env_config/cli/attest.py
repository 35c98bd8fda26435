"""``env-config attest``: CI signs what it deploys where, and as whom."""

from __future__ import annotations

import argparse
import sys
import time

from ..errors import UsageRefused
from . import FINE

NAME = "attest"
HELP = "sign a deployment stamp, which ENV_CONFIG_STAMP of the deployed process points to"
LONGEST = 366 * 86_400


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = "The names of environment and service have to be the book's; without a book they are not checked."
    parser.add_argument("--environment", required=True, help="where it is deployed")
    parser.add_argument("--identity", required=True, help="as whom it runs; the book's acl names such identities")
    parser.add_argument("--commit", required=True, help="what was deployed: 7 to 64 hexadecimal digits")
    parser.add_argument("--image-digest", metavar="sha256:...", help="the container image, if there is one")
    parser.add_argument("--service", default="", help="which service was deployed")
    parser.add_argument(
        "--for", dest="lifetime", default="24h", metavar="TIME", help="such as 24h or 30d (default: 24h)"
    )
    parser.add_argument("--key", required=True, metavar="FILE", help="the private key (PEM) to sign with")
    parser.add_argument("-o", "--output", metavar="FILE", help="where the stamp goes (default: stdout)")


def run(arguments: argparse.Namespace) -> int:
    """Write the stamp."""
    from ..attestation.stamps import KIND, stamp_problem
    from ..authoring.signing import lifetime, sign_token, write_public
    from .book_names import checked_names

    environment, service = checked_names(arguments, arguments.environment, arguments.service)
    now = int(time.time())
    claims: dict[str, object] = {
        "environment": environment,
        "identity": arguments.identity,
        "commit": arguments.commit.lower(),
        "iat": now,
        "exp": now + lifetime(arguments.lifetime, longest=LONGEST),
    }
    if arguments.image_digest:
        claims["image_digest"] = arguments.image_digest
    if service:
        claims["service"] = service
    problem = stamp_problem(claims)
    if problem:
        raise UsageRefused(problem, code="USAGE", rule="stamp-claims", hint="see env-config attest --help")
    token = sign_token(claims, arguments.key, KIND)
    if not arguments.output:
        print(token)
        return FINE
    write_public(arguments.output, token + "\n")
    print(f"stamp for {claims['environment']} as {arguments.identity}: {arguments.output}", file=sys.stderr)
    return FINE
