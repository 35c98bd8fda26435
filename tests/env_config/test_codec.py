"""Compiled books: one spelling, signed bytes, nothing read that was not signed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from env_config.authoring.signing import new_key, signer
from env_config.book.codec import decode, encode, open_sealed, seal
from env_config.book.model import Attest, Book, EnvironmentRules, IdentityPolicy, Service
from env_config.errors import BookRefused
from env_config.trust import Trust
from tests.env_config.books import RULES, corpus_book

NOW = 1_700_000_500

FULL = Service(
    "payments",
    "postgresql",
    host="p.staging.example",
    port=6000,
    aliases=("pay",),
    database="p",
    user="u",
    path="/x",
    secret="ssm:/payments/staging/password",
    resource="r",
    account="444455556666",
    region="eu-west-2",
    options={"a": "b"},
    addresses=("10.0.0.1",),
    tunnel=("127.0.0.1", 6543),
    identity=IdentityPolicy("query", "off", "required"),
    run_as=("svc",),
    seeding=True,
    shared=False,
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    new_key(folder / "signing.pem", trust=folder / "trust.json", purposes=("book",))
    return folder


def full_book() -> Book:
    rules = EnvironmentRules(
        "staging",
        ("stg",),
        attest=Attest(("1" * 12,), {"repository": ("a/b",)}, {"oidc.circleci.com/project-id": ("p",)}, stamp=False),
        require_stamp=True,
    )
    book = corpus_book()
    return replace(
        book,
        services={**book.services, "payments": FULL},
        environments={**RULES, "staging": rules},
        guards={**book.guards, "connects": "report"},
    )


def test_every_field_survives() -> None:
    """A book with every field set comes back equal, service by service."""
    book = full_book()
    back = decode(encode(book))
    assert {name: back.services[name] for name in back.services} == book.services
    assert back.services["pay"] == FULL
    assert "pay" in back.services and "absent" not in back.services
    for field in ("environment", "environments", "own", "foreign", "compiled_at", "expires_at"):
        assert getattr(back, field) == getattr(book, field)
    assert dict(back.guards) == dict(book.guards)


def test_one_book_has_one_spelling() -> None:
    """Encoding twice, or in another order of services, gives the same bytes."""
    book = full_book()
    turned = replace(book, services=dict(reversed(list(book.services.items()))))
    assert encode(book) == encode(turned) == encode(decode(encode(book)))


def test_a_sealed_book_opens(keys: Path) -> None:
    """What was sealed with a trusted key opens, and is plain JSON."""
    raw = seal(full_book(), signer(keys / "signing.pem"))
    assert set(json.loads(raw)) == {"book", "signature"}
    assert open_sealed(raw, Trust.load(keys / "trust.json"), now=NOW).services["payments"] == FULL


def test_no_changed_byte_is_accepted(keys: Path) -> None:
    """A change of any byte of the payload, of the signature or of the key's name is refused."""
    raw = seal(corpus_book(), signer(keys / "signing.pem"))
    trust = Trust.load(keys / "trust.json")
    opened = []
    for place in range(0, len(raw) - 1, 7):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        try:
            open_sealed(changed, trust, now=NOW)
            opened.append(place)
        except BookRefused as refusal:
            assert refusal.code == "BOOK_SIGNATURE"
    assert opened == []


def test_a_strangers_key_is_refused(keys: Path, tmp_path: Path) -> None:
    """A good signature by a key that nobody trusts, or trusts for something else only, opens nothing."""
    new_key(tmp_path / "other.pem", trust=tmp_path / "trust.json", purposes=("stamp",))
    raw = seal(corpus_book(), signer(tmp_path / "other.pem"))
    for trust in (Trust.load(keys / "trust.json"), Trust.load(tmp_path / "trust.json")):
        with pytest.raises(BookRefused) as caught:
            open_sealed(raw, trust, now=NOW)
        assert caught.value.code == "BOOK_SIGNATURE"


def test_a_stale_book_is_refused(keys: Path) -> None:
    """After its last second a book is refused."""
    book = replace(corpus_book(), expires_at=NOW)
    raw = seal(book, signer(keys / "signing.pem"))
    trust = Trust.load(keys / "trust.json")
    assert open_sealed(raw, trust, now=NOW).environment == "staging"
    with pytest.raises(BookRefused) as caught:
        open_sealed(raw, trust, now=NOW + 1)
    assert caught.value.code == "BOOK_STALE"


@pytest.mark.parametrize(
    "payload",
    [b"{}", b"[]", b'{"format":"understudy-env-config/0"}', b"nonsense", b'{"format":"understudy-env-config/1"}'],
)
def test_another_shape_is_refused(payload: bytes) -> None:
    """A payload of another format, or one that lacks its fields, is a refusal and not a traceback."""
    with pytest.raises(BookRefused) as caught:
        decode(payload)
    assert caught.value.code == "BOOK_INVALID"


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b'{"book":{}}', b'{"book":{},"signature":[]}', b'{"book":{},"signature":{}}']
)
def test_what_is_not_sealed_is_refused(raw: bytes, keys: Path) -> None:
    """Anything but a sealed document is refused before it is read."""
    with pytest.raises(BookRefused) as caught:
        open_sealed(raw, Trust.load(keys / "trust.json"), now=NOW)
    assert caught.value.code == "BOOK_SIGNATURE"
