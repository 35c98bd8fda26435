"""The grammar of ``addresses.yaml``: every key there is, and the shape of its value."""

from __future__ import annotations

from ..book.model import GUARD_LAYERS, MODES
from .shapes import INVISIBLE, Boolean, Date, Integer, ListOf, MapOf, Record, Shape, Text

VERSION = 1

KINDS = (
    "postgresql",
    "redshift",
    "mysql",
    "sqlserver",
    "mongodb",
    "redis",
    "amqp",
    "kafka",
    "http",
    "https",
    "grpc",
    "tcp",
    "s3",
    "sqs",
    "sns",
    "dynamodb",
)

_SAFE = r"[A-Za-z0-9_.,:/@+=%~{}-]*"

ENVIRONMENT_NAME = Text("a name in lower case, digits and hyphens", r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SERVICE_NAME = Text("a name in lower case, digits, hyphens, underscores and dots", r"[a-z0-9]+([-_.][a-z0-9]+)*")
HOST = Text(
    "a host name or an IP address without blanks, quotes, user information or shell characters",
    rf"[^\u0000-\u0020\u00a0{INVISIBLE}'\"`;$&|<>()#\\*?!%,@]+",
)
IP = Text("an IP address", r"[0-9A-Fa-f:.]+")
HOST_AND_PORT = Text("host:port, or a host alone", r"[A-Za-z0-9._:\[\]-]+")
TUNNEL = Text("a port on loopback, such as 127.0.0.1:6543", r"(127(\.[0-9]{1,3}){3}|\[::1\]):[0-9]{1,5}")
PORT = Integer("a port from 1 to 65535", 1, 65535)
ACCOUNT = Text("an AWS account number of twelve digits, in quotes", r"[0-9]{12}")
WORD = Text("a name without blanks, quotes or shell characters", r"[A-Za-z0-9_][A-Za-z0-9_.@+{}-]*")
PATH = Text("a path that begins with /", r"(/[A-Za-z0-9._~%{}-]*)+")
SECRET = Text(
    "a reference: ssm:/path, secretsmanager:name, env:NAME, file:/path, or key:name for the convention",
    r"(ssm|secretsmanager|env|file|key):[A-Za-z0-9_.:/@+={},-]+",
)
RESOURCE = Text("a name, an ARN or a queue's URL", r"[A-Za-z0-9_.:/@+={}-]+")
REGION = Text("an AWS region", r"[a-z]{2}(-[a-z]+)+-[0-9]")
VALUE = Text("a value without blanks, quotes or shell characters", _SAFE)
PROSE = Text("text without control characters")
NEEDED_PROSE = Text("some words", rf"[^{INVISIBLE}]*[^\u0000-\u0020\u00a0{INVISIBLE}][^{INVISIBLE}]*")
TEMPLATE = Text("a template of names in braces, such as {service}.{environment}.example", r"[A-Za-z0-9._:/{}-]+")
VARIABLE = Text("a word", r"[a-z][a-z0-9_]*")
CLAIM = Text("a claim's name", r"[A-Za-z0-9_.:/-]+")
IDENTITY_NAME = Text("an identity without blanks, quotes or wildcards", r"[A-Za-z0-9_.:/@+=-]+")
CIDR = Text("a network such as 10.0.0.0/24", r"[0-9A-Fa-f:.]+/[0-9]{1,3}")
WILDCARD = Text("a wildcard such as *.production.example", r"\*(\.[A-Za-z0-9_-]+)+\.?")
DIGEST = Text("the SHA-256 of a credential, as hexadecimal digits", r"(sha256:)?[0-9a-fA-F]{64}")
SYSTEM_IDENTIFIER = Text("a PostgreSQL system identifier, in quotes", r"[0-9]{1,20}")
NAMESPACE = Text("a Kubernetes namespace", r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
DURATION = Text("a duration such as 30d or 12h", r"[1-9][0-9]{0,3}[dh]")

IDENTITY = Record(
    {
        "assert": Text("startup, query, tls or none", choices=("startup", "query", "tls", "none")),
        "tls": Text("verify-full, require or off", choices=("verify-full", "require", "off")),
        "system_identifier": Text("required or optional", choices=("required", "optional")),
    },
    notes={
        "assert": "how the server proves that it belongs to the environment; startup and query are for postgresql",
        "system_identifier": "required: the cluster must be one that the environment lists",
    },
)

ONLY = Record(
    {
        "hosts": ListOf(HOST_AND_PORT, single=True),
        "cidrs": ListOf(CIDR, single=True),
        "wildcards": ListOf(WILDCARD, single=True),
        "buckets": ListOf(RESOURCE, single=True),
        "rds_identifiers": ListOf(RESOURCE, single=True),
        "arns": ListOf(RESOURCE, single=True),
        "queue_urls": ListOf(RESOURCE, single=True),
        "resources": MapOf(Text("an AWS service in lower case", r"[a-z][a-z0-9-]*"), ListOf(RESOURCE, single=True)),
        "credentials_sha256": ListOf(DIGEST, single=True),
        "system_identifiers": ListOf(SYSTEM_IDENTIFIER, single=True),
        "namespaces": ListOf(NAMESPACE, single=True),
    },
    notes={
        "hosts": "further hosts, at every port unless one is written",
        "cidrs": "networks that belong to nobody else",
    },
)

_CLAIMS = MapOf(CLAIM, ListOf(VALUE, single=True))

ENVIRONMENT = Record(
    {
        "description": PROSE,
        "aliases": ListOf(ENVIRONMENT_NAME, single=True),
        "protected": Boolean(),
        "extends": ENVIRONMENT_NAME,
        "attest": Record(
            {
                "aws_accounts": ListOf(ACCOUNT, single=True),
                "github": _CLAIMS,
                "circleci": _CLAIMS,
                "stamp": Boolean(),
            }
        ),
        "require_stamp": Boolean(),
        "variables": MapOf(VARIABLE, Text("a part of a name", r"[A-Za-z0-9._-]*"), open_names=True),
        "only": ONLY,
        "guards": Record(
            {
                **{layer: Text("off, report or enforce", choices=MODES) for layer in GUARD_LAYERS},
                "reason": NEEDED_PROSE,
            },
            notes={"reason": "needed where a guard is off"},
        ),
    },
    notes={
        "protected": "production: it needs an attestation, and no other environment may reach it",
        "extends": "takes guards and require_stamp over from another environment; never an address",
        "variables": "for templates; an empty one is refused",
    },
)

_SETTINGS: dict[str, Shape] = {
    "description": PROSE,
    "kind": Text(f"one of {', '.join(KINDS)}", choices=KINDS),
    "port": PORT,
    "database": WORD,
    "user": WORD,
    "path": PATH,
    "secret": SECRET,
    "region": REGION,
    "options": MapOf(Text("an option's name", r"[A-Za-z0-9_.-]+"), VALUE, open_names=True),
    "identity": IDENTITY,
}

ENTRY = Record(
    {
        **_SETTINGS,
        "extends": ENVIRONMENT_NAME,
        "host": HOST,
        "ip": ListOf(IP, single=True),
        "members": ListOf(HOST_AND_PORT, single=True),
        "tunnel": TUNNEL,
        "resource": RESOURCE,
        "account": ACCOUNT,
    },
    notes={
        "extends": "takes settings over from the same service's entry in another environment; never an address",
        "ip": "addresses that the host is known to have",
        "members": "further hosts of the same service: replicas, brokers, sentinels",
        "tunnel": "where this service is reached on the machines that use a tunnel",
    },
)

SERVICE = Record(
    {
        **_SETTINGS,
        "aliases": ListOf(SERVICE_NAME, single=True),
        "seeding": ListOf(ENVIRONMENT_NAME, single=True),
        "environments": MapOf(ENVIRONMENT_NAME, ENTRY),
    },
    required=("environments",),
    notes={"seeding": "environments whose database may be filled with synthetic data; never a protected one"},
)

SHARED = Record(
    {
        "service": SERVICE_NAME,
        "kind": Text(f"one of {', '.join(KINDS)}", choices=KINDS),
        "host": HOST,
        "port": PORT,
        "path": PATH,
        "cidrs": ListOf(CIDR, single=True),
        "reason": NEEDED_PROSE,
        "review_by": Date(),
    },
    required=("reason", "review_by"),
    notes={
        "service": "the same in every environment on purpose",
        "cidrs": "networks in front of several environments (a content network, a load balancer): told apart by name only",
    },
)

BOOK = Record(
    {
        "version": Integer(f"{VERSION}, the version of this format", VERSION, VERSION),
        "description": PROSE,
        "environments": MapOf(ENVIRONMENT_NAME, ENVIRONMENT),
        "convention": Record({"host": TEMPLATE, "ssm": TEMPLATE, "bucket": TEMPLATE}),
        "services": MapOf(SERVICE_NAME, SERVICE),
        "shared": ListOf(SHARED),
        "production_only": ONLY,
        "acl": MapOf(ENVIRONMENT_NAME, MapOf(SERVICE_NAME, ListOf(IDENTITY_NAME, single=True))),
        "valid_for": DURATION,
    },
    required=("version", "environments"),
    notes={
        "production_only": "joins `only` of every protected environment",
        "acl": "who may resolve a service; a service without a line is open to all",
        "valid_for": "how long a compiled book may be used; 30d if it is not said",
    },
)
