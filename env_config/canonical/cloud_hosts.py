"""The resource that a host name of AWS, with the path behind it, stands for."""

from __future__ import annotations

import re
from collections.abc import Callable

from . import disagreements
from .authorities import decoded, query_pairs
from .target import Resource

_REGION = r"(?P<region>[a-z]{2,4}(?:-[a-z]+)+-[0-9])"
_ROOT = r"\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws|on\.aws)"
_CACHE_ROLES = frozenset({"master", "replica", "clustercfg", "primary", "reader", "configuration"})
_ACCOUNT = r"(?P<account>[0-9]{12})"
_DATABASES = r"(?P<service>rds|docdb|neptune|redshift)"


def resource_at(host: str, path: str = "") -> Resource | None:
    """The resource, or None where the host names only a service.

    Args:
        host: canonical.
        path: everything behind the authority: path, query and fragment.

    Raises:
        TargetRefused: AMBIGUOUS where the path goes up and so may name two resources.
    """
    bare, _, query = path.partition("#")[0].partition("?")
    for pattern, build in _SHAPES:
        match = pattern.fullmatch(host)
        if match is not None:
            return build(match, bare) or _from_query(query)
    return _from_query(query)


def _from_query(query: str) -> Resource | None:
    from .aws import named

    for _, value in query_pairs(query) if query else ():
        if value.startswith("arn:aws"):
            return named(value)
    return None


def _segments(path: str) -> list[str]:
    disagreements.agree("aws-", path)
    return [decoded(segment) for segment in path.split("/") if segment]


def _region(match: re.Match[str]) -> str:
    return match.groupdict().get("region") or ""


def _account(match: re.Match[str]) -> str:
    return match.groupdict().get("account") or ""


def _bucket_in_host(match: re.Match[str], path: str) -> Resource:
    return Resource("s3", match["bucket"], "", _region(match))


def _bucket_in_path(match: re.Match[str], path: str) -> Resource | None:
    segments = _segments(path)
    return Resource("s3", segments[0].lower(), "", _region(match)) if segments else None


def _access_point(match: re.Match[str], path: str) -> Resource:
    return Resource("s3", f"accesspoint/{match['name']}", match["account"], _region(match))


def _queue(match: re.Match[str], path: str) -> Resource | None:
    segments = _segments(path)
    if not segments or not re.fullmatch(r"[0-9]{12}", segments[0]):
        return None
    return Resource("sqs", segments[1] if len(segments) > 1 else "", segments[0], _region(match))


def _stage(match: re.Match[str], path: str) -> Resource:
    segments = _segments(path)
    return Resource("execute-api", "/".join([match["name"], *segments[:1]]), "", _region(match))


def _database(match: re.Match[str], path: str) -> Resource:
    return Resource(match["service"], match["name"], "", _region(match))


def _cache(match: re.Match[str], path: str) -> Resource:
    """``master.NAME.…``, ``NAME-001.NAME.…``, ``NAME-abc123.serverless.…`` or ``NAME.…`` with a node's number."""
    first, *others = match["labels"].split(".")
    if first in _CACHE_ROLES and others:
        return Resource("elasticache", others[0])
    if others[:1] == ["serverless"]:
        return Resource("elasticache", first.rpartition("-")[0] or first)
    if others and first.startswith(f"{others[0]}-"):
        return Resource("elasticache", others[0])
    return Resource("elasticache", re.sub(r"(?:-ro|(?:-[0-9]{4})?-[0-9]{3})$", "", first))


def _named(service: str) -> Callable[[re.Match[str], str], Resource]:
    def build(match: re.Match[str], path: str) -> Resource:
        return Resource(service, match.groupdict().get("name") or "", _account(match), _region(match))

    return build


def _registry(match: re.Match[str], path: str) -> Resource:
    repository = "/".join(_segments(path)).removeprefix("v2/")
    return Resource("ecr", repository.partition("@")[0].partition(":")[0], match["account"], _region(match))


def _account_endpoint(match: re.Match[str], path: str) -> Resource:
    service = {"ddb": "dynamodb", "s3-control": "s3"}.get(match["service"], match["service"])
    return Resource(service, "", match["account"], _region(match))


