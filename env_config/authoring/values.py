"""The values of ``addresses.yaml``: what each kind of text or number looks like, before anybody asks where it stands."""

from __future__ import annotations

from .shapes import INVISIBLE, Integer, Text

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
