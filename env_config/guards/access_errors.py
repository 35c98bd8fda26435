"""What a database's error means for whoever wants to look into it, and what helps: each driver words it in its own way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Refusal, UsageRefused
from .login_errors import explain, words_of

_STARTUP = "leave the marker's start-up option out of the URL and of PGOPTIONS: the marker is what is written now"

HINTS: dict[str, tuple[re.Pattern[str], str]] = {
    "database": (
        re.compile(r"""database \\?["'][^"']*["'] does not exist|unknown database""", re.IGNORECASE),
        "the server answers and has no database of that name: check the name, or create the database first",
    ),
    "marker": (
        re.compile(r"marked as another environment", re.IGNORECASE),
        "if that environment has no use for it any more, say --replace and --confirm with the database's name",
    ),
    "owner": (
        re.compile(r"must be (owner|superuser|able to)|permission denied|readonly database|read-only", re.IGNORECASE),
        "it takes the database's owner: log in as that, or hand over what --sql prints",
    ),
    "login": (
        re.compile(
            r"""password|access denied|authentication|no pg_hba\.conf entry|role ["'][^"']*["'] does not exist""",
            re.IGNORECASE,
        ),
        "user and password come from the URL, from PGUSER and PGPASSWORD, or from a password file",
    ),
    "refused": (
        re.compile(r"connection refused|errno 111|\(111\)|no such file or directory|can't create a connection", re.IGNORECASE),
        "nothing answers there: check host and port, and that the server or the tunnel to it runs",
    ),
    "unknown-host": (
        re.compile(
            r"could not translate host name|name or service not known|nodename nor servname|failed to resolve"
            r"|temporary failure in name resolution|getaddrinfo failed",
            re.IGNORECASE,
        ),
        "no such host: check its spelling, and that this machine is in the network that knows it",
    ),
    "timeout": (
        re.compile(r"timed? ?out|timeout expired|no route to host|unreachable", re.IGNORECASE),
        "no answer: check host and port, and that this machine may reach them",
    ),
    "file": (
        re.compile(r"not a database|malformed|disk image", re.IGNORECASE),
        "the file is no SQLite database, or is damaged: name another",
    ),
    "locked": (
        re.compile(r"is locked|lock timeout|deadlock", re.IGNORECASE),
        "somebody is writing into it: try again when they have finished",
    ),
}  # fmt: skip
"""Situation: how its errors are worded, and the next step. The first that fits is taken."""


@contextmanager
def explained(what: str, *, service: str = "", environment: str = "", login: bool = False) -> Iterator[None]:
    """Turn what a driver raises into a refusal that says what helps.

    Args:
        what: what could not be done, for the message, such as ``the database cannot be opened``.
        service: for the refusal's facts.
        environment: for the refusal's facts.
        login: the error may be that of a login which asked the server who it is.

    Raises:
        UsageRefused: for an error of a driver, or of the network.
        IdentityRefused: for an error that says who the server is not.
    """
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        if not _is_a_drivers(error):
            raise
        refusal = explain(error, service=service, environment=environment) if login else None
        if refusal is not None:
            if refusal.rule in ("assertion", "role-assertion"):
                refusal.hint = _STARTUP
            raise refusal from None
        words, hint = _first_line(error), hint_for(error)
        raise UsageRefused(
            f"{what}: {words}", code="USAGE", service=service, rule="database-access", hint=hint
        ) from error


def hint_for(error: BaseException) -> str:
    """The next step after a driver's error."""
    words = words_of(error)
    found = (hint for pattern, hint in HINTS.values() if pattern.search(words))
    return next(found, "the message is the database's own; its log may say more")


def _is_a_drivers(error: Exception) -> bool:
    """DB-API drivers have a class ``Error`` each, and nothing else in common; some let the network's own errors through."""
    return isinstance(error, (OSError, ValueError)) or any(kind.__name__ == "Error" for kind in type(error).__mro__)


def _first_line(error: Exception) -> str:
    """The server's own message where the driver keeps it apart from the rest, else the first line of its words."""
    said = error.args[0] if error.args else None
    message = said.get("M") if isinstance(said, dict) else None
    if isinstance(message, str):
        return message
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
