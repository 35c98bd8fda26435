"""What a refusal is.

Refusal (PermissionError)
├── EnvironmentRefused   ENV_*: which environment this is cannot be told
├── TargetRefused        PROD_*, PEER_PROD, AMBIGUOUS, AMBIENT, UNDECLARED …: where an address leads
├── IdentityRefused      IDENTITY_*, ASSERTION_REFUSED, TLS_NAME: who the server says it is
├── BookRefused          BOOK_*: the book cannot be used
├── GrantRefused         OVERRIDE_*: the grant does not hold
├── GuardInactive        GUARD_INACTIVE: a guard does not bite
└── UsageRefused         USAGE: a tool was called without what it needs

A message names what the caller supplied, never what the book holds about another environment, and never a secret.
"""

from __future__ import annotations

from .codes import CODES


class Refusal(PermissionError):
    """The library says no.

    Attributes:
        code: a stable word from :data:`env_config.codes.CODES`.
        service: the service that was asked for, or an empty string.
        environment: the environment this process belongs to, or an empty string.
        target: the canonical target as the caller supplied it, without user information.
        rule: the name of the rule that refused.
        hint: the next step.
        codes: every code that applies, the weightiest first.
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: str,
        service: str = "",
        environment: str = "",
        target: str = "",
        rule: str = "",
        hint: str = "",
        codes: tuple[str, ...] = (),
    ) -> None:
        meaning, step = CODES[code]
        self.message = message or meaning
        self.code = code
        self.codes = codes or (code,)
        self.service = service
        self.environment = environment
        self.target = target
        self.rule = rule
        self.hint = hint or step
        super().__init__(self.message)

    def __str__(self) -> str:
        facts = (("service", self.service), ("environment", self.environment), ("target", self.target))
        shown = ", ".join(f"{name} {value}" for name, value in facts if value)
        return f"{self.code}: {self.message}" + (f" ({shown})" if shown else "") + f"; {self.hint}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.message!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.message, self.facts())

    def facts(self) -> dict[str, object]:
        """The facts as plain values: for the audit log, ``--json`` and pickling."""
        names = ("code", "codes", "service", "environment", "target", "rule", "hint")
        return {name: getattr(self, name) for name in names}


def _rebuilt(kind: type[Refusal], message: str, facts: dict[str, object]) -> Refusal:
    return kind(message, **facts)  # type: ignore[arg-type]


class EnvironmentRefused(Refusal):
    """Which environment this is cannot be told."""


class TargetRefused(Refusal):
    """An address leads where this process must not go, or nobody can say where it leads."""


class IdentityRefused(Refusal):
    """The server is not what the book says it is."""


class BookRefused(Refusal):
    """The book cannot be used."""


class GrantRefused(Refusal):
    """The grant does not hold."""


class GuardInactive(Refusal):
    """A guard does not bite."""


class UsageRefused(Refusal):
    """A tool was called without what it needs."""
