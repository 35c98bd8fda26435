"""Whether a string looks like an address, and of which kind.

Used on every environment variable and on literals in source code, where nearly everything is no address; so a string counts
only if its form says so:

- a known scheme, ``jdbc:``, ``arn:aws…``; or an unknown scheme before something that has a host's form;
- a connection string: pairs of which one is a host key;
- an IPv4 address of four numbers, an IPv6 address of three groups or more, either with a port;
- a dotted name whose last label is a known top-level or private domain, and which is no file name, module path or version;
  any dotted name if a port follows; a single word if a port from 1024 follows that looks like no year.

Single words, integers, versions, dates, e-mail addresses, placeholders (``{host}``, ``${HOST}``, ``%s``) and paths are none. A
caller that knows the names it looks for compares those itself.
"""

from __future__ import annotations

import re

from .addresses import ipv6_readings
from .domains import is_domain
from .systems import LOCAL, SCHEMES, WEB

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+._-]*):(//|\\\\|/|\\)?")
_PLACEHOLDER = re.compile(r"[{}<>$|*`]|%[sdr(]|\.\.\.|…")
_QUAD = re.compile(r"(?:0[xX][0-9a-fA-F]{1,8}|[0-9]{1,4})(?:\.(?:0[xX][0-9a-fA-F]{1,8}|[0-9]{1,4})){3}\.?")
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_DOTTED = re.compile(r"(?!-)[A-Za-z0-9_.-]+\.[A-Za-z]{2,}(?::[0-9]{1,5})?")
_ARN = re.compile(r"aws[a-z-]*:[a-z0-9-]+:[^\s]*:[^\s]*:\S+")
_PORT = re.compile(r":([0-9]{1,5})")
_ADO_HOST = re.compile(
    r"(?:^|;)\s*(?:host|server|data source|datasource|address|addr|network address|failover partner|endpoint|accountendpoint)\s*=\s*[^=\s;]",
    re.IGNORECASE,
)
_PAIR_HOST = re.compile(r"(?:^|\s)(?:host|hostaddr|service|dbname)\s*=")
_DATABASE_KINDS = {"mongodb": "mongodb", "redis": "redis", "amqp": "amqp"}
_YEARS = range(1900, 2101)
_LONGEST = 4096


def kind_of(text: str) -> str | None:
    """``host``, ``url``, ``dsn``, ``jdbc``, ``ado``, ``mongodb``, ``redis``, ``amqp``, ``aws``; or None for anything else."""
    if len(text) < 4 or len(text) > _LONGEST or not (":" in text or "." in text or "=" in text or not text.isascii()):
        return None
    match = _SCHEME.match(text)
    if match is not None:
        found = _by_scheme(match, text)
        if found is not None:
            return found or None
    bare = text.strip()
    if "=" in bare:
        return _by_pairs(bare)
    return "host" if _is_host_list(bare) else None


def _by_scheme(match: re.Match[str], text: str) -> str | None:
    """The kind; an empty string if the scheme settles that it is none; None if this is no scheme."""
    scheme, slashes = match.group(1).lower(), match.group(2)
    rest = text[match.end() :]
    if scheme.startswith("jdbc"):
        return "jdbc" if rest[:1].isalpha() and not _PLACEHOLDER.search(_authority(rest)) else ""
    if scheme == "arn":
        open_ended = "{" in rest and re.search(r":[0-9]{12}:", rest) is None
        return "aws" if _ARN.fullmatch(rest) and not open_ended else ""
    if slashes is None or (slashes in ("/", "\\") and scheme not in WEB):
        return None
    if scheme in ("s3", "s3a", "s3n"):
        return "aws" if _NAME.match(rest) or rest.startswith("arn:") else ""
    if scheme in LOCAL:
        return ""
    return _by_authority(scheme, rest)


def _by_authority(scheme: str, rest: str) -> str:
    authority = _authority(rest)
    host = authority.rpartition("@")[2]
    base = scheme.partition("+")[0]
    known = scheme in SCHEMES or base in SCHEMES
    if _is_prose(authority, rest) or _PLACEHOLDER.search(host):
        return ""
    system = (SCHEMES.get(scheme) or SCHEMES.get(base) or ("", None))[0]
    if not rest.strip("/:@ "):
        return ""
    if known and scheme not in WEB and system != "tcp":
        return _DATABASE_KINDS.get(system, "dsn" if system not in ("http", "https", "smtp", "ldap", "ssh") else "url")
    if scheme in WEB:
        return "url"
    if base in ("unix",) or scheme.endswith(("+unix", "+socket")):
        return "url"
    plain = host.partition(",")[0]
    return "url" if plain and (known or _is_host(plain) or _DOTTED.fullmatch(plain)) else ""


def _authority(rest: str) -> str:
    return re.split(r"[/?#]", rest.lstrip("/\\"), maxsplit=1)[0]


def _is_prose(authority: str, rest: str) -> bool:
    """A URL followed by words is text about a URL; tabs and line ends inside are what some clients drop."""
    squeezed = re.sub(r"[\t\r\n]", "", rest.strip())
    return " " in squeezed or ("\n" in rest.strip() and "\n" not in authority.strip())


def _by_pairs(text: str) -> str | None:
    if _is_list_with_options(text):
        return "redis"
    if ";" in text or _ADO_HOST.match(text):
        found = _ADO_HOST.search(text)
        if found is None or "\n" in text or "(" in text.partition("=")[0]:
            return None
        value = text[found.end() - 1 :].partition(";")[0]
        settled = ";" in text and not _PLACEHOLDER.search(value) and not re.search(r"[()\[\]]", text.partition("=")[0])
        if settled:
            return "ado"
    return "dsn" if _PAIR_HOST.search(text) and _is_conninfo(text) else None


def _is_conninfo(text: str) -> bool:
    from .libpq import Rejected, parse

    try:
        options = dict(parse(text))
    except Rejected:
        return False
    places = [options[keyword] for keyword in ("host", "hostaddr", "service") if options.get(keyword)]
    if not places:
        return len(options) > 1 and "dbname" in options
    if any(_PLACEHOLDER.search(place) for place in places):
        return False
    return all(place[0] in "/@" or re.fullmatch(r"[^\s/&=;\"'()]+", place) for place in places) and (
        len(options) > 1 or _is_host_list(places[0]) or places[0][0] == "/" or "service" not in options
    )


def _is_host_list(text: str) -> bool:
    pieces = re.split(r"[,;]", text)
    if len(pieces) == 1:
        return _is_host(text)
    return all(":" in piece and _is_host(piece.strip()) for piece in pieces)


def _is_list_with_options(text: str) -> bool:
    """``a:6379,b:6379,ssl=true``: hosts first, each with its port, then options."""
    pieces = text.partition("=")[0].split(",")[:-1]
    return bool(pieces) and all(":" in piece and _is_host(piece) for piece in pieces)


def _is_host(text: str) -> bool:
    if not text.isascii():
        return _is_folded_host(text)
    if text[:1] == "[":
        inner, bracket, port = text[1:].partition("]")
        return bool(bracket) and bool(ipv6_readings(inner)) and (not port or _PORT.fullmatch(port) is not None)
    if text.count(":") > 1:
        return text.count(":") > 2 and any(character.isdigit() for character in text) and bool(ipv6_readings(text))
    name, colon, port = text.partition(":")
    if colon and (_PORT.fullmatch(colon + port) is None or not 0 < int(port) < 65536):
        return False
    if _QUAD.fullmatch(name):
        return True
    if not _NAME.fullmatch(name):
        return False
    if "." not in name.rstrip("."):
        return bool(colon) and int(port) >= 1024 and int(port) not in _YEARS and name[0].isalpha()
    return is_domain(name, port=bool(colon))


def _is_folded_host(text: str) -> bool:
    """Full-width and circled characters: judged by what they fold to, if that is one word."""
    from .international import labels_of, mapped_label

    if any(character.isspace() for character in text):
        return False
    folded = ".".join(mapped_label(label) for label in labels_of(text.partition(":")[0]))
    if folded.isascii():
        return _is_host(folded)
    return "." in folded and is_domain("a." + folded.rpartition(".")[2], port=False)
