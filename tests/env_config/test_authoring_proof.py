"""Every rule of the proof: what it finds, what it lets through, and that nothing else would find it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from env_config.authoring import BookProblem
from env_config.authoring.proof import RULES
from tests.env_config.address_sources import Spoil, Tree, entry, only, problems_of, spoiled

Records = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True)
class Case:
    """One way to spoil the book.

    Attributes:
        rule: the only rule that finds it under this code.
        code: what it finds.
        spoil: what is done to the good book.
        dns: what names resolve to.
    """

    rule: str
    code: str
    spoil: Spoil
    dns: Records = field(default_factory=dict)


def empty_suffix(tree: Tree) -> None:
    tree["environments"]["staging"]["variables"] = {"suffix": ""}
    entry(tree, "hub", "production")["host"] = "hub.borough.example"
    entry(tree, "hub").update(host="hub{suffix}.borough.example", port=8443)


def one_bucket(tree: Tree) -> None:
    only(tree, "production")["buckets"] = ["lbh-archive"]
    entry(tree, "documents")["resource"] = "arn:aws:s3:::LBH-archive"


def one_database(tree: Tree) -> None:
    only(tree, "production")["rds_identifiers"] = ["social-care-main"]
    entry(tree, "x")["host"] = "social-care-main.abc123.eu-west-2.rds.amazonaws.com"


def two_databases(tree: Tree) -> None:
    entry(tree, "x", "production")["host"] = "shared-db.def.eu-west-2.rds.amazonaws.com"
    entry(tree, "x")["host"] = "shared-db.abc.eu-west-2.rds.amazonaws.com"


def gateway(tree: Tree) -> None:
    host = "abcdefghij.execute-api.eu-west-2.amazonaws.com"
    entry(tree, "gateway").update(host=host, path="/pre-production/api")


CASES = (
    Case("address-exact", "PROD_EXACT", lambda tree: entry(tree, "social-care-db").update(host="SC-DB.live.example.")),
    Case("address-exact", "PROD_EXACT", lambda tree: entry(tree, "new").update(host="sc-db.live.example", port=5432)),
    Case("address-exact", "PROD_EXACT", lambda tree: entry(tree, "new").update(members="sc-db.live.example:5432")),
    Case("address-exact", "PROD_EXACT", lambda tree: only(tree).update(hosts=["sc-db.live.example"])),
    Case(
        "address-exact",
        "BOOK_INVALID",
        lambda tree: entry(tree, "x", "pre-production").update(host="rs.example", port=5440),
    ),
    Case(
        "address-exact",
        "PROD_EXACT",
        lambda tree: (
            entry(tree, "social-care-db", "production").update(tunnel="127.0.0.1:6543"),
            entry(tree, "social-care-db").update(tunnel="127.0.0.1:6543"),
        ),
    ),
    Case("address-numeric", "PROD_EXACT", lambda tree: entry(tree, "social-care-db").update(ip="192.0.2.77")),
    Case("address-numeric", "PROD_EXACT", lambda tree: entry(tree, "social-care-db").update(ip="::ffff:192.0.2.77")),
    Case("address-numeric", "PROD_EXACT", lambda tree: entry(tree, "x").update(host="192.0.2.77", port=5432)),
    Case(
        "address-numeric",
        "BOOK_INVALID",
        lambda tree: entry(tree, "x", "pre-production").update(ip="192.0.2.66", port=5432),
    ),
    Case("wildcard-host", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="new-api.prod.borough.example")),
    Case("wildcard-host", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="prod.borough.example")),
    Case("wildcard-host", "BOOK_INVALID", lambda tree: only(tree, "production").update(wildcards=["*.stage.example"])),
    Case("wildcard-host", "BOOK_INVALID", lambda tree: only(tree).update(wildcards=["*.live.example"])),
    Case("wildcard-overlap", "BOOK_INVALID", lambda tree: only(tree).update(wildcards=["*.stg.prod.borough.example"])),
    Case("wildcard-overlap", "BOOK_INVALID", lambda tree: only(tree).update(wildcards=["*.prod.borough.example"])),
    Case("wildcard-overlap", "BOOK_INVALID", lambda tree: only(tree).update(wildcards=["*.borough.example"])),
    Case("network-address", "PROD_CIDR", lambda tree: entry(tree, "x").update(host="10.120.32.9")),
    Case("network-address", "PROD_CIDR", lambda tree: entry(tree, "x").update(ip="10.120.32.9")),
    Case("network-address", "BOOK_INVALID", lambda tree: only(tree).update(cidrs=["192.0.2.76/31"])),
    Case("network-address", "BOOK_INVALID", lambda tree: only(tree, "production").update(cidrs=["192.0.2.0/24"])),
    Case("network-overlap", "BOOK_INVALID", lambda tree: only(tree).update(cidrs=["10.120.0.0/16"])),
    Case("network-overlap", "BOOK_INVALID", lambda tree: only(tree).update(cidrs=["10.120.32.0/28"])),
    Case("network-overlap", "BOOK_INVALID", lambda tree: only(tree).update(cidrs=["10.120.32.0/24"])),
    Case(
        "namespace-host", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="db.production.svc.cluster.local")
    ),
    Case("namespace-host", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="db.live.svc.cluster.local")),
    Case(
        "convention-name", "PROD_EXACT", lambda tree: entry(tree, "x").update(host="person-api.prod.internal.example")
    ),
    Case("convention-name", "PROD_WILDCARD", lambda tree: entry(tree, "x").update(host="other.live.internal.example")),
    Case("empty-variable", "PROD_EXACT", empty_suffix),
    Case(
        "option-address",
        "PROD_EXACT",
        lambda tree: entry(tree, "redshift").update(options={"failoverPartner": "sc-db.live.example,5432"}),
    ),
    Case(
        "option-address",
        "PROD_EXACT",
        lambda tree: entry(tree, "redshift").update(options={"proxy": "http://192.0.2.77:5432/"}),
    ),
    Case(
        "option-address",
        "PROD_EXACT",
        lambda tree: entry(tree, "redshift").update(options={"seeds": "a.example:1,b.prod.borough.example:1"}),
    ),
    Case("resource-shared", "PROD_RESOURCE", one_bucket),
    Case("resource-shared", "PROD_RESOURCE", one_database),
    Case(
        "resource-shared",
        "BOOK_INVALID",
        lambda tree: entry(tree, "documents", "pre-production").update(resource="lbh-documents-staging"),
    ),
    Case(
        "resource-account",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "events").update(resource="arn:aws:sns:eu-west-2:111122223333:a"),
    ),
    Case(
        "resource-account",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "person-api").update(options={"role": "arn:aws:iam::111122223333:role/a"}),
    ),
    Case(
        "resource-account",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "redshift").update(
            secret="secretsmanager:arn:aws:secretsmanager:eu-west-2:111122223333:secret:a/staging/b"
        ),
    ),
    Case(
        "resource-account",
        "BOOK_INVALID",
        lambda tree: entry(tree, "events").update(resource="arn:aws:sns:eu-west-2:777788889999:a"),
    ),
    Case("resource-account", "PROD_RESOURCE", lambda tree: entry(tree, "redshift").update(account="111122223333")),
    Case(
        "resource-label", "PROD_RESOURCE", lambda tree: entry(tree, "documents").update(resource="archive-production")
    ),
    Case(
        "resource-label",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "documents").update(resource="dataplatform-prod-landing-zone"),
    ),
    Case(
        "identifier-contained",
        "BOOK_INVALID",
        lambda tree: entry(tree, "x").update(host="social-care-production.copies.stage.example"),
    ),
    Case(
        "identifier-contained",
        "BOOK_INVALID",
        lambda tree: entry(tree, "documents").update(resource="lbh-documents-production-for-staging"),
    ),
    Case(
        "account-shared",
        "BOOK_INVALID",
        lambda tree: tree["environments"]["staging"]["attest"].update(aws_accounts=["444455556666", "111122223333"]),
    ),
    Case(
        "credential-shared",
        "PROD_CREDENTIAL",
        lambda tree: only(tree).update(credentials_sha256=["sha256:" + "A" * 64]),
    ),
    Case(
        "identifier-shared", "BOOK_INVALID", lambda tree: only(tree).update(system_identifiers=["7710846628712274717"])
    ),
    Case("identifier-shared", "BOOK_INVALID", lambda tree: only(tree).update(namespaces=["production"])),
    Case(
        "secret-stage",
        "PROD_RESOURCE",
        lambda tree: entry(tree, "redshift").update(secret="ssm:/rs/production/password"),
    ),
    Case("secret-stage", "PROD_RESOURCE", lambda tree: entry(tree, "redshift").update(secret="env:PROD_DB_PASSWORD")),
    Case(
        "secret-stage",
        "BOOK_INVALID",
        lambda tree: entry(tree, "redshift", "production").update(secret="ssm:/rs/staging/password"),
    ),
    Case(
        "secret-stage", "BOOK_INVALID", lambda tree: entry(tree, "redshift").update(secret="ssm:/rs/preprod/password")
    ),
    Case(
        "secret-stageless",
        "STAGELESS_KEY",
        lambda tree: entry(tree, "redshift").update(secret="ssm:/common/jwt-secret"),
    ),
    Case("path-stage", "BOOK_INVALID", gateway),
    Case("review-date", "BOOK_STALE", lambda tree: tree["shared"][0].update(review_by="2026-10-31")),
    Case(
        "identity-unprovable",
        "IDENTITY_UNKNOWN",
        lambda tree: tree["services"]["social-care-db"].update(identity={"system_identifier": "required"}),
    ),
    Case("dns-name", "PROD_DNS", lambda tree: None, {"sc-db.stage.example": (("sc-db.live.example",), ())}),
    Case("dns-name", "PROD_DNS", lambda tree: None, {"sc-db.stage.example": (("a.prod.borough.example",), ())}),
    Case("dns-address", "PROD_DNS", lambda tree: None, {"sc-db.stage.example": ((), ("192.0.2.77",))}),
    Case("dns-address", "PROD_DNS", lambda tree: None, {"sc-db.stage.example": ((), ("10.120.32.1",))}),
)
IDS = [f"{case.rule}-{number}" for number, case in enumerate(CASES)]


def found(case: Case) -> tuple[BookProblem, ...]:
    return problems_of(spoiled(case.spoil), resolve=(lambda name: case.dns.get(name, ((), ()))) if case.dns else None)


def test_every_rule_has_a_case() -> None:
    """A rule without a case would not be missed."""
    assert {case.rule for case in CASES} == set(RULES)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_rule_finds_it(case: Case) -> None:
    """The case is found by its rule under its code, on a line of the file."""
    hits = [problem for problem in found(case) if problem.rule == case.rule]
    assert {problem.code for problem in hits} == {case.code}
    assert all(problem.line > 0 and problem.hint for problem in hits)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_without_the_rule_it_passes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other rule finds the case under its code: each is needed."""
    monkeypatch.delitem(RULES, case.rule)
    assert case.code not in {problem.code for problem in found(case) if problem.rule}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_production_is_blamed_for_nothing_it_did_not_do(case: Case) -> None:
    """A denial stands on a line of the other environment, and tells none of production's addresses."""
    for problem in found(case):
        if problem.code.startswith("PROD_"):
            assert not problem.message.startswith("production")
        assert "live.example" not in problem.message
        assert "192.0.2.77" not in problem.message


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tree: entry(tree, "redshift").update(host="192.0.2.173", port=5440),
        lambda tree: entry(tree, "x").update(host="auth.staging.example"),
        lambda tree: entry(tree, "x").update(host="api.preprod.borough.example"),
        lambda tree: entry(tree, "x", "pre-production").update(host="x-pre-production.stage.example"),
        lambda tree: entry(tree, "documents", "pre-production").update(resource="housing-pre-production-state"),
        lambda tree: entry(tree, "documents").update(resource="send-live-communications"),
        two_databases,
        lambda tree: tree["services"].update(
            persons={
                "kind": "dynamodb",
                "environments": {name: {"resource": "Persons"} for name in ("production", "staging")},
            }
        ),
        lambda tree: tree["shared"][0].update(review_by="2026-11-01"),
        lambda tree: entry(tree, "redshift").update(
            options={"replicaSet": "rs-staging", "appname": "a.b", "standby": "rs.example:5440"}
        ),
        lambda tree: (
            tree["environments"].update(test={}, development={})
            or [entry(tree, "x", name).update(host="localhost") for name in ("test", "development")]
        ),
        lambda tree: entry(tree, "x").update(host="10.120.31.4"),
        lambda tree: entry(tree, "x").update(host="db.staging.svc.cluster.local"),
        lambda tree: entry(tree, "redshift", "production").update(secret="ssm:/rs/production/password"),
    ],
)
def test_what_is_apart_is_let_through(spoil: Spoil) -> None:
    """Other ports, own networks, pre-production, equal names in two accounts, and a review on its last day are fine."""
    assert problems_of(spoiled(spoil)) == ()


