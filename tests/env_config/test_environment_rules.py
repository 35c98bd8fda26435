"""Which environment this is: what is declared against what attests it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from env_config.attestation import (
    Environment,
    Evidence,
    access,
    check_access,
    determine,
    rules,
)
from env_config.attestation.accounts import account_evidence, arn_evidence
from env_config.book.model import Attest, EnvironmentRules, Service
from env_config.errors import EnvironmentRefused, Refusal, TargetRefused
from tests.env_config.books import RULES

PRODUCTION = Evidence("ecs-task-metadata", "production", "111122223333")
STAGING = Evidence("sts", "staging", "444455556666")
STAMP = Evidence("stamp", "staging", identity="ci-deployer", images=("sha256:aa",))
EXPIRED = Evidence("github-oidc", code="ENV_UNATTESTED", detail="it has expired")
UNLISTED = Evidence("sts", None, "999999999999")
RUNNING = Evidence("ecs-task-metadata", images=("sha256:bb",))

REFUSED: dict[str, tuple[str | None, tuple[Evidence, ...], str]] = {
    "not set": (None, (), "ENV_UNSET"),
    "blank": ("  ", (), "ENV_UNSET"),
    "unknown": ("stageing", (), "ENV_UNKNOWN"),
    "part of a name": ("product", (), "ENV_UNKNOWN"),
    "name with more": ("production-eu", (), "ENV_UNKNOWN"),
    "look-alike letters": ("ｓｔａｇｉｎｇ", (), "ENV_UNKNOWN"),
    "staging in production's account": ("staging", (PRODUCTION,), "ENV_CONFLICT"),
    "production in staging's account": ("production", (STAGING,), "ENV_CONFLICT"),
    "pre-production is not production": ("pre-production", (PRODUCTION,), "ENV_CONFLICT"),
    "two attestations disagree": ("production", (PRODUCTION, STAGING), "ENV_CONFLICT"),
    "a stamp for another environment": ("development", (STAMP,), "ENV_CONFLICT"),
    "a bad attestation": ("staging", (EXPIRED,), "ENV_UNATTESTED"),
    "a bad one beside a good one": ("staging", (STAGING, EXPIRED), "ENV_UNATTESTED"),
    "production on a laptop": ("production", (), "ENV_UNATTESTED"),
    "production by an alias": ("live", (), "ENV_UNATTESTED"),
    "production with a note only": ("production", (Evidence("sts", detail="no answer"),), "ENV_UNATTESTED"),
    "an account of nobody": ("staging", (UNLISTED,), "ENV_CONFLICT"),
    "an account of nobody where none are listed": ("development", (UNLISTED,), "ENV_UNKNOWN"),
    "a shared account of others": ("staging", (replace(UNLISTED, among=("development", "test")),), "ENV_CONFLICT"),
    "production in a shared account": (
        "production",
        (replace(UNLISTED, among=("production", "staging")),),
        "ENV_UNATTESTED",
    ),
    "a stamp of another image": ("staging", (STAMP, RUNNING), "ENV_UNATTESTED"),
}

ALLOWED: dict[str, tuple[str, tuple[Evidence, ...], str]] = {
    "alias, case and blanks": (" STG ", (), "staging"),
    "underscore": ("Pre_Production", (), "pre-production"),
    "inner blank": ("pre production", (), "pre-production"),
    "attested production": ("prod", (PRODUCTION,), "production"),
    "attested staging": ("staging", (STAGING, STAMP), "staging"),
    "a token of no environment": ("test", (Evidence("circleci-oidc", detail="no environment"),), "test"),
    "a shared account": ("test", (replace(UNLISTED, among=("development", "test")),), "test"),
    "a stamp of the image that runs": ("staging", (STAMP, replace(RUNNING, images=("sha256:aa",))), "staging"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_is_refused(name: str) -> None:
    """Unset, unknown, contradicted, badly attested: each has its code, and names the rule that said so."""
    declared, evidence, code = REFUSED[name]
    with pytest.raises(EnvironmentRefused) as caught:
        determine(declared, evidence, RULES)
    assert caught.value.code == code
    assert caught.value.rule in rules.RULES
    assert caught.value.hint


@pytest.mark.parametrize("name", ALLOWED)
def test_what_nothing_contradicts_is_allowed(name: str) -> None:
    """A known name that no source contradicts, and production with its proof, are determined."""
    declared, evidence, wanted = ALLOWED[name]
    environment = determine(declared, evidence, RULES)
    assert environment.name == wanted
    assert environment.declared == declared
    assert environment.evidence == evidence
    assert environment.protected == (wanted == "production")


@pytest.mark.parametrize("name", rules.RULES)
def test_every_rule_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the rules, something that must be refused is let through or refused for another reason."""
    monkeypatch.delitem(rules.RULES, name)
    assert any(_code(*case[:2]) != case[2] for case in REFUSED.values())


