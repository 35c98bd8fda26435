"""Who a server says it is, held against the book.

What a client can set for itself is no evidence: the marker is read from its table and from the database's own settings,
the cluster's identifier from its control file. What each way of copying a database keeps:

|                    | table row | database setting | database OID, cluster identifier |
|--------------------|-----------|------------------|----------------------------------|
| physical copy      | yes       | yes              | yes                              |
| ``pg_dump``        | yes       | no               | no                               |
| ``pg_dump -C``     | yes       | yes              | no                               |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..book.model import Book, Service
from ..verdict import DENY, REFUSE, WARN, Judgement, Reason
from .startup_option import PREFIX

DATABASES = frozenset({"postgresql", "mysql"})
"""Kinds of services that can carry a marker."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server said about itself, and where it was reached.

    Attributes:
        marker: the environment in the marker's table, or None.
        setting: the environment in the database's own settings, or None.
        setting_read: the settings could be looked at; a system without them says nothing by having none.
        configurations: the environments of which it carries the start-up marker.
        system_identifier: the cluster's, or None where it may not be read.
        database_oid_matches: the database is the one that was stamped; None if the stamp does not say.
        system_identifier_matches: the cluster is the one that was stamped; None if the stamp does not say.
        in_recovery: it is a replica.
        at_own_address: it answered at an address that the book gives this environment; None if nobody knows.
        server_address: the server's own idea of its address.
        server_port: the server's own idea of its port.
        certificate_matches: its certificate names the host of the book; None if there was none to look at.
        database: its name, for messages.
    """

    marker: str | None = None
    setting: str | None = None
    setting_read: bool = False
    configurations: tuple[str, ...] = ()
    system_identifier: str | None = None
    database_oid_matches: bool | None = None
    system_identifier_matches: bool | None = None
    in_recovery: bool = False
    at_own_address: bool | None = None
    server_address: str | None = None
    server_port: int | None = None
    certificate_matches: bool | None = None
    database: str = ""

    @property
    def copied(self) -> bool:
        """The marker came along with the rows of another database: what belongs to the database itself does not fit."""
        unset = self.setting_read and self.setting is None
        return self.marker is not None and (unset or self.database_oid_matches is False)

    @property
    def moved(self) -> bool:
        """The cluster is not the one that was stamped: a dump with its settings, or an upgrade to a new major version."""
        return self.marker is not None and self.system_identifier_matches is False


Rule = Callable[[ServerFacts, Book, "Service | None"], "Iterator[Reason]"]


def judge_identity(facts: ServerFacts, book: Book, service: Service | None = None) -> Judgement:
    """What the server says about itself, against the book.

    Args:
        facts: from :mod:`env_config.guards.postgres`, or a caller's own.
        book: of this process's environment.
        service: which service it should be, for what the book demands of it.
    """
    found = [reason for rule in RULES.values() for reason in rule(facts, book, service)]
    return Judgement(tuple(sorted(found, key=lambda reason: _TELLING.index(reason.code))))


def demanded(judgement: Judgement, service: Service | None, *, hermetic: bool = False) -> Judgement:
    """Only what matters for this service: where the book asks for no marker, having none is no fault.

    A hermetic process reaches nothing but what its own test opened; its scratch databases need no marker either.
    """
    if not hermetic and (service is None or service.identity.assertion in ("startup", "query")):
        return judgement
    kept = (reason for reason in judgement.reasons if reason.verdict == DENY or reason.rule == "required-identifier")
    return Judgement(tuple(kept))


def service_at(book: Book, host: str, port: int | None, address: str = "") -> Service | None:
    """The service of this environment that a client reaches there, by host, known address or tunnel."""
    for service in book.services.values():
        if service.kind not in DATABASES:
            continue
        if service.tunnel is not None and port == service.tunnel[1] and service.tunnel[0] in (host, address):
            return service
        here = {service.host, *service.addresses}
        if port in (None, service.port) and here.intersection((host, address)) - {""}:
            return service
    return None


def is_own_address(book: Book, host: str, port: int | None, address: str = "") -> bool:
    """The other end is where the book says this environment's server is.

    The address of the connection decides. The name does only where the book knows no address for it, and where the
    packets do not go to this machine: behind a tunnel anybody may be.
    """
    for endpoint in book.own.endpoints:
        if port is not None and endpoint.port not in (None, port):
            continue
        known = {*endpoint.addresses, *([endpoint.host] if _numeric(endpoint.host) else [])}
        if address in known and address:
            return True
        if not known and host == endpoint.host and not address.startswith(("127.", "::1", "/", "@")):
            return True
    return False


# -------------------------------------------------------------------------------------------------------------- rules


def clone(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """Production's identity at this environment's own address is a snapshot that was restored here."""
    is_production = bool(_protected_names(facts, book)) or _owner(facts, book) == "production"
    if is_production and facts.at_own_address and not facts.in_recovery and not _restamped(facts, book):
        yield _reason("IDENTITY_CLONE", DENY, "clone", facts, "a physical copy of production, with its data")


def dump(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """A marker that came with the rows says where the rows are from, not where they are."""
    if (facts.copied or facts.moved) and _protected_names(facts, book):
        yield _reason("IDENTITY_CLONE", DENY, "dump", facts, "a restored dump of production, with its data")
    elif facts.copied:
        words = "its marker was copied with the rows: the database itself does not carry it"
        yield _reason("IDENTITY_UNKNOWN", REFUSE, "dump", facts, words)
    elif facts.moved:
        words = "stamped in another cluster: it was moved or upgraded since, so stamp it again"
        yield _reason("IDENTITY_UNKNOWN", WARN, "dump", facts, words)


def foreign_identifier(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """The cluster is on another environment's list; no marker inside it can change that."""
    owner = _owner(facts, book)
    if owner == "production" and not _restamped(facts, book):
        yield _reason("IDENTITY_PROD", DENY, "foreign-identifier", facts, "the cluster's identifier is production's")
    elif owner and owner != "production":
        yield _reason("IDENTITY_UNKNOWN", REFUSE, "foreign-identifier", facts, f"the cluster belongs to {owner}")


