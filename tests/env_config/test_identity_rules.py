"""Judging what a server says about itself: copies, replicas, poolers, faked settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from env_config.book.model import IdentityPolicy, Service
from env_config.guards import identity
from env_config.guards.identity import ServerFacts, demanded, is_own_address, judge_identity, service_at
from tests.env_config.books import corpus_book

PRODUCTION = "7710846628712274717"
OWN = "7000000000000000001"
HEALTHY = ServerFacts(
    marker="staging",
    setting="staging",
    setting_read=True,
    configurations=("env_staging",),
    system_identifier=OWN,
    database_oid_matches=True,
    system_identifier_matches=True,
    at_own_address=True,
    server_address="127.0.0.66",
    server_port=5432,
)
REQUIRED = Service("db", "postgresql", host="x", port=1, identity=IdentityPolicy(system_identifier="required"))
PRODUCTIONS_OWN: dict[str, Any] = {
    "marker": "production",
    "setting": "production",
    "configurations": ("env_production",),
}

CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a stamped database of this environment": ({}, "allow", "OK"),
    "an alias of this environment as the marker": ({"marker": "STG"}, "allow", "OK"),
    "production behind a tunnel": ({**PRODUCTIONS_OWN, "at_own_address": False}, "deny", "IDENTITY_PROD"),
    "production where nobody knows the address": ({**PRODUCTIONS_OWN, "at_own_address": None}, "deny", "IDENTITY_PROD"),
    "production named by the setting alone": ({"setting": "production", "at_own_address": False}, "deny", "IDENTITY_PROD"),
    "production named by the table alone": ({"marker": "live", "at_own_address": False}, "deny", "IDENTITY_PROD"),
    "production named by a left-over configuration": (
        {"configurations": ("env_production", "env_staging"), "at_own_address": False}, "deny", "IDENTITY_PROD"),
    "a staging marker in production's cluster": (
        {"system_identifier": PRODUCTION, "at_own_address": None}, "deny", "IDENTITY_PROD"),
    "a replica of production": ({"system_identifier": PRODUCTION, "in_recovery": True}, "deny", "IDENTITY_PROD"),
    "a replica of production that says so": ({**PRODUCTIONS_OWN, "in_recovery": True}, "deny", "IDENTITY_PROD"),
    "a snapshot of production at this environment's address": (
        {**PRODUCTIONS_OWN, "system_identifier": PRODUCTION}, "deny", "IDENTITY_CLONE"),
    "an unmarked snapshot of production": (
        {"marker": None, "setting": None, "configurations": (), "system_identifier": PRODUCTION}, "deny", "IDENTITY_CLONE"),
    "a snapshot whose owner sanitised and stamped it": ({"system_identifier": PRODUCTION}, "allow", "OK"),
    "a snapshot stamped only in its table": (
        {"system_identifier": PRODUCTION, "setting": None}, "deny", "IDENTITY_CLONE"),
    "a restored dump of production": (
        {"marker": "production", "setting": None, "configurations": ("env_production",), "database_oid_matches": False},
        "deny", "IDENTITY_CLONE"),
    "a restored dump of production with its settings": (
        {**PRODUCTIONS_OWN, "database_oid_matches": False, "at_own_address": False}, "deny", "IDENTITY_CLONE"),
    "the same, and the number of the database happens to be equal": (
        {**PRODUCTIONS_OWN, "system_identifier_matches": False, "at_own_address": False}, "deny", "IDENTITY_CLONE"),
    "a restored dump of staging": ({"setting": None, "database_oid_matches": False}, "refuse", "IDENTITY_UNKNOWN"),
    "a table that somebody copied": ({"setting": None}, "refuse", "IDENTITY_UNKNOWN"),
    "a cluster that was upgraded since it was stamped": ({"system_identifier_matches": False}, "warn", "IDENTITY_UNKNOWN"),
    "a database of another environment": (
        {"marker": "development", "setting": "development"}, "refuse", "IDENTITY_UNKNOWN"),
    "a database of an environment that nobody knows": ({"marker": "moon", "setting": "moon"}, "refuse", "IDENTITY_UNKNOWN"),
    "two markers": ({"marker": "development, staging"}, "refuse", "IDENTITY_UNKNOWN"),
    "two markers, one of them production's": (
        {"marker": "production, staging", "at_own_address": False}, "deny", "IDENTITY_PROD"),
    "pre-production, which is not production": (
        {"marker": "pre-production", "setting": "pre-production"}, "refuse", "IDENTITY_UNKNOWN"),
    "no marker": ({"marker": None, "setting": None, "configurations": ()}, "refuse", "IDENTITY_UNKNOWN"),
    "a marker that only logins see": ({"marker": None, "setting": None}, "refuse", "IDENTITY_UNKNOWN"),
    "a certificate of another host": ({"certificate_matches": False}, "deny", "TLS_NAME"),
    "a server that stands at production's address": (
        {"server_address": "127.0.0.77", "at_own_address": False}, "deny", "IDENTITY_PROD"),
    "a server in production's network": ({"server_address": "10.120.32.9", "server_port": 5432}, "deny", "IDENTITY_PROD"),
    "a server whose address is shared and whose port is this environment's": (
        {"server_address": "192.0.2.173", "server_port": 5440}, "allow", "OK"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_follows_from_what_the_server_says(case: str) -> None:
    """Each combination of facts has one verdict and one code."""
    changes, verdict, code = CASES[case]
    judgement = judge_identity(replace(HEALTHY, **changes), corpus_book())
    assert (judgement.verdict, judgement.code) == (verdict, code)


@pytest.mark.parametrize("rule", identity.RULES)
def test_no_rule_can_go_unnoticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the rules, at least one case comes out differently."""
    monkeypatch.delitem(identity.RULES, rule)
    required = judge_identity(replace(HEALTHY, system_identifier="7"), corpus_book(), REQUIRED).verdict
    found = {case: judge_identity(replace(HEALTHY, **facts), corpus_book()) for case, (facts, *_) in CASES.items()}
    changed = [
        case for case, (_, verdict, code) in CASES.items() if (found[case].verdict, found[case].code) != (verdict, code)
    ]
    assert changed or required != "refuse"


