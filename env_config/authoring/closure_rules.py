"""Rules of the proof about what DNS says: the closures of environments do not meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .ledger import Ledger, named, parsed_address
from .model import Place
from .problems import BookProblem

_MEND = "mend the DNS record, or declare what is meant under shared:"


def dns_name(ledger: Ledger) -> Iterator[BookProblem]:
    """No name leads through a name of another environment."""
    groups: dict[str, list[Place]] = defaultdict(list)
    for place in ledger.source.places:
        resolution = ledger.closure.get(place.host)
        groups[place.host].append(place)
        for name in resolution.chain if resolution else ():
            groups[name].append(place)
            yield from _under_domain(ledger, place, name)
    for places in groups.values():
        for place, owner in ledger.colliding(places):
            if place.host != owner.host:
                yield _met(ledger, "dns-name", place, owner)


def _under_domain(ledger: Ledger, place: Place, name: str) -> Iterator[BookProblem]:
    for claim in ledger.domains_over(name):
        if ledger.concerns(claim, place.environment) and not place.shared:
            code = ledger.code(place.environment, claim.environment, "PROD_DNS")
            message = f"the name of {named(place)} leads to a domain of {claim.environment} (line {claim.line})"
            yield ledger.problem("dns-name", code, message, place.line, _MEND)


def dns_address(ledger: Ledger) -> Iterator[BookProblem]:
    """No name leads to an IP address of another environment."""
    groups: dict[str, list[Place]] = defaultdict(list)
    for place in ledger.source.places:
        resolution = ledger.closure.get(place.host)
        looked_up = resolution.addresses if resolution else ()
        for address in dict.fromkeys((*place.addresses, *looked_up)):
            groups[address].append(place)
        for address in looked_up:
            yield from _in_network(ledger, place, address)
    for address, places in groups.items():
        for place, owner in ledger.colliding(places):
            written = address in place.addresses and address in owner.addresses
            if place.host != owner.host and not written and not ledger.in_front(address):
                yield _met(ledger, "dns-address", place, owner)


def _in_network(ledger: Ledger, place: Place, address: str) -> Iterator[BookProblem]:
    for claim in ledger.networks.covering(*parsed_address(address)):
        if ledger.concerns(claim, place.environment) and not place.shared:
            code = ledger.code(place.environment, claim.environment, "PROD_DNS")
            message = f"the name of {named(place)} leads into a network of {claim.environment} (line {claim.line})"
            yield ledger.problem("dns-address", code, message, place.line, _MEND)


def _met(ledger: Ledger, rule: str, place: Place, owner: Place) -> BookProblem:
    code = ledger.code(place.environment, owner.environment, "PROD_DNS")
    message = f"the names of {named(place)} and {named(owner)} (line {owner.line}) lead to the same place"
    return ledger.problem(rule, code, message, place.line, _MEND)
