"""Asks every source that this process has, and only those: what has no variable here costs no packet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..book.model import EnvironmentRules
from .evidence import CIRCLECI, ECS, GITHUB, LAMBDA, STAMP, STS, Evidence
from .presented import presented

if TYPE_CHECKING:
    from ..trust import Trust
    from .fetching import Fetch

CallerIdentity = Callable[[Mapping[str, str]], "tuple[str, str]"]
"""Takes a process's variables, gives account and ARN of its AWS credentials, or raises OSError."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a source may look at.

    Attributes:
        environ: the process's variables.
        environments: the rules of every environment of the book.
        trust: the pinned keys.
        now: seconds since 1970.
        presented: what the application itself presented, by source.
        fetch: gets a URL; None for the network.
        caller_identity: asks AWS whose credentials these are; None for botocore.
    """

    environ: Mapping[str, str]
    environments: Mapping[str, EnvironmentRules]
    trust: Trust
    now: int
    presented: Mapping[str, str] = field(default_factory=dict)
    fetch: Fetch | None = None
    caller_identity: CallerIdentity | None = None


def gather(
    environ: Mapping[str, str],
    environments: Mapping[str, EnvironmentRules],
    trust: Trust,
    *,
    now: int,
    fetch: Fetch | None = None,
    caller_identity: CallerIdentity | None = None,
) -> tuple[Evidence, ...]:
    """Everything that attests an environment here.

    A source that promises an answer and gives none, or a wrong one, is evidence with a code. Only AWS's STS may stay
    silent: credentials promise no route to it.

    Args:
        environ: the process's variables.
        environments: the rules of every environment of the book.
        trust: the pinned keys.
        now: seconds since 1970.
        fetch: in place of the network, for tests.
        caller_identity: in place of botocore, for tests.
    """
    sources = Sources(environ, environments, trust, now, presented(), fetch, caller_identity)
    return tuple(item for source in SOURCES.values() for item in source(sources))


def _ecs(sources: Sources) -> tuple[Evidence, ...]:
    from .accounts import lists_accounts

    if not sources.environ.get("ECS_CONTAINER_METADATA_URI_V4") or not lists_accounts(sources.environments):
        return ()
    from .metadata import ecs_evidence

    return (ecs_evidence(sources),)


def _lambda(sources: Sources) -> tuple[Evidence, ...]:
    from .accounts import lambda_evidence, lists_accounts

    arn = sources.presented.get(LAMBDA)
    if arn is None or not lists_accounts(sources.environments):
        return ()
    return (lambda_evidence(arn, sources.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""), sources.environments),)


def _sts(sources: Sources) -> tuple[Evidence, ...]:
    from .accounts import lists_accounts
    from .sts import has_credentials, sts_evidence

    if not has_credentials(sources.environ) or not lists_accounts(sources.environments):
        return ()
    return sts_evidence(sources)


def _github(sources: Sources) -> tuple[Evidence, ...]:
    if not any(rules.attest.github for rules in sources.environments.values()):
        return ()
    if GITHUB not in sources.presented and not sources.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL"):
        return ()
    from .tokens import github_evidence

    return github_evidence(sources)


def _circleci(sources: Sources) -> tuple[Evidence, ...]:
    if not any(rules.attest.circleci for rules in sources.environments.values()):
        return ()
    variables = (sources.environ.get("CIRCLE_OIDC_TOKEN_V2"), sources.environ.get("CIRCLE_OIDC_TOKEN"))
    token = next(filter(None, (sources.presented.get(CIRCLECI), *variables)), None)
    if token is None:
        return ()
    from .tokens import circleci_evidence

    return circleci_evidence(token, sources.environments, sources.trust, now=sources.now)


def _stamp(sources: Sources) -> tuple[Evidence, ...]:
    path = sources.environ.get("ENV_CONFIG_STAMP")
    if path is None:
        return ()
    from .stamps import stamp_file_evidence

    return (stamp_file_evidence(path, sources.environments, sources.trust, now=sources.now),)


SOURCES: dict[str, Callable[[Sources], tuple[Evidence, ...]]] = {
    ECS: _ecs,
    LAMBDA: _lambda,
    STS: _sts,
    GITHUB: _github,
    CIRCLECI: _circleci,
    STAMP: _stamp,
}
