"""The rules that one place is judged by. The evaluator reads ``RULES`` at every call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..book.model import Book
from ..canonical.target import Host, Resource, Target
from ..verdict import DENY, REFUSE, Reason
from .territory import TerritoryIndex

_PARAMETERS = frozenset({"ssm", "secretsmanager"})
LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})


@dataclass(frozen=True, slots=True)
class Ground:
    """What rules look at besides the target."""

    book: Book
    own: TerritoryIndex
    foreign: tuple[TerritoryIndex, ...]


def _found(code: str, rule: str, target: Target, owner: TerritoryIndex, words: str) -> Reason:
    """Production's places are denied under the code; those of any other environment are just not ours."""
    if owner.protected:
        return Reason(code, DENY, rule, target.text, f"this {words} production")
    return Reason("UNDECLARED", REFUSE, rule, target.text, f"this {words} the environment {owner.environment}")


def _declared(ground: Ground, host: Host, port: int | None) -> bool:
    """The environment's own book has exactly this host and port."""
    ports = ground.own.ports_of(host.name, host.addresses)
    return bool(ports) and (port in ports or None in ports)


def foreign_endpoint(ground: Ground, target: Target) -> Iterator[Reason]:
    """A host of another environment is its own at every port, but for the (host, port) that this environment declares."""
    host = target.host
    if host is None or _declared(ground, host, target.port):
        return
    for owner in ground.foreign:
        ports = owner.ports_of(host.name, host.addresses)
        if not ports:
            continue
        if target.port is None and ground.own.ports_of(host.name, host.addresses):
            words = "host is shared with another environment, and no port says which is meant"
            yield Reason("AMBIGUOUS", REFUSE, "foreign-endpoint", target.text, words)
        else:
            yield _found("PROD_EXACT", "foreign-endpoint", target, owner, "address belongs to")


def foreign_wildcard(ground: Ground, target: Target) -> Iterator[Reason]:
    """A name under another environment's domain is that environment's."""
    host = target.host
    if host is None or host.is_address or host.is_socket:
        return
    for owner in ground.foreign:
        if owner.covers_name(host.name) and not _declared(ground, host, target.port):
            yield _found("PROD_WILDCARD", "foreign-wildcard", target, owner, "name lies under a domain of")


def foreign_network(ground: Ground, target: Target) -> Iterator[Reason]:
    """An address in another environment's network is that environment's."""
    host = target.host
    if host is None or _declared(ground, host, target.port):
        return
    for owner in ground.foreign:
        if any(owner.covers_address(address) for address in host.addresses):
            yield _found("PROD_CIDR", "foreign-network", target, owner, "address lies in a network of")


def foreign_namespace(ground: Ground, target: Target) -> Iterator[Reason]:
    """Cluster DNS names the namespace: ``service.namespace.svc.cluster.local``, or ``service.namespace`` for short."""
    labels = target.host.name.split(".") if target.host is not None and not target.host.is_socket else []
    in_full = len(labels) > 2 and labels[2] in ("svc", "pod")
    if not in_full and len(labels) != 2:
        return
    namespace = labels[1]
    # In short a name could as well be one of the Internet's: `.live` and `.dev` are aliases here and domains there.
    meant = ground.book.canonical_environment(namespace) if in_full else namespace
    for owner in ground.foreign:
        if owner.has_namespace(namespace) or owner.environment == meant:
            yield _found("PROD_WILDCARD", "foreign-namespace", target, owner, "namespace belongs to")


def foreign_resource(ground: Ground, target: Target) -> Iterator[Reason]:
    """A cloud resource is known by its account or by its name."""
    if target.resource is not None:
        yield from resource_reasons(ground, target.resource, target)


def foreign_parameter(ground: Ground, target: Target) -> Iterator[Reason]:
    """A parameter or secret whose path names a stage is that stage's: ``/social-care/production/password``."""
    resource = target.resource
    if resource is None or resource.service not in _PARAMETERS:
        return
    named = {ground.book.canonical_environment(segment) for segment in resource.name.split("/") if segment}
    for owner in ground.foreign:
        if owner.environment in named:
            yield _found("PROD_RESOURCE", "foreign-parameter", target, owner, "parameter belongs to")


def short_name(ground: Ground, target: Target) -> Iterator[Reason]:
    """A name without a domain is completed by the machine's search list, which nobody here knows."""
    host = target.host
    if host is None or not host.name or host.is_address or host.is_socket or "." in host.name:
        return
    if host.name not in LOOPBACK_NAMES and not ground.own.ports_of(host.name):
        yield Reason("SHORT_NAME", REFUSE, "short-name", target.text, f"{host.name!r} has no domain")


RULES: dict[str, Callable[[Ground, Target], Iterator[Reason]]] = {
    "foreign-endpoint": foreign_endpoint,
    "foreign-wildcard": foreign_wildcard,
    "foreign-network": foreign_network,
    "foreign-namespace": foreign_namespace,
    "foreign-resource": foreign_resource,
    "foreign-parameter": foreign_parameter,
    "short-name": short_name,
}


def resource_reasons(ground: Ground, resource: Resource, target: Target | None = None) -> Iterator[Reason]:
    """One reason for each other environment that owns the resource."""
    shown = target if target is not None and target.host is not None else Target(None, resource=resource)
    for owner in ground.foreign:
        if owner.holds(resource):
            yield _found("PROD_RESOURCE", "foreign-resource", shown, owner, "resource belongs to")
