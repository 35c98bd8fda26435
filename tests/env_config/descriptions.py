"""Platforms and grants as the corpus describes them, made real: tokens are signed, or spoiled, and read by the library.

A description says what is special about a case; what it leaves out is as it should be. A field or a source that is not
known here is a failure, never a skip.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from env_config.attestation.accounts import account_evidence, arn_evidence, function_name, lambda_evidence
from env_config.attestation.evidence import CIRCLECI, ECS, GITHUB, LAMBDA, STAMP, STS, Evidence
from env_config.attestation.metadata import running_images
from env_config.attestation.naming import spelling
from env_config.attestation.stamps import KIND as STAMP_KIND
from env_config.attestation.stamps import stamp_evidence
from env_config.attestation.tokens import GITHUB_ISSUER, circleci_evidence, github_token_evidence
from env_config.book.model import EnvironmentRules
from env_config.errors import Refusal, UsageRefused
from env_config.grants import KIND as GRANT_KIND
from env_config.grants import Grant, Use, judge_grant, read_grant
from env_config.trust import Trust
from env_config.verdict import REFUSE, Judgement, Reason
from tests.env_config.signers import Pair, pair, trust_of

ORGANISATION = "5f0c2d1e-0000-4000-8000-000000000001"
CIRCLECI_ISSUER = f"https://oidc.circleci.com/org/{ORGANISATION}"
CONTEXTS, PROJECT = "oidc.circleci.com/context-ids", "oidc.circleci.com/project-id"

PROVIDER, OTHER_PROVIDER, OWN, STRANGER = pair(11), pair(12), pair(13), pair(14)
TRUST = trust_of(
    PROVIDER.trusted(GITHUB),
    OTHER_PROVIDER.trusted(CIRCLECI, issuer=CIRCLECI_ISSUER),
    OWN.trusted("stamp", "grant", owner="ci"),
)
BELIEVED = frozenset({"valid", "good", "ok", "trusted", "ci", "second-person", "true"})
ABSENT = frozenset({"none", "missing", "absent", "unsigned", ""})


def evidence_of(
    platform: Mapping[str, object] | None,
    environments: Mapping[str, EnvironmentRules],
    trust: Trust | None = None,
    *,
    now: int,
) -> tuple[Evidence, ...]:
    """The evidence of a platform that is described in a few words.

    Args:
        platform: ``source``, and what is special about it.
        environments: the rules of every environment; where they list no claims, those of :func:`with_claims` stand.
        trust: not asked: the tokens made here are signed by keys of the tests.
        now: seconds since 1970.
    """
    if platform is None:
        return ()
    fields = dict(platform)
    source = str(fields.pop("source", ""))
    if source not in SOURCES:
        raise UsageRefused(f"no platform of the source {source!r} is known", code="USAGE")
    return SOURCES[source](_Fields(fields, source), with_claims(environments), now)


def with_claims(environments: Mapping[str, EnvironmentRules]) -> dict[str, EnvironmentRules]:
    """The environments, each with claims that GitHub and CircleCI make for it."""

    def claimed(rules: EnvironmentRules) -> EnvironmentRules:
        names = {"environment": (rules.name, *rules.aliases)}
        contexts = {CONTEXTS: (context_of(rules.name),)}
        attest = rules.attest
        return replace(
            rules, attest=replace(attest, github=attest.github or names, circleci=attest.circleci or contexts)
        )

    return {name: claimed(rules) for name, rules in environments.items()}


def context_of(environment: str) -> str:
    """The id of the context that CircleCI keeps for an environment."""
    return str(uuid5(NAMESPACE_URL, environment))


@dataclass(slots=True)
class _Fields:
    left: dict[str, object]
    source: str

    def take(self, *names: str) -> Any:
        """The value of the first of the names that is there, or None; a second one would be two truths."""
        found = [self.left.pop(name) for name in names if name in self.left]
        if len(found) > 1:
            raise UsageRefused(f"{' and '.join(names)} say the same of {self.source}", code="USAGE")
        return found[0] if found else None

    def done(self) -> None:
        if self.left:
            raise UsageRefused(f"{self.source} has no field {sorted(self.left)[0]!r} that is known", code="USAGE")


Environments = Mapping[str, EnvironmentRules]


def _ecs(fields: _Fields, environments: Environments, now: int) -> tuple[Evidence, ...]:
    arn, image, number = (
        fields.take("task_arn", "TaskARN", "arn"),
        fields.take("image", "Image"),
        fields.take("image_id", "ImageID"),
    )
    digest = fields.take("image_digest")
    fields.done()
    images = (str(digest),) if digest else running_images({"Image": image, "ImageID": number})
    return (arn_evidence(ECS, str(arn), environments, services=("ecs",), images=images),)


def _sts(fields: _Fields, environments: Environments, now: int) -> tuple[Evidence, ...]:
    account, arn = fields.take("account", "Account"), fields.take("arn", "Arn", "caller_arn")
    fields.done()
    if account is None:
        return (arn_evidence(STS, str(arn), environments, services=("sts", "iam")),)
    return (account_evidence(STS, str(account), environments, identity=str(arn or "")),)


def _lambda(fields: _Fields, environments: Environments, now: int) -> tuple[Evidence, ...]:
    arn = str(fields.take("arn", "function_arn", "invoked_function_arn"))
    function = fields.take("function_name", "AWS_LAMBDA_FUNCTION_NAME")
    fields.done()
    return (lambda_evidence(arn, str(function) if function is not None else function_name(arn) or "f", environments),)


def _github(fields: _Fields, environments: Environments, now: int) -> tuple[Evidence, ...]:
    claims = {"iss": GITHUB_ISSUER, "aud": "env-config", "repository": "org/api", **_times(fields, now)}
    for name in ("environment", "repository", "ref", "sub", "repository_owner", "job_workflow_ref", "actor"):
        value = fields.take(name)
        if value is not None:
            claims[name] = value
    token = _token(fields, claims, PROVIDER, "JWT")
    return github_token_evidence(token, environments, TRUST, now=now)


def _circleci(fields: _Fields, environments: Environments, now: int) -> tuple[Evidence, ...]:
    claims = {"iss": CIRCLECI_ISSUER, "aud": ORGANISATION, PROJECT: "project", **_times(fields, now)}
    contexts = fields.take("context", "contexts", "context_ids", CONTEXTS)
    if contexts is not None:
        listed = contexts if isinstance(contexts, list) else [contexts]
        claims[CONTEXTS] = [_context_id(str(one), environments) for one in listed]
    for name, claim in (("project", PROJECT), ("project_id", PROJECT), ("sub", "sub")):
        value = fields.take(name)
        if value is not None:
            claims[claim] = value
    token = _token(fields, claims, OTHER_PROVIDER, "JWT")
    return circleci_evidence(token, environments, TRUST, now=now)


def _context_id(name: str, environments: Environments) -> str:
    """The id behind a context's name, such as ``assume-role-housing-production-context``."""
    padded = f"-{spelling(name)}-"
    known = [(one, rules.name) for rules in environments.values() for one in (rules.name, *rules.aliases)]
    meant = [(len(one), environment) for one, environment in known if f"-{one}-" in padded]
    return context_of(max(meant)[1]) if meant else name


