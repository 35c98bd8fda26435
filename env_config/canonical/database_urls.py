"""URLs of databases, caches and brokers: seed lists, several URLs in one string, sockets, hosts in the query."""

from __future__ import annotations

import re

from . import disagreements
from .authorities import host_part, read_port, readings, split_port, spread, standard_authority
from .hosts import parse_host
from .spellings import percent_decoded, unreadable
from .systems import system_of
from .target import Host, Target
from .urls import located, scheme_of

_NEXT_URL = re.compile(r"[,;|]\s*(?=[A-Za-z][A-Za-z0-9+.-]*://)")
_HOST_KEYS = frozenset(
    {"host", "hosts", "hostname", "hostaddr", "server", "servername", "failover_partner", "failoverpartner"}
    | {"unix_socket", "unix_socket_path", "proxyhost", "addr", "address"}
)
_NESTED_KEYS = frozenset({"odbc_connect", "dsn", "conninfo"})
_SOCKET_SCHEME = re.compile(r"(?:[a-z0-9]+[+-])?(?:unix|socket)s?(?:-abstract)?")
_DESCRIPTION_HOST = re.compile(
    r"\(\s*host\s*=\s*([^()\s]+)\s*\)(?:[^()]*\(\s*port\s*=\s*([^()\s]+)\s*\))?", re.IGNORECASE
)


def each_url(text: str) -> list[str]:
    """The URLs of a list such as Celery's ``amqp://a;amqp://b``; a query may hold a URL, so nothing behind it is cut."""
    head = re.split(r"[?#]", text, maxsplit=1)[0]
    pieces = _NEXT_URL.split(head)
    pieces[-1] += text[len(head) :]
    return pieces


def read_database(text: str) -> list[Target]:
    """Every place that a URL such as ``redis://``, ``mongodb://``, ``mysql+pymysql://`` or ``amqp://`` could lead to."""
    disagreements.agree("url-", text)
    scheme, rest = scheme_of(text.strip())
    if _SOCKET_SCHEME.fullmatch(scheme):
        return [_socket(rest, scheme)]
    if not rest.startswith("//"):
        raise unreadable()
    rest = rest[2:]
    system, default = _system(scheme)
    if "(" in rest:
        described = described_endpoints(rest, system, default)
        if described:
            return described
    authority = standard_authority(rest)
    disagreements.agree("authority-", authority)
    return _places(rest, system, default)


def _system(scheme: str) -> tuple[str, int | None]:
    if scheme == "mongodb+srv":
        return "mongodb", None
    if "sentinel" in scheme:
        return "redis", 26379
    return system_of(scheme)


def _places(rest: str, system: str, default: int | None) -> list[Target]:
    """What every reading names; a client that finds no host in the authority may go to this machine."""
    path = rest[len(standard_authority(rest)) :]
    found: dict[Target, None] = {}
    for reading in readings(rest):
        endpoints, named = spread(reading, default, _HOST_KEYS)
        nested = [
            target for key, value in reading.query if key.lower() in _NESTED_KEYS and value for target in _nested(value)
        ]
        if not named and not nested:
            ports = [read_port(number) for _, number in reading.places if number]
            ports += [read_port(value) for key, value in reading.query if key.lower() == "port" and value]
            endpoints |= dict.fromkeys((Host("localhost"), number) for number in ports or [default])
        found |= dict.fromkeys(located(host, port, system, path) for host, port in endpoints)
        found |= dict.fromkeys(nested)
    return list(found)


def _nested(value: str) -> list[Target]:
    from .dispatch import read_targets

    return list(read_targets(value, "ado" if ";" in value else "dsn", None))


def _socket(rest: str, scheme: str) -> Target:
    """``unix:/path``, ``unix:///path``, ``redis+unix://user@/path?db=1``: the path is the address."""
    path = re.split(r"[?#]", rest, maxsplit=1)[0]
    if path.startswith("//"):
        path = host_part(path[2:])
    if "abstract" in scheme:
        path = "@" + path.lstrip("@")
    system = system_of(re.split(r"[+-]", scheme)[0])[0]
    return Target(parse_host(percent_decoded(path)), None, system)


def described_endpoints(text: str, system: str, default: int | None) -> list[Target]:
    """The hosts of Oracle's ``(DESCRIPTION=(ADDRESS=(HOST=…)(PORT=…)))`` and of MySQL's ``address=(host=…)(port=…)``."""
    found = []
    for match in _DESCRIPTION_HOST.finditer(text):
        host, port = match.groups()
        found.append(Target(parse_host(split_port(host)[0]), read_port(port, default), system))
    return found
