"""Live credentials, known by how they begin or by their digest."""

from __future__ import annotations

from collections.abc import Callable

from ..book.model import Book

_LIVE_PREFIXES = ("sk_live_", "rk_live_")
"""Stripe's secret and restricted keys of live mode (docs.stripe.com/keys)."""


def live_prefix(book: Book, value: str) -> bool:
    """The issuer writes into the key that it is live."""
    return value.startswith(_LIVE_PREFIXES)


def listed_digest(book: Book, value: str) -> bool:
    """The SHA-256 of the value, or of a part that a space, comma or semicolon divides, is on production's list."""
    listed = frozenset().union(*(owner.credentials_sha256 for owner in book.foreign if owner.protected))
    if not listed or len(value) < 8:
        return False
    from hashlib import sha256

    parts = {value, value.strip(), *value.replace(",", " ").replace(";", " ").split()}
    return any(sha256(part.encode("utf-8", "surrogateescape")).hexdigest() in listed for part in parts)


RULES: dict[str, Callable[[Book, str], bool]] = {
    "live-credential-prefix": live_prefix,
    "live-credential-digest": listed_digest,
}
