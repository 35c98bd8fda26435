"""JDBC URLs: PostgreSQL and Redshift, MySQL and MariaDB, SQL Server and jTDS, Oracle thin, and others with ``//host:port``."""

from __future__ import annotations

import re

from . import disagreements
from .authorities import host_part, query_pairs, read_endpoint, read_list, read_port, standard_authority
from .database_urls import described_endpoints, read_database
from .hosts import parse_host
from .refusing import ambiguous
from .systems import system_of
from .target import Host, Target

_PREFIX = re.compile(r"(?:jdbc(?:-secretsmanager)?:)+", re.IGNORECASE)
_LOCAL = re.compile(r"(?:sqlite|duckdb|derby|tc|h2:(?:mem|file|~|\.)|hsqldb:(?:mem|file|res)|calcite)\b")
_PROPERTY_HOSTS = frozenset(
    {"pghost", "host", "hostname", "servername", "server", "failoverpartner", "localsocket", "localsocketaddress"}
    | {"socksproxyhost", "proxyhost", "databaseserver"}
)
_PROPERTY_PORTS = frozenset({"pgport", "port", "portnumber"})
_ELSEWHERE = frozenset({"socketfactory", "socketfactoryarg", "cloudsqlinstance", "service", "dnssrv"})


def read_jdbc(text: str) -> list[Target]:
    """Every host that the URL, or a property in it, names.

    Raises:
        TargetRefused: AMBIGUOUS where a property hands the choice of the host to something else.
    """
    prefix = _PREFIX.match(text)
    rest = text[prefix.end() :] if prefix else text
    lowered = rest.lower()
    if _LOCAL.match(lowered):
        return []
    if "oracle:" in lowered.partition("//")[0].partition("@")[0]:
        return _oracle(rest)
    if "mongodb" in lowered[:12]:
        return read_database(rest)
    driver, slashes, body = rest.partition("//")
    words = driver.lower().split(":")
    system, port = _system(words)
    if system == "sqlserver" and "jtds" not in words:
        return _sqlserver(body, port)
    if not slashes:
        return _hostless(words, rest, system, port)
    return _authority(body, system, port)


def _system(words: list[str]) -> tuple[str, int | None]:
    known = [system_of(word) for word in words if word]
    return next((pair for pair in known if pair[0]), ("", None))


def _hostless(words: list[str], rest: str, system: str, port: int | None) -> list[Target]:
    if "sybase" in words:
        return [Target(*read_endpoint(":".join(rest.partition("/")[0].split(":")[2:4]), percent=False), "sybase")]
    if not system:
        raise ambiguous("a JDBC URL of an unknown form", "jdbc-form")
    properties = _properties(rest.partition("?")[2], "&")
    return _from_properties(properties, system, port) or [Target(Host("localhost"), port, system)]


def _properties(text: str, separator: str) -> list[tuple[str, str]]:
    pairs = [(key.lower(), value) for key, value in query_pairs(text.replace(separator, "&"))]
    if any(key in _ELSEWHERE for key, _ in pairs):
        raise ambiguous("a property that hands the choice of the host to something else", "jdbc-factory")
    return pairs


def _from_properties(properties: list[tuple[str, str]], system: str, port: int | None) -> list[Target]:
    ports = [read_port(value, port) for key, value in properties if key in _PROPERTY_PORTS] or [port]
    hosts = [value for key, value in properties if key in _PROPERTY_HOSTS and value]
    found = []
    for value in hosts:
        for piece in value.split(","):
            host, number = read_endpoint(piece, percent=False)
            found += [Target(host, number or each, system) for each in ports]
    return found


def _authority(body: str, system: str, port: int | None) -> list[Target]:
    """``//h1:p1,h2:p2/database?…``; MySQL also has ``(host=…,port=…)``, and a user before each host."""
    disagreements.agree("url-", f"jdbc://{body}")
    head, _, query = body.partition("?")
    semicolon = head.partition(";")[2]
    head = head.partition(";")[0]
    properties = _properties(query, "&") + _properties(semicolon, ";")
    if "(" in head:
        found = described_endpoints(head.replace(",", ")("), system, port)
    else:
        authority = standard_authority(head)
        pieces = [host_part(piece) for piece in authority.split(",")]
        endpoints = read_list(",".join(pieces), port)
        ports = [read_port(value) for key, value in properties if key in _PROPERTY_PORTS]
        found = [Target(host, number, system) for host, number in endpoints]
        found += [Target(host, number, system) for host, _ in endpoints for number in ports]
    found += _from_properties(properties, system, port)
    return list(dict.fromkeys(found)) or [Target(Host("localhost"), port, system)]


def _sqlserver(body: str, port: int | None) -> list[Target]:
    r"""``//host\instance:port;key=value;…``: any of these parts may be missing."""
    from .ado import parse_pairs

    head, _, options = body.partition(";")
    pairs = [(key.replace(" ", ""), value) for key, value in parse_pairs(options)]
    if any(key in _ELSEWHERE for key, _ in pairs):
        raise ambiguous("a property that hands the choice of the host to something else", "jdbc-factory")
    numbers = [read_port(value, port) for key, value in pairs if key in _PROPERTY_PORTS]
    named = any(key == "instancename" for key, _ in pairs)
    written = [head.partition("/")[0]] if head else []
    written += [value for key, value in pairs if key in _PROPERTY_HOSTS and value]
    found: dict[Target, None] = {}
    for text in written:
        server, instance, number = _instance(text)
        fallback = [None] if instance or named else [port]
        for each in [number] if number else numbers or fallback:
            found[Target(parse_host(server), each, "sqlserver")] = None
    return list(found) or [Target(Host("localhost"), port, "sqlserver")]


def _instance(text: str) -> tuple[str, bool, int | None]:
    server, backslash, rest = text.partition("\\")
    if backslash:
        return server, True, read_port(rest.partition(":")[2])
    from .authorities import split_port

    host, number = split_port(text)
    return host, False, read_port(number)


def _oracle(rest: str) -> list[Target]:
    """``oracle:thin:user/password@…``, behind the last ``@``: ``//h:p/service``, ``h:p:sid``, a description, or an alias."""
    place = rest.rpartition("@")[2]
    if "(" in place:
        found = described_endpoints(place, "oracle", 1521)
        if found:
            return found
        raise ambiguous("a description without a host", "jdbc-form")
    scheme, separator, behind = place.partition("//")
    if scheme.lower() in ("ldap:", "ldaps:"):
        return read_database(place)
    place = behind if separator else place
    listed = re.split(r"[,;]", place.partition("/")[0].partition("?")[0])
    endpoints = [":".join(piece.split(":")[:2]) if piece[:1] != "[" else piece for piece in listed if piece]
    if not endpoints or (not separator and ":" not in place and "/" not in place):
        raise ambiguous("an alias whose file is not known here", "jdbc-alias")
    return [
        Target(host, port, "oracle")
        for host, port in (read_endpoint(piece, 1521, percent=False) for piece in endpoints)
    ]
