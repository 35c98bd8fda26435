"""What speaks for an environment, and the environment that was determined."""

from __future__ import annotations

from dataclasses import dataclass

VARIABLE = "ENV_CONFIG_ENVIRONMENT"
"""The only variable that declares an environment. NODE_ENV, RAILS_ENV and ASPNETCORE_ENVIRONMENT are another axis."""

ECS, LAMBDA, STS, GITHUB, CIRCLECI, STAMP = (
    "ecs-task-metadata",
    "lambda",
    "sts",
    "github-oidc",
    "circleci-oidc",
    "stamp",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source says.

    Attributes:
        source: such as ``ecs-task-metadata``.
        environment: the environment it attests, or None if it attests none.
        account: the AWS account it speaks of, or an empty string.
        identity: who runs, in the source's own words: a role's ARN, a token's subject, a stamp's identity.
        code: empty if the source is good, else why it is not.
        detail: what was found, in words.
        among: environments that share the account; the process is in one of them, and it cannot be said in which.
        images: digests of the container image: those the platform runs, or the one a stamp is for.
    """

    source: str
    environment: str | None = None
    account: str = ""
    identity: str = ""
    code: str = ""
    detail: str = ""
    among: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """Which environment this process runs in.

    Attributes:
        name: canonical.
        declared: what ``ENV_CONFIG_ENVIRONMENT`` says, as written.
        evidence: everything that was asked.
        identity: the run-as identity of a good deployment stamp, or an empty string.
        protected: whether this is production.
    """

    name: str
    declared: str = ""
    evidence: tuple[Evidence, ...] = ()
    identity: str = ""
    protected: bool = False


def bad(source: str, detail: str, code: str = "ENV_UNATTESTED") -> Evidence:
    """A source that is there and does not hold."""
    return Evidence(source, code=code, detail=detail)
