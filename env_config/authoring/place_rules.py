"""Rules of the proof about hosts, addresses and networks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..canonical import Host, targets
from ..errors import Refusal
from .ledger import Ledger, named, parsed_address, parsed_network
from .model import Claim, Place
from .problems import BookProblem
from .templates import matcher

_DECLARE = "name this environment's own, or declare it under shared: with a reason and a review date"


def address_exact(ledger: Ledger) -> Iterator[BookProblem]:
    """No host and port belongs to two environments."""
    for places in ledger.by_host.values():
        for place, owner in ledger.colliding(places):
            code = ledger.code(place.environment, owner.environment, "PROD_EXACT")
            message = f"{named(place)} has the host and port of {named(owner)} (line {owner.line})"
            yield ledger.problem("address-exact", code, message, place.line, _DECLARE)


def address_numeric(ledger: Ledger) -> Iterator[BookProblem]:
    """No IP address and port belongs to two environments, whatever the names are."""
    for address, places in ledger.by_address.items():
        if ledger.in_front(address):
            continue
        for place, owner in ledger.colliding(places):
            if place.host != owner.host:
                code = ledger.code(place.environment, owner.environment, "PROD_EXACT")
                message = f"{named(place)} has the IP address and port of {named(owner)} (line {owner.line})"
                yield ledger.problem("address-numeric", code, message, place.line, _DECLARE)


def wildcard_host(ledger: Ledger) -> Iterator[BookProblem]:
    """No host lies under another environment's domain.

    Where the domain says its environment, the host is wrong; where it does not, the domain is.
    """
    for place in ledger.source.places:
        if place.shared or place.addresses == (place.host,) or place.host.startswith(("/", "@")):
            continue
        for claim in ledger.domains_over(place.host):
            if not ledger.concerns(claim, place.environment):
                continue
            if _labelled(ledger, claim) and not ledger.protected(place.environment):
                code = ledger.code(place.environment, claim.environment, "PROD_WILDCARD")
                message = f"{named(place)} lies under a domain of {claim.environment} (line {claim.line})"
                yield ledger.problem("wildcard-host", code, message, place.line, _DECLARE)
            else:
                message = f"this domain of {claim.environment} covers {named(place)} (line {place.line})"
                hint = "narrow it to names that say their environment"
                yield ledger.problem("wildcard-host", "BOOK_INVALID", message, claim.line, hint)


def _labelled(ledger: Ledger, claim: Claim) -> bool:
    return any(claim.environment in ledger.stages.within(label) for label in claim.text.split("."))


def wildcard_overlap(ledger: Ledger) -> Iterator[BookProblem]:
    """No domain lies under another environment's domain."""
    for claim in ledger.source.wildcards:
        for other in ledger.domains_over(claim.text):
            if _apart(ledger, claim, other):
                offender, owner = _blamed(ledger, claim, other)
                message = f"a domain of {offender.environment} overlaps one of {owner.environment} (line {owner.line})"
                hint = "narrow the wider one: a name belongs to one environment"
                yield ledger.problem("wildcard-overlap", "BOOK_INVALID", message, offender.line, hint)


def _apart(ledger: Ledger, claim: Claim, other: Claim) -> bool:
    """Whether two claims that meet must not; equal ones are told once."""
    if not (ledger.concerns(claim, other.environment) and ledger.concerns(other, claim.environment)):
        return False
    return claim.text != other.text or (claim.line, claim.environment) > (other.line, other.environment)


def _blamed(ledger: Ledger, one: Claim, other: Claim) -> tuple[Claim, Claim]:
    """The claim to mend, and the other: never production's if there is a choice, and the later one among equals."""
    ranked = sorted((one, other), key=lambda claim: (not ledger.protected(claim.environment), claim.line))
    return ranked[1], ranked[0]


