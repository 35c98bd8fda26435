"""``env-config grant``: CI or a second person signs a break-glass grant; ``--show`` reads one."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from ..book.shelf import BOOK_VARIABLE, TRUST_VARIABLE
from ..errors import GrantRefused, UsageRefused
from ..grants import KIND, MAX_LIFETIME, READ_ONLY, READ_WRITE, Grant, Use, judge_grant, read_grant_file
from ..trust import Trust
from . import FINE, REFUSED, opened

NAME = "grant"
HELP = "sign a break-glass grant for one person, service, environment and process, for 8 hours at most"
_NEEDED = ("service", "environment", "who", "reason", "lifetime", "key")
_OPTIONS = {"lifetime": "--for"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = "Service and environment have to be the book's; without a book their names are not checked."
    parser.add_argument("--show", metavar="FILE", help="say what a grant permits, and whether it holds now")
    parser.add_argument("--service", help="of the book")
    parser.add_argument("--environment", help="whose service")
    parser.add_argument("--who", help="who may use it; never the person who signs")
    parser.add_argument("--reason", help="why; it is written to the audit log")
    parser.add_argument("--ticket", default="", help="where the reason is on record, unless the reason names it")
    parser.add_argument("--for", dest="lifetime", metavar="TIME", help="such as 90m or 2h; 8h at most")
    parser.add_argument("--read-write", action="store_true", help="writing too (default: reading only)")
    parser.add_argument("--key", metavar="FILE", help="the private key (PEM) to sign with")
    parser.add_argument("-o", "--output", metavar="FILE", help="where the grant goes (default: stdout); must not exist")
    parser.add_argument("--json", action="store_true", help="with --show: print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write a grant, or show one."""
    return _show(arguments) if arguments.show else _sign(arguments)


def _sign(arguments: argparse.Namespace) -> int:
    from ..authoring.signing import sign_token, thumbprint_of

    missing = [_OPTIONS.get(name, f"--{name}") for name in _NEEDED if not getattr(arguments, name)]
    if missing:
        raise UsageRefused(f"a grant needs {', '.join(missing)}", code="USAGE", rule="grant-claims")
    grant = _asked(arguments, thumbprint_of(arguments.key))
    judge_grant(grant, Use(grant.service, grant.environment, grant.mode), grant.issued_at).enforce()
    token = sign_token(grant.claims(), arguments.key, KIND)
    if not arguments.output:
        print(token)
        return FINE
    _write(arguments.output, token)
    print(f"{grant.mode} grant for {grant.service} in {grant.environment}: {arguments.output}", file=sys.stderr)
    return FINE


def _asked(arguments: argparse.Namespace, signer: str) -> Grant:
    import secrets

    from ..authoring.signing import lifetime
    from .book_names import checked_names

    owner = _owner(arguments, signer)
    environment, service = checked_names(arguments, arguments.environment.strip(), arguments.service.strip())
    now = int(time.time())
    return Grant(
        who=arguments.who.strip(),
        service=service,
        environment=environment,
        mode=READ_WRITE if arguments.read_write else READ_ONLY,
        reason=arguments.reason.strip(),
        ticket=arguments.ticket.strip(),
        issued_at=now,
        expires_at=now + lifetime(arguments.lifetime, longest=MAX_LIFETIME),
        token_id=secrets.token_hex(16),
        signer=signer,
        signed_by=owner,
    )


def _owner(arguments: argparse.Namespace, signer: str) -> str:
    """Whose key it is, by the file of trusted keys: nobody signs for themselves. Whoever uses the grant asks again."""
    entry = _trust(arguments).entry(signer, "grant")
    if entry is not None and entry.owner.strip():
        return entry.owner
    if entry is None:
        words, hint = "is not trusted to sign grants", "make one that is: env-config key --for grant --owner WHO"
    else:
        words = "has no owner, so nobody can tell whether a second person signs"
        hint = f'write "owner": "WHO" beside the kid {signer} in the file of trusted keys'
    raise GrantRefused(f"{arguments.key} {words}", code="OVERRIDE_SIGNATURE", rule="second-person", hint=hint)


def _trust(arguments: argparse.Namespace) -> Trust:
    where = arguments.trust or os.environ.get(TRUST_VARIABLE)
    if where:
        return Trust.load(where)
    if not (arguments.book or os.environ.get(BOOK_VARIABLE)):
        raise UsageRefused(
            "say which file of trusted keys tells whose key it is",
            code="USAGE",
            rule="grant-claims",
            hint=f"such as --trust trust.json, or {BOOK_VARIABLE} with one beside the books",
        )
    return opened(arguments).trust


def _write(path: str, token: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(token + "\n")
    except OSError as error:
        from ..authoring.signing import unwritable

        raise unwritable(path, error) from None


def _show(arguments: argparse.Namespace) -> int:
    _check_readable(arguments.show)
    trust = _trust(arguments)
    grant = read_grant_file(arguments.show, trust)
    now = int(time.time())
    refusal = judge_grant(grant, Use(grant.service, grant.environment, grant.mode), now).refusal()
    used = Path(f"{arguments.show}.used").exists()
    if arguments.json:
        state = {"holds": refusal is None, "code": refusal.code if refusal else "", "used": used}
        print(json.dumps({**grant.facts(), **state}))
    else:
        for name, value in {
            **grant.facts(),
            "iat": _instant(grant.issued_at),
            "exp": _instant(grant.expires_at),
        }.items():
            print(f"{name + ':':<13} {value}")
        print(f"{'used:':<13} {'yes, by one process; no other may' if used else 'no'}")
        print(f"{'holds:':<13} {'yes' if refusal is None else f'no, {refusal.code}: {refusal.message}'}")
    return FINE if refusal is None else REFUSED


def _check_readable(path: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise UsageRefused(
            f"the grant {path} cannot be read: {error.strerror}",
            code="USAGE",
            rule="grant-file",
            hint="name the file that the grant was written to",
        ) from None


def _instant(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat()
    except (OverflowError, OSError, ValueError):
        return str(seconds)
