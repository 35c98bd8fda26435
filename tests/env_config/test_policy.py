"""The policy: whose place is this, and may this environment go there?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from env_config.book.model import Endpoint, Territory
from env_config.canonical.target import Host, Resource, Target
from env_config.policy import Policy, rules
from env_config.policy.territory import TerritoryIndex
from tests.env_config.books import TERRITORIES, corpus_book


@pytest.fixture
def staging() -> Policy:
    return Policy(corpus_book("staging"))


def target(name: str, port: int | None = None, *addresses: str) -> Target:
    return Target(Host(name, addresses), port)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (target("prod-db.hackney.test", 5432), "PROD_EXACT"),
        (target("prod-db.hackney.test", 22), "PROD_EXACT"),
        (target("prod-db.hackney.test"), "PROD_EXACT"),
        (target("127.0.0.77", 5432, "127.0.0.77"), "PROD_EXACT"),
        (target("::ffff:127.0.0.77", 5432, "::ffff:127.0.0.77", "127.0.0.77"), "PROD_EXACT"),
        (target("new.prod.hackney.example", 443), "PROD_WILDCARD"),
        (target("a.b.prod.hackney.example", 443), "PROD_WILDCARD"),
        (target("10.120.32.9", 5432, "10.120.32.9"), "PROD_CIDR"),
        (target("2001:db8:77::5", 443, "2001:db8:77::5"), "PROD_CIDR"),
        (target("db.production.svc.cluster.local", 5432), "PROD_WILDCARD"),
        (target("db.prod.svc", 5432), "PROD_WILDCARD"),
        (target("db.production", 5432), "PROD_WILDCARD"),
        (Target(None, resource=Resource("ssm", "/social-care/production/password", "444455556666")), "PROD_RESOURCE"),
        (Target(None, resource=Resource("secretsmanager", "payments/prod/key")), "PROD_RESOURCE"),
        (Target(None, resource=Resource("sns", "person", "111122223333")), "PROD_RESOURCE"),
        (Target(None, resource=Resource("s3", "lbh-documents-production")), "PROD_RESOURCE"),
    ],
)
def test_what_is_productions_is_denied(staging: Policy, place: Target, code: str) -> None:
    """Each way of belonging to production is denied under its own code."""
    judgement = staging.judge_target(place)
    assert (judgement.verdict, judgement.code) == ("deny", code)


@pytest.mark.parametrize(
    "place",
    [
        target("stage-db.hackney.test", 5432),
        target("127.0.0.66", 5432, "127.0.0.66"),
        target("localhost", 5432),
        target("elsewhere.example", 443),
        target("notprod.hackney.example", 443),
        target("10.120.31.9", 5432, "10.120.31.9"),
        target("10.120.33.1", 5432, "10.120.33.1"),
        target("2001:db8:78::5", 443, "2001:db8:78::5"),
        target("db.staging.svc.cluster.local", 5432),
        target("some.live", 443),
        target("db.staging", 5432),
        Target(None, resource=Resource("ssm", "/social-care/staging/password")),
        Target(None, resource=Resource("ssm", "/social-care/preproduction-notes/production-line")),
        Target(None, resource=Resource("s3", "team/production/x")),
        target("redshift.hackney.example", 5440),
        target("192.0.2.173", 5440, "192.0.2.173"),
        target("/var/run/postgresql", None),
        Target(None, resource=Resource("sns", "person", "444455556666")),
        Target(None, resource=Resource("s3", "lbh-documents-staging")),
    ],
)
def test_what_is_ours_or_nobodys_is_allowed(staging: Policy, place: Target) -> None:
    """The environment's own places, and places that no environment claims, pass."""
    assert staging.judge_target(place).code == "OK"


def test_a_shared_host_is_told_apart_by_its_port(staging: Policy) -> None:
    """One Redshift address with a port for each stage: ours passes, production's is denied, none is refused."""
    assert staging.judge_target(target("192.0.2.173", 5439, "192.0.2.173")).code == "PROD_EXACT"
    assert staging.judge_target(target("192.0.2.173", 1, "192.0.2.173")).code == "PROD_EXACT"
    judgement = staging.judge_target(target("redshift.hackney.example"))
    assert (judgement.verdict, judgement.code) == ("refuse", "AMBIGUOUS")


def test_a_place_of_another_stage_is_not_ours() -> None:
    """Pre-production's database is refused from staging, and staging's from production; neither is called production."""
    for environment, place in (("staging", "preprod-db.hackney.test"), ("production", "stage-db.hackney.test")):
        judgement = Policy(corpus_book(environment)).judge_target(target(place, 5432))
        assert (judgement.verdict, judgement.code) == ("refuse", "UNDECLARED")


def test_production_may_reach_its_own() -> None:
    """What is denied to staging is allowed where it belongs."""
    policy = Policy(corpus_book("production"))
    assert policy.judge_target(target("prod-db.hackney.test", 5432)).code == "OK"
    assert policy.judge_resource(Resource("s3", "lbh-documents-production")).code == "OK"
    assert policy.judge_credential("sk_live_0123456789").code == "OK"


def test_a_short_name_is_refused_unless_declared() -> None:
    """A name without a domain passes only where the book declares exactly that."""
    staging = Policy(corpus_book())
    assert staging.judge_target(target("db", 5432)).code == "SHORT_NAME"
    declared = Territory("staging", endpoints=(Endpoint("db", 5432),))
    assert Policy(corpus_book(own=declared)).judge_target(target("db", 5432)).code == "OK"


