"""A compiled book as JSON: written in one way only, signed as bytes, read without trust.

A sealed book is one JSON document, ``{"book":<payload>,"signature":{...}}``. What is signed are the payload's own bytes, so
that a reader verifies before it parses, and no two spellings of one book exist.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from ..errors import BookRefused
from .model import (
    FORMAT,
    GUARD_LAYERS,
    Attest,
    Book,
    Endpoint,
    EnvironmentRules,
    IdentityPolicy,
    Service,
    Territory,
)

if TYPE_CHECKING:
    from ..trust import Trust

_HEAD, _MIDDLE = b'{"book":', b',"signature":'
_SETS = frozenset({"credentials_sha256", "system_identifiers", "namespaces"})
_SIZE_LIMIT = 64 * 1024 * 1024


class Services(Mapping[str, Service]):
    """Services by name and alias; each is built when it is first asked for, so that a large book opens fast."""

    __slots__ = ("_aliases", "_built", "_raw")

    def __init__(self, raw: dict[str, dict[str, Any]], aliases: dict[str, str]) -> None:
        self._raw = raw
        self._aliases = aliases
        self._built: dict[str, Service] = {}

    def __getitem__(self, name: str) -> Service:
        name = self._aliases.get(name, name)
        if name not in self._built:
            self._built[name] = _service(name, self._raw[name])
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, name: object) -> bool:
        return name in self._raw or name in self._aliases


def encode(book: Book) -> bytes:
    """The payload: compact JSON with sorted keys; the same book gives the same bytes."""
    aliases = {alias: name for name in book.services for alias in book.services[name].aliases}
    document = {
        "format": FORMAT,
        "environment": book.environment,
        "environments": {name: _plain(rules) for name, rules in book.environments.items()},
        "services": {name: _plain(book.services[name], leave_out=("name",)) for name in book.services},
        "aliases": aliases,
        "own": _territory_out(book.own),
        "foreign": [_territory_out(territory) for territory in book.foreign],
        "guards": dict(book.guards),
        "compiled_at": book.compiled_at,
        "expires_at": book.expires_at,
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def decode(payload: bytes) -> Book:
    """The book of a payload whose signature has been verified.

    Raises:
        BookRefused: BOOK_INVALID for another format, a missing or a wrong field.
    """
    import hashlib

    try:
        document = json.loads(payload)
        if document.get("format") != FORMAT:
            raise BookRefused(f"this is no book of the format {FORMAT}", code="BOOK_INVALID")
        return Book(
            environment=document["environment"],
            environments={name: _rules(name, raw) for name, raw in document["environments"].items()},
            services=Services(document["services"], document["aliases"]),
            own=_territory(document["own"]),
            foreign=tuple(_territory(raw) for raw in document["foreign"]),
            guards={layer: document["guards"].get(layer, "enforce") for layer in GUARD_LAYERS},
            compiled_at=int(document["compiled_at"]),
            expires_at=int(document["expires_at"]),
            digest=hashlib.sha256(payload).hexdigest(),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BookRefused(
            f"the compiled book lacks something or has it in another shape ({type(error).__name__})",
            code="BOOK_INVALID",
            hint="compile it again with this version of env-config",
        ) from error


def seal(book: Book, sign: Callable[[bytes], tuple[str, bytes]]) -> bytes:
    """The sealed document.

    Args:
        book: what to write.
        sign: gives the key's id and the RS256 signature of the bytes it is handed.
    """
    from base64 import urlsafe_b64encode

    payload = encode(book)
    key, value = sign(payload)
    signature = {"alg": "RS256", "kid": key, "value": urlsafe_b64encode(value).decode().rstrip("=")}
    return _HEAD + payload + _MIDDLE + json.dumps(signature, separators=(",", ":"), sort_keys=True).encode() + b"}\n"


def open_sealed(raw: bytes, trust: Trust, *, now: int) -> Book:
    """The book, if a trusted key signed exactly these bytes and it is not out of date.

    Raises:
        BookRefused: BOOK_SIGNATURE, BOOK_INVALID or BOOK_STALE.
    """
    payload, signature = _parts(raw)
    _verify(payload, signature, trust)
    book = decode(payload)
    if now > book.expires_at:
        raise BookRefused(
            f"the book of {book.environment} was to be used for {(book.expires_at - book.compiled_at) // 86_400} days",
            code="BOOK_STALE",
            environment=book.environment,
        )
    return book


def _parts(raw: bytes) -> tuple[bytes, dict[str, Any]]:
    body = raw.rstrip()
    cut = body.rfind(_MIDDLE)
    if len(raw) > _SIZE_LIMIT or not body.startswith(_HEAD) or cut < 0 or not body.endswith(b"}"):
        raise BookRefused("this is no sealed book", code="BOOK_SIGNATURE")
    try:
        signature = json.loads(body[cut + len(_MIDDLE) : -1])
    except ValueError as error:
        raise BookRefused("the book's signature cannot be read", code="BOOK_SIGNATURE") from error
    if not isinstance(signature, dict):
        raise BookRefused("the book's signature cannot be read", code="BOOK_SIGNATURE")
    return body[len(_HEAD) : cut], signature


def _verify(payload: bytes, signature: dict[str, Any], trust: Trust) -> None:
    from base64 import urlsafe_b64decode

    from ..signature import verify_rs256

    key = trust.key(str(signature.get("kid")), "book") if signature.get("alg") == "RS256" else None
    if key is None:
        raise BookRefused("no key that may sign books has signed this one", code="BOOK_SIGNATURE")
    try:
        value = str(signature.get("value")).encode()
        good = verify_rs256(payload, urlsafe_b64decode(value + b"=" * (-len(value) % 4)), key)
    except ValueError:
        good = False
    if not good:
        raise BookRefused("the book differs from what was signed", code="BOOK_SIGNATURE")


# ------------------------------------------------------------------------------------------------- to and from JSON


def _plain(item: Any, leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a dataclass that have no default, or differ from it, as JSON values."""
    plain = {}
    for field in fields(item):
        value = getattr(item, field.name)
        if field.name not in leave_out and value != _default(field):
            plain[field.name] = _value(value)
    return plain


