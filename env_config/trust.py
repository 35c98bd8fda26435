"""The public keys a machine believes, and for what: a file beside the book, never fetched from anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import BookRefused
from .signature import RsaKey, decode_base64url, strict_json

PURPOSES = ("book", "stamp", "grant", "github-oidc", "circleci-oidc")
MAX_FILE = 1_048_576

_HINT = "give the file of public keys that `env-config key --trust` writes: trust.json beside the compiled books, or --trust"
# The keys of a token provider sign for everybody: they must never be able to sign a book, a stamp or a grant.
_PROVIDERS = frozenset({"github-oidc", "circleci-oidc"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# What a provider's own JSON Web Key Set has beside the numbers may stay when a key is copied from it.
_KNOWN = frozenset(
    {"kty", "kid", "n", "e", "alg", "use", "key_ops", "x5c", "x5t", "x5t#S256", "purposes", "issuer", "owner"}
)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One public key.

    Attributes:
        kid: its name.
        key: its numbers.
        purposes: what it is believed for, of :data:`PURPOSES`.
        issuer: the only ``iss`` that its tokens may have, or an empty string.
        owner: whose private key it is; a grant for that same person is self-signed.
    """

    kid: str
    key: RsaKey
    purposes: tuple[str, ...]
    issuer: str = ""
    owner: str = ""


class Trust:
    """The keys of one machine; ``repr`` shows their names only."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[TrustedKey] = ()) -> None:
        self._keys: dict[str, TrustedKey] = {}
        for entry in keys:
            if entry.kid in self._keys:
                raise _broken(f"two keys are called {entry.kid!r}")
            self._keys[entry.kid] = entry

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trust:
        """The keys of a file.

        Raises:
            BookRefused: BOOK_MISSING if it is not there; BOOK_SIGNATURE if it cannot be read or any entry of it is not a
                public key that may be believed.
        """
        try:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_FILE + 1)
        except FileNotFoundError:
            raise BookRefused(
                "the file of trusted keys is not there", code="BOOK_MISSING", target=str(path), hint=_HINT
            ) from None
        except OSError as error:
            raise _broken(f"the file of trusted keys cannot be read: {error.strerror}", str(path)) from None
        if len(raw) > MAX_FILE:
            raise _broken("the file of trusted keys is too long", str(path))
        return cls.parse(raw, str(path))

    @classmethod
    def parse(cls, raw: str | bytes, source: str = "") -> Trust:
        """The keys of a JSON text: ``{"keys": [{"kty": "RSA", "kid", "n", "e", "purposes": [...]}]}``.

        Raises:
            BookRefused: BOOK_SIGNATURE.
        """
        try:
            document = strict_json(raw)
        except ValueError:
            raise _broken("the file of trusted keys is not JSON", source) from None
        if not isinstance(document, dict) or set(document) != {"keys"} or not isinstance(document["keys"], list):
            raise _broken('the file of trusted keys must be {"keys": [...]}', source)
        return cls([_entry(one, source) for one in document["keys"]])

    def entry(self, kid: str, purpose: str) -> TrustedKey | None:
        """The key of that name, if it is believed for that purpose."""
        found = self._keys.get(kid)
        return found if found is not None and purpose in found.purposes else None

    def key(self, kid: str, purpose: str) -> RsaKey | None:
        """The numbers of :meth:`entry`."""
        found = self.entry(kid, purpose)
        return None if found is None else found.key

    def issuers(self, purpose: str) -> tuple[str, ...]:
        """The issuers that keys of that purpose are pinned to."""
        return tuple(dict.fromkeys(one.issuer for one in self._keys.values() if one.issuer and purpose in one.purposes))

    def serves(self, purpose: str) -> bool:
        """True if any key is believed for that purpose."""
        return any(purpose in entry.purposes for entry in self._keys.values())

    def __repr__(self) -> str:
        return f"Trust({', '.join(sorted(self._keys))})"


def _broken(message: str, source: str = "") -> BookRefused:
    return BookRefused(
        message,
        code="BOOK_SIGNATURE",
        rule="trusted-keys",
        target=source,
        hint=_HINT,
    )


def _entry(found: object, source: str) -> TrustedKey:
    if not isinstance(found, dict):
        raise _broken("a trusted key must be a JSON object", source)
    kid = _text(found, "kid", source)
    if not kid or len(kid) > 200 or not kid.isprintable():
        raise _broken("a trusted key needs a kid: one to 200 printable characters", source)
    _fields(found, kid, source)
    issuer = _text(found, "issuer", source)
    purposes = _purposes(found, kid, source)
    if "circleci-oidc" in purposes and not issuer.startswith("https://"):
        raise _broken(f"{kid!r} needs the issuer of its organisation: https://oidc.circleci.com/org/...", source)
    return TrustedKey(kid, _numbers(found, kid, source), purposes, issuer, _text(found, "owner", source))


def _fields(found: Mapping[str, Any], kid: str, source: str) -> None:
    if not _PRIVATE.isdisjoint(found):
        raise _broken(f"{kid!r} is a private key: it does not belong here, and is no secret any more", source)
    unknown = sorted(set(found) - _KNOWN)
    if unknown:
        raise _broken(f"{kid!r} has a field that is not known: {unknown[0]}", source)
    if found.get("kty") != "RSA" or found.get("alg", "RS256") != "RS256" or found.get("use", "sig") != "sig":
        raise _broken(f"{kid!r} is not an RSA key for RS256 signatures", source)


def _numbers(found: Mapping[str, Any], kid: str, source: str) -> RsaKey:
    try:
        n, e = (int.from_bytes(decode_base64url(_text(found, name, source)), "big") for name in ("n", "e"))
        return RsaKey(n, e)
    except ValueError as error:
        raise _broken(f"{kid!r} is not a key that may be believed: {error}", source) from None


def _purposes(found: Mapping[str, Any], kid: str, source: str) -> tuple[str, ...]:
    purposes = found.get("purposes")
    if not isinstance(purposes, list) or not purposes or any(one not in PURPOSES for one in purposes):
        raise _broken(f"{kid!r} must say what it is trusted for: purposes, some of {', '.join(PURPOSES)}", source)
    if not _PROVIDERS.isdisjoint(purposes) and len(set(purposes)) > 1:
        raise _broken(f"{kid!r} is a token provider's key: it may serve that one purpose only", source)
    return tuple(dict.fromkeys(purposes))


def _text(found: Mapping[str, Any], name: str, source: str) -> str:
    value = found.get(name, "")
    if not isinstance(value, str):
        raise _broken(f"{name} of a trusted key must be a text", source)
    return value
