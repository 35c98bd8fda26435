"""The proof's tables: every question is one look-up, whatever the number of services."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from .closure import Resolution
from .model import BookSource, Claim, Entry, Place
from .problems import BookProblem
from .stages import Stages

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
"""Every machine has these of its own: as another environment's fingerprint they would say nothing."""


class Networks:
    """Networks by length of prefix: one look-up for each length that occurs."""

    def __init__(self, claims: list[Claim]) -> None:
        self._tables: dict[tuple[int, int], dict[int, list[Claim]]] = {}
        for claim in claims:
            number, length, bits = parsed_network(claim.text)
            table = self._tables.setdefault((bits, length), {})
            table.setdefault(number >> (bits - length), []).append(claim)

    def covering(self, number: int, bits: int, longest: int | None = None) -> Iterator[Claim]:
        """Every network that holds the address; with ``longest``, only those at least as wide as that prefix."""
        for (width, length), table in self._tables.items():
            if width == bits and (longest is None or length <= longest):
                yield from table.get(number >> (bits - length), ())

    def __bool__(self) -> bool:
        return bool(self._tables)


def parsed_network(text: str) -> tuple[int, int, int]:
    """First address, length of the prefix, width of the family in bits."""
    network = ipaddress.ip_network(text)
    return int(network.network_address), network.prefixlen, network.max_prefixlen


def parsed_address(text: str) -> tuple[int, int]:
    """The address as a number, and the width of its family in bits."""
    address = ipaddress.ip_address(text)
    return int(address), address.max_prefixlen


@dataclass(slots=True)
class Ledger:
    """A book's source with its tables.

    Attributes:
        source: what is proved.
        today: the day that review dates are held against.
        closure: what DNS says about each host, if it was asked.
    """

    source: BookSource
    today: date
    closure: Mapping[str, Resolution] = field(default_factory=dict)
    stages: Stages = field(init=False)
    by_host: dict[str, list[Place]] = field(init=False)
    by_address: dict[str, list[Place]] = field(init=False)
    wildcards: dict[str, list[Claim]] = field(init=False)
    networks: Networks = field(init=False)
    fronts: Networks = field(init=False)
    entries: dict[tuple[str, str], Entry] = field(init=False)

    def __post_init__(self) -> None:
        source = self.source
        self.stages = Stages({name: one.rules.aliases for name, one in source.environments.items()})
        self.by_host = defaultdict(list)
        self.by_address = defaultdict(list)
        for place in source.places:
            self.by_host[place.host].append(place)
            for address in place.addresses:
                self.by_address[address].append(place)
        self.wildcards = defaultdict(list)
        for claim in source.wildcards:
            self.wildcards[claim.text].append(claim)
        self.networks = Networks(source.cidrs)
        self.fronts = Networks([Claim("", text, item.line) for item in source.shared for text in item.cidrs])
        self.entries = {(entry.environment, entry.service.name): entry for entry in source.entries}

    def protected(self, environment: str) -> bool:
        return self.source.environments[environment].protected

    def code(self, offender: str, owner: str, code: str) -> str:
        """The given code where another environment would reach production; BOOK_INVALID between equals."""
        return code if self.protected(owner) and not self.protected(offender) else "BOOK_INVALID"

    def colliding(self, places: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
        """Places of different environments that fall on one port: the offender, and whose it is.

        Production's own come first, so it is always the other environment that is blamed; among equals the later line is.
        """
        found = list(places)
        if len({place.environment for place in found}) < 2:
            return
        found.sort(key=lambda place: (not self.protected(place.environment), place.line))
        by_port: dict[int | None, dict[str, Place]] = {}
        anywhere: dict[str, Place] = {}
        for place in found:
            others = anywhere if place.port is None else {**by_port.get(None, {}), **by_port.get(place.port, {})}
            owner = next((owner for owner in others.values() if self._meets(place, owner)), None)
            if owner is not None:
                yield place, owner
            anywhere.setdefault(place.environment, place)
            by_port.setdefault(place.port, {}).setdefault(place.environment, place)

    def _meets(self, place: Place, owner: Place) -> bool:
        """Whether two places on one port are a collision, and not one place that both may have."""
        if place.environment == owner.environment or (place.shared and owner.shared):
            return False
        if self.protected(place.environment):
            return "common" not in (place.role, owner.role)
        local = place.host in THIS_MACHINE and "tunnel" not in (place.role, owner.role)
        return not local or self.protected(owner.environment)

    def concerns(self, claim: Claim, environment: str) -> bool:
        """Whether a claim keeps an environment out: it is another's, and not one of all protected ones together."""
        return claim.environment != environment and not (claim.common and self.protected(environment))

    def problem(self, rule: str, code: str, message: str, line: int, hint: str) -> BookProblem:
        return BookProblem(code, message, self.source.file, line, hint, rule)

    def in_front(self, address: str) -> bool:
        """The address belongs to a declared front of several environments, and tells nothing."""
        return bool(self.fronts) and any(True for _ in self.fronts.covering(*parsed_address(address)))

    def domains_over(self, host: str) -> Iterator[Claim]:
        """Every wildcard that covers a name."""
        rest = host
        while rest:
            yield from self.wildcards.get(rest, ())
            rest = rest.partition(".")[2]


def named(place: Place) -> str:
    """How a message calls a place: by its owner, never by its address."""
    return f"{place.environment}/{place.service}" if place.service else place.environment
