"""Reads one service in one environment: what is written there, what it takes over, and what the convention adds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..book.model import IdentityPolicy, Service
from ..canonical.target import Host, Resource
from .model import BookSource, ClaimedResource, Entry, Place
from .problems import Report
from .shapes import Fields, suggestion
from .spelling import book_host, book_resource, host_and_port, ip_address, resource_of_host
from .templates import render

PORTS = {
    "postgresql": 5432,
    "redshift": 5439,
    "mysql": 3306,
    "sqlserver": 1433,
    "mongodb": 27017,
    "redis": 6379,
    "amqp": 5672,
    "kafka": 9092,
    "http": 80,
    "https": 443,
    "grpc": 443,
}
"""What every client of the kind takes where nothing is said."""

RESOURCE_KINDS = frozenset({"s3", "sqs", "sns", "dynamodb"})

_ROUTING = frozenset(
    {"host", "hostaddr", "server", "port", "service", "servicefile", "passfile", "dbname", "user", "options", "sslmode"}
)
"""Client options that decide where a connection goes, or what proves the other end; an entry has keys of its own for them."""


class Layers:
    """The blocks a setting may stand in, the nearest first."""

    def __init__(self, *blocks: Fields) -> None:
        self.blocks = blocks
        self._holders = {key: block for block in reversed(blocks) for key in block.given}

    def holder(self, key: str) -> Fields:
        """The nearest block that has the key; the nearest of all if none has."""
        return self._holders.get(key, self.blocks[0])

    def text(self, key: str) -> str:
        return self.holder(key).text(key)

    def line(self, key: str) -> int:
        return self.holder(key).line(key)

    def inner(self, key: str) -> Layers:
        return Layers(*(block.fields(key) for block in self.blocks))

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for block in self.blocks for key in block))


@dataclass(slots=True)
class Writing:
    """One entry while it is read.

    Attributes:
        book: what is being filled in.
        report: where problems go.
        service: its name.
        environment: whose entry it is.
        own: the entry's own block.
        layers: that block, what it extends, and the service's.
        where: for messages.
        emptied: template variables that were empty when the host was rendered.
    """

    book: BookSource
    report: Report
    service: str
    environment: str
    own: Fields
    layers: Layers
    where: str
    emptied: tuple[str, ...] = ()

    def values(self) -> dict[str, str]:
        variables = dict(self.book.environments[self.environment].variables)
        return {**variables, "service": self.service, "environment": self.environment}

    def rendered(self, setting: str, template: str, line: int, **more: str) -> str:
        """The template with its parts put in; empty if that cannot be done."""
        values = {**self.values(), **more}
        found = render(template, values)
        for name in found.unknown:
            hint = suggestion(name, values)
            self.report.add(f"{self.where}.{setting}: nothing gives {{{name or ' '}}} a value", line, hint=hint)
        if found.broken:
            self.report.add(f"{self.where}.{setting}: a brace stands alone", line, hint="write {name}")
        if setting == "host":
            self.emptied = found.emptied
        elif found.emptied:
            self.report.add(f"{self.where}.{setting}: a part of the template is empty", line)
        return found.text if found.sound else ""

    def setting(self, key: str) -> str:
        text = self.layers.text(key)
        return self.rendered(key, text, self.layers.line(key)) if text else ""


def read_entry(writing: Writing, aliases: tuple[str, ...], seeding: bool, shared: bool, acl: Fields, line: int) -> None:
    """Add the entry, its places and its resources to the book."""
    layers = writing.layers
    kind = layers.text("kind")
    if "kind" not in layers.holder("kind"):
        writing.report.add(f"{writing.where}: the service has no kind", line, hint="add kind: to the service")
    host = _host(writing, kind, line)
    named = _resource(writing, kind, line)
    text, resource = named if named else ("", None)
    service = Service(
        writing.service,
        kind,
        host=host.name if host else "",
        port=_port(writing, kind, host, line),
        aliases=aliases,
        database=writing.setting("database"),
        user=writing.setting("user"),
        path=writing.setting("path"),
        secret=_secret(writing),
        resource=text,
        account=_account(writing, kind, resource),
        region=layers.text("region") or (resource.region if resource else ""),
        options=_options(writing),
        addresses=_addresses(writing, host),
        tunnel=_tunnel(writing),
        identity=_identity(writing, kind),
        run_as=acl.fields(writing.environment).words(writing.service),
        seeding=seeding,
        shared=shared,
    )
    lines = {key: layers.line(key) for key in ("secret", "path", "identity", "options") if key in layers.holder(key)}
    lines |= {key: writing.own.line(key) for key in ("host", "resource") if key in writing.own}
    entry = Entry(writing.environment, service, line, writing.emptied, lines)
    writing.book.entries.append(entry)
    writing.book.places.extend(_places(writing, entry))
    writing.book.resources.extend(_claims(writing, entry, resource))


def _host(writing: Writing, kind: str, line: int) -> Host | None:
    template = writing.own.text("host")
    if template:
        line = writing.own.line("host")
    elif "host" in writing.own:
        return None
    elif kind not in RESOURCE_KINDS:
        template = writing.book.convention.get("host", "")
        if not template:
            hint = "add host: here; `extends` never supplies an address" if "extends" in writing.own else "add host:"
            writing.report.add(f"{writing.where} has no host, and no convention gives it one", line, hint=hint)
    text = writing.rendered("host", template, line) if template else ""
    return book_host(text, f"{writing.where}.host", line, writing.report) if text else None


def _port(writing: Writing, kind: str, host: Host | None, line: int) -> int | None:
    """The port as written, or the kind's usual one; None only without a host, for a socket, or after a problem."""
    holder = writing.layers.holder("port")
    if "port" in holder or host is None or host.is_socket:
        return holder.integer("port")
    port = 443 if kind in RESOURCE_KINDS else PORTS.get(kind)
    if port is None and kind:
        writing.report.add(f"{writing.where} has no port, and {kind} has no usual one", line, hint="add port:")
    return port