def test_what_is_declared_as_shared_is_let_through() -> None:
    """The same address in two environments is fine where the book says so, and only for that service."""

    def spoil(tree: Tree) -> None:
        for environment in ("production", "staging"):
            entry(tree, "maps", environment)["host"] = "maps.borough.example"
        tree["shared"].append({"service": "maps", "reason": "read-only tiles", "review_by": "2027-01-01"})

    assert problems_of(spoiled(spoil)) == ()

    def also(tree: Tree) -> None:
        spoil(tree)
        entry(tree, "other")["host"] = "maps.borough.example"

    assert [problem.code for problem in problems_of(spoiled(also))] == ["PROD_EXACT"]


def test_sharing_covers_only_what_is_the_same() -> None:
    """Where a shared service has an address of its own, that address stays production's."""

    def spoil(tree: Tree) -> None:
        tree["shared"].append({"service": "social-care-db", "reason": "by mistake", "review_by": "2027-01-01"})
        entry(tree, "x").update(host="sc-db.live.example", port=5432)

    assert [problem.rule for problem in problems_of(spoiled(spoil))] == ["address-exact"]


def test_a_pattern_without_a_label_is_itself_the_mistake() -> None:
    """A production domain that covers staging is refused as a book, on its own line."""
    text = spoiled(lambda tree: only(tree, "production").update(wildcards=["*.stage.example"]))
    problem = problems_of(text)[0]
    assert text.splitlines()[problem.line - 1].strip() == "- '*.stage.example'"


def test_two_protected_environments_may_not_meet_either() -> None:
    """Between two protected environments the book is invalid; neither is called production's guest."""

    def spoil(tree: Tree) -> None:
        tree["environments"]["mosaic-production"] = {"protected": True}
        entry(tree, "social-care-db", "mosaic-production").update(host="sc-db.live.example")

    assert {problem.code for problem in problems_of(spoiled(spoil))} == {"BOOK_INVALID"}


def test_many_services_behind_one_host_are_told_apart_by_port() -> None:
    """An ingress with thousands of ports costs one look-up each."""

    def spoil(tree: Tree) -> None:
        for number in range(3_000):
            entry(tree, f"s{number}", "production").update(host="ingress.example", port=10_000 + number)
            entry(tree, f"s{number}").update(host="ingress.example", port=20_000 + number)
        entry(tree, "s7").update(port=10_005)

    assert [problem.code for problem in problems_of(spoiled(spoil))] == ["PROD_EXACT"]