_S3 = rf"s3(?:-fips|-accelerate|-website)?(?:\.dualstack)?(?:[.-](?:{_REGION}|external-1|global))?"
_SHAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Resource | None]], ...] = tuple(
    (re.compile(shape + _ROOT), build)
    for shape, build in (
        (
            rf"(?P<name>[a-z0-9-]+)-{_ACCOUNT}\.s3-(?:accesspoint|object-lambda)(?:-fips)?(?:\.dualstack)?\.{_REGION}",
            _access_point,
        ),
        (rf"{_ACCOUNT}\.(?P<service>[a-z0-9-]+)(?:\.dualstack)?\.{_REGION}", _account_endpoint),
        (rf"(?P<bucket>[a-z0-9_.-]+)\.s3express-[a-z0-9-]+\.{_REGION}", _bucket_in_host),
        (rf"(?:bucket|accesspoint)\.vpce-[a-z0-9-]+\.s3\.{_REGION}\.vpce", _bucket_in_path),
        (rf"(?P<bucket>[a-z0-9_.-]+)\.bucket\.vpce-[a-z0-9-]+\.s3\.{_REGION}\.vpce", _bucket_in_host),
        (_S3, _bucket_in_path),
        (rf"(?P<bucket>[a-z0-9_.-]+?)\.{_S3}", _bucket_in_host),
        (rf"(?:sqs(?:-fips)?\.{_REGION}|vpce-[a-z0-9-]+\.sqs\.(?P<vpc>[a-z0-9-]+)\.vpce)", _queue),
        (r"(?:(?P<region>[a-z0-9-]+)\.)?queue", _queue),
        (rf"(?P<name>[a-z0-9]+)(?:-vpce-[a-z0-9]+)?\.execute-api\.{_REGION}", _stage),
        (rf"(?P<name>[a-z0-9-]+)(?:\.endpoint)?\.(?:[a-z]+-)*[a-z0-9]+\.{_REGION}\.{_DATABASES}", _database),
        (rf"(?P<name>[a-z0-9-]+)\.(?:[a-z]+-)*[a-z0-9]+\.{_DATABASES}\.{_REGION}", _database),
        (rf"(?P<name>[a-z0-9-]+)\.global-[a-z0-9]+\.global\.{_DATABASES}", _database),
        (rf"(?P<name>[a-z0-9-]+)\.{_ACCOUNT}\.{_REGION}\.redshift-serverless", _named("redshift")),
        (r"(?P<labels>[a-z0-9.-]+)\.cache", _cache),
        (rf"(?:[a-z]+\.)?(?P<name>[a-z0-9-]+)\.[a-z0-9]+\.memorydb\.{_REGION}", _named("memorydb")),
        (rf"(?:search|vpc)-(?P<name>[a-z0-9-]+)-[a-z0-9]{{26}}\.{_REGION}\.es", _named("es")),
        (rf"(?:search-|vpc-)?(?P<name>[a-z0-9-]+)-[a-z0-9]{{20,26}}\.aos\.{_REGION}", _named("es")),
        (rf"(?P<name>[a-z0-9]+)\.{_REGION}\.aoss", _named("aoss")),
        (rf"(?P<name>[a-z0-9]+)\.lambda-url\.{_REGION}", _named("lambda")),
        (rf"{_ACCOUNT}\.dkr(?:\.|-)ecr(?:-fips)?\.{_REGION}", _registry),
        (rf"b-[0-9]+\.(?P<name>[a-z0-9-]+)\.[a-z0-9]+\.c[0-9]+\.kafka\.{_REGION}", _named("kafka")),
        (rf"(?P<name>b-[a-z0-9-]+?)(?:-[0-9])?\.mq\.{_REGION}", _named("mq")),
        (rf"(?P<name>fs-[0-9a-f]+)\.efs\.{_REGION}", _named("elasticfilesystem")),
        (rf"(?:internal-|dualstack\.)*(?P<name>[a-z0-9-]+)-[0-9]+\.{_REGION}\.elb", _named("elasticloadbalancing")),
    )
)
"""The shapes of host names, the more particular first."""