def _resource(writing: Writing, kind: str, line: int) -> tuple[str, Resource | None] | None:
    """The resource as it is written, and what it stands for."""
    template = writing.own.text("resource")
    if template:
        line = writing.own.line("resource")
    elif kind == "s3" and "bucket" in writing.book.convention:
        template = writing.book.convention["bucket"]
    elif kind in RESOURCE_KINDS and "resource" not in writing.own:
        writing.report.add(f"{writing.where} names no resource", line, hint="add resource: with its name or ARN")
    text = writing.rendered("resource", template, line) if template else ""
    if not text:
        return None
    return text, book_resource(text, kind, f"{writing.where}.resource", line, writing.report)


def _secret(writing: Writing) -> str:
    text = writing.layers.text("secret")
    line = writing.layers.line("secret")
    if not text.startswith("key:"):
        return writing.rendered("secret", text, line) if text else ""
    template = writing.book.convention.get("ssm", "")
    if not template:
        writing.report.add(
            f"{writing.where}.secret: no convention for ssm", line, hint="add convention.ssm, or write ssm:/…"
        )
        return ""
    path = writing.rendered("secret", template, line, key=text.removeprefix("key:"))
    return f"ssm:{path}" if path else ""


def _account(writing: Writing, kind: str, resource: Resource | None) -> str:
    """The account of the entry, of its ARN, or the only one of the environment."""
    said = writing.own.text("account") or (resource.account if resource else "")
    accounts = writing.book.environments[writing.environment].rules.attest.aws_accounts
    return said or (accounts[0] if kind in RESOURCE_KINDS and len(accounts) == 1 else "")


