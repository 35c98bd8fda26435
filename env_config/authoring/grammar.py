"""The grammar of ``addresses.yaml``: every key there is, the shape of its value, and what it means."""

from __future__ import annotations

from ..book.model import GUARD_LAYERS, MODES
from .shapes import Boolean, Date, Integer, ListOf, MapOf, Record, Shape, Text
from .values import (
    ACCOUNT,
    CIDR,
    CLAIM,
    DIGEST,
    DURATION,
    ENVIRONMENT_NAME,
    HOST,
    HOST_AND_PORT,
    IDENTITY_NAME,
    IP,
    KINDS,
    NAMESPACE,
    NEEDED_PROSE,
    PATH,
    PORT,
    PROSE,
    REGION,
    RESOURCE,
    SECRET,
    SERVICE_NAME,
    SYSTEM_IDENTIFIER,
    TEMPLATE,
    TUNNEL,
    VALUE,
    VARIABLE,
    WILDCARD,
    WORD,
)

VERSION = 1

_KIND = Text(f"one of {', '.join(KINDS)}", choices=KINDS)
_CLAIMS = MapOf(CLAIM, ListOf(VALUE, single=True))
_FOR_PEOPLE = "for people; no rule reads it"

IDENTITY = Record(
    {
        "assert": Text("startup, query, tls or none", choices=("startup", "query", "tls", "none")),
        "tls": Text("verify-full, require or off", choices=("verify-full", "require", "off")),
        "system_identifier": Text("required or optional", choices=("required", "optional")),
    },
    notes={
        "assert": (
            "how the server proves that it belongs to the environment: it refuses a start-up option that names another, the "
            "marker is asked for after connecting (poolers drop the option), its certificate alone, or not at all; startup and "
            "query are for postgresql. If it is not said: startup for postgresql, tls for others, none for http"
        ),
        "tls": (
            "verify-full: encrypted, and the certificate names the host; require: encrypted only; off: neither. If it is not "
            "said: verify-full, and off for http"
        ),
        "system_identifier": "required: the cluster must be one that the environment lists; optional if it is not said",
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
        "wildcards": "domains: every name below one belongs to the environment",
        "buckets": "S3 buckets",
        "rds_identifiers": "database instances and clusters of RDS, found in their hosts as well",
        "arns": "anything that has an ARN",
        "queue_urls": "SQS queues by their URLs",
        "resources": "further resources by name, listed under the AWS service that they belong to",
        "credentials_sha256": "credentials by their digests: outside production, a process that holds one of production's is refused",
        "system_identifiers": "PostgreSQL clusters, by what `pg_control_system()` says",
        "namespaces": "Kubernetes namespaces, found in the names of cluster DNS",
    },
)

ATTEST = Record(
    {
        "aws_accounts": ListOf(ACCOUNT, single=True),
        "github": _CLAIMS,
        "circleci": _CLAIMS,
        "stamp": Boolean(),
    },
    notes={
        "aws_accounts": "accounts that belong to it: a task, a function or a role of one proves the environment",
        "github": "claims that a GitHub Actions token must have, each with its allowed values",
        "circleci": "claims that a CircleCI token must have, each with its allowed values",
        "stamp": "whether a deployment stamp that a trusted key signed proves it; true if it is not said",
    },
)

GUARDS = Record(
    {
        **{layer: Text("off, report or enforce", choices=MODES) for layer in GUARD_LAYERS},
        "reason": NEEDED_PROSE,
    },
    notes={
        "ambient": "the guard that looks at the process's variables when it starts",
        "connects": "the guards that look at every connection, in Python and in client libraries",
        "assertion": "the marker in connection strings, which a server of another environment refuses",
        "identity": "the guard that asks a database who it is",
        "processes": "the guard around everything that `env-config run` starts",
        "reason": "why a guard is off; needed there",
    },
)

ENVIRONMENT = Record(
    {
        "description": PROSE,
        "aliases": ListOf(ENVIRONMENT_NAME, single=True),
        "protected": Boolean(),
        "extends": ENVIRONMENT_NAME,
        "attest": ATTEST,
        "require_stamp": Boolean(),
        "variables": MapOf(VARIABLE, Text("a part of a name", r"[A-Za-z0-9._-]*"), open_names=True),
        "only": ONLY,
        "guards": GUARDS,
    },
    notes={
        "description": _FOR_PEOPLE,
        "aliases": "further names that mean this environment, in variables, paths and names as well",
        "protected": "production: it needs an attestation, and no other environment may reach it",
        "extends": "takes guards and require_stamp over from another environment; never an address",
        "attest": "what proves that a process runs here",
        "require_stamp": "resolving is refused to a process without a valid deployment stamp",
        "variables": "for templates; an empty one is refused",
        "only": "what belongs to this environment besides its services: every other one is kept away from it",
        "guards": "the mode of each layer of guards; enforce if it is not said",
    },
)

