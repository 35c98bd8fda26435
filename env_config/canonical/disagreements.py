"""What clients read differently, and is therefore refused.

Each rule takes the text it is about and returns words if clients disagree, or an empty string. The first part of a rule's
name says which text it is given:

- ``host-``: an ASCII host, as written; ``idn-``: a host with other characters;
- ``socket-``: the path of a unix socket;
- ``url-``: a whole URL; ``authority-``: what stands between ``//`` and the path of one;
- ``dsn-``: the database's name in a connection string of PostgreSQL;
- ``aws-``: the path behind a host of AWS.

The evaluator reads :data:`RULES` at call time. A rule that is taken out makes the library blind to its disagreement, and no
more: everything else is still read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .refusing import ambiguous

_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?", re.DOTALL)
_DEVIATIONS = re.compile("[ßẞς\u200c\u200d]")
_SPECIAL = re.compile(r"(?:https?|wss?|ftp)(?=:)", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_AUTHORITY_END = re.compile(r"[/?#]")
_UPWARDS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


def _blank_in_host(text: str) -> str:
    """Some clients strip a blank or control character from a host, some stop there."""
    return (
        "a blank or control character in a host: some clients strip it, some stop there"
        if _CONTROL.search(text)
        else ""
    )


def _numeric_end(text: str) -> str:
    """A host that ends in a number is an address to some resolvers and a name to others."""
    return "a number that not every resolver takes for an address" if _NUMERIC_END.fullmatch(text) else ""


def _bracketed_name(text: str) -> str:
    """Brackets stand around an IPv6 address; around anything else clients do not agree."""
    return "brackets around something that is no IPv6 address" if text[:1] == "[" else ""


def _double_encoding(text: str) -> str:
    """A host that is percent-encoded twice is another host to clients that decode once."""
    return "a host that is percent-encoded twice" if "%25" in text else ""


def _upward_socket(path: str) -> str:
    """A socket's path that goes up leads where links say, not where it reads."""
    return "a socket's path that goes up: links change where that leads" if ".." in path.split("/") else ""


def _deviation(text: str) -> str:
    """The two editions of IDNA map ß, final sigma and the joiners to different names."""
    return "a character that the two editions of IDNA map to different names" if _DEVIATIONS.search(text) else ""


def _hidden_delimiter(text: str) -> str:
    """Some clients expand a character such as ℀ into text with a delimiter of URLs."""
    from .international import hides_delimiter

    return "a character that some clients expand into a delimiter" if hides_delimiter(text) else ""


def _two_editions(text: str) -> str:
    """A name that the two editions of IDNA encode differently is two names."""
    from .international import editions_differ

    return "a name that the two editions of IDNA encode differently" if editions_differ(text) else ""


def _lookalike(text: str) -> str:
    """Letters of another script that look like Latin ones pass for a name that they are not."""
    from .international import looks_alike

    return "letters of another script that look like Latin ones" if looks_alike(text) else ""


def _outer_blank(text: str) -> str:
    """Some clients strip a blank or control character around a URL, some refuse it."""
    outer = text and (ord(text[0]) <= 32 or ord(text[-1]) <= 32 or text.strip() != text)
    return "a blank or control character around the URL: some clients strip it, some refuse" if outer else ""


def _backslash(text: str) -> str:
    """Some clients read a backslash before the path as a slash, so that the host ends there."""
    start = _authority_start(text)
    return (
        "a backslash before the path: some clients read it as a slash"
        if "\\" in text[: _authority_end(text, start)]
        else ""
    )


def _slashes(text: str) -> str:
    """With more or fewer than two slashes after the scheme, some clients take the path for the host."""
    scheme = _SPECIAL.match(text.lstrip())
    if scheme is None:
        return ""
    rest = text.lstrip()[scheme.end() + 1 :]
    exact = rest[:2] == "//" and rest[2:3] not in ("/", "\\")
    return "" if exact else "not exactly two slashes after the scheme: some clients take the path for the host"


def _hidden_user(text: str) -> str:
    """Some clients take what stands before an @ for the user even after ? or #."""
    start = _authority_start(text)
    end = _authority_end(text, start)
    hidden = text[end : end + 1] in ("?", "#") and "@" in text[end:].partition("/")[0]
    return "an @ after ? or #: some clients take what stands before it for the user" if hidden else ""


def _many_users(authority: str) -> str:
    """With more than one @ some clients look for the host behind the first, some behind the last."""
    return "more than one @: some clients cut at the first, some at the last" if authority.count("@") > 1 else ""


def _nested_database(database: str) -> str:
    """Some programs read a database's name that looks like a connection string as one."""
    nested = "=" in database or database.startswith(("postgresql://", "postgres://"))
    return "a database name that some programs read as another connection string" if nested else ""


def _upward_path(path: str) -> str:
    """Some clients fold a path that goes up before they send it, some do not."""
    return "a path that goes up: some clients fold it, some send it" if _UPWARDS.search(path) else ""


def _authority_start(text: str) -> int:
    scheme = _SCHEME.match(text.lstrip())
    start = 0 if scheme is None else len(text) - len(text.lstrip()) + scheme.end()
    while text[start : start + 1] in ("/", "\\"):
        start += 1
    return start


def _authority_end(text: str, start: int) -> int:
    end = _AUTHORITY_END.search(text, start)
    return len(text) if end is None else end.start()


RULES: dict[str, Callable[[str], str]] = {
    "host-blank": _blank_in_host,
    "host-number": _numeric_end,
    "host-bracket": _bracketed_name,
    "host-encoding": _double_encoding,
    "socket-path": _upward_socket,
    "idn-deviation": _deviation,
    "idn-delimiter": _hidden_delimiter,
    "idn-edition": _two_editions,
    "idn-lookalike": _lookalike,
    "url-blank": _outer_blank,
    "url-backslash": _backslash,
    "url-slashes": _slashes,
    "url-user": _hidden_user,
    "authority-users": _many_users,
    "dsn-database": _nested_database,
    "aws-path": _upward_path,
}
"""Rule: what it says about a text. Read at call time."""


def agree(about: str, text: str, *, target: str = "") -> None:
    """Refuse a text that clients disagree about.

    Raises:
        TargetRefused: AMBIGUOUS, with the rule's name.
    """
    for name, rule in RULES.items():
        if name.startswith(about):
            words = rule(text)
            if words:
                raise ambiguous(words, name, target)
