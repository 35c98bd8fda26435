"""Deployment stamps: what CI deployed where, as whom, signed by CI (``env-config attest``).

A stamp is a compact JWS of the kind ``env-config-stamp+jwt`` with the claims ``environment``, ``identity``, ``commit``,
``iat``, ``exp`` and, where there is a container image, ``image_digest``; ``service`` says what was deployed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..book.model import EnvironmentRules
from ..errors import EnvironmentRefused
from ..signature import MAX_TOKEN, verify_token
from .evidence import STAMP, Evidence, bad
from .naming import canonical

if TYPE_CHECKING:
    from ..trust import Trust

KIND = "env-config-stamp+jwt"
VARIABLE = "ENV_CONFIG_STAMP"
_NEXT = "sign a new stamp where it is deployed from (env-config attest)"
# As the book's acl writes identities: any other would be signed and then fit none of them.
_IDENTITY = re.compile(r"[A-Za-z0-9_.:/@+=-]+\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")


def stamp_file_evidence(path: str, environments: Mapping[str, EnvironmentRules], trust: Trust, *, now: int) -> Evidence:
    """Evidence from the stamp that ``ENV_CONFIG_STAMP`` points to; a file that is not there does not hold."""
    if not path.strip():
        return bad(STAMP, f"{VARIABLE} is blank; name the stamp's file, or unset it")
    found = _file_evidence(path, environments, trust, now=now)
    return replace(found, detail=f"{VARIABLE}={_shown(path)}: {found.detail}; {_NEXT}") if found.code else found


def _shown(path: str) -> str:
    return path if path.isprintable() else ascii(path)


def _file_evidence(path: str, environments: Mapping[str, EnvironmentRules], trust: Trust, *, now: int) -> Evidence:
    try:
        with Path(path).open("rb") as file:
            token = file.read(MAX_TOKEN + 2).decode("ascii")
    except OSError as error:
        return bad(STAMP, f"the stamp cannot be read: {error.strerror}")
    except ValueError:
        return bad(STAMP, "the stamp is not a signed token")
    return stamp_evidence(token.strip(), environments, trust, now=now)


def stamp_evidence(token: str, environments: Mapping[str, EnvironmentRules], trust: Trust, *, now: int) -> Evidence:
    """Evidence from a stamp's text."""
    try:
        claims = verify_token(token, trust, "stamp", now=now, kind=KIND)
    except EnvironmentRefused as refusal:
        return bad(STAMP, refusal.message)
    problem = stamp_problem(claims)
    if problem:
        return bad(STAMP, problem)
    name = canonical(claims["environment"], environments)
    if name is None:
        return bad(STAMP, "the stamp is for an environment that the book does not have")
    image = claims.get("image_digest")
    return Evidence(
        STAMP,
        name,
        identity=claims["identity"],
        detail=f"commit {claims['commit'][:12]}",
        images=() if image is None else (image,),
    )


def stamp_problem(claims: Mapping[str, Any]) -> str:
    """What is wrong with a stamp's claims, or an empty string; the command that signs stamps asks the same."""
    for name in ("environment", "identity"):
        value = claims.get(name)
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 200:
            return f"the stamp's {name} is missing or not a name"
    if not _IDENTITY.match(claims["identity"]):
        return "the stamp's identity is not one word of letters, digits and _.:/@+=-"
    commit, image, service = claims.get("commit"), claims.get("image_digest"), claims.get("service", "")
    if not isinstance(commit, str) or not _COMMIT.match(commit):
        return "the stamp's commit is missing or not 7 to 64 hexadecimal digits"
    if image is not None and not (isinstance(image, str) and _DIGEST.match(image)):
        return "the stamp's image_digest is not sha256: and 64 hexadecimal digits"
    return "" if isinstance(service, str) else "the stamp's service is not a name"
