"""Which environment this is: what is declared, against everything that attests.

An account that no environment lists is refused: where the declared environment lists its accounts it contradicts it
(ENV_CONFLICT), elsewhere nobody can say what it is (ENV_UNKNOWN). An account that several environments list attests
neither, and contradicts only the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..book.model import EnvironmentRules
from ..verdict import REFUSE, Judgement, Reason
from .evidence import STAMP, VARIABLE, Environment, Evidence
from .naming import canonical, nearest


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the rules look at; ``name`` is the canonical declared environment, or None."""

    declared: str
    evidence: tuple[Evidence, ...]
    environments: Mapping[str, EnvironmentRules]
    name: str | None

    @property
    def rules(self) -> EnvironmentRules | None:
        return None if self.name is None else self.environments[self.name]

    @property
    def good(self) -> tuple[Evidence, ...]:
        return tuple(item for item in self.evidence if not item.code)


_SHOWN = 60
"""Letters of a declared name that a message repeats."""

Finding = tuple[str, str]
"""A code, and what was found."""


def determine(
    declared: str | None, evidence: Sequence[Evidence], environments: Mapping[str, EnvironmentRules]
) -> Environment:
    """The environment this process runs in.

    Args:
        declared: the value of ``ENV_CONFIG_ENVIRONMENT``.
        evidence: what :func:`env_config.attestation.gather` found.
        environments: the rules of every environment of the book.

    Raises:
        EnvironmentRefused: ENV_UNSET, ENV_UNKNOWN, ENV_CONFLICT or ENV_UNATTESTED.
    """
    situation = _situation(declared, evidence, environments)
    judge(situation).enforce(environment=situation.name or "")
    rules = situation.rules
    assert rules is not None, "a known environment is the rules' first demand"
    identity = next((item.identity for item in situation.good if item.source == STAMP), "")
    return Environment(rules.name, situation.declared, situation.evidence, identity, rules.protected)


def _situation(
    declared: str | None, evidence: Sequence[Evidence], environments: Mapping[str, EnvironmentRules]
) -> Situation:
    text = declared or ""
    return Situation(text, tuple(evidence), environments, canonical(text, environments))


def judge(situation: Situation) -> Judgement:
    """What every rule says, in the order of :data:`RULES`."""
    found = [(name, rule(situation)) for name, rule in RULES.items()]
    shown = _shown(situation.declared)
    return Judgement(tuple(Reason(one[0], REFUSE, name, shown, one[1]) for name, one in found if one is not None))


def _shown(declared: str) -> str:
    """What was declared, in one line that a log can hold."""
    text = declared.strip()
    plain = text if text.isprintable() else ascii(text)
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def _attestation_holds(situation: Situation) -> Finding | None:
    """A proof that is there and does not hold is worse than none: something is wrong with how this process was started."""
    return next(((item.code, f"{item.source}: {item.detail}") for item in situation.evidence if item.code), None)


def _is_declared(situation: Situation) -> Finding | None:
    """Somebody has to say which environment this is: unset and blank mean nothing, and there is no default."""
    if situation.declared.strip():
        return None
    return "ENV_UNSET", f"{VARIABLE} is blank" if situation.declared else ""


def _is_known(situation: Situation) -> Finding | None:
    """Only a name or an alias that the book lists means an environment; one that comes close is named, never taken."""
    if situation.name is not None or not situation.declared.strip():
        return None
    near = nearest(situation.declared[:_SHOWN], situation.environments)
    return "ENV_UNKNOWN", f"the book has no such environment{f'; did you mean {near}?' if near else ''}"


def _attestations_agree(situation: Situation) -> Finding | None:
    """Whatever attests an environment attests the declared one."""
    if situation.name is None:
        return None
    for item in situation.good:
        attested = (item.environment,) if item.environment else item.among
        if attested and situation.name not in attested:
            return "ENV_CONFLICT", f"{VARIABLE} says {situation.name}, and {item.source} says {' or '.join(attested)}"
    return None


def _account_is_listed(situation: Situation) -> Finding | None:
    """An AWS account that the book lists nowhere attests nothing, and contradicts an environment that lists its own."""
    rules = situation.rules
    for item in situation.good:
        if rules is None or not item.account or item.environment or item.among:
            continue
        code = "ENV_CONFLICT" if rules.attest.aws_accounts else "ENV_UNKNOWN"
        return code, f"{item.source} names an account that the book lists for no environment"
    return None


def _image_is_stamped(situation: Situation) -> Finding | None:
    """A stamp is for one image: carried along to another, it says nothing about that one."""
    stamped = {digest for item in situation.good if item.source == STAMP for digest in item.images}
    running = {digest for item in situation.good if item.source != STAMP for digest in item.images}
    if stamped and running and stamped.isdisjoint(running):
        return "ENV_UNATTESTED", "the stamp is for another image than the one that runs"
    return None


def _production_is_attested(situation: Situation) -> Finding | None:
    """Saying production is not enough: something that the book trusts has to prove it."""
    rules = situation.rules
    if rules is None or not rules.protected:
        return None
    for item in situation.good:
        if item.environment == rules.name and (item.source != STAMP or rules.attest.stamp):
            return None
    return "ENV_UNATTESTED", f"nothing attests {rules.name}"


RULES: dict[str, Callable[[Situation], Finding | None]] = {
    "attestation-holds": _attestation_holds,
    "declared-environment": _is_declared,
    "known-environment": _is_known,
    "attestations-agree": _attestations_agree,
    "listed-account": _account_is_listed,
    "stamped-image": _image_is_stamped,
    "attested-production": _production_is_attested,
}
"""The first that speaks gives the refusal its code; a refusal carries the codes of all."""
