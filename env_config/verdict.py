"""What a rule says, and what several rules together mean."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import (
    BookRefused,
    EnvironmentRefused,
    GrantRefused,
    GuardInactive,
    IdentityRefused,
    Refusal,
    TargetRefused,
    UsageRefused,
)

ALLOW, WARN, REFUSE, DENY = "allow", "warn", "refuse", "deny"
_WEIGHT = {ALLOW: 0, WARN: 1, REFUSE: 2, DENY: 3}

_FAMILIES: tuple[tuple[str, type[Refusal]], ...] = (
    ("ENV_", EnvironmentRefused),
    ("BOOK_", BookRefused),
    ("IDENTITY_", IdentityRefused),
    ("ASSERTION_", IdentityRefused),
    ("TLS_", IdentityRefused),
    ("OVERRIDE_", GrantRefused),
    ("GUARD_", GuardInactive),
    ("USAGE", UsageRefused),
)


def refusal_class(code: str) -> type[Refusal]:
    """The exception of a code's family."""
    return next((family for prefix, family in _FAMILIES if code.startswith(prefix)), TargetRefused)


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's finding.

    Attributes:
        code: a key of :data:`env_config.codes.CODES`.
        verdict: ``warn``, ``refuse`` (nobody can tell, so no) or ``deny`` (it would reach what it must not).
        rule: the rule's stable name, such as ``production-endpoint``.
        target: the canonical target as the caller supplied it, without user information.
        detail: what was found, in words that name nothing the caller did not supply.
    """

    code: str
    verdict: str
    rule: str
    target: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all rules together say; no reason at all means allow."""

    reasons: tuple[Reason, ...] = ()

    @property
    def worst(self) -> Reason | None:
        """The weightiest reason; among equals the first found."""
        return max(self.reasons, key=lambda reason: _WEIGHT[reason.verdict], default=None)

    @property
    def verdict(self) -> str:
        return ALLOW if self.worst is None else self.worst.verdict

    @property
    def code(self) -> str:
        return "OK" if self.worst is None else self.worst.code

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that applies, the weightiest first."""
        ordered = sorted(self.reasons, key=lambda reason: -_WEIGHT[reason.verdict])
        return tuple(dict.fromkeys(reason.code for reason in ordered)) or ("OK",)

    @property
    def allowed(self) -> bool:
        """True if nothing worse than a warning was found."""
        return _WEIGHT[self.verdict] < _WEIGHT[REFUSE]

    def __add__(self, other: Judgement) -> Judgement:
        return Judgement(self.reasons + other.reasons)

    def refusal(self, *, service: str = "", environment: str = "") -> Refusal | None:
        """The exception this judgement asks for, or None where it allows."""
        worst = self.worst
        if worst is None or self.allowed:
            return None
        return refusal_class(worst.code)(
            worst.detail,
            code=worst.code,
            codes=self.codes,
            service=service,
            environment=environment,
            target=worst.target,
            rule=worst.rule,
        )

    def enforce(self, *, service: str = "", environment: str = "") -> None:
        """Raise the refusal, if there is one.

        Raises:
            Refusal: of the family that the weightiest code belongs to.
        """
        refusal = self.refusal(service=service, environment=environment)
        if refusal is not None:
            raise refusal