def test_a_peer_is_called_a_peer(staging: Policy) -> None:
    """An address seen at connect time is refused as a peer, whichever rule knew it; a second look is cached."""
    for address in ("127.0.0.77", "10.120.32.9", "::ffff:127.0.0.77"):
        assert staging.judge_peer(address, 5432).codes == ("PEER_PROD",)
    assert staging.judge_peer("127.0.0.77", 5432) is staging.judge_peer("127.0.0.77", 5432)
    assert staging.judge_peer("127.0.0.66", 5432).code == "OK"
    assert staging.judge_peer("/var/run/postgresql/.s.PGSQL.5432", None).code == "OK"


def test_a_resolution_is_judged_by_where_it_ends(staging: Policy) -> None:
    """An alias of production is a DNS fault; an answer that is production's address is both that and its peer."""
    alias = staging.judge_resolution("db.staging.hackney.test", ["prod-db.hackney.test"], ["127.0.0.5"], 5432)
    assert alias.codes == ("PROD_DNS",)
    answer = staging.judge_resolution("stage-db.hackney.test", [], ["127.0.0.77"], 5432)
    assert set(answer.codes) == {"PEER_PROD", "PROD_DNS"}
    assert staging.judge_resolution("stage-db.hackney.test", ["x.staging.example"], ["127.0.0.66"], 5432).code == "OK"


def test_hosts_of_two_environments_in_one_string_are_a_mixture(staging: Policy) -> None:
    """A list for fail-over that leaves the environment is denied, and says that it is a mixture."""
    judgement = staging.judge_targets([target("stage-db.hackney.test", 5432), target("prod-db.hackney.test", 5432)])
    assert judgement.verdict == "deny"
    assert set(judgement.codes) == {"PROD_EXACT", "MULTI_HOST"}
    alone = staging.judge_targets([target("stage-db.hackney.test", 5432), target("127.0.0.66", 5432, "127.0.0.66")])
    assert alone.code == "OK"


def test_a_live_credential_is_known_by_prefix_or_digest() -> None:
    """A live key is denied by how it begins or by its digest; its value is in no reason."""
    from hashlib import sha256

    key = "svc-0d5b2f6a-live"
    production = replace(TERRITORIES["production"], credentials_sha256=frozenset({sha256(key.encode()).hexdigest()}))
    policy = Policy(corpus_book(foreign=(production,)))
    for value in ("sk_live_4242", "rk_live_4242", key, f"other {key}"):
        judgement = policy.judge_credential(value)
        assert judgement.code == "PROD_CREDENTIAL"
        assert value not in repr(judgement)
    for value in ("sk_test_4242", "svc-0d5b2f6a-test", "false"):
        assert policy.judge_credential(value).code == "OK"


def test_no_reason_names_what_the_caller_did_not_supply(staging: Policy) -> None:
    """A refusal tells the caller's own spelling, and nothing of the book's production side."""
    for place in (target("10.120.32.9", 1, "10.120.32.9"), target("x.prod.hackney.example", 443)):
        refusal = staging.judge_target(place).refusal(environment="staging")
        assert refusal is not None
        assert "10.120.32.0/24" not in str(refusal)
        assert "*.prod" not in str(refusal)
        assert place.text in str(refusal)
    assert "127.0.0.77" not in repr(staging.book.foreign)


def test_a_hermetic_process_reaches_this_machine_only() -> None:
    """Other machines and ports that nobody opened are denied; opened ports and unix sockets pass."""
    policy = Policy(corpus_book("test"), hermetic=True, opened_ports=lambda: {5000})
    for place in (
        target("stage-db.hackney.test", 80),
        target("8.8.8.8", 53, "8.8.8.8"),
        target("127.0.0.1", 5001, "127.0.0.1"),
    ):
        judgement = policy.judge_target(place)
        assert judgement.verdict == "deny"
        assert "UNDECLARED" in judgement.codes
    for place in (target("127.0.0.1", 5000, "127.0.0.1"), target("::1", 5000, "::1"), target("/run/x.sock")):
        assert policy.judge_target(place).code == "OK"
    assert policy.judge_resource(Resource("s3", "any")).code == "UNDECLARED"


@pytest.mark.parametrize("rule", list(rules.RULES))
def test_every_rule_matters(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    """Without any one rule, a place that only this rule knows would pass."""
    places = {
        "foreign-endpoint": target("prod-db.hackney.test", 5432),
        "foreign-wildcard": target("new.prod.hackney.example", 443),
        "foreign-network": target("10.120.32.9", 1, "10.120.32.9"),
        "foreign-namespace": target("db.production.svc.cluster.local", 5432),
        "foreign-parameter": Target(None, resource=Resource("ssm", "/social-care/production/password")),
        "foreign-resource": Target(None, resource=Resource("s3", "lbh-documents-production")),
        "short-name": target("db"),
    }
    monkeypatch.delitem(rules.RULES, rule)
    assert Policy(corpus_book()).judge_target(places[rule]).code == "OK"


def test_networks_are_compared_as_numbers() -> None:
    """The edges of a network are inside, their neighbours outside, and IPv4 is not taken for IPv6."""
    index = TerritoryIndex(Territory("x", cidrs=("10.0.0.128/25", "2001:db8::/33", "192.0.2.1/32")))
    inside = ("10.0.0.128", "10.0.0.255", "2001:db8:7fff::", "192.0.2.1")
    outside = ("10.0.0.127", "10.0.1.0", "2001:db8:8000::", "192.0.2.2", "::a00:80")
    assert [address for address in inside + outside if index.covers_address(address)] == list(inside)
