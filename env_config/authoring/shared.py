"""Reads what several environments have in common on purpose."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

from ..book.model import IdentityPolicy, Service
from .entries import PORTS
from .model import BookSource, Entry, Place, SharedSource
from .problems import Report
from .shapes import Fields
from .spelling import book_host, network


def read_shared(root: Fields, book: BookSource, report: Report) -> None:
    """Note every item with its reason and its review date."""
    for fields in root.records("shared"):
        service, line = fields.text("service"), fields.start
        if bool(service) == bool(fields.texts("cidrs")):
            report.add("shared: an item names either a service or cidrs", line, hint="add service: or cidrs:")
        cidrs = (network(text, "shared.cidrs", at, report) for text, at in fields.texts("cidrs"))
        kept = tuple(ranged for ranged in cidrs if ranged is not None)
        review_by = _date(fields, report)
        book.shared.append(SharedSource(service, kept, fields.text("reason"), review_by, line))


def _date(fields: Fields, report: Report) -> date | None:
    try:
        return date.fromisoformat(fields.text("review_by")) if "review_by" in fields else None
    except ValueError:
        report.add("shared: review_by is no day of the calendar", fields.line("review_by"))
        return None


def add_shared_services(root: Fields, book: BookSource, report: Report) -> None:
    """A shared item with a host is a service of every environment that does not list it itself."""
    declared = {(entry.service.name, entry.environment) for entry in book.entries}
    names = {name for name, _ in declared}
    for fields in root.records("shared"):
        service, line = fields.text("service"), fields.start
        if not service:
            continue
        if "host" in fields:
            _add(service, fields, declared, root.fields("acl"), book, report)
        elif service not in names:
            hint = "declare it under services:, or add its host: here"
            report.add(f"shared: no service {service}", line, hint=hint)


def _add(
    name: str, fields: Fields, declared: set[tuple[str, str]], acl: Fields, book: BookSource, report: Report
) -> None:
    line = fields.line("host")
    host = book_host(fields.text("host"), f"shared.{name}.host", line, report) if fields.text("host") else None
    if host is None:
        return
    kind = fields.text("kind") or {443: "https", 80: "http"}.get(fields.integer("port") or 443, "tcp")
    port = fields.integer("port") or PORTS.get(kind)
    if port is None:
        report.add(f"shared.{name} has no port, and {kind} has no usual one", line, hint="add port:")
        return
    plain = kind == "http"
    identity = IdentityPolicy("none" if plain else "tls", "off" if plain else "verify-full")
    for environment in book.environments:
        if (name, environment) in declared:
            continue
        run_as = acl.fields(environment).words(name)
        service = Service(
            name,
            kind,
            host=host.name,
            port=port,
            path=fields.text("path"),
            addresses=host.addresses,
            identity=identity,
            run_as=run_as,
            shared=True,
        )
        book.entries.append(Entry(environment, service, line, lines={"host": line}))
        book.places.append(Place(environment, name, host.name, port, host.addresses, line, "host", shared=True))


def settle_shared(book: BookSource) -> None:
    """Only what really is the same in several environments counts as shared; the rest of such a service is its own."""
    users: dict[tuple[str, str, int | None, str], set[str]] = defaultdict(set)
    for entry in book.entries:
        if entry.service.shared:
            users[_key(entry)].add(entry.environment)
    same = {key for key, environments in users.items() if len(environments) > 1}
    own = {(e.environment, e.service.name) for e in book.entries if e.service.shared and _key(e) not in same}
    if not own:
        return
    for number, entry in enumerate(book.entries):
        if (entry.environment, entry.service.name) in own:
            book.entries[number] = replace(entry, service=replace(entry.service, shared=False))
    for number, place in enumerate(book.places):
        if (place.environment, place.service) in own:
            book.places[number] = replace(place, shared=False)


def _key(entry: Entry) -> tuple[str, str, int | None, str]:
    service = entry.service
    return service.name, service.host, service.port, service.resource
