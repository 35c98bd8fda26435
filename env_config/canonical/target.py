"""Where a string leads, in one spelling."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """A cloud resource that is found by account and name rather than by address.

    Attributes:
        service: ``s3``, ``rds``, ``sqs``, ``sns``, ``dynamodb``, ``iam``, ``lambda``, ``ssm``, ``secretsmanager`` …
        name: the bucket, instance or cluster identifier, queue, table, path; empty if only the account is known.
        account: twelve digits, or an empty string.
        region: such as ``eu-west-2``, or an empty string.
    """

    service: str
    name: str = ""
    account: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """A host in its one spelling.

    Attributes:
        name: a lower-case name in A-labels without a trailing dot; the text of an IP address (IPv6 compressed,
            without brackets or zone); or the absolute path of a unix socket's folder or file.
        addresses: every IP address that the text itself stands for: the address, and an IPv4 address that an IPv6
            one carries (mapped, compatible, NAT64, 6to4, Teredo, ISATAP). Empty for names and paths.
    """

    name: str
    addresses: tuple[str, ...] = ()

    @property
    def is_address(self) -> bool:
        return bool(self.addresses)

    @property
    def is_socket(self) -> bool:
        """True for a unix socket: a path, or an abstract name."""
        return self.name.startswith(("/", "@"))


@dataclass(frozen=True, slots=True)
class Target:
    """One place that a client given some string could connect to.

    Attributes:
        host: where; None for a resource that has no address of its own.
        port: 1 to 65535, or None where neither the string nor the system says.
        system: ``postgresql``, ``mysql``, ``sqlserver``, ``mongodb``, ``redis``, ``amqp``, ``http``, ``https``, ``kafka``,
            ``aws`` …; empty if unknown.
        resource: the cloud resource that the string names, if it does.
    """

    host: Host | None
    port: int | None = None
    system: str = ""
    resource: Resource | None = None

    @property
    def text(self) -> str:
        """For messages: host and port, or the resource; never user information."""
        if self.host is None:
            resource = self.resource
            return (
                ""
                if resource is None
                else ":".join(filter(None, ("aws", resource.service, resource.account, resource.name)))
            )
        if self.port is None or self.host.is_socket:
            return self.host.name
        return f"[{self.host.name}]:{self.port}" if ":" in self.host.name else f"{self.host.name}:{self.port}"
