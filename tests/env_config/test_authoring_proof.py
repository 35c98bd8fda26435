"""Every rule of the proof: what it finds, what it lets through, and that nothing else would find it."""

from __future__ import annotations

import pytest

from env_config.authoring import BookProblem
from env_config.authoring.proof import RULES
from tests.env_config.address_sources import Spoil, Tree, entry, only, problems_of, spoiled
from tests.env_config.proof_cases import CASES, Case

IDS = [f"{case.rule}-{number}" for number, case in enumerate(CASES)]


def two_databases(tree: Tree) -> None:
    entry(tree, "x", "production")["host"] = "shared-db.def.eu-west-2.rds.amazonaws.com"
    entry(tree, "x")["host"] = "shared-db.abc.eu-west-2.rds.amazonaws.com"


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
