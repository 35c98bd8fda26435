"""botocore: which account a call is meant for stands in its parameters, so these are judged before there is a request.

Calls that name a bucket are sent with ``ExpectedBucketOwner``: S3 itself then refuses a bucket of another account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from ...book.model import Book
from ...canonical.target import Resource
from ..checkpoint import Checkpoint
from ..self_test import SENTINEL_ADDRESS, SENTINEL_BUCKET, expect_refusal
from .wrapping import Patch, before, part, replace

_ACCOUNT = re.compile(r"\d{12}")
_ACCOUNT_KEYS = frozenset(
    {
        "AccountId",
        "Account",
        "AwsAccountId",
        "TargetAccountId",
        "OwnerAccountId",
        "RegistryId",
        "registryId",
        "CatalogId",
    }
    | {"ExpectedBucketOwner", "ExpectedSourceBucketOwner", "QueueOwnerAWSAccountId"}
)
_BUCKET_KEYS = frozenset({"Bucket", "BucketName", "S3Bucket", "S3BucketName", "bucket", "bucketName"})
_DATABASE_KEYS = frozenset(
    {"DBInstanceIdentifier", "DBClusterIdentifier", "ClusterIdentifier", "SourceDBInstanceIdentifier"}
)
_URL_KEYS = frozenset({"QueueUrl"})
_DEPTH = 6


def patches(checkpoint: Checkpoint) -> list[Patch]:
    """Wrap the step in which every client hands its parameters to handlers, and the sending of requests."""
    client, session = part("botocore.client"), part("botocore.httpsession")
    book = checkpoint.judge.book

    def parameters(api_params: Any) -> None:
        for resource, text in named(api_params):
            if resource is not None:
                checkpoint.resource(resource)
            else:
                checkpoint.text(text, "url" if "://" in text else "aws", resolve=False)

    def owned(function: Any) -> Any:
        def _emit_api_params(self: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
            parameters(api_params)
            found = function(self, api_params=api_params, operation_model=operation_model, context=context)
            parameters(found)  # a handler may have exchanged them
            return with_owner(book, self, found, operation_model, context)

        return _emit_api_params

    def send(_self: object, request: Any) -> None:
        parts = urlsplit(request.url)
        checkpoint.url(request.url, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))

    return [
        replace(client.BaseClient, "_emit_api_params", owned),
        before(checkpoint, "botocore", session.URLLib3Session, "send", send, plain=True),
    ]


def probe() -> None:
    """The parameters and the request are judged before anything else is asked of them."""
    client, session = part("botocore.client").BaseClient, part("botocore.httpsession").URLLib3Session
    request = SimpleNamespace(url=f"http://[{SENTINEL_ADDRESS}]/")
    expect_refusal("botocore", lambda: session.send(None, request))
    client._emit_api_params(None, api_params={"Bucket": SENTINEL_BUCKET}, operation_model=None, context={})


def named(parameters: Any, depth: int = _DEPTH) -> Iterator[tuple[Resource | None, str]]:
    """What a call's parameters name: a resource, or the text of an ARN or a queue's URL. Payloads are not looked into."""
    if depth == 0:
        return
    items = parameters.items() if isinstance(parameters, Mapping) else (("", value) for value in parameters)
    for key, value in items:
        if isinstance(value, str):
            yield from _named(key, value)
        elif isinstance(value, (Mapping, list, tuple)):
            yield from named(value, depth - 1)


def _named(key: str, value: str) -> Iterator[tuple[Resource | None, str]]:
    if value.startswith("arn:") and not re.search(r"\s", value):
        yield None, value
    elif key in _BUCKET_KEYS:
        yield Resource("s3", value), ""
    elif key == "CopySource":
        yield Resource("s3", value.lstrip("/").partition("/")[0]), ""
    elif key in _DATABASE_KEYS:
        yield Resource("rds", value), ""
    elif key in _URL_KEYS and "://" in value:
        yield None, value
    elif key in _ACCOUNT_KEYS and _ACCOUNT.fullmatch(value):
        yield Resource("sts", account=value), ""


def with_owner(book: Book, client: Any, parameters: Any, operation: Any, context: Any) -> Any:
    """The parameters, with the account that must own each bucket; presigned URLs and other makes of S3 are left alone."""
    shape = getattr(operation, "input_shape", None)
    if shape is None or not isinstance(parameters, dict) or (context or {}).get("is_presign_request"):
        return parameters
    endpoint = urlsplit(str(getattr(client.meta, "endpoint_url", ""))).hostname or ""
    if ".amazonaws.com" not in endpoint:
        return parameters
    source = parameters.get("CopySource")
    from_bucket = (
        source.get("Bucket") if isinstance(source, Mapping) else str(source or "").lstrip("/").partition("/")[0]
    )
    wanted = {"ExpectedBucketOwner": parameters.get("Bucket"), "ExpectedSourceBucketOwner": from_bucket}
    added = {}
    for name, bucket in wanted.items():
        owner = owner_of(book, str(bucket or ""))
        if owner and name in shape.members and name not in parameters:
            added[name] = owner
    return {**parameters, **added} if added else parameters


def owner_of(book: Book, bucket: str) -> str:
    """The account that owns a bucket: the book's word on it, else the environment's only account."""
    if not bucket or bucket.startswith("arn:"):
        return ""
    for service in book.services.values():
        if service.kind == "s3" and service.resource == bucket and (service.account or service.shared):
            return service.account
    accounts = book.own.aws_accounts
    return accounts[0] if len(accounts) == 1 else ""
