"""From source to compiled books: read, prove, and hand out to each environment what is its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone

from ..book.codec import decode, encode
from ..book.model import GUARD_LAYERS, Book, Endpoint, Service, Territory
from .closure import Resolution, Resolve, closures, unresolved
from .environments import read_environments
from .grammar import BOOK
from .ledger import THIS_MACHINE, Ledger
from .model import BookSource, Place
from .problems import BookProblem, Report, ordered, refuse
from .proof import prove
from .secrecy import secret_lines
from .services import check_acl, derive_domains, read_services
from .shapes import Fields, accept
from .shared import add_shared_services, read_shared, settle_shared
from .source import Source


@dataclass(frozen=True, slots=True)
class Checked:
    """A source that was read and proved.

    Attributes:
        source: what was read.
        ledger: the tables of the proof.
        problems: everything found, by line.
        unresolved: names that DNS said nothing about, so that where they lead is not proved.
    """

    source: BookSource
    ledger: Ledger
    problems: tuple[BookProblem, ...]
    unresolved: tuple[str, ...] = ()


def check_source(source: Source, *, today: date, resolve: Resolve | None = None) -> Checked:
    """Read and prove a book, without raising for what is wrong with it.

    Args:
        source: of :func:`parse_source` or :func:`load_source`.
        today: the day that review dates are held against.
        resolve: asks DNS for a name; None leaves the closure out of the proof.
    """
    report = Report(source.name)
    for line in secret_lines(source.text):
        hint = "write a reference instead, and change the secret: it has been written down"
        report.add("something here looks like a secret, and a book holds none", line, hint=hint)
    book = _read(source, report)
    closure: Mapping[str, Resolution] = {}
    if resolve is not None:
        closure = closures(_names(book), resolve)
    ledger = Ledger(book, today, closure)
    problems = ordered((*source.problems, *report.problems, *prove(ledger)))
    return Checked(book, ledger, problems, unresolved(closure))


def _read(source: Source, report: Report) -> BookSource:
    root = Fields(accept(BOOK, source.root, "", report))
    book = BookSource(source.name)
    duration = root.text("valid_for") or "30d"
    book.valid_for = int(duration[:-1]) * (86_400 if duration[-1] == "d" else 3_600)
    read_environments(root, book, report)
    read_shared(root, book, report)
    read_services(root, book, report)
    add_shared_services(root, book, report)
    check_acl(root.fields("acl"), book, report)
    settle_shared(book)
    derive_domains(book)
    return book


def _names(book: BookSource) -> set[str]:
    """The hosts that only DNS can tell about."""
    return {
        place.host
        for place in book.places
        if place.role != "tunnel" and place.host not in place.addresses and not place.host.startswith(("/", "@"))
    }


def compile_book(
    source: Source,
    *,
    now: int,
    today: date | None = None,
    resolve: Resolve | None = None,
    valid_for: int | None = None,
) -> dict[str, Book]:
    """One book for each environment: its own services, and the territories of the others.

    The same source, instant and answers of DNS give the same books.

    Args:
        source: of :func:`parse_source` or :func:`load_source`.
        now: seconds since 1970, written into the books.
        today: the day that review dates are held against; that of ``now`` in UTC if it is not given.
        resolve: asks DNS for a name; None leaves the closure out.
        valid_for: seconds that a book may be used; what the source says if it is not given.

    Raises:
        SourceRefused: if the source breaks a rule of books.
        SourceLeadsAway: if an entry would reach production.
    """
    day = today or datetime.fromtimestamp(now, timezone.utc).date()
    checked = check_source(source, today=day, resolve=resolve)
    refuse(checked.problems)
    return books(checked, now=now, valid_for=valid_for)


def books(checked: Checked, *, now: int, valid_for: int | None = None) -> dict[str, Book]:
    """The books of a source without problems."""
    source = checked.source
    territories = {name: _territory(name, checked) for name in source.environments}
    rules = {name: one.rules for name, one in source.environments.items()}
    services: dict[str, dict[str, Service]] = defaultdict(dict)
    for entry in source.entries:
        services[entry.environment][entry.service.name] = _with_closure(entry.service, checked)
    compiled = {}
    for name, one in source.environments.items():
        book = Book(
            name,
            rules,
            services[name],
            own=territories[name],
            foreign=tuple(_seen_from(territories[name], territories[other]) for other in territories if other != name),
            guards={layer: one.guards.get(layer, "enforce") for layer in GUARD_LAYERS},
            compiled_at=now,
            expires_at=now + (source.valid_for if valid_for is None else valid_for),
        )
        compiled[name] = decode(encode(book))
    return compiled


def _known(place_host: str, written: tuple[str, ...], checked: Checked) -> tuple[str, ...]:
    """All addresses of a host but those of fronts that several environments stand behind."""
    resolution = checked.ledger.closure.get(place_host)
    found = dict.fromkeys((*written, *(resolution.addresses if resolution else ())))
    return tuple(address for address in found if not checked.ledger.in_front(address))


def _with_closure(service: Service, checked: Checked) -> Service:
    return replace(service, addresses=_known(service.host, service.addresses, checked))


def _territory(name: str, checked: Checked) -> Territory:
    source = checked.source
    texts = {
        key: [claim.text for claim in claims if claim.environment == name]
        for key, claims in (
            ("wildcards", source.wildcards),
            ("cidrs", source.cidrs),
            ("accounts", source.accounts),
            ("credentials", source.credentials),
            ("systems", source.system_identifiers),
            ("namespaces", source.namespaces),
        )
    }
    return Territory(
        name,
        source.environments[name].protected,
        endpoints=tuple(dict.fromkeys(_endpoint(place, checked) for place in source.places if _lasting(place, name))),
        wildcards=tuple(dict.fromkeys(texts["wildcards"])),
        cidrs=tuple(dict.fromkeys(texts["cidrs"])),
        aws_accounts=tuple(dict.fromkeys(texts["accounts"])),
        resources=_resources(name, source),
        credentials_sha256=frozenset(texts["credentials"]),
        system_identifiers=frozenset(texts["systems"]),
        namespaces=frozenset(texts["namespaces"]),
    )


def _lasting(place: Place, environment: str) -> bool:
    """Tunnels come and go on loopback, and what is shared is nobody's own."""
    return place.environment == environment and not place.shared and place.role != "tunnel"