def production_marker(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """A database that is marked as production is production."""
    if _protected_names(facts, book):
        yield _reason("IDENTITY_PROD", DENY, "production-marker", facts, "the database is marked as production")


def server_address(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """A server that says it stands at production's address is production, however it was reached: a tunnel does not change that."""
    from ..policy.territory import TerritoryIndex

    address, port = facts.server_address, facts.server_port
    if not address or port in _ports(TerritoryIndex(book.own).ports_of(address)):
        return
    for index in map(TerritoryIndex, book.foreign):
        ports = index.ports_of(address)
        if index.protected and (index.covers_address(address) or port in _ports(ports) or None in ports):
            yield _reason("IDENTITY_PROD", DENY, "server-address", facts, "the server stands at production's address")


def certificate(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """A certificate has to name the book's host, whoever stands in between."""
    if facts.certificate_matches is False:
        yield _reason("TLS_NAME", DENY, "certificate", facts, "the certificate names another host than the book")


def other_marker(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """The database belongs to another environment, or to one that the book does not know."""
    for name in dict.fromkeys(filter(None, (facts.marker, facts.setting))):
        meant = book.canonical_environment(name)
        if meant != book.environment and not (meant and book.environments[meant].protected):
            words = f"the database is marked as {name!r}, not as {book.environment}"
            yield _reason("IDENTITY_UNKNOWN", REFUSE, "other-marker", facts, words)


def no_marker(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """A database without a marker may be anybody's."""
    if facts.marker is None and facts.setting is None:
        yield _reason("IDENTITY_UNKNOWN", REFUSE, "no-marker", facts, "the database carries no marker")


def required_identifier(facts: ServerFacts, book: Book, service: Service | None) -> Iterator[Reason]:
    """Where the book demands it, the cluster is one that it lists for this environment."""
    if service is None or service.identity.system_identifier != "required":
        return
    if facts.system_identifier is None:
        words = "the cluster's identifier may not be read, and the book demands it"
        yield _reason("IDENTITY_UNKNOWN", REFUSE, "required-identifier", facts, words)
    elif facts.system_identifier not in book.own.system_identifiers:
        words = "the cluster's identifier is none that the book gives this environment"
        yield _reason("IDENTITY_UNKNOWN", REFUSE, "required-identifier", facts, words)


RULES: dict[str, Rule] = {
    "clone": clone,
    "dump": dump,
    "foreign-identifier": foreign_identifier,
    "production-marker": production_marker,
    "server-address": server_address,
    "certificate": certificate,
    "other-marker": other_marker,
    "no-marker": no_marker,
    "required-identifier": required_identifier,
}
"""The evaluator reads it at every call."""

_TELLING = ("IDENTITY_CLONE", "IDENTITY_PROD", "TLS_NAME", "IDENTITY_UNKNOWN")
"""A copy of production also says that it is production; that it is a copy says more."""


def _reason(code: str, verdict: str, rule: str, facts: ServerFacts, words: str) -> Reason:
    return Reason(code, verdict, rule, facts.database, words)


def _protected_names(facts: ServerFacts, book: Book) -> list[str]:
    """The names under which the database says that it is another environment's production."""
    said = [name for text in (facts.marker, facts.setting, *facts.configurations) if text for name in text.split(",")]
    meant = (book.canonical_environment(name.removeprefix(PREFIX)) for name in said)
    return [name for name in meant if name and name != book.environment and book.environments[name].protected]


def _owner(facts: ServerFacts, book: Book) -> str:
    """Whose list the cluster is on: ``production`` for any protected environment, another's name, or nobody's."""
    if facts.system_identifier is None:
        return ""
    owners = [place for place in book.foreign if facts.system_identifier in place.system_identifiers]
    if any(place.protected for place in owners):
        return "production"
    return owners[0].environment if owners else ""


def _restamped(facts: ServerFacts, book: Book) -> bool:
    """A copy at its own place whose owner sanitised it and stamped it anew; nothing in it names production any more."""
    said = {book.canonical_environment(name) for name in (facts.marker, facts.setting) if name}
    whole = facts.marker is not None and facts.setting is not None and not facts.copied and not facts.moved
    here = bool(facts.at_own_address) and not facts.in_recovery
    return here and whole and said == {book.environment} and not _protected_names(facts, book)


def _ports(ports: set[int | None]) -> set[int | None]:
    return ports - {None}


def _numeric(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
