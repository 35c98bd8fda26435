"""A compiled book: what one environment needs to know, and nothing it could leak by accident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FORMAT = "understudy-env-config/1"
"""Written into every compiled book; a reader refuses another."""

GUARD_LAYERS = ("ambient", "connects", "assertion", "identity", "processes")
"""The guards that an environment's book can set to off, report or enforce (resolving itself is always on)."""
MODES = ("off", "report", "enforce")


@dataclass(frozen=True, slots=True)
class Attest:
    """What proves that a process runs in an environment.

    Attributes:
        aws_accounts: account numbers that belong to it.
        github: claims that a GitHub Actions token must have, each with its allowed values, such as
            ``{"repository": ("LBHackney-IT/person-api",), "environment": ("staging",)}``.
        circleci: the same for CircleCI, such as ``{"oidc.circleci.com/project-id": (...)}``.
        stamp: a deployment stamp signed by a trusted key counts.
    """

    aws_accounts: tuple[str, ...] = ()
    github: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    circleci: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stamp: bool = True


@dataclass(frozen=True, slots=True)
class EnvironmentRules:
    """One environment of the book; every compiled book knows the rules of all, and the addresses of its own.

    Attributes:
        name: canonical.
        aliases: other spellings, in lower case.
        protected: production: it needs an attestation, and no other environment may reach it.
        attest: what proves it.
        require_stamp: the resolver refuses without a valid deployment stamp.
    """

    name: str
    aliases: tuple[str, ...] = ()
    protected: bool = False
    attest: Attest = Attest()
    require_stamp: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that belongs to an environment: canonical host, port (None: any), and the IPs known at compile time."""

    host: str
    port: int | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Territory:
    """Everything by which an environment's places are known. Its ``repr`` shows nothing: it may be production's.

    Attributes:
        environment: whose.
        protected: whether that environment is production.
        endpoints: of its services.
        wildcards: canonical domains; ``*.x.example`` is held as ``x.example`` and covers every name below it.
        cidrs: networks in canonical text.
        aws_accounts: twelve digits each.
        resources: pairs of service and name, such as ``("s3", "lbh-documents-production")``.
        credentials_sha256: lower-case hexadecimal SHA-256 of live credentials.
        system_identifiers: of PostgreSQL clusters.
        namespaces: Kubernetes namespaces.
    """

    environment: str
    protected: bool = False
    endpoints: tuple[Endpoint, ...] = ()
    wildcards: tuple[str, ...] = ()
    cidrs: tuple[str, ...] = ()
    aws_accounts: tuple[str, ...] = ()
    resources: frozenset[tuple[str, str]] = frozenset()
    credentials_sha256: frozenset[str] = frozenset()
    system_identifiers: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Territory({self.environment!r}, ...)"


@dataclass(frozen=True, slots=True)
class IdentityPolicy:
    """How a server proves that it is the one of this environment.

    Attributes:
        assertion: ``startup`` (an option in the connection string that the server refuses), ``query`` (the marker is
            read after connecting: poolers drop the option), ``tls`` (only the certificate), or ``none``.
        tls: ``verify-full``, ``require`` or ``off``.
        system_identifier: ``required`` (must be one of this environment's), or ``optional``.
    """

    assertion: str = "startup"
    tls: str = "verify-full"
    system_identifier: str = "optional"


@dataclass(frozen=True, slots=True)
class Service:
    """One service's address in one environment.

    Attributes:
        name: as the book calls it.
        kind: ``postgresql``, ``redshift``, ``mysql``, ``sqlserver``, ``mongodb``, ``redis``, ``amqp``, ``kafka``, ``http``,
            ``https``, ``s3``, ``sqs``, ``sns``, ``dynamodb``, ``grpc``, ``tcp``.
        host: canonical; empty for resources without one.
        port: None only where there is no host.
        aliases: other names of the service.
        database: the database's or virtual host's name.
        user: the login's name, if the book fixes one.
        path: what every URL of an HTTP service begins with, such as ``/staging/api/v1``.
        secret: a reference (``ssm:``, ``secretsmanager:``, ``env:``, ``file:``); never a value.
        resource: the bucket, queue, topic, table or ARN of cloud services.
        account: the AWS account that owns it.
        region: the AWS region.
        options: further client options, such as ``{"replicaSet": "rs-staging"}``.
        addresses: IP addresses known when the book was compiled.
        tunnel: a (host, port) on loopback through which this machine reaches it, or None.
        identity: how the server proves itself.
        run_as: identities that may resolve it; empty means all.
        seeding: synthetic data may be written into it.
        shared: declared on purpose as the same in several environments.
    """

    name: str
    kind: str
    host: str = ""
    port: int | None = None
    aliases: tuple[str, ...] = ()
    database: str = ""
    user: str = ""
    path: str = ""
    secret: str = ""
    resource: str = ""
    account: str = ""
    region: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    tunnel: tuple[str, int] | None = None
    identity: IdentityPolicy = IdentityPolicy()
    run_as: tuple[str, ...] = ()
    seeding: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """One environment's compiled book.

    Attributes:
        environment: whose book this is.
        environments: the rules of every environment by canonical name.
        services: by name and by alias.
        own: this environment's territory.
        foreign: the territories of all others, production's among them.
        guards: mode (off, report, enforce) by layer of :data:`GUARD_LAYERS`.
        compiled_at: seconds since 1970 (UTC).
        expires_at: the same; a book is refused after it.
        digest: SHA-256 of the signed bytes, for evidence and audit lines.
    """

    environment: str
    environments: Mapping[str, EnvironmentRules]
    services: Mapping[str, Service]
    own: Territory
    foreign: tuple[Territory, ...] = ()
    guards: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(GUARD_LAYERS, "enforce"))
    compiled_at: int = 0
    expires_at: int = 0
    digest: str = ""

    @property
    def rules(self) -> EnvironmentRules:
        return self.environments[self.environment]

    def canonical_environment(self, name: str) -> str | None:
        """The environment a name or alias means, or None. Case, blanks around it, ``_`` and inner blanks do not matter."""
        wanted = "-".join(name.replace("_", " ").split()).lower()
        for rules in self.environments.values():
            if wanted == rules.name or wanted in rules.aliases:
                return rules.name
        return None
