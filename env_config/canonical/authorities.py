"""Host and port, lists of them, and the two ways of cutting a connection URL into its parts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from .hosts import parse_host
from .refusing import ambiguous
from .spellings import percent_decoded, unreadable
from .target import Host

Endpoint = tuple[Host, "int | None"]
Found = dict[Endpoint, None]

_AUTHORITY_END = re.compile(r"[/?#]")
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_ALCHEMY = re.compile(
    r"(?:[^:/]*(?::[^@]*)?@)?"  # user: no colon or slash; password: everything but an @, even slashes
    r"((?:\[[^/?]+\]|[^/:?]+)?(?::[^/?]*)?)"
    r"(?:/[^?]*)?(?:\?(.*))?",
    re.DOTALL,
)


def split_port(text: str) -> tuple[str, str | None]:
    """The host's text and the port's text of ``host``, ``host:port``, ``[v6]``, ``[v6]:port`` or a bare IPv6 address."""
    if text[:1] == "[":
        inner, bracket, rest = text.partition("]")
        if not bracket or (rest and rest[0] != ":"):
            raise unreadable()
        return inner + bracket, rest[1:] if rest else None
    if text[:1] == "/" or text.count(":") != 1:
        return text, None
    host, _, port = text.partition(":")
    return host, port


def read_port(text: str | None, default: int | None = None) -> int | None:
    """The port's number.

    Raises:
        TargetRefused: AMBIGUOUS where it is none between 1 and 65535 in plain digits.
    """
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= 65535:
        return int(text)
    raise ambiguous("a port that is no number from 1 to 65535", "port")


def read_endpoint(text: str, default: int | None = None, *, percent: bool = True) -> Endpoint:
    """The host and port of one entry."""
    host, port = split_port(text)
    return parse_host(host, percent=True) if percent else parse_host(host), read_port(port, default)


def read_list(text: str, default: int | None = None, *, percent: bool = True) -> list[Endpoint]:
    """The hosts and ports of a list with commas; entries without a host are left out."""
    return [read_endpoint(piece, default, percent=percent) for piece in text.split(",") if piece and piece[0] != ":"]


def standard_authority(rest: str) -> str:
    """What follows ``//`` up to the first ``/``, ``?`` or ``#`` (RFC 3986), user information included."""
    end = _AUTHORITY_END.search(rest)
    return rest if end is None else rest[: end.start()]


def host_part(authority: str) -> str:
    """The authority behind its last ``@``."""
    return authority.rpartition("@")[2]


class Reading(NamedTuple):
    """One way of reading what follows ``//``: the hosts with their ports, and the query's pairs.

    Attributes:
        places: text of host and port of each entry of the authority; either may be empty.
        query: decoded pairs.
        trailing: a port at the end of the list counts for every host.
    """

    places: tuple[tuple[str, str | None], ...]
    query: tuple[tuple[str, str], ...]
    trailing: bool


def readings(rest: str) -> list[Reading]:
    """RFC 3986's reading (last ``@``, fragments) and SQLAlchemy's (slashes in passwords, no fragments)."""
    base, _, _ = rest.partition("#")
    authority = host_part(standard_authority(base))
    query = base.partition("?")[2]
    alchemy = _ALCHEMY.match(rest)
    hosts, asked = alchemy.groups() if alchemy else (authority, query)
    standard = Reading(_places(authority), _query(query), False)
    other = Reading(_places(hosts), _query(asked or ""), True)
    return [standard] if other[:2] == standard[:2] and len(other.places) < 2 else [standard, other]


def _places(authority: str) -> tuple[tuple[str, str | None], ...]:
    return tuple(("", piece[1:]) if piece[:1] == ":" else split_port(piece) for piece in authority.split(","))


def _query(query: str) -> tuple[tuple[str, str], ...]:
    return tuple((key.strip(), value.strip(" ")) for key, value in query_pairs(query)) if query else ()


def spread(reading: Reading, default: int | None, host_keys: Collection[str]) -> tuple[Found, bool]:
    """Every host of a reading with every port a client could use for it, and whether the authority names a host.

    A host without a port gets the default; a port in the query goes with every host; a host in the query also gets the
    authority's port.
    """
    found: Found = {}
    asked = [
        read_port(piece.strip())
        for key, value in reading.query
        if key.lower() == "port"
        for piece in value.split(",")
        if piece
    ]
    last = read_port(reading.places[-1][1]) if reading.places else None
    for text, port in reading.places:
        if text:
            own = read_port(port)
            others = [last] if reading.trailing and last else []
            for number in [own, *asked] if own else [default, *others, *asked]:
                found[parse_host(text, percent=True), number] = None
    named = bool(found)
    for key, value in reading.query:
        if key.lower() in host_keys:
            for host, number in _asked_places(value):
                for each in [number, *asked] if number else [last or default, *asked]:
                    found[host, each] = None
    return found, named


def _asked_places(value: str) -> list[Endpoint]:
    pieces = [piece for piece in value.split(",") if piece]
    return [(parse_host(piece), None) if piece[0] in "/@" else read_endpoint(piece, percent=False) for piece in pieces]


def query_pairs(query: str) -> list[tuple[str, str]]:
    """The decoded pairs of a query, in order."""
    pairs = (piece.partition("=") for piece in query.split("&"))
    return [
        (decoded(key.replace("+", " ")), decoded(value.replace("+", " "))) for key, equals, value in pairs if equals
    ]


def decoded(text: str) -> str:
    """The percent-decoded text, or the text itself where it is not encoded properly."""
    return text if _MALFORMED.search(text) else percent_decoded(text)
