"""Who may resolve a service: only what CI deployed, under an identity that the book names.

Enforcement proper is IAM's and the database's; this refusal comes earlier and can be read.
"""

from __future__ import annotations

from collections.abc import Callable

from ..book.model import EnvironmentRules, Service
from ..verdict import REFUSE, Judgement, Reason
from .evidence import STAMP, Environment

Finding = tuple[str, str]

HINTS = {
    "required-stamp": "deploy it through CI, which signs a stamp with `env-config attest`; ENV_CONFIG_STAMP names its file",
    "known-identity": "deploy it through CI under an identity that the book lists under acl",
    "listed-identity": "run it under an identity that the book lists for this service under acl, or have this one added",
}
"""Rule: what a person can do."""


def check_access(service: Service, rules: EnvironmentRules, environment: Environment) -> None:
    """Refuse unless this process may resolve the service.

    Args:
        service: the book's entry; ``run_as`` names the identities that may, none means all.
        rules: of the environment; ``require_stamp`` demands a deployment stamp whatever the service.
        environment: what was determined, with the stamp's identity.

    Raises:
        EnvironmentRefused: ENV_UNATTESTED if a stamp is needed and none is there.
        TargetRefused: UNDECLARED if the stamp's identity is not among those that the book declares for the service.
    """
    refusal = judge_access(service, rules, environment).refusal(service=service.name, environment=environment.name)
    if refusal is None:
        return
    refusal.hint = HINTS.get(refusal.rule, refusal.hint)
    raise refusal


def judge_access(service: Service, rules: EnvironmentRules, environment: Environment) -> Judgement:
    """What :func:`check_access` enforces."""
    found = [(name, rule(service, rules, environment)) for name, rule in RULES.items()]
    return Judgement(tuple(Reason(one[0], REFUSE, name, "", one[1]) for name, one in found if one is not None))


def _stamped(environment: Environment) -> bool:
    return any(
        item.source == STAMP and not item.code and item.environment == environment.name for item in environment.evidence
    )


def _has_stamp(service: Service, rules: EnvironmentRules, environment: Environment) -> Finding | None:
    """Where an environment demands a deployment stamp, a process without one resolves nothing."""
    if rules.require_stamp and not _stamped(environment):
        return "ENV_UNATTESTED", f"{rules.name} demands a deployment stamp, and this process has none"
    return None


def _has_identity(service: Service, rules: EnvironmentRules, environment: Environment) -> Finding | None:
    """Where the book says who may resolve a service, a deployment stamp must say who runs here."""
    if service.run_as and not (environment.identity and _stamped(environment)):
        return (
            "ENV_UNATTESTED",
            "the book says who may resolve this service, and no deployment stamp says who runs here",
        )
    return None


def _is_listed(service: Service, rules: EnvironmentRules, environment: Environment) -> Finding | None:
    """Only the identities that the book lists may resolve a service."""
    if service.run_as and environment.identity and environment.identity not in service.run_as:
        return "UNDECLARED", f"the book does not let {environment.identity} resolve this service"
    return None


RULES: dict[str, Callable[[Service, EnvironmentRules, Environment], Finding | None]] = {
    "required-stamp": _has_stamp,
    "known-identity": _has_identity,
    "listed-identity": _is_listed,
}
