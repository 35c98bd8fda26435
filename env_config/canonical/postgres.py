"""Where a PostgreSQL connection string leads: libpq's reading, and that of the clients which read it otherwise.

libpq takes the first ``@`` for the end of the user, lets ``?host=`` replace the authority, and obeys ``hostaddr``. asyncpg takes
the last ``@``, prefers the authority and ignores ``hostaddr``. SQLAlchemy allows slashes in a password and reads ``?host=h:port``.
Every host that one of them would use is a target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from . import disagreements, libpq
from .authorities import Found, Reading, read_port, readings, spread
from .hosts import parse_host
from .refusing import ambiguous, mismatched
from .target import Host, Target
from .urls import located

DEFAULT_PORT = 5432
_DEFAULT_PLACES = ("/var/run/postgresql", "/tmp", "localhost")
"""Where clients look when no host is named: a folder for sockets (which one was decided when libpq was built), or this machine."""
_HOST_KEYS = ("host", "hostaddr", "port", "service")
_PLAIN = re.compile(
    r"postgres(?:ql(?:\+[a-z0-9_]+)?)?://"
    r"(?:[A-Za-z0-9_.~%!$*-]*(?::[A-Za-z0-9_.~%!$*-]*)?@)?"  # user and password
    r"([A-Za-z0-9_.-]+)(?::([1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
    r"(?:/[A-Za-z0-9_.~-]*(?:\?(?!host|port|service|dbname|dsn|conninfo)[a-z_]+=[A-Za-z0-9_.~%:/+,-]*"
    r"(?:&(?!host|port|service|dbname|dsn|conninfo)[a-z_]+=[A-Za-z0-9_.~%:/+,-]*)*)?)?"
)
"""What no reader could take otherwise: one host, and nothing in the query that says where."""
_VARIABLES = {"host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT"}

_ENVIRONMENT = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")


def read_plain(text: str, environ: Mapping[str, str] | None) -> Target | None:
    """The target of a URI that no client could read otherwise; None for any other, which :func:`read_uri` reads."""
    plain = _PLAIN.fullmatch(text)
    if plain is None or (environ is not None and not environ.keys().isdisjoint(_ENVIRONMENT)):
        return None
    host, port = plain.groups()
    return located(parse_host(host), int(port) if port else DEFAULT_PORT, "postgresql")


def read_uri(
    text: str, environ: Mapping[str, str] | None, port: int = DEFAULT_PORT, system: str = "postgresql"
) -> list[Target]:
    """The targets of ``postgresql://…``, also with a driver's name in the scheme."""
    scheme, _, rest = text.partition("://")
    found: Found = {}
    if "+" not in scheme:
        _add_libpq(found, libpq_pairs(f"postgresql://{rest}"), environ, port)
    _add_others(found, rest, environ, port)
    return [Target(host, number, system) for host, number in found]


def read_pairs(text: str, environ: Mapping[str, str] | None) -> list[Target]:
    """The targets of ``host=… port=…``."""
    pairs = libpq_pairs(text)
    if pairs is None:
        raise ambiguous("a connection string that libpq does not take", "dsn-form")
    found: Found = {}
    _add_libpq(found, pairs, environ, DEFAULT_PORT)
    return [Target(host, number, "postgresql") for host, number in found]


def libpq_pairs(text: str) -> libpq.Pairs | None:
    """What libpq makes of it, whichever keywords its version knows; None where it reports an error."""
    try:
        return libpq.parse(text, known=frozenset())
    except libpq.Rejected:
        return None


# -------------------------------------------------------------------------------------------------------------- libpq


def _add_libpq(found: Found, pairs: libpq.Pairs | None, environ: Mapping[str, str] | None, port: int) -> None:
    if pairs is None:
        return
    last = dict(pairs)
    disagreements.agree("dsn-database", last.get("dbname", ""))
    written = [(keyword, value) for keyword, value in pairs if keyword in _HOST_KEYS]
    options = _completed({keyword: last[keyword] for keyword, _ in written}, environ)
    _add_connections(found, options, port)
    if len(written) != len({keyword for keyword, _ in written}):
        _add_overwritten(found, written, options, port)


def _completed(options: dict[str, str], environ: Mapping[str, str] | None) -> dict[str, str]:
    """The string's options, then those of its service, then those of the environment, as libpq fills them in."""
    service = options.pop("service", "") or (environ or {}).get("PGSERVICE", "")
    if service:
        if environ is None:
            raise ambiguous("a service whose file is not known here", "dsn-service")
        from .service_file import service_pairs

        for keyword, value in service_pairs(service, environ):
            options.setdefault(keyword, value)
    for keyword, variable in _VARIABLES.items():
        if environ is not None and variable in environ:
            options.setdefault(keyword, environ[variable])
    return options


def _add_connections(found: Found, options: Mapping[str, str], port: int) -> None:
    hosts = _listed(options.get("host", ""))
    addresses = _listed(options.get("hostaddr", ""))
    count = max(len(hosts), len(addresses), 1)
    if hosts and addresses and len(hosts) != len(addresses):
        raise mismatched("the numbers of hosts and of addresses differ", "dsn-addresses")
    ports = _listed(options.get("port", "")) or [""]
    if len(ports) not in (1, count):
        raise mismatched("the numbers of hosts and of ports differ", "dsn-ports")
    for index in range(count):
        number = read_port(ports[index if len(ports) > 1 else 0].strip(), port)
        named = [values[index] for values in (addresses, hosts) if values and values[index]]
        for place in named or _DEFAULT_PLACES:
            found[parse_host(place), number] = None


def _listed(text: str) -> list[str]:
    return text.split(",") if text else []


def _add_overwritten(found: Found, written: libpq.Pairs, options: Mapping[str, str], port: int) -> None:
    """Hosts that a later one replaces: another client, or a careless reader, would go there."""
    ports = [number for keyword, value in written if keyword == "port" for number in _listed(value)]
    numbers = [read_port(number.strip(), port) for number in ports or _listed(options.get("port", ""))] or [port]
    for keyword, value in written:
        if keyword in ("host", "hostaddr"):
            _add_product(found, (parse_host(piece) for piece in _listed(value) if piece), numbers)


def _add_product(found: Found, hosts: Iterable[Host], numbers: Iterable[int | None]) -> None:
    wanted = tuple(numbers)
    for host in hosts:
        for number in wanted:
            found[host, number] = None


# ------------------------------------------------------------------------------------------------------ other clients


def _add_others(found: Found, rest: str, environ: Mapping[str, str] | None, port: int) -> None:
    """Asyncpg's and SQLAlchemy's readings; where one of them names no host, the places of a client without one."""
    for reading in readings(rest):
        places, named = spread(reading, port, ("host", "hostaddr"))
        found.update(places)
        if not named and not any(key == "host" and value for key, value in reading.query):
            _add_default(found, reading, environ, port)


def _add_default(found: Found, reading: Reading, environ: Mapping[str, str] | None, port: int) -> None:
    variables = environ or {}
    written = [value for key, value in reading.query if key == "port"] or [
        number for _, number in reading.places if number
    ]
    numbers = [piece for value in written or [variables.get("PGPORT", "")] for piece in value.split(",")]
    hosts = _listed(variables.get("PGHOST", "")) or _DEFAULT_PLACES
    _add_product(
        found, (parse_host(host) for host in hosts if host), [read_port(number.strip(), port) for number in numbers]
    )
