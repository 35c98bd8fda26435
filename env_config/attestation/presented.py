"""Evidence that only the application holds: the context of a Lambda invocation, a token that it fetched itself."""

from __future__ import annotations

import threading

from ..errors import EnvironmentRefused, UsageRefused
from .evidence import CIRCLECI, GITHUB, LAMBDA

_PRESENTED: dict[str, str] = {}
_LOCK = threading.Lock()


def attest_lambda(context: object) -> None:
    """Present the context that AWS gave to the handler; call it before the first ``address()`` of an invocation.

    Args:
        context: of the invocation; its ``invoked_function_arn`` names the account.

    Raises:
        UsageRefused: it is no Lambda context.
        EnvironmentRefused: ENV_CONFLICT, if this process has been invoked in another account before.
    """
    arn = getattr(context, "invoked_function_arn", None)
    if not isinstance(arn, str) or not arn:
        raise UsageRefused("this is not the context of a Lambda invocation", code="USAGE", rule="presented-evidence")
    with _LOCK:
        before = _PRESENTED.setdefault(LAMBDA, arn)
    # An alias or a version may differ between two invocations of one function; where it runs may not.
    if before.split(":")[:7] != arn.split(":")[:7]:
        raise EnvironmentRefused(
            "this process was invoked as another function before", code="ENV_CONFLICT", rule="presented-evidence"
        )


def present_token(source: str, token: str) -> None:
    """Present an OIDC token that the application fetched, where the platform's own variables are not there.

    Args:
        source: ``github-oidc`` or ``circleci-oidc``.
        token: the compact token; it is checked like any other, and shown nowhere.

    Raises:
        UsageRefused: another source.
    """
    if source not in (GITHUB, CIRCLECI):
        raise UsageRefused(
            f"no tokens of {source!r} are understood",
            code="USAGE",
            rule="presented-evidence",
            hint=f"{GITHUB} or {CIRCLECI}",
        )
    with _LOCK:
        _PRESENTED[source] = token


def presented() -> dict[str, str]:
    """What has been presented, by source."""
    with _LOCK:
        return dict(_PRESENTED)


def withdraw() -> None:
    """Forget everything; for tests that share a process."""
    with _LOCK:
        _PRESENTED.clear()