def _code(declared: str | None, evidence: tuple[Evidence, ...]) -> str:
    try:
        determine(declared, evidence, RULES)
    except (Refusal, AssertionError) as error:
        return getattr(error, "code", "")
    return "OK"


def test_the_nearest_name_is_suggested_and_never_taken() -> None:
    """A typing error is refused, and the refusal says what may have been meant."""
    with pytest.raises(EnvironmentRefused, match="did you mean production"):
        determine("prodution", (PRODUCTION,), RULES)


def test_every_reason_is_told() -> None:
    """A refusal carries the codes of all rules that spoke, the first one's in front."""
    with pytest.raises(EnvironmentRefused) as caught:
        determine("production", (EXPIRED, STAGING), RULES)
    assert caught.value.codes == ("ENV_UNATTESTED", "ENV_CONFLICT")


def test_a_refusal_does_not_name_accounts() -> None:
    """Account numbers of the book stay in the book."""
    with pytest.raises(EnvironmentRefused) as caught:
        determine("staging", (PRODUCTION,), RULES)
    assert "1111" not in f"{caught.value}{caught.value.facts()}"


def test_a_stamp_attests_production_only_where_the_book_lets_it() -> None:
    """``attest: {stamp: false}`` makes a stamp no proof of production; it may still contradict."""
    stamp = Evidence("stamp", "production", identity="ci-deployer")
    strict = {**RULES, "production": replace(RULES["production"], attest=Attest(stamp=False))}
    assert determine("production", (stamp,), RULES).identity == "ci-deployer"
    with pytest.raises(EnvironmentRefused) as caught:
        determine("production", (stamp,), strict)
    assert caught.value.code == "ENV_UNATTESTED"


def test_only_a_stamp_says_who_runs() -> None:
    """A role's ARN or a token's subject is shown as evidence, and is no identity of the book's."""
    role = Evidence("sts", "staging", "444455556666", identity="arn:aws:sts::444455556666:assumed-role/ci-deployer/x")
    assert determine("staging", (role,), RULES).identity == ""


# ------------------------------------------------------------------------------------------------------------- accounts


@pytest.mark.parametrize(
    ("arn", "environment"),
    [
        ("arn:aws:ecs:eu-west-2:111122223333:task/c/1", "production"),
        ("arn:aws-cn:ecs:cn-north-1:444455556666:task/c/1", "staging"),
        ("arn:aws-us-gov:ecs:us-gov-west-1:777788889999:task/c/1", "pre-production"),
    ],
)
def test_an_arn_tells_the_environment(arn: str, environment: str) -> None:
    """The account of an ARN, in whatever partition, is the environment's that lists it."""
    found = arn_evidence("ecs-task-metadata", arn, RULES, services=("ecs",))
    assert (found.environment, found.identity, found.code) == (environment, arn, "")


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "111122223333",
        "arn:aws:ecs:eu-west-2:1111:task/c/1",
        "arn:aws:ecs:eu-west-2::task/c/1",
        "arn:aws:lambda:eu-west-2:111122223333:function:x",
        "arn:aws:ecs:eu-west-2:111122223333:",
        "xarn:aws:ecs:eu-west-2:111122223333:task/c/1",
        "arn:aws:ecs:eu-west-2:111122223333:task/c/1\n",
        "arn:aws:ecs:eu-west-2:１１１１22223333:task/c/1",
    ],
)
def test_what_is_no_arn_does_not_hold(arn: str) -> None:
    """Another service's ARN, a broken one and none are evidence that does not hold."""
    assert arn_evidence("ecs-task-metadata", arn, RULES, services=("ecs",)).code == "ENV_UNATTESTED"


