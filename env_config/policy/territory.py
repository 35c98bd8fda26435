"""A territory as look-up tables: whose is this host, this address, this resource?"""

from __future__ import annotations

import socket

from ..book.model import Territory
from ..canonical.target import Resource

Ports = dict[str, set["int | None"]]


class TerritoryIndex:
    """Answers whether a place lies in one environment's territory; built once for each book.

    Attributes:
        environment: whose territory.
        protected: whether it is production's.
    """

    __slots__ = (
        "_accounts",
        "_addresses",
        "_hosts",
        "_namespaces",
        "_networks",
        "_resources",
        "_suffixes",
        "environment",
        "protected",
    )

    def __init__(self, territory: Territory) -> None:
        self.environment = territory.environment
        self.protected = territory.protected
        self._hosts: Ports = {}
        self._addresses: Ports = {}
        for endpoint in territory.endpoints:
            self._hosts.setdefault(endpoint.host, set()).add(endpoint.port)
            for address in endpoint.addresses:
                self._addresses.setdefault(address, set()).add(endpoint.port)
        self._suffixes = frozenset(territory.wildcards)
        self._networks = tuple(_network(text) for text in territory.cidrs)
        self._accounts = frozenset(territory.aws_accounts)
        self._resources = territory.resources
        self._namespaces = territory.namespaces

    def ports_of(self, name: str, addresses: tuple[str, ...] = ()) -> set[int | None]:
        """The ports of its endpoints at this host, by name or by any of the addresses; empty if it has none there."""
        found = set(self._hosts.get(name, ()))
        for address in (name, *addresses):
            found |= self._addresses.get(address, set())
            found |= self._hosts.get(address, set())
        return found

    def covers_name(self, name: str) -> bool:
        """A wildcard covers the name."""
        if not self._suffixes:
            return False
        rest = name
        while rest:
            if rest in self._suffixes and rest != name:
                return True
            rest = rest.partition(".")[2]
        return name in self._suffixes

    def covers_address(self, address: str) -> bool:
        """A network covers the address."""
        if not self._networks:
            return False
        number, bits = number_of(address)
        return any(bits == width and number & mask == network for network, mask, width in self._networks)

    def has_namespace(self, namespace: str) -> bool:
        """It is one of its Kubernetes namespaces."""
        return namespace in self._namespaces

    def holds(self, resource: Resource) -> bool:
        """The resource is its own by account or by name."""
        if resource.account in self._accounts:
            return True
        return bool(resource.name) and (resource.service, resource.name) in self._resources


def number_of(address: str) -> tuple[int, int]:
    """An IP address as a number, and its width in bits."""
    if ":" in address:
        return int.from_bytes(socket.inet_pton(socket.AF_INET6, address), "big"), 128
    return int.from_bytes(socket.inet_pton(socket.AF_INET, address), "big"), 32


def _network(text: str) -> tuple[int, int, int]:
    address, _, length = text.partition("/")
    number, bits = number_of(address)
    mask = ((1 << int(length or bits)) - 1) << (bits - int(length or bits))
    return number & mask, mask, bits