def _options(writing: Writing) -> dict[str, str]:
    options = writing.layers.inner("options")
    for key in options:
        if re.sub(r"[^a-z]", "", key.lower()) in _ROUTING:
            hint = "write host:, port:, members:, database:, user: or identity: instead"
            writing.report.add(f"{writing.where}.options: {key} would overrule the entry", options.line(key), hint=hint)
    return {key: writing.rendered("options", options.text(key), options.line(key)) for key in sorted(options)}


def _addresses(writing: Writing, host: Host | None) -> tuple[str, ...]:
    found = list(host.addresses if host else ())
    for text, line in writing.own.texts("ip"):
        found.extend(ip_address(text, f"{writing.where}.ip", line, writing.report))
    return tuple(dict.fromkeys(found))


def _tunnel(writing: Writing) -> tuple[str, int] | None:
    text = writing.own.text("tunnel")
    found = host_and_port(text, f"{writing.where}.tunnel", writing.own.line("tunnel"), writing.report) if text else None
    return None if found is None or found[1] is None else (found[0].name, found[1])


def _identity(writing: Writing, kind: str) -> IdentityPolicy:
    said = writing.layers.inner("identity")
    plain = kind == "http"
    usual = "startup" if kind == "postgresql" else "none" if plain else "tls"
    tls = said.text("tls") or ("off" if plain else "verify-full")
    if tls != "verify-full" and usual == "tls":
        usual = "none"
    assertion = said.text("assert") or usual
    line = writing.layers.line("identity")
    if assertion in ("startup", "query") and kind and kind != "postgresql":
        hint = "assert: tls or none"
        writing.report.add(f"{writing.where}.identity: only postgresql can assert by {assertion}", line, hint=hint)
    if assertion == "tls" and tls != "verify-full":
        hint = "tls: verify-full, or another assert"
        writing.report.add(
            f"{writing.where}.identity: the certificate proves nothing unless it is verified", line, hint=hint
        )
    return IdentityPolicy(assertion, tls, said.text("system_identifier") or "optional")


def _places(writing: Writing, entry: Entry) -> Iterator[Place]:
    service, environment, shared = entry.service, entry.environment, entry.service.shared
    if service.host and (service.port is not None or service.host.startswith(("/", "@"))):
        line = entry.line_of("host")
        yield Place(environment, service.name, service.host, service.port, service.addresses, line, "host", shared)
    for text, line in writing.own.texts("members"):
        found = host_and_port(text, f"{writing.where}.members", line, writing.report)
        if found is not None:
            host, port = found
            yield Place(
                environment, service.name, host.name, port or service.port, host.addresses, line, "member", shared
            )
    if service.tunnel is not None:
        name, port = service.tunnel
        yield Place(environment, service.name, name, port, (name,), writing.own.line("tunnel"), "tunnel", shared)


def _claims(writing: Writing, entry: Entry, resource: Resource | None) -> Iterator[ClaimedResource]:
    """What the entry names besides an address: its resource, what its host stands for, accounts in ARNs."""
    service, shared = entry.service, entry.service.shared
    if resource is not None:
        owned = replace(resource, account=resource.account or service.account)
        yield ClaimedResource(entry.environment, owned, entry.line_of("resource"), shared)
    if service.account:
        owned = Resource(service.kind, account=service.account)
        yield ClaimedResource(entry.environment, owned, entry.line, shared)
    hosted = resource_of_host(service.host, service.path)
    if hosted is not None:
        yield ClaimedResource(entry.environment, hosted, entry.line_of("host"), shared)
    pointers = [("options", value) for value in service.options.values()]
    for key, value in (*pointers, ("secret", service.secret.partition(":")[2])):
        line = entry.line_of(key)
        found = (
            book_resource(value, "", f"{writing.where}.{key}", line, writing.report) if value[:4] == "arn:" else None
        )
        if found is not None:
            kept = found if key == "options" else replace(found, name="")
            yield ClaimedResource(entry.environment, kept, line, shared)
