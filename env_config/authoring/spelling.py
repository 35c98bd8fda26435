"""Places as a book writes them: one spelling each, or a problem that says which."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace

from ..canonical import parse_host, resource_of
from ..canonical.target import Host, Resource
from ..errors import Refusal
from .problems import Report

_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:]+)(?::([0-9]{1,5}))?")


def book_host(text: str, where: str, line: int, report: Report) -> Host | None:
    """The host, or None if clients could disagree about it. An odd spelling is reported, and read all the same."""
    try:
        host = parse_host(text)
    except Refusal as refusal:
        hint = "write the plain name or address, and a port under `port`"
        report.add(f"{where}: no host that every client reads alike ({refusal.message})", line, hint=hint)
        return None
    plain = text.strip("[]").lower()
    if host.name != (plain[:-1] if plain.endswith(".") else plain):
        report.add(f"{where}: an odd spelling of a host", line, hint=f"write {host.name}")
    return host


def host_and_port(text: str, where: str, line: int, report: Report) -> tuple[Host, int | None] | None:
    """``host``, ``host:port``, ``[address]:port`` or a bare IPv6 address."""
    if text.count(":") > 1 and not text.startswith("["):
        name, port = text, None
    else:
        found = _HOST_PORT.fullmatch(text)
        if found is None or (found.group(2) is not None and not 1 <= int(found.group(2)) <= 65535):
            report.add(f"{where}: not host:port", line, hint="write host:port, with brackets around an IPv6 address")
            return None
        name, port = found.group(1), int(found.group(2)) if found.group(2) else None
    host = book_host(name, where, line, report)
    return None if host is None else (host, port)


def ip_address(text: str, where: str, line: int, report: Report) -> tuple[str, ...]:
    """The address, and any that it carries inside; nothing if it is not an IP address."""
    host = book_host(text, where, line, report)
    if host is not None and not host.is_address:
        report.add(f"{where}: not an IP address", line, hint="put names under `host`")
    return host.addresses if host is not None else ()


def network(text: str, where: str, line: int, report: Report) -> str | None:
    """The network in canonical text."""
    try:
        found = ipaddress.ip_network(text, strict=True)
    except ValueError:
        try:
            hint = f"write {ipaddress.ip_network(text, strict=False)}"
        except ValueError:
            hint = "write a network such as 10.0.0.0/24"
        report.add(f"{where}: not a network", line, hint=hint)
        return None
    if found.prefixlen == 0:
        report.add(f"{where}: a network of all addresses", line, hint="name the networks that belong to it")
        return None
    return str(found)


def domain(text: str, where: str, line: int, report: Report) -> str | None:
    """The domain of a wildcard: ``*.x.example`` gives ``x.example``."""
    host = book_host(text.removeprefix("*."), where, line, report)
    if host is None or host.is_address:
        return None
    if "." not in host.name:
        report.add(
            f"{where}: a wildcard over a whole top-level domain",
            line,
            hint="name the domain, such as *.production.example",
        )
        return None
    return host.name


def book_resource(text: str, service: str, where: str, line: int, report: Report) -> Resource | None:
    """The resource that a name, an ARN or a queue's URL stands for; ``service`` is for plain names."""
    try:
        return resource_of(service, text)
    except Refusal as refusal:
        report.add(f"{where}: no resource that every client reads alike ({refusal.message})", line)
        return None


def resource_of_host(host: str, path: str) -> Resource | None:
    """The database, bucket or gateway that a host name of AWS names."""
    if "aws" not in host:
        return None
    from ..canonical.cloud_hosts import resource_at

    try:
        found = resource_at(host, path)
    except Refusal:
        return None  # a path that goes up; the grammar of paths has reported it
    if found is None or found.service not in _BY_ACCOUNT or not found.name:
        return found
    # The second label stands for account and region: equal identifiers under two of them are two databases.
    return replace(found, account=host.split(".")[1].rpartition("-")[2])


_BY_ACCOUNT = frozenset({"rds", "docdb", "neptune", "redshift"})
