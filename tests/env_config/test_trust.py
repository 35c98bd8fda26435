"""Which keys a machine believes, and for what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from env_config.errors import BookRefused
from env_config.signature import encode_base64url
from env_config.trust import Trust
from tests.env_config.signers import pair


def number(value: int) -> str:
    return encode_base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def entry(**changes: Any) -> dict[str, Any]:
    usual = {"kty": "RSA", "kid": "k", "n": number(pair(1).n), "e": number(65_537), "purposes": ["book"]}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def parsed(*entries: dict[str, Any]) -> Trust:
    return Trust.parse(json.dumps({"keys": list(entries)}))


def test_a_key_is_believed_for_its_purposes_only() -> None:
    """A key for books signs no stamp, and an unknown name is no key."""
    trust = parsed(entry(purposes=["book", "stamp"], owner="ci"))
    assert trust.key("k", "book") == pair(1).public
    assert trust.entry("k", "stamp") is not None
    assert trust.key("k", "grant") is None
    assert trust.key("other", "book") is None
    assert (trust.serves("stamp"), trust.serves("grant")) == (True, False)


def test_a_providers_own_fields_may_stay() -> None:
    """An entry copied from a published key set is taken as it is, with its purpose added."""
    copied = entry(alg="RS256", use="sig", x5c=["MII"], x5t="x", purposes=["github-oidc"])
    assert parsed(copied).key("k", "github-oidc") is not None


WRONG: dict[str, dict[str, Any]] = {
    "no purpose": {"purposes": None},
    "empty purposes": {"purposes": []},
    "unknown purpose": {"purposes": ["everything"]},
    "purpose as text": {"purposes": "book"},
    "provider signs books": {"purposes": ["github-oidc", "book"]},
    "two providers": {"purposes": ["github-oidc", "circleci-oidc"], "issuer": "https://x.example"},
    "organisation unknown": {"purposes": ["circleci-oidc"]},
    "no name": {"kid": None},
    "empty name": {"kid": ""},
    "name with a line break": {"kid": "a\nb"},
    "elliptic": {"kty": "EC"},
    "shared secret": {"kty": "oct", "k": "c2VjcmV0"},
    "for encryption": {"use": "enc"},
    "another algorithm": {"alg": "RS512"},
    "weak": {"n": number(pair(3, 1024).n)},
    "exponent 3": {"e": number(3)},
    "no modulus": {"n": None},
    "modulus as a number": {"n": pair(1).n},
    "modulus in hexadecimal": {"n": f"{pair(1).n:x} "},
    "private": {"d": number(pair(1).d)},
    "typing error": {"purpose": ["book"]},
    "issuer is a list": {"issuer": []},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_may_not_be_believed_is_refused(name: str) -> None:
    """Every entry is a public RSA key that is strong, named and has its purposes; a broken one spoils the file."""
    with pytest.raises(BookRefused) as caught:
        parsed(entry(kid="good"), entry(**WRONG[name]))
    assert caught.value.code == "BOOK_SIGNATURE"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"keys": {}}', '{"keys": [1]}', '{"keys": [], "more": 1}', '{"keys":[],"keys":[]}', "\ud800"],
)
def test_a_broken_file_is_refused(text: str) -> None:
    """Anything but one list of keys is refused as a whole."""
    with pytest.raises(BookRefused) as caught:
        Trust.parse(text)
    assert caught.value.code == "BOOK_SIGNATURE"


def test_two_keys_of_one_name_are_refused() -> None:
    """A name means one key."""
    with pytest.raises(BookRefused, match="two keys"):
        parsed(entry(), entry(purposes=["stamp"]))


def test_files_are_read_or_refused(tmp_path: Path) -> None:
    """A file that is not there is missing; one that cannot be read, or is endless, is refused."""
    (tmp_path / "trust.json").write_text(json.dumps({"keys": [entry()]}))
    assert Trust.load(tmp_path / "trust.json").serves("book")
    (tmp_path / "long.json").write_bytes(b" " * 1_100_000)
    for name, code in (("absent.json", "BOOK_MISSING"), ("", "BOOK_SIGNATURE"), ("long.json", "BOOK_SIGNATURE")):
        with pytest.raises(BookRefused) as caught:
            Trust.load(tmp_path / name)
        assert caught.value.code == code


def test_a_private_key_is_not_repeated() -> None:
    """A private key that was put there by mistake is refused without being printed."""
    secret = number(pair(1).d)
    with pytest.raises(BookRefused) as caught:
        parsed(entry(d=secret))
    assert secret not in f"{caught.value!r}{caught.value}{caught.value.facts()}"


def test_a_trust_shows_names_only() -> None:
    """The repr lists the keys' names."""
    assert repr(parsed(entry(kid="b"), entry(kid="a"))) == "Trust(a, b)"