def test_a_shared_account_attests_neither() -> None:
    """An account that two environments list says only that it is one of them."""
    shared = {
        name: EnvironmentRules(name, protected=name == "production", attest=Attest(aws_accounts=("111122223333",)))
        for name in ("production", "staging")
    }
    found = account_evidence("sts", "111122223333", shared)
    assert (found.environment, found.among) == (None, ("production", "staging"))
    assert determine("staging", (found,), shared).name == "staging"


# --------------------------------------------------------------------------------------------------------------- access

STAMPED = Environment("staging", "staging", (STAMP,), "ci-deployer")
BARE = Environment("staging", "staging")
OPEN, CLOSED = Service("open", "http"), Service("db", "postgresql", run_as=("svc-social-care", "ci-deployer"))
DEMANDING = replace(RULES["staging"], require_stamp=True)
ACCESS: dict[str, tuple[Service, EnvironmentRules, Environment, str]] = {
    "nothing is demanded": (OPEN, RULES["staging"], BARE, ""),
    "stamp demanded and there": (OPEN, DEMANDING, STAMPED, ""),
    "stamp demanded": (OPEN, DEMANDING, BARE, "ENV_UNATTESTED"),
    "stamp of another environment": (OPEN, DEMANDING, replace(STAMPED, name="development"), "ENV_UNATTESTED"),
    "bad stamp": (OPEN, DEMANDING, replace(BARE, evidence=(replace(STAMP, code="ENV_UNATTESTED"),)), "ENV_UNATTESTED"),
    "identity listed": (CLOSED, RULES["staging"], STAMPED, ""),
    "identity unknown": (CLOSED, RULES["staging"], BARE, "ENV_UNATTESTED"),
    "identity without a stamp": (CLOSED, RULES["staging"], replace(BARE, identity="ci-deployer"), "ENV_UNATTESTED"),
    "identity not listed": (
        CLOSED,
        RULES["staging"],
        Environment("staging", "staging", (replace(STAMP, identity="ci-deploye"),), "ci-deploye"),
        "UNDECLARED",
    ),
}


@pytest.mark.parametrize("name", ACCESS)
def test_only_listed_identities_that_ci_deployed_may_resolve(name: str) -> None:
    """Where the book demands a stamp or names identities, nothing else resolves the service."""
    service, demands, environment, code = ACCESS[name]
    if not code:
        check_access(service, demands, environment)
        return
    with pytest.raises((EnvironmentRefused, TargetRefused)) as caught:
        check_access(service, demands, environment)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert caught.value.service == service.name  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", access.RULES)
def test_every_access_rule_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the rules, somebody who may not resolves a service."""
    monkeypatch.delitem(access.RULES, name)
    assert any(access.judge_access(*case[:3]).code != (case[3] or "OK") for case in ACCESS.values())


def test_every_refusal_of_access_has_a_step_of_its_own() -> None:
    """Who may not resolve a service is told about stamps and lists, not to declare the service."""
    assert set(access.HINTS) == set(access.RULES)
    service = Service("db", "postgresql", host="db.staging.example", port=5432, run_as=("svc",))
    stamped = Environment("staging", "staging", (STAMP,), identity="ci-deployer")
    with pytest.raises(TargetRefused) as caught:
        check_access(service, RULES["staging"], stamped)
    assert (caught.value.code, caught.value.hint) == ("UNDECLARED", access.HINTS["listed-identity"])