_SETTINGS: dict[str, Shape] = {
    "description": PROSE,
    "kind": _KIND,
    "port": PORT,
    "database": WORD,
    "user": WORD,
    "path": PATH,
    "secret": SECRET,
    "region": REGION,
    "options": MapOf(Text("an option's name", r"[A-Za-z0-9_.-]+"), VALUE, open_names=True),
    "identity": IDENTITY,
}
_MEANT = {
    "description": _FOR_PEOPLE,
    "kind": "what answers there: it decides the usual port, the connection strings, and how the server can prove itself",
    "port": "where it listens; the kind's usual port if it is not said, and needed for a kind without one",
    "database": "the database's or virtual host's name",
    "user": "the login's name, if the book fixes one",
    "path": "what every URL of an HTTP service begins with",
    "secret": "where the password or token is kept; never its value",
    "region": "the AWS region",
    "options": "further client options; none that leads elsewhere or loosens a check",
    "identity": "how the server proves itself",
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
        **_MEANT,
        "extends": "takes settings over from the same service's entry in another environment; never an address",
        "host": "this environment's own server; what the convention says if it is not said",
        "ip": "addresses that the host is known to have",
        "members": "further hosts of the same service: replicas, brokers, sentinels",
        "tunnel": "where this service is reached on the machines that use a tunnel",
        "resource": "the bucket, queue, topic or table",
        "account": "the AWS account that owns it; that of the ARN, or the environment's only one, if it is not said",
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
    notes={
        **_MEANT,
        "aliases": "further names by which the service can be asked for",
        "seeding": "environments whose database may be filled with synthetic data; never a protected one",
        "environments": "where the service is in each environment that has it; what is said here counts before the service's own",
    },
)

SHARED = Record(
    {
        "service": SERVICE_NAME,
        "kind": _KIND,
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
        "kind": "of a service that is declared here alone; https, http for port 80, tcp for others, if it is not said",
        "host": "makes it a service of every environment that does not list it itself",
        "port": "where it listens; the kind's usual port if it is not said",
        "path": "what every URL of an HTTP service begins with",
        "cidrs": "networks in front of several environments (a content network, a load balancer): told apart by name only",
        "reason": "why it is shared",
        "review_by": "the last day on which this holds; the book is refused after it",
    },
)

CONVENTION = Record(
    {"host": TEMPLATE, "ssm": TEMPLATE, "bucket": TEMPLATE},
    notes={
        "host": "the host of every entry that names none; what follows `{service}.` at its start is the environment's own domain",
        "ssm": "the parameter that `secret: key:name` stands for; `{key}` is the name",
        "bucket": "the bucket of every s3 entry that names no resource",
    },
)

BOOK = Record(
    {
        "version": Integer(f"{VERSION}, the version of this format", VERSION, VERSION),
        "description": PROSE,
        "environments": MapOf(ENVIRONMENT_NAME, ENVIRONMENT),
        "convention": CONVENTION,
        "services": MapOf(SERVICE_NAME, SERVICE),
        "shared": ListOf(SHARED),
        "production_only": ONLY,
        "acl": MapOf(ENVIRONMENT_NAME, MapOf(SERVICE_NAME, ListOf(IDENTITY_NAME, single=True))),
        "valid_for": DURATION,
    },
    required=("version", "environments"),
    notes={
        "version": "of this format, so that a later one can be told from it",
        "description": _FOR_PEOPLE,
        "environments": "every environment there is; a name that is not here means none",
        "convention": "names that follow from a service and its environment, so that entries need not write them",
        "services": "what processes ask for by name, and where it is in each environment",
        "shared": "what several environments have in common on purpose; everything else must differ",
        "production_only": "joins `only` of every protected environment",
        "acl": "who may resolve a service, by environment; a service without a line is open to all",
        "valid_for": "how long a compiled book may be used; 30d if it is not said",
    },
)