def _stamp(fields: _Fields, environments: Environments, now: int) -> tuple[Evidence, ...]:
    claims: dict[str, Any] = {"identity": "ci-deployer", "commit": "c0ffee0", **_times(fields, now)}
    for name in ("environment", "identity", "image_digest", "commit", "service"):
        value = fields.take(name)
        if value is not None:
            claims[name] = value
    running = fields.take("running_image_digest", "running_digest", "running_image", "running")
    found = (stamp_evidence(_token(fields, claims, OWN, STAMP_KIND), environments, TRUST, now=now),)
    return (*found, Evidence(ECS, images=(str(running),))) if running is not None else found


def _times(fields: _Fields, now: int) -> dict[str, Any]:
    """Issue and expiry; one that is not said is what makes the other a plain one."""
    expires, issued, begins = (
        fields.take(*names) for names in (("exp", "expires", "until"), ("iat", "issued"), ("nbf",))
    )
    end = now + 300 if expires is None else instant(expires)
    found = {"exp": end, "iat": min(now, end) - 300 if issued is None else instant(issued)}
    return found if begins is None else {**found, "nbf": instant(begins)}


def _token(fields: _Fields, claims: dict[str, Any], key: Pair, kind: str) -> str:
    """The token of the claims, signed as the description says."""
    token, more = fields.take("token"), fields.take("claims")
    audience, issuer = fields.take("aud", "audience"), fields.take("iss", "issuer")
    signature, algorithm = fields.take("signature", "signed_by", "signed"), fields.take("alg", "algorithm")
    fields.done()
    if token is not None:
        return str(token)
    said = {name: value for name, value in (("aud", audience), ("iss", issuer)) if value is not None}
    whole = {**claims, **said, **(more if isinstance(more, Mapping) else {})}
    return signed(whole, key, kind, "valid" if signature is None else str(signature), str(algorithm or "RS256"))


