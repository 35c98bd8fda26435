from __future__ import annotations

import pytest

from env_config.canonical import Resource, resource_of, targets
from env_config.errors import TargetRefused

ACCOUNT, REGION = "111122223333", "eu-west-2"


def resource(text: str, kind: str = "") -> Resource | None:
    (target,) = targets(text, kind)
    return target.resource


@pytest.mark.parametrize(
    ("text", "service", "name", "account", "region"),
    [
        ("arn:aws:s3:::lbh-documents/key/x", "s3", "lbh-documents", "", ""),
        (f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/point/object/key", "s3", "accesspoint/point", ACCOUNT, REGION),
        (f"arn:aws:sns:{REGION}:{ACCOUNT}:person", "sns", "person", ACCOUNT, REGION),
        (f"arn:aws:sns:{REGION}:{ACCOUNT}:person:0a1b", "sns", "person", ACCOUNT, REGION),
        (f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs.fifo", "sqs", "jobs.fifo", ACCOUNT, REGION),
        (f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Persons/index/x", "dynamodb", "Persons", ACCOUNT, REGION),
        (
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:api-production:live",
            "lambda",
            "api-production",
            ACCOUNT,
            REGION,
        ),
        (f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a/production/b", "ssm", "/a/production/b", ACCOUNT, REGION),
        (f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/flat", "ssm", "flat", ACCOUNT, REGION),
        (
            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/db-AbCdEf",
            "secretsmanager",
            "prod/db",
            ACCOUNT,
            REGION,
        ),
        (f"arn:aws:rds:{REGION}:{ACCOUNT}:db:Social-Care", "rds", "social-care", ACCOUNT, REGION),
        (f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:social-care", "rds", "social-care", ACCOUNT, REGION),
        (f"arn:aws:iam::{ACCOUNT}:role/path/academy-prod", "iam", "academy-prod", ACCOUNT, ""),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/session", "sts", "deploy", ACCOUNT, ""),
        (f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/cluster/api", "ecs", "api", ACCOUNT, REGION),
        (
            f"arn:aws:execute-api:{REGION}:{ACCOUNT}:abc/production/GET/x",
            "execute-api",
            "abc/production",
            ACCOUNT,
            REGION,
        ),
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/x:*", "logs", "/aws/lambda/x", ACCOUNT, REGION),
        (f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/x", "kinesis", "x", ACCOUNT, REGION),
        ("arn:aws:sns:*:*:person", "sns", "person", "", "*"),
        (f"arn:aws-cn:sqs:cn-north-1:{ACCOUNT}:jobs", "sqs", "jobs", ACCOUNT, "cn-north-1"),
    ],
)
def test_arns(text: str, service: str, name: str, account: str, region: str) -> None:
    """An ARN gives the service, the name people know it by, the account and the region."""
    assert resource(text) == resource(text, "aws") == Resource(service, name, account, region)


@pytest.mark.parametrize(
    "text",
    [
        "s3://lbh-documents/key",
        "s3a://lbh-documents",
        "https://lbh-documents.s3.amazonaws.com/key",
        f"https://lbh-documents.s3.{REGION}.amazonaws.com/key",
        f"https://lbh-documents.s3-{REGION}.amazonaws.com/key",
        f"https://lbh-documents.s3.dualstack.{REGION}.amazonaws.com/key",
        f"https://lbh-documents.s3-website.{REGION}.amazonaws.com/",
        f"https://lbh-documents.s3-website-{REGION}.amazonaws.com/",
        "https://lbh-documents.s3-accelerate.amazonaws.com/key",
        f"https://s3.{REGION}.amazonaws.com/lbh-documents/key",
        f"https://s3-{REGION}.amazonaws.com/lbh-documents",
        f"https://s3.dualstack.{REGION}.amazonaws.com/lbh-documents/key",
        f"https://s3.{REGION}.amazonaws.com/lbh%2Ddocuments/key",
        "https://LBH-documents.S3.amazonaws.com/key",
        f"https://lbh-documents.bucket.vpce-1a-2b.s3.{REGION}.vpce.amazonaws.com/key",
        f"https://bucket.vpce-1a-2b.s3.{REGION}.vpce.amazonaws.com/lbh-documents/key",
    ],
)
def test_every_style_of_an_s3_address(text: str) -> None:
    """However a bucket is addressed, it is the same bucket."""
    found = resource(text)
    assert found is not None
    assert (found.service, found.name) == ("s3", "lbh-documents")


@pytest.mark.parametrize(
    ("text", "service", "name", "account"),
    [
        (f"social-care.abc123.{REGION}.rds.amazonaws.com", "rds", "social-care", ""),
        (f"postgresql://u@social-care.cluster-abc123.{REGION}.rds.amazonaws.com/x", "rds", "social-care", ""),
        (f"social-care.cluster-ro-abc123.{REGION}.rds.amazonaws.com:5432", "rds", "social-care", ""),
        (f"reports.cluster-custom-abc123.{REGION}.rds.amazonaws.com", "rds", "reports", ""),
        (f"social-care.proxy-abc123.{REGION}.rds.amazonaws.com", "rds", "social-care", ""),
        (f"reader.endpoint.proxy-abc123.{REGION}.rds.amazonaws.com", "rds", "reader", ""),
        ("social-care.global-abc123.global.rds.amazonaws.com", "rds", "social-care", ""),
        ("social-care.abc123.rds.cn-north-1.amazonaws.com.cn", "rds", "social-care", ""),
        (f"host=social-care.abc123.{REGION}.rds.amazonaws.com", "rds", "social-care", ""),
        (f"jdbc:postgresql://social-care.abc123.{REGION}.rds.amazonaws.com/x", "rds", "social-care", ""),
        (f"Host=social-care.abc123.{REGION}.rds.amazonaws.com;Port=5432", "rds", "social-care", ""),
        (f"warehouse.abc123.{REGION}.redshift.amazonaws.com", "redshift", "warehouse", ""),
        (f"group.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com", "redshift", "group", ACCOUNT),
        (f"docs.cluster-abc123.{REGION}.docdb.amazonaws.com", "docdb", "docs", ""),
        ("sessions.abc123.ng.0001.euw2.cache.amazonaws.com", "elasticache", "sessions", ""),
        ("master.sessions.abc123.euw2.cache.amazonaws.com", "elasticache", "sessions", ""),
        ("clustercfg.sessions.abc123.euw2.cache.amazonaws.com", "elasticache", "sessions", ""),
        ("sessions-0001-001.sessions.abc123.euw2.cache.amazonaws.com", "elasticache", "sessions", ""),
        ("sessions-001.abc123.0001.euw2.cache.amazonaws.com", "elasticache", "sessions", ""),
        ("sessions-abc123.serverless.euw2.cache.amazonaws.com", "elasticache", "sessions", ""),
        ("sessions.abc123.cfg.euw2.cache.amazonaws.com", "elasticache", "sessions", ""),
        (f"https://search-people-abcdefghijklmnopqrstuvwxyz.{REGION}.es.amazonaws.com", "es", "people", ""),
        (f"https://vpc-people-abcdefghijklmnopqrstuvwxyz.{REGION}.es.amazonaws.com", "es", "people", ""),
        (f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs", "sqs", "jobs", ACCOUNT),
        (f"https://{REGION}.queue.amazonaws.com/{ACCOUNT}/jobs", "sqs", "jobs", ACCOUNT),
        (
            f"https://sns.{REGION}.amazonaws.com/?TopicArn=arn%3Aaws%3Asns%3A{REGION}%3A{ACCOUNT}%3Aperson",
            "sns",
            "person",
            ACCOUNT,
        ),
        (f"https://{ACCOUNT}.ddb.{REGION}.amazonaws.com", "dynamodb", "", ACCOUNT),
        (f"https://point-{ACCOUNT}.s3-accesspoint.{REGION}.amazonaws.com/k", "s3", "accesspoint/point", ACCOUNT),
        (f"https://{ACCOUNT}.s3-control.{REGION}.amazonaws.com/", "s3", "", ACCOUNT),
        (
            f"https://abcdefghij.execute-api.{REGION}.amazonaws.com/production/api/v1",
            "execute-api",
            "abcdefghij/production",
            "",
        ),
        (f"https://abcdefghij.lambda-url.{REGION}.on.aws/", "lambda", "abcdefghij", ""),
        (f"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/v2/team/api", "ecr", "team/api", ACCOUNT),
        (f"b-1.events.abc123.c2.kafka.{REGION}.amazonaws.com:9092", "kafka", "events", ""),
        (f"http://internal-api-1234567890.{REGION}.elb.amazonaws.com/", "elasticloadbalancing", "api", ""),
    ],
)
def test_resources_in_host_names(text: str, service: str, name: str, account: str) -> None:
    """A host name of AWS tells which resource it is, in whatever string it stands."""
    found = resource(text)
    assert found is not None
    assert (found.service, found.name, found.account) == (service, name, account)


@pytest.mark.parametrize(
    "text",
    [
        f"https://kms.{REGION}.amazonaws.com/",
        f"https://sqs.{REGION}.amazonaws.com/",
        "https://h.test/111122223333/jobs",
    ],
)
def test_hosts_that_name_no_resource(text: str) -> None:
    """An endpoint of a service, or a host that is not AWS's, names no resource."""
    assert resource(text) is None


@pytest.mark.parametrize(
    "text", ["arn:aws:sns", "arn:aws:sns:eu-west-2:1:", "arn:aws:s3:::x y", "s3://", "s3:///key", "s3://{bucket}/key"]
)
def test_broken_names(text: str) -> None:
    """An ARN without its parts and an S3 URL without a bucket are refused."""
    with pytest.raises(TargetRefused, match="AMBIGUOUS"):
        targets(text)


def test_a_bare_name_needs_its_service() -> None:
    """A word alone could be a bucket, a queue or a table: it is refused, and :func:`resource_of` takes it with its service."""
    with pytest.raises(TargetRefused, match="AMBIGUOUS"):
        targets("lbh-documents", "aws")
    assert resource_of("s3", "LBH-documents") == Resource("s3", "lbh-documents")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("bucket", "b"), Resource("s3", "b")),
        (("table", "Persons", ACCOUNT), Resource("dynamodb", "Persons", ACCOUNT)),
        (("sqs", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"), Resource("sqs", "jobs", ACCOUNT, REGION)),
        (("lambda", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"), Resource("lambda", "f", ACCOUNT, REGION)),
        (("s3", "s3://b/k"), Resource("s3", "b")),
        (("ssm", "/a/production/b", "not an account"), Resource("ssm", "/a/production/b")),
    ],
)
def test_resources_of_client_calls(arguments: tuple[str, ...], expected: Resource) -> None:
    """The facts of a client call give the resource, whichever form the name has."""
    assert resource_of(*arguments) == expected