def network_address(ledger: Ledger) -> Iterator[BookProblem]:
    """No IP address lies in another environment's network.

    A network that holds two or more addresses, and half of all, of another environment is itself the mistake.
    """
    if not ledger.networks:
        return
    sizes: dict[str, int] = defaultdict(int)
    held: dict[Claim, dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
    for place in ledger.source.places:
        if not place.addresses or place.role == "tunnel" or place.shared:
            continue
        sizes[place.environment] += 1
        claims = {claim for address in place.addresses for claim in ledger.networks.covering(*parsed_address(address))}
        for claim in claims:
            if ledger.concerns(claim, place.environment):
                held[claim][place.environment].append(place)
    for claim, environments in held.items():
        for environment, places in environments.items():
            swallows = len(places) > 1 and 2 * len(places) >= sizes[environment]
            yield from _in_network(ledger, claim, places, swallows or ledger.protected(environment))


def _in_network(ledger: Ledger, claim: Claim, places: list[Place], too_wide: bool) -> Iterator[BookProblem]:
    if too_wide:
        first = places[0]
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        message = f"this network of {claim.environment} holds {named(first)} (line {first.line}){more}"
        hint = "narrow it, or tell the environments apart by account, name or certificate"
        yield ledger.problem("network-address", "BOOK_INVALID", message, claim.line, hint)
        return
    for place in places:
        code = ledger.code(place.environment, claim.environment, "PROD_CIDR")
        message = f"{named(place)} lies in a network of {claim.environment} (line {claim.line})"
        yield ledger.problem("network-address", code, message, place.line, _DECLARE)


def network_overlap(ledger: Ledger) -> Iterator[BookProblem]:
    """No two environments' networks overlap."""
    for claim in ledger.source.cidrs:
        number, length, bits = parsed_network(claim.text)
        for other in ledger.networks.covering(number, bits, length):
            if _apart(ledger, claim, other):
                offender, owner = _blamed(ledger, claim, other)
                message = f"a network of {offender.environment} overlaps one of {owner.environment} (line {owner.line})"
                hint = "an address rule cannot tell them apart: remove both, and use accounts, names or certificates"
                yield ledger.problem("network-overlap", "BOOK_INVALID", message, offender.line, hint)


def namespace_host(ledger: Ledger) -> Iterator[BookProblem]:
    """No cluster name lies in another environment's namespace."""
    owners = {claim.text: claim.environment for claim in ledger.source.namespaces}
    for place in ledger.source.places:
        labels = place.host.split(".")
        if place.shared or len(labels) < 3 or labels[2] not in ("svc", "pod"):
            continue
        owner = owners.get(labels[1]) or ledger.stages.whole(labels[1])
        if owner is not None and owner != place.environment:
            code = ledger.code(place.environment, owner, "PROD_WILDCARD")
            message = f"{named(place)} lies in a namespace of {owner}"
            yield ledger.problem("namespace-host", code, message, place.line, _DECLARE)


def convention_name(ledger: Ledger) -> Iterator[BookProblem]:
    """No other environment uses a name that the convention gives to production."""
    template = ledger.source.convention.get("host", "")
    if not template:
        return
    services = {name for _, name in ledger.entries}
    own = {
        name: matcher(template, {**one.variables, "environment": name})
        for name, one in ledger.source.environments.items()
    }
    for owner in ledger.source.protected:
        one = ledger.source.environments[owner]
        if not all(value.strip() for value in one.variables.values()):
            continue
        for spelled in (owner, *one.rules.aliases):
            values = {**one.variables, "environment": spelled}
            exact = {_filled(template, values, service) for service in services}
            pattern = matcher(template, values)
            for place in ledger.source.places:
                if place.shared or ledger.protected(place.environment) or not pattern.fullmatch(place.host):
                    continue
                if not own[place.environment].fullmatch(place.host):
                    code = "PROD_EXACT" if place.host in exact else "PROD_WILDCARD"
                    message = f"{named(place)} has a name that the convention gives to {owner}"
                    yield ledger.problem("convention-name", code, message, place.line, _DECLARE)


def _filled(template: str, values: dict[str, str], service: str) -> str:
    from .templates import render

    return render(template, {**values, "service": service}).text.lower()


def empty_variable(ledger: Ledger) -> Iterator[BookProblem]:
    """A name that lost a part because a variable was empty is not production's."""
    for entry in ledger.source.entries:
        if not entry.emptied:
            continue
        line, where = entry.line_of("host"), f"{entry.environment}/{entry.service.name}"
        lost = ", ".join(f"{{{name}}}" for name in entry.emptied)
        owners = {place.environment for place in ledger.by_host.get(entry.service.host, ())} - {entry.environment}
        code = next(
            (
                found
                for owner in owners
                if (found := ledger.code(entry.environment, owner, "PROD_EXACT")) != "BOOK_INVALID"
            ),
            "BOOK_INVALID",
        )
        words = "and has the name of another environment" if owners else "so nothing says whose it is"
        message = f"the host of {where} is written without {lost}, {words}"
        yield ledger.problem("empty-variable", code, message, line, "give the variable a value")


def option_address(ledger: Ledger) -> Iterator[BookProblem]:
    """No client option leads into another environment: a failover partner, a proxy, a list of brokers."""
    for entry in ledger.source.entries:
        for value in entry.service.options.values():
            for host, port in _hosts_in(value):
                owner = _owner(ledger, host, port, entry.environment)
                if owner:
                    code = ledger.code(entry.environment, owner, "PROD_EXACT")
                    message = f"an option of {entry.environment}/{entry.service.name} leads to {owner}"
                    line = entry.line_of("options")
                    yield ledger.problem("option-address", code, message, line, "name this environment's own")


def _hosts_in(value: str) -> Iterator[tuple[Host, int | None]]:
    """The hosts of an option's value, if clients would read it as an address."""
    if not any(mark in value for mark in ".:"):
        return
    for piece in value.split(","):
        try:
            found = targets(piece)
        except Refusal:
            continue  # no address, or one that the client itself cannot read
        yield from ((target.host, target.port) for target in found if target.host is not None)


def _owner(ledger: Ledger, host: Host, port: int | None, environment: str) -> str:
    """The other environment that a host leads to; empty if it is this one's own or nobody's."""
    places = [*ledger.by_host.get(host.name, ()), *(p for a in host.addresses for p in ledger.by_address.get(a, ()))]
    near = [place for place in places if port is None or place.port in (None, port)]
    if any(place.environment == environment or place.shared for place in near):
        return ""
    owners = {place.environment for place in near}
    claims = list(ledger.domains_over(host.name))
    claims += [claim for address in host.addresses for claim in ledger.networks.covering(*parsed_address(address))]
    owners |= {claim.environment for claim in claims if ledger.concerns(claim, environment)}
    return max(sorted(owners - {environment}), key=ledger.protected, default="")
