"""OIDC tokens of GitHub Actions and CircleCI: signed by a pinned key, meant for us, and with the claims the book lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..book.model import EnvironmentRules
from ..errors import EnvironmentRefused
from ..signature import strict_json, verify_token
from .evidence import CIRCLECI, GITHUB, Evidence, bad
from .fetching import fetch, is_safe_address

if TYPE_CHECKING:
    from ..trust import Trust
    from .gathering import Sources

AUDIENCE = "env-config"
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"


def github_evidence(sources: Sources) -> tuple[Evidence, ...]:
    """Evidence from the token that was presented, or from the one that GitHub gives a job that may ask for it."""
    if not sources.trust.serves(GITHUB):
        return (_unpinned(GITHUB),)
    try:
        token = sources.presented.get(GITHUB) or _fetched(sources)
    except (OSError, ValueError):
        return (bad(GITHUB, "GitHub promised a token and gave none"),)
    return github_token_evidence(token, sources.environments, sources.trust, now=sources.now)


def github_token_evidence(
    token: str, environments: Mapping[str, EnvironmentRules], trust: Trust, *, now: int
) -> tuple[Evidence, ...]:
    """Evidence from a token of GitHub Actions, with the audience ``env-config``."""
    try:
        claims = verify_token(token, trust, GITHUB, now=now, audience=AUDIENCE, issuer=GITHUB_ISSUER)
    except EnvironmentRefused as refusal:
        return (bad(GITHUB, refusal.message),)
    return _matched(GITHUB, claims, {name: rules.attest.github for name, rules in environments.items()})


def circleci_evidence(
    token: str, environments: Mapping[str, EnvironmentRules], trust: Trust, *, now: int
) -> tuple[Evidence, ...]:
    """Evidence from a token of CircleCI.

    CircleCI's own variables hold a token whose audience is the organisation; it is accepted for the organisations whose
    keys are pinned. Each key is pinned with the issuer of its organisation, so none can speak for another.
    """
    if not trust.serves(CIRCLECI):
        return (_unpinned(CIRCLECI),)
    organisations = tuple(issuer.rstrip("/").rpartition("/")[2] for issuer in trust.issuers(CIRCLECI))
    try:
        claims = verify_token(token, trust, CIRCLECI, now=now, audience=(AUDIENCE, *organisations))
    except EnvironmentRefused as refusal:
        return (bad(CIRCLECI, refusal.message),)
    return _matched(CIRCLECI, claims, {name: rules.attest.circleci for name, rules in environments.items()})


def _unpinned(source: str) -> Evidence:
    return Evidence(source, detail=f"not asked: no key is pinned for {source}")


def _fetched(sources: Sources) -> str:
    url = sources.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    secret = sources.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    if not is_safe_address(url) or not secret or not secret.isprintable():
        raise ValueError("its variables are not those of a job")
    whole = f"{url}{'&' if '?' in url else '?'}audience={quote(AUDIENCE)}"
    headers = {"Authorization": f"bearer {secret}", "Accept": "application/json"}
    answer = strict_json((sources.fetch or fetch)(whole, headers))
    if not isinstance(answer, dict) or not isinstance(answer.get("value"), str):
        raise ValueError("no token in the answer")
    return str(answer["value"])


def _matched(
    source: str, claims: Mapping[str, Any], demands: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> tuple[Evidence, ...]:
    """One piece of evidence for every environment whose demands the claims meet: two of them contradict each other."""
    subject = claims.get("sub")
    identity = subject if isinstance(subject, str) else ""
    names = [name for name, wanted in demands.items() if wanted and all(_meets(claims, *one) for one in wanted.items())]
    if not names:
        return (Evidence(source, identity=identity, detail="its claims are those of no environment"),)
    return tuple(Evidence(source, name, identity=identity) for name in names)


def _meets(claims: Mapping[str, Any], claim: str, allowed: tuple[str, ...]) -> bool:
    """True if the claim is one of the allowed values, or a list (of contexts, say) that holds one."""
    value = claims.get(claim)
    held = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and one in allowed for one in held)