def test_production_may_be_production() -> None:
    """In production's own process its own marker is right, and staging's is not."""
    facts = replace(HEALTHY, **PRODUCTIONS_OWN, system_identifier=PRODUCTION)
    assert judge_identity(facts, corpus_book("production")).allowed
    assert judge_identity(HEALTHY, corpus_book("production")).code == "IDENTITY_UNKNOWN"


@pytest.mark.parametrize(("identifier", "allowed"), [(None, False), (OWN, True), ("7", False)])
def test_a_required_identifier_must_be_one_of_its_own(identifier: str | None, allowed: bool) -> None:
    """Unreadable counts as wrong."""
    book = corpus_book()
    own = replace(book.own, system_identifiers=frozenset({OWN}))
    facts = replace(HEALTHY, system_identifier=identifier)
    assert judge_identity(facts, replace(book, own=own), REQUIRED).allowed is allowed


def test_where_the_book_asks_for_no_marker_none_is_missed() -> None:
    """Only what is known to be wrong is left."""
    unmarked, production = ServerFacts(), ServerFacts(marker="production")
    trusted = Service("db", "postgresql", host="x", port=1, identity=IdentityPolicy(assertion="tls"))
    book = corpus_book()
    assert demanded(judge_identity(unmarked, book, trusted), trusted).allowed
    assert demanded(judge_identity(unmarked, book), None, hermetic=True).allowed
    assert not demanded(judge_identity(unmarked, book), None).allowed
    assert not demanded(judge_identity(production, book, trusted), trusted, hermetic=True).allowed


@pytest.mark.parametrize(
    ("host", "port", "address", "own"),
    [
        ("stage-db.hackney.test", 5432, "127.0.0.66", True),
        ("anything", 5432, "127.0.0.66", True),
        ("stage-db.hackney.test", 5432, "127.0.0.77", False),
        ("stage-db.hackney.test", 5433, "127.0.0.66", False),
        ("localhost", 55499, "127.0.0.1", False),
        ("", None, "/var/run/prod-proxy", False),
        ("manage-my-home-staging.hackney.example", 443, "203.0.113.9", True),
        ("manage-my-home-staging.hackney.example", 443, "127.0.0.1", False),
    ],
)
def test_the_address_decides_whether_it_is_the_own_one(host: str, port: int | None, address: str, own: bool) -> None:
    """A name proves nothing where the address is known, or leads to this machine."""
    assert is_own_address(corpus_book(), host, port, address) is own


def test_a_connection_through_the_declared_tunnel_is_the_services() -> None:
    """What the book demands of the service holds behind its tunnel, too."""
    book = corpus_book()
    tunnelled = replace(book.services["social-care-db"], tunnel=("127.0.0.1", 6543))
    book = replace(book, services={"social-care-db": tunnelled})
    assert service_at(book, "127.0.0.1", 6543, "127.0.0.1") is tunnelled
    assert service_at(book, "127.0.0.1", 6544, "127.0.0.1") is None
