"""ADO.NET and ODBC connection strings: ``key=value;…`` as Npgsql, SqlClient, MySQL and Oracle clients read them."""

from __future__ import annotations

import re

from .authorities import read_endpoint, read_port
from .hosts import parse_host
from .refusing import ambiguous
from .target import Host, Target

_HOST_KEYS = frozenset(
    {"host", "hostname", "server", "servername", "server name", "data source", "datasource", "address", "addr"}
    | {
        "network address",
        "failover partner",
        "failoverpartner",
        "failover_partner",
        "failoverserver",
        "failoverpartnername",
    }
    | {"hostaddr", "host name", "network", "dbq"}
)
_URL_KEYS = frozenset(
    {"endpoint", "accountendpoint", "blobendpoint", "queueendpoint", "tableendpoint", "fileendpoint", "url", "uri"}
    | {"serviceuri", "baseurl", "base url"}
)
_NESTED_KEYS = frozenset({"provider connection string", "connectionstring", "connection string"})
_PORT_KEYS = frozenset({"port", "portnumber", "port number"})
_SQLSERVER_KEYS = frozenset(
    {"initial catalog", "integrated security", "trusted_connection", "failover partner", "attachdbfilename"}
)
_FILE = re.compile(
    r"(?::memory:|.*\.(?:db|db3|sqlite|sqlite3|sdf|mdf|mdb|accdb|xlsx?|csv)|.*[/\\].*\.\w+|\|datadirectory\|.*)", re.I
)
_LOCAL = frozenset({".", "(local)", "local"})
_PROTOCOL = re.compile(r"(tcp|np|lpc|admin):", re.IGNORECASE)


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """The pairs in order: keys in lower case with single blanks, quotes and ODBC's braces taken off.

    Raises:
        TargetRefused: AMBIGUOUS where a quote or brace is not closed, or text stands without ``=``.
    """
    pairs = []
    position = 0
    while position < len(text):
        equals = _key_end(text, position)
        semicolon = text.find(";", position)
        if equals < 0 or 0 <= semicolon < equals:
            end = semicolon if semicolon >= 0 else len(text)
            if text[position:end].strip():
                raise ambiguous("text that belongs to no key", "ado-form")
            position = end + 1
            continue
        key = " ".join(text[position:equals].replace("==", "=").lower().split())
        value, position = _value(text, equals + 1)
        pairs.append((key, value))
    return pairs


def _key_end(text: str, position: int) -> int:
    """The first ``=`` that is not doubled."""
    while True:
        equals = text.find("=", position)
        if equals < 0 or text[equals + 1 : equals + 2] != "=":
            return equals
        position = equals + 2


def _value(text: str, position: int) -> tuple[str, int]:
    while text[position : position + 1].isspace():
        position += 1
    opening = text[position : position + 1]
    closing = {"'": "'", '"': '"', "{": "}"}.get(opening)
    if closing is None:
        end = text.find(";", position)
        end = len(text) if end < 0 else end
        return text[position:end].strip(), end + 1
    value = []
    position += 1
    while True:
        end = text.find(closing, position)
        if end < 0:
            raise ambiguous("a quote that is not closed", "ado-form")
        value.append(text[position:end])
        position = end + 1
        if text[position : position + 1] != closing:
            break
        value.append(closing)
        position += 1
    end = text.find(";", position)
    end = len(text) if end < 0 else end
    if text[position:end].strip():
        raise ambiguous("text behind a closing quote", "ado-form")
    return "".join(value), end + 1


def read_ado(text: str) -> list[Target]:
    """Every host that one of the keys names; a repeated key counts each time."""
    pairs = parse_pairs(text)
    keys = {key for key, _ in pairs}
    system = "sqlserver" if keys & _SQLSERVER_KEYS else ""
    ports = list(dict.fromkeys(read_port(value) for key, value in pairs if key in _PORT_KEYS)) or [None]
    if not keys & (_HOST_KEYS | _URL_KEYS | _NESTED_KEYS):
        raise ambiguous("a connection string that names no host", "ado-host")
    found: dict[Target, None] = {}
    for key, value in pairs:
        for target in _pair_targets(key, value, system, ports):
            found[target] = None
    return list(found)


def _pair_targets(key: str, value: str, system: str, ports: list[int | None]) -> list[Target]:
    from .dispatch import read_targets

    if not value:
        return []
    if key in _HOST_KEYS:
        return _server(value, system, ports)
    if key in _NESTED_KEYS:
        return list(read_targets(value, "ado", None))
    if key in _URL_KEYS and "://" in value:
        return list(read_targets(value, "url", None))
    return []


def _server(value: str, system: str, ports: list[int | None]) -> list[Target]:
    from .database_urls import described_endpoints
    from .dispatch import read_targets

    if "://" in value:
        return list(read_targets(value, "url", None))
    if value[0] in "/@" and value[:2] != "//":
        return [Target(parse_host(value), port, system) for port in ports]
    if "(" in value and "=" in value:
        return described_endpoints(value, "oracle", 1521)
    if _FILE.fullmatch(value) and _PROTOCOL.match(value) is None:
        return []
    return [
        Target(host, port or number, kind) for host, port, kind in server_entries(value, system) for number in ports
    ]


def server_entries(value: str, system: str) -> list[tuple[Host, int | None, str]]:
    r"""The hosts of ``tcp:host\instance,port``, ``host:port/service``, ``a:1,b:2``."""
    protocol = _PROTOCOL.match(value)
    if protocol is not None:
        value, system = value[protocol.end() :], "sqlserver"
    if value.startswith("\\\\"):  # a named pipe: \\host\pipe\sql\query
        value = value[2:].partition("\\")[0]
    pieces = [piece.strip() for piece in value.removeprefix("//").split(",")]
    port = None
    if len(pieces) == 2 and pieces[1].isdigit():
        port, pieces = read_port(pieces[1]), pieces[:1]
    entries = []
    for piece in pieces:
        host, instance = piece.partition("\\")[::2]
        host = host.partition("/")[0].strip()
        if not host:
            continue
        if host.lower() in _LOCAL or host.lower().startswith("(localdb)"):
            host = "localhost"
        parsed, number = read_endpoint(host, percent=False)
        entries.append((parsed, number or port, "sqlserver" if instance else system))
    return entries
