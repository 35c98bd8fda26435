"""From any spelling of an address to where it leads.

A string is read as every client of its kind would read it. If they agree, the result is a :class:`Target` for each place the
string names; where some would go elsewhere, those places are targets too; and what cannot be decided is refused as AMBIGUOUS.
"""

from __future__ import annotations

from collections.abc import Mapping

from .hosts import parse_host
from .target import Host, Resource, Target

__all__ = ["Host", "Resource", "Target", "forget", "kind_of", "parse_host", "resource_of", "targets"]


def targets(text: str, kind: str = "", environ: Mapping[str, str] | None = None) -> tuple[Target, ...]:
    """Every place that a client given the string could connect to.

    Args:
        text: an address in any form.
        kind: ``host``, ``url``, ``dsn``, ``jdbc``, ``ado``, ``mongodb``, ``redis``, ``amqp``, ``aws``; empty tells by its form.
        environ: variables such as ``PGHOST`` and ``PGSERVICE`` that complete it; None leaves them out.

    Raises:
        TargetRefused: AMBIGUOUS where clients disagree about it, MULTI_HOST where its hosts, addresses and ports do not
            match in number.
    """
    from .dispatch import read_targets

    return read_targets(text, kind, environ)


def kind_of(text: str) -> str | None:
    """The kind of address that the text looks like (one of those of :func:`targets`), or None for anything else."""
    from .kinds import kind_of as recognised

    return recognised(text)


def resource_of(service: str, name: str, account: str = "", region: str = "") -> Resource:
    """The resource of a client call, such as ``resource_of("s3", bucket)``; the name may be an ARN or a URL.

    Args:
        service: AWS's word, or the kind of thing: ``bucket``, ``queue``, ``topic``, ``table``, ``parameter``, ``secret``.
        name: as the call gives it.
        account: the account that the caller says it belongs to, if it does.
        region: the region, if it is known.
    """
    from .aws import resource_of as named

    return named(service, name, account, region)


def forget() -> None:
    """Empty the cache of hosts: after a rule of :data:`disagreements.RULES` was changed."""
    parse_host.cache_clear()