def _default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _value(value: Any) -> Any:
    if isinstance(value, (Attest, IdentityPolicy)):
        return _plain(value)
    if isinstance(value, Mapping):
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_value(item) for item in value]
    return value


def _territory_out(territory: Territory) -> dict[str, Any]:
    return {
        "environment": territory.environment,
        "protected": territory.protected,
        "endpoints": [[item.host, item.port, *item.addresses] for item in territory.endpoints],
        "wildcards": list(territory.wildcards),
        "cidrs": list(territory.cidrs),
        "aws_accounts": list(territory.aws_accounts),
        "resources": sorted(map(list, territory.resources)),
        **{name: sorted(getattr(territory, name)) for name in sorted(_SETS)},
    }


def _territory(raw: dict[str, Any]) -> Territory:
    return Territory(
        environment=raw["environment"],
        protected=bool(raw["protected"]),
        endpoints=tuple([Endpoint(item[0], item[1], tuple(item[2:])) for item in raw["endpoints"]]),
        wildcards=tuple(raw["wildcards"]),
        cidrs=tuple(raw["cidrs"]),
        aws_accounts=tuple(raw["aws_accounts"]),
        resources=frozenset((service, name) for service, name in raw["resources"]),
        **{name: frozenset(raw[name]) for name in _SETS},
    )


def _rules(name: str, raw: dict[str, Any]) -> EnvironmentRules:
    attest = raw.get("attest", {})
    return EnvironmentRules(
        name=name,
        aliases=tuple(raw.get("aliases", ())),
        protected=bool(raw.get("protected", False)),
        attest=Attest(
            aws_accounts=tuple(attest.get("aws_accounts", ())),
            github=_claims(attest.get("github", {})),
            circleci=_claims(attest.get("circleci", {})),
            stamp=bool(attest.get("stamp", True)),
        ),
        require_stamp=bool(raw.get("require_stamp", False)),
    )


def _claims(raw: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {claim: tuple(values) for claim, values in raw.items()}


def _service(name: str, raw: dict[str, Any]) -> Service:
    plain = dict(raw)
    for field in ("aliases", "addresses", "run_as"):
        plain[field] = tuple(plain.get(field, ()))
    if plain.get("tunnel") is not None:
        plain["tunnel"] = (str(plain["tunnel"][0]), int(plain["tunnel"][1]))
    plain["identity"] = IdentityPolicy(**plain.get("identity", {}))
    return Service(name=name, **plain)
