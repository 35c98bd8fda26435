"""What a failed login means: drivers word it differently, PostgreSQL and TLS libraries do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import IdentityRefused
from .startup_option import PARAMETER, PREFIX

_DEPTH = 8


def _marker_is_missing(words: str) -> str:
    """A server that does not know the setting of this environment's marker refuses the start-up option."""
    refused = PARAMETER in words and "unsupported startup parameter" not in words
    return "the server refused the login: it does not carry the marker of this environment" if refused else ""


def _role_is_missing(words: str) -> str:
    """A server without this environment's role refuses to let anybody become it."""
    refused = f'role "{PREFIX}' in words and ("does not exist" in words or "permission denied to set role" in words)
    return "the server refused the login: it has no such role of this environment" if refused else ""


def _pooler_knows_no_options(words: str) -> str:
    """A pooler that takes no start-up options cannot pass the marker on."""
    asks = "unsupported startup parameter" in words and "options" in words
    asks = asks or ("support" in words and ("command-line options" in words or "command line options" in words))
    return "what answered takes no start-up options, so it cannot be asked for the marker" if asks else ""


def _name_differs(words: str) -> str:
    """A certificate that names another host than the book's belongs to another server."""
    differs = (
        ("server certificate for" in words and "does not match host name" in words)
        or "Hostname mismatch" in words
        or "IP address mismatch" in words
        or ("hostname" in words and "doesn't match" in words)
    )
    return "the server's certificate does not name the host of the book" if differs else ""


RULES: dict[str, tuple[str, Callable[[str], str], str]] = {
    "pooler-options": (
        "ASSERTION_REFUSED",
        _pooler_knows_no_options,
        "if a pooler stands there on purpose, the book says assert: query for this service",
    ),
    "assertion": ("ASSERTION_REFUSED", _marker_is_missing, ""),
    "role-assertion": ("ASSERTION_REFUSED", _role_is_missing, ""),
    "certificate-name": ("TLS_NAME", _name_differs, ""),
}
"""Rule: the code, what recognises it in an error's words, and a next step of its own."""


def explain(
    error: BaseException, *, service: str = "", environment: str = "", target: str = ""
) -> IdentityRefused | None:
    """The refusal that a driver's error stands for, or None for any other error.

    The driver's words are not repeated: they can name the host that production's certificate was made for.

    Args:
        error: what ``connect`` raised; its causes are looked at, too.
        service: for the refusal's facts.
        environment: for the refusal's facts.
        target: for the refusal's facts, as the caller supplied it.
    """
    words = words_of(error)
    for rule, (code, recognise, hint) in RULES.items():
        message = recognise(words)
        if message:
            return IdentityRefused(
                message, code=code, service=service, environment=environment, target=target, rule=rule, hint=hint
            )
    return None


def words_of(error: BaseException) -> str:
    """What an error and its causes say, a line each."""
    return "\n".join(map(str, _chain(error)))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(_DEPTH):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