def signed(claims: Mapping[str, Any], key: Pair, kind: str, signature: str, algorithm: str = "RS256") -> str:
    """A token with a good signature, with none, or with a stranger's under the name of the good key."""
    header = {"typ": kind, "alg": algorithm, "kid": key.kid}
    word = signature.lower()
    if word in ABSENT:
        return key.token(claims, {**header, "alg": "none"}).rpartition(".")[0] + "."
    return (key if word in BELIEVED else STRANGER).token(claims, header)


def instant(value: object) -> int:
    """Seconds since 1970 of a date, an instant or a number."""
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp())
    raise UsageRefused(f"{value!r} is no instant", code="USAGE")


SOURCES: dict[str, Callable[[_Fields, Environments, int], tuple[Evidence, ...]]] = {
    **dict.fromkeys((ECS, "ecs", "ecs-metadata"), _ecs),
    **dict.fromkeys((STS, "sts-caller-identity", "aws-sts", "sts-account"), _sts),
    **dict.fromkeys((LAMBDA, "lambda-arn", "aws-lambda"), _lambda),
    **dict.fromkeys((GITHUB, "github", "github-actions"), _github),
    **dict.fromkeys((CIRCLECI, "circleci"), _circleci),
    **dict.fromkeys((STAMP, "deployment-stamp", "deploy-stamp"), _stamp),
}

# --------------------------------------------------------------------------------------------------------------- grants


def evaluate(
    grant: Mapping[str, object],
    *,
    service: str = "social-care-db",
    environment: str = "production",
    mode: str = "read-only",
    now: int,
) -> Judgement:
    """What the library says about a grant that is described in a few words, and about this use of it.

    A grant that says only until when it is valid is one of an hour: how long it lives is then not what the case is about.
    """
    fields = _Fields(dict(grant), "grant")
    who = str(fields.take("who", "for", "user") or "alex")
    word = fields.take("signed_by", "signature", "signer", "signed")
    claims: dict[str, Any] = {"who": who, "jti": "1", **_span(fields, now)}
    for name, default in (("service", service), ("environment", environment), ("mode", "read-only")):
        claims[name] = str(fields.take(name) or default)
    for name in ("reason", "ticket"):
        claims[name] = str(fields.take(name) or "")
    fields.done()
    owner, signature = _granter(who, "ci" if word is None else str(word))
    trust = trust_of(OWN.trusted("grant", owner=owner))
    try:
        found: Grant = read_grant(signed(claims, OWN, GRANT_KIND, signature), trust)
    except Refusal as refusal:
        return Judgement((Reason(refusal.code, REFUSE, refusal.rule),))
    return judge_grant(found, Use(service, environment, mode), now)


def _granter(who: str, word: str) -> tuple[str, str]:
    """Whose key signed it, and what the signature is worth."""
    if word.lower() in ("self", "requester", "same-person", who.lower()):
        return who, "valid"
    if word.lower() in ABSENT or word.lower() in ("stranger", "unknown", "untrusted", "invalid", "forged", "bad"):
        return "ci", word
    return word, "valid"


def _span(fields: _Fields, now: int) -> dict[str, int]:
    until, begins = (
        fields.take("until", "exp", "not_after", "expires"),
        fields.take("from", "iat", "not_before", "issued"),
    )
    hours = fields.take("hours", "lifetime_hours", "valid_hours")
    if begins is not None:
        start = instant(begins)
        return {"iat": start, "exp": start + _hours(hours) if until is None else instant(until)}
    if hours is not None or until is None:
        return {"iat": now, "exp": now + _hours(hours)}
    end = instant(until)
    return {"iat": now, "exp": now + 3600} if end > now else {"iat": end - 3600, "exp": end}


def _hours(hours: Any) -> int:
    return int(float(1 if hours is None else hours) * 3600)


__all__: Collection[str] = ("TRUST", "evaluate", "evidence_of", "with_claims")
