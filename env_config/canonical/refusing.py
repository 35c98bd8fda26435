"""How the canonicaliser says no."""

from __future__ import annotations

from ..errors import TargetRefused


def ambiguous(words: str, rule: str, target: str = "") -> TargetRefused:
    """Clients disagree about the string, or no client could use it as it stands.

    Args:
        words: what is wrong, without a piece of the string: it may hold a secret.
        rule: the stable name of the rule.
        target: the host as the caller wrote it, only where it cannot hold a secret.
    """
    return TargetRefused(words, code="AMBIGUOUS", rule=rule, target=target)


def mismatched(words: str, rule: str) -> TargetRefused:
    """The hosts, addresses and ports of one string do not belong together."""
    return TargetRefused(words, code="MULTI_HOST", rule=rule)
