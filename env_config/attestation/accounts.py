"""AWS accounts as evidence: an ARN that the platform gave, and the environment whose account it is in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..book.model import EnvironmentRules
from .evidence import LAMBDA, Evidence, bad

_ACCOUNT = re.compile(r"[0-9]{12}\Z")
_ARN = re.compile(
    r"arn:aws[a-z-]*:(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12}):(?P<rest>\S+)\Z"
)


def lists_accounts(environments: Mapping[str, EnvironmentRules]) -> bool:
    """True if the book knows AWS accounts at all; a book that lists none is not asked about any."""
    return any(rules.attest.aws_accounts for rules in environments.values())


def account_evidence(
    source: str,
    account: str,
    environments: Mapping[str, EnvironmentRules],
    *,
    identity: str = "",
    images: tuple[str, ...] = (),
) -> Evidence:
    """Evidence from an account number of twelve digits."""
    if not _ACCOUNT.match(account):
        return bad(source, "it gives no account of twelve digits")
    listed = tuple(name for name, rules in environments.items() if account in rules.attest.aws_accounts)
    if len(listed) == 1:
        return Evidence(source, listed[0], account, identity, images=images)
    detail = "several environments share the account" if listed else "no environment lists the account"
    return Evidence(source, None, account, identity, detail=detail, among=listed, images=images)


def arn_evidence(
    source: str,
    arn: str,
    environments: Mapping[str, EnvironmentRules],
    *,
    services: tuple[str, ...],
    images: tuple[str, ...] = (),
) -> Evidence:
    """Evidence from an ARN of one of the services; any other text does not hold."""
    parts = _ARN.match(arn)
    if parts is None or parts["service"] not in services:
        return bad(source, f"it gives no ARN of {' or '.join(services)}")
    return account_evidence(source, parts["account"], environments, identity=arn, images=images)


def function_name(arn: str) -> str:
    """The name within a Lambda function's ARN, without version or alias; empty for any other text."""
    parts = _ARN.match(arn)
    if parts is None or not parts["rest"].startswith("function:"):
        return ""
    return parts["rest"].split(":")[1]


def lambda_evidence(arn: str, function: str, environments: Mapping[str, EnvironmentRules]) -> Evidence:
    """Evidence from the ARN of an invocation.

    Args:
        arn: ``invoked_function_arn`` of the handler's context.
        function: ``AWS_LAMBDA_FUNCTION_NAME``, which the platform sets; without it this is not Lambda.
        environments: the rules of every environment of the book.
    """
    if not function:
        return bad(LAMBDA, "a Lambda context was presented where no Lambda runs")
    if function_name(arn) != function:
        return bad(LAMBDA, "the context that was presented is another function's")
    return arn_evidence(LAMBDA, arn, environments, services=("lambda",))
