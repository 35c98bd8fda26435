"""Resources of AWS by ARN, by ``s3://`` URL, and by the facts that a client call gives.

Names are what people know a resource by: the bucket, the queue, ``/path/of/a/parameter``, a database's identifier, a role's
last word. The kind of resource (``table/``, ``function:``) and what follows the name (a key, a version, a subscription) are
left out.
"""

from __future__ import annotations

import re

from .refusing import ambiguous
from .target import Resource

_ACCOUNT = re.compile(r"[0-9]{12}")
_ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([^:]*):([^:]*):(.+)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\$?\{[^{}]*\}")
_S3_URL = re.compile(r"s3[an]?://(.+)", re.IGNORECASE | re.DOTALL)
_SERVICES = {
    "bucket": "s3",
    "queue": "sqs",
    "topic": "sns",
    "table": "dynamodb",
    "parameter": "ssm",
    "secret": "secretsmanager",
    "function": "lambda",
    "role": "iam",
    "elasticsearch": "es",
    "opensearch": "es",
    "ddb": "dynamodb",
    "redshift-serverless": "redshift",
}
_FOLDED = frozenset({"s3", "rds", "elasticache", "redshift", "es"})
"""Services whose names do not differ by case."""


def resource_of(service: str, name: str, account: str = "", region: str = "") -> Resource:
    """The resource of a client call: ``resource_of("s3", bucket)``; the name may itself be an ARN or a URL.

    Args:
        service: AWS's word, or the kind of thing: ``bucket``, ``queue``, ``topic``, ``table``, ``parameter``, ``secret``.
        name: as the call gives it.
        account: the account that the caller says it belongs to, if it does.
        region: the region, if it is known.
    """
    word = service.strip().lower()
    word = _SERVICES.get(word, word)
    found = named(name.strip())
    if found is None:
        found = Resource(word, _plain(word, name.strip()))
    owner = account if _ACCOUNT.fullmatch(account) else ""
    return Resource(found.service, found.name, found.account or owner, found.region or region)


def named(text: str) -> Resource | None:
    """The resource of an ARN, an ``s3://`` URL or an ``https://`` URL of AWS; None for any other text."""
    if text.startswith("arn:"):
        return read_arn(text)
    if _S3_URL.match(text):
        return read_s3(text)
    if "://" in text and "amazonaws" in text:
        from .urls import read_web

        return read_web(text)[0].resource
    return None


def read_arn(text: str) -> Resource:
    """The resource of an ARN; a placeholder such as ``${AWS::Region}`` counts as ``*``.

    Raises:
        TargetRefused: AMBIGUOUS where the text has not the six parts of an ARN.
    """
    match = _ARN.fullmatch(_PLACEHOLDER.sub("*", text))
    if match is None or any(character.isspace() for character in text):
        raise ambiguous("an ARN that has not its six parts", "aws-arn")
    _, service, region, account, rest = match.groups()
    owner = account if _ACCOUNT.fullmatch(account) else ""
    word = _SERVICES.get(service, service)
    return Resource(word, _plain(word, _name_in_arn(word, rest)), owner, region)


def _name_in_arn(service: str, rest: str) -> str:
    words = re.split(r"[:/]", rest)
    if service == "s3":
        return "/".join(words[:2]) if words[0] in ("accesspoint", "outpost") and len(words) > 1 else words[0]
    if service in ("sns", "sqs"):
        return words[0]
    if service == "ssm":
        path = rest.partition("/")[2]
        return f"/{path}" if "/" in path else path or rest
    if service == "secretsmanager":
        return re.sub(r"-[A-Za-z0-9]{6}$", "", rest.partition(":")[2])
    if service == "execute-api":
        return "/".join(words[:2])
    if service in ("iam", "sts"):
        return words[1] if words[0] == "assumed-role" and len(words) > 1 else words[-1]
    if service == "rds":
        return words[-1]
    if service == "logs":
        return rest.removeprefix("log-group:").partition(":")[0]
    if service == "elasticloadbalancing":
        return words[2] if words[0] == "loadbalancer" and len(words) > 3 else words[-1]
    if service == "ecs" and len(words) > 2:
        return words[2]
    return words[1] if len(words) > 1 else words[0]


def _plain(service: str, name: str) -> str:
    return name.lower() if service in _FOLDED else name


def read_s3(text: str) -> Resource:
    """The bucket of ``s3://bucket/key``, which may also be the ARN of an access point."""
    match = _S3_URL.fullmatch(text)
    rest = match.group(1) if match else ""
    if rest.startswith("arn:"):
        return read_arn(rest)
    bucket = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not re.fullmatch(r"[A-Za-z0-9._-]+", bucket):
        raise ambiguous("an S3 URL without a bucket's name", "aws-bucket")
    return Resource("s3", bucket.lower())
