"""The book of fakes: what stands in for other services while tests run."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from ..book.model import GUARD_LAYERS, Book, Endpoint, EnvironmentRules, IdentityPolicy, Service, Territory
from ..errors import UsageRefused
from ..policy.rules import LOOPBACK_NAMES

ENVIRONMENT = "test"
"""The environment that every test runs in."""
GUARDS = MappingProxyType({**dict.fromkeys(GUARD_LAYERS, "off"), "ambient": "enforce", "connects": "enforce"})
"""Tests have fakes, which carry no marker and no certificate; what they need is not to leave this machine."""
_NEVER = 4_102_444_800  # 2100-01-01: a book that is made when the run starts does not go stale
_FORM = "write a fake like: fake-db = postgresql://127.0.0.1:5433/social_care, each name once"
_NO_IDENTITY = IdentityPolicy(assertion="none", tls="off")


def fakes_book(lines: Iterable[str]) -> Book:
    """The book of the environment ``test`` from lines such as ``fake-db = postgresql://127.0.0.1:5433/social_care``.

    Raises:
        UsageRefused: a line says something else, or names a host that is neither this machine nor a container beside it.
    """
    services: dict[str, Service] = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in lines)):
        name, equals, url = (part.strip() for part in line.partition("="))
        if not equals or not name or name in services:
            raise _unreadable(line, "it has no name, or another fake has the same one")
        services[name] = fake_service(name, url)
    endpoints = tuple(Endpoint(service.host, service.port) for service in services.values())
    rules = {ENVIRONMENT: EnvironmentRules(ENVIRONMENT, ("testing",))}
    return Book(
        ENVIRONMENT,
        rules,
        services,
        own=Territory(ENVIRONMENT, endpoints=endpoints),
        guards=GUARDS,
        expires_at=_NEVER,
    )


def fake_service(name: str, url: str) -> Service:
    """One fake: ``kind://[user@]host:port[/database or path]``.

    Raises:
        UsageRefused: the URL has no kind, host or port, has a password, or leaves this machine.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _unreadable(name, "its URL cannot be read") from error
    if not parts.scheme or not host or port is None:
        raise _unreadable(name, "give a kind, a host and a port")
    if parts.password is not None:
        raise _unreadable(name, "leave the password out; a fake needs none, or a test gives it")
    if not _is_near(host):
        raise _unreadable(name, "a fake is on this machine, or a container beside it: a host name without dots")
    kind = "postgresql" if parts.scheme == "postgres" else parts.scheme
    is_web = kind in ("http", "https")
    return Service(
        name,
        kind,
        host=host,
        port=port,
        user=unquote(parts.username or ""),
        database="" if is_web else unquote(parts.path.lstrip("/")),
        path=parts.path if is_web else "",
        identity=_NO_IDENTITY,
    )


def is_loopback(host: str) -> bool:
    """Whether a canonical host is this machine."""
    return host in LOOPBACK_NAMES or host == "::1" or host.removeprefix("::ffff:").startswith("127.")


def _is_near(host: str) -> bool:
    return is_loopback(host) or host == "host.docker.internal" or not set(".:") & set(host)


def _unreadable(name: str, why: str) -> UsageRefused:
    return UsageRefused(f"the fake {name!r} cannot be used: {why}", code="USAGE", rule="fakes", hint=_FORM)
