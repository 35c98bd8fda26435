"""The library's own files: a compiled book, the keys that are trusted, a book's source."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from env_config.authoring import check_source, parse_source
from env_config.authoring.compile import books
from env_config.book.codec import seal
from env_config.policy import Policy
from env_config.scan import Report, scan_paths, scan_text
from env_config.signature import encode_base64url
from tests.env_config.address_sources import spoiled
from tests.env_config.books import corpus_book
from tests.env_config.signers import pair

LIVE = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"


def sealed(environment: str = "staging") -> str:
    return seal(corpus_book(environment), lambda message: (pair().kid, pair().sign(message))).decode()


def trust() -> str:
    modulus = encode_base64url(pair().n.to_bytes(256, "big"))
    issuer = "https://oidc.production.hackney.example"
    key = {"kty": "RSA", "kid": "k", "n": modulus, "e": "AQAB", "purposes": ["book"], "issuer": issuer}
    return json.dumps({"keys": [key]})


def scan(path: str, text: str) -> Report:
    return scan_text(path, text, Policy(corpus_book("staging")))


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("books/staging.json", sealed(), "a compiled book"),
        ("books/trust.json", trust(), "a file of trusted keys"),
        ("keys/other.json", trust(), "a file of trusted keys"),
        ("addresses.yaml", spoiled(), "a book's source"),
    ],
)
def test_own_files_are_listed_and_give_no_finding(path: str, text: str, why: str) -> None:
    """What names production's addresses on purpose gives no finding, and the report says that it was passed over."""
    report = scan(path, text)
    assert report.findings == ()
    [(shown, reason)] = report.skipped
    assert shown == path
    assert reason.startswith(why)


@pytest.mark.parametrize(
    "text",
    [
        '{"book":{"url":"https://manage-my-home.hackney.example"},"signature":{}}',
        sealed().replace('"alg"', '"algorithm"'),
        sealed().replace('"signature":', '"more":"https://manage-my-home.hackney.example","signature":'),
        sealed().replace('"value":"', '"value":"!'),
        sealed()[:-4] + "https://manage-my-home.hackney.example",
    ],
)
def test_what_only_begins_like_a_book_is_scanned(text: str) -> None:
    """No file hides its addresses by looking like a compiled book at its beginning."""
    report = scan("staging.json", text)
    assert report.code.startswith("PROD_")
    assert report.skipped == ()


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nenvironments:\n  staging: {URL: https://manage-my-home.hackney.example}\n",
        "version: 1\nservices: {a: {kind: https, environments: {staging: {host: manage-my-home.hackney.example}}}}\n",
        f"{spoiled()}url: https://manage-my-home.hackney.example\n",
        "environments:\n  staging: {description: https://manage-my-home.hackney.example}\n",
    ],
)
def test_what_only_resembles_a_source_is_scanned(text: str) -> None:
    """A key that no book has, or a book without version or environments, makes it a file like any other."""
    report = scan("addresses.yaml", text)
    assert report.code.startswith("PROD_")
    assert report.skipped == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", sealed().replace('"environment":"staging"', f'"environment":"{LIVE}"', 1)),
        ("trust.json", trust().replace('"kid": "k"', f'"kid": "{LIVE}"')),
        ("addresses.yaml", f"{spoiled()}# {LIVE}\n"),
    ],
)
def test_own_files_are_searched_for_credentials(path: str, text: str) -> None:
    """A live credential is found in them as in any file."""
    report = scan(path, text)
    assert report.codes == ("PROD_CREDENTIAL",)
    assert len(report.skipped) == 1


def test_the_source_is_clean_beside_each_of_its_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proved source gives no finding whichever environment's book the scan is given, nor without one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "addresses.yaml").write_text(spoiled())
    checked = check_source(parse_source(spoiled()), today=date(2026, 11, 1), resolve=None)
    policies = [None, *map(Policy, books(checked, now=1_793_000_000).values())]
    assert len(policies) == 4
    for policy in policies:
        assert scan_paths(["."], policy).findings == ()
