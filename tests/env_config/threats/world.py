"""The corpus' fixture as a real book: written as YAML, compiled, sealed, opened again through the public interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime, timezone
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from env_config.authoring.compile import compile_book
from env_config.authoring.signing import new_key, signer
from env_config.authoring.source import parse_source
from env_config.book.codec import seal
from env_config.book.model import Book
from env_config.policy import Policy
from env_config.runtime import Runtime

from .corpus import UnknownToTheRunner, only

TODAY = date(2026, 11, 1)
NOW = int(datetime(2026, 11, 1, 12, tzinfo=timezone.utc).timestamp())  # noqa: UP017 - as the library's own Python

TERRITORY_FIELDS = (
    "cidrs",
    "wildcards",
    "buckets",
    "rds_identifiers",
    "credentials_sha256",
    "system_identifiers",
    "namespaces",
)
ENDPOINT_FIELDS = {"service", "host", "port", "ip"}
KIND_OF_PORT = {5432: "postgresql", 5439: "redshift", 5440: "redshift", 443: "https", 80: "http", 6379: "redis"}
PLACEHOLDER = re.compile(r"<(?:service|secret) uuid>|(?<=[sr]k_live_)…")
LIVE_NOTIFY_KEY = "service_name-<service uuid>-<secret uuid>"


def materialised(text: str) -> str:
    """The text with its placeholders for uuids filled in, always alike."""
    return PLACEHOLDER.sub(
        lambda match: f"{sha256(match[0].encode()).hexdigest()[:8]}-26fc-4d4c-b7ad-9d1a6f9b8c01", text
    )


class World:
    """A fixture, and whatever can be asked of it.

    Args:
        fixture: the corpus file's.
        folder: for books, keys and files.
    """

    def __init__(self, fixture: Mapping[str, Any], folder: Path) -> None:
        self.fixture = fixture
        self.folder = folder
        self.environments: list[str] = list(fixture["environments"])
        only(fixture, {"note", "environments", "aliases", "shared", *self.environments}, "fixture")
        self._runtimes = 0

    @cached_property
    def source(self) -> dict[str, Any]:
        """The book as its authors would write it."""
        environments: dict[str, Any] = {}
        services: dict[str, Any] = {}
        for name in self.environments:
            found = only(
                self.fixture.get(name) or {}, {"aws_accounts", "endpoints", *TERRITORY_FIELDS}, f"fixture.{name}"
            )
            environments[name] = {
                "aliases": [alias for alias, meant in self.fixture["aliases"].items() if meant == name],
                "protected": name == "production",
                "attest": {"aws_accounts": found.get("aws_accounts", [])},
                "only": {field: values(field, found[field]) for field in TERRITORY_FIELDS if field in found},
            }
            for endpoint in found.get("endpoints", []):
                only(endpoint, ENDPOINT_FIELDS, f"fixture.{name}.endpoints")
                service = services.setdefault(
                    endpoint["service"], {"kind": KIND_OF_PORT[endpoint["port"]], "environments": {}}
                )
                entry = {"host": endpoint["host"], "port": endpoint["port"]}
                service["environments"][name] = entry | ({"ip": [endpoint["ip"]]} if "ip" in endpoint else {})
        shared = [
            {**item, "review_by": str(item["review_by"])} if "review_by" in item else dict(item)
            for item in self.fixture.get("shared", [])
        ]
        return {"version": 1, "environments": environments, "services": services, "shared": shared}

    @cached_property
    def books(self) -> dict[str, Book]:
        return self.compiled(self.source)

    @property
    def hosts(self) -> dict[str, str]:
        """What the names of the fixture resolve to."""
        return {
            endpoint["host"]: str(endpoint["ip"])
            for name in self.environments
            for endpoint in (self.fixture.get(name) or {}).get("endpoints", [])
            if "ip" in endpoint
        }

    def changed(self) -> dict[str, Any]:
        """A copy of the source to spoil."""
        return deepcopy(self.source)

    def compiled(self, source: Mapping[str, Any]) -> dict[str, Book]:
        """Every environment's book, or the compiler's refusal."""
        text = yaml.safe_dump(dict(source), sort_keys=False, allow_unicode=True)
        return compile_book(parse_source(text), now=NOW, today=TODAY)

    def policy(self, environment: str, *, hermetic: bool = False) -> Policy:
        return Policy(self.books[environment], hermetic=hermetic)

    @cached_property
    def key(self) -> Path:
        """The private key that signs this world's books; ``trust.json`` beside it trusts it."""
        path = self.folder / "signing.pem"
        new_key(path, trust=self.folder / "trust.json", purposes=("book", "stamp", "grant"))
        return path

    def sealed(self, books: Mapping[str, Book] | None = None) -> Path:
        """A folder of compiled books, with its trusted keys."""
        self._runtimes += 1
        folder = self.folder / f"books-{self._runtimes}"
        folder.mkdir()
        sign = signer(self.key)
        for name, book in (books or self.books).items():
            (folder / f"{name}.json").write_bytes(seal(book, sign))
        (folder / "trust.json").write_bytes((self.folder / "trust.json").read_bytes())
        return folder

    def runtime(self, environ: Mapping[str, str], books: Mapping[str, Book] | None = None) -> Runtime:
        """A process's runtime with these variables."""
        return Runtime(self.sealed(books), environ=environ, clock=lambda: NOW)


def values(field: str, found: Any) -> list[Any]:
    """What a field of a territory lists, one value or several, as the book writes it."""
    listed = found if isinstance(found, list) else [found]
    if field != "credentials_sha256":
        return [str(item) for item in listed]
    live = sha256(materialised(LIVE_NOTIFY_KEY).encode()).hexdigest()
    # The file describes the digest in words, because the key itself is nobody's to publish.
    return [live if "<" in str(item) else str(item).removeprefix("sha256:") for item in listed]


def instant(value: Any) -> datetime:
    """A day or an instant, as YAML or a text gives it."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)  # noqa: UP017
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)  # noqa: UP017
    if isinstance(value, int):
        return datetime.fromtimestamp(value, timezone.utc)  # noqa: UP017
    raise UnknownToTheRunner(f"{value!r} is no instant")
