"""Connection strings exactly as libpq 18 reads them: which it accepts, and every pair of keyword and value.

Two forms: a URI, and pairs of ``keyword = value`` with quotes and backslashes. The parser keeps duplicates (libpq keeps the
last) so that a caller can see every host that was written. Bytes that are no UTF-8 appear as surrogates.
"""

from __future__ import annotations

import re

from .spellings import percent_decoded

_PREFIXES = ("postgresql://", "postgres://")
_KEYWORDS = """
    service user password passfile channel_binding connect_timeout dbname host hostaddr port client_encoding options
    application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count
    tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey sslcertmode sslpassword sslrootcert sslcrl
    sslcrldir sslsni requirepeer require_auth min_protocol_version max_protocol_version ssl_min_protocol_version
    ssl_max_protocol_version gssencmode krbsrvname gsslib gssdelegation replication target_session_attrs
    load_balance_hosts scram_client_key scram_server_key oauth_issuer oauth_client_id oauth_client_secret oauth_scope
    sslkeylogfile
"""
KEYWORDS = frozenset(_KEYWORDS.split())
"""What libpq 18 knows."""
_BLANKS = re.compile(r"[ \t\n\v\f\r]*")
_KEYWORD = re.compile(r"[^= \t\n\v\f\r]*")
_UNQUOTED = re.compile(r"(?:[^\\ \t\n\v\f\r]|\\.)*\\?", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_HOST = re.compile(r"[^:/?,]*")
_PORT = re.compile(r"[^/?,]*")

Pairs = list[tuple[str, str]]


class Rejected(ValueError):
    """libpq would not take the string."""


def parse(text: str, *, known: frozenset[str] = KEYWORDS) -> Pairs:
    """The pairs of a connection string, in the order in which libpq stores them.

    Args:
        text: the connection string.
        known: keywords to accept; empty means any word, for what another version of libpq may know.

    Raises:
        Rejected: where libpq reports an error.
    """
    if "\0" in text:
        raise Rejected("a NUL")
    pairs = _parse_uri(text) if is_uri(text) else _parse_pairs(text)
    stored = [_stored(keyword, value) for keyword, value in pairs]
    if any(keyword not in known if known else not keyword.isidentifier() for keyword, _ in stored):
        raise Rejected("a keyword that does not exist")
    return stored


def is_uri(text: str) -> bool:
    """True if libpq takes the text for a URI: the prefix is compared exactly."""
    return text.startswith(_PREFIXES)


def _stored(keyword: str, value: str) -> tuple[str, str]:
    if keyword == "requiressl":
        return "sslmode", "require" if value[:1] == "1" else "prefer"
    return keyword, value


# ----------------------------------------------------------------------------------------------------------------- URI


def _parse_uri(text: str) -> Pairs:
    rest = text[text.index("//") + 2 :]
    pairs: Pairs = []
    rest = _take_user(rest, pairs)
    rest, terminator = _take_hosts(rest, pairs)
    if terminator and terminator != "?":
        database, mark, rest = rest.partition("?")
        if database:
            pairs.append(("dbname", decoded(database)))
        terminator = mark
    if terminator:
        pairs += _parameters(rest)
    return pairs


def _take_user(rest: str, pairs: Pairs) -> str:
    at, slash = rest.find("@"), rest.find("/")
    if at < 0 or 0 <= slash < at:
        return rest
    user, _, password = rest[:at].partition(":")
    if user:
        pairs.append(("user", decoded(user)))
    if password:
        pairs.append(("password", decoded(password)))
    return rest[at + 1 :]


def _take_hosts(rest: str, pairs: Pairs) -> tuple[str, str]:
    hosts, ports = [], []
    while True:
        host, rest = _take_host(rest)
        hosts.append(host)
        terminator, rest = rest[:1], rest[1:]
        port = ""
        if terminator == ":":
            end = _end(_PORT, rest, 0)
            port, rest = rest[:end], rest[end:]
            terminator, rest = rest[:1], rest[1:]
        ports.append(port)
        if terminator != ",":
            break
    for keyword, values in (("host", hosts), ("port", ports)):
        joined = ",".join(values)
        if joined:
            pairs.append((keyword, decoded(joined)))
    return rest, terminator


def _take_host(rest: str) -> tuple[str, str]:
    if rest[:1] != "[":
        end = _end(_HOST, rest, 0)
        return rest[:end], rest[end:]
    end = rest.find("]")
    if end < 0:
        raise Rejected("a bracket that is not closed")
    if end == 1:
        raise Rejected("brackets with nothing inside")
    after = rest[end + 1 :]
    if after and after[0] not in ":/?,":
        raise Rejected("something behind the bracket")
    return rest[1:end], after


def _parameters(text: str) -> Pairs:
    pairs: Pairs = []
    while text:
        piece, _, text = text.partition("&")
        keyword, equals, value = piece.partition("=")
        if not equals or "=" in value:
            raise Rejected("a parameter without exactly one =")
        keyword, value = decoded(keyword), decoded(value)
        if (keyword, value) == ("ssl", "true"):
            keyword, value = "sslmode", "require"
        pairs.append((keyword, value))
    return pairs


def decoded(text: str) -> str:
    """The value without the blanks around it, and percent-decoded; a blank inside is an error."""
    text = text.strip(" ")
    if " " in text:
        raise Rejected("a blank inside a value")
    if "%" not in text:
        return text
    try:
        return percent_decoded(text)
    except PermissionError as refusal:
        raise Rejected("a percent sign that begins no byte") from refusal


# --------------------------------------------------------------------------------------------------- keyword and value


def _parse_pairs(text: str) -> Pairs:
    pairs: Pairs = []
    position = _end(_BLANKS, text, 0)
    while position < len(text):
        keyword, position = _keyword(text, position)
        if text[position : position + 1] == "'":
            match = _QUOTED.match(text, position)
            if match is None:
                raise Rejected("a quote that is not closed")
            value = match.group()[1:-1]
        else:
            match = _UNQUOTED.match(text, position)
            assert match is not None  # it matches an empty value
            value = match.group()
        pairs.append((keyword, _ESCAPE.sub(r"\1", value) if "\\" in value else value))
        position = _end(_BLANKS, text, match.end())
    return pairs


def _keyword(text: str, position: int) -> tuple[str, int]:
    end = _end(_KEYWORD, text, position)
    equals = _end(_BLANKS, text, end)
    if text[equals : equals + 1] != "=":
        raise Rejected("a keyword without =")
    return text[position:end], _end(_BLANKS, text, equals + 1)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return position if match is None else match.end()