def _endpoint(place: Place, checked: Checked) -> Endpoint:
    return Endpoint(place.host, place.port, _known(place.host, place.addresses, checked))


def _seen_from(own: Territory, other: Territory) -> Territory:
    """Another environment's territory without what says nothing here: this machine, and what both of them have.

    Both have names of resources that two accounts tell apart, and what belongs to all protected environments together.
    """
    mine = {(one.host, one.port) for one in own.endpoints}
    endpoints = tuple(
        replace(one, addresses=tuple(address for address in one.addresses if address not in THIS_MACHINE))
        for one in other.endpoints
        if one.host not in THIS_MACHINE and (one.host, one.port) not in mine
    )
    return replace(
        other,
        endpoints=endpoints,
        wildcards=tuple(text for text in other.wildcards if text not in own.wildcards),
        cidrs=tuple(text for text in other.cidrs if text not in own.cidrs),
        resources=other.resources - own.resources,
        credentials_sha256=other.credentials_sha256 - own.credentials_sha256,
        system_identifiers=other.system_identifiers - own.system_identifiers,
        namespaces=other.namespaces - own.namespaces,
    )


def _resources(name: str, source: BookSource) -> frozenset[tuple[str, str]]:
    mine = (claim for claim in source.resources if claim.environment == name and not claim.shared)
    return frozenset((claim.resource.service, claim.resource.name) for claim in mine if claim.resource.name)
