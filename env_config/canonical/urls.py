"""URLs of the web, read as strictly as their least tolerant client, and refused where tolerant ones differ."""

from __future__ import annotations

import re

from . import disagreements
from .authorities import host_part, read_endpoint, split_port, standard_authority
from .hosts import parse_host
from .spellings import unreadable
from .systems import system_of
from .target import Host, Target

CLOUD = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".on.aws", ".api.aws")
"""Domains under which host names and paths name resources of AWS."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+._-]*")
_PLAIN = re.compile(r"(https?|wss?)://([A-Za-z0-9._-]+)(?::([1-9][0-9]{0,3}))?(/[!-~]*)?")


def scheme_of(text: str) -> tuple[str, str]:
    """The scheme in lower case and what follows its colon; an empty scheme if there is none."""
    scheme, colon, rest = text.partition(":")
    return (scheme.lower(), rest) if colon and _SCHEME.fullmatch(scheme) else ("", text)


def read_web(text: str) -> list[Target]:
    """The one host of an ``http``, ``https``, ``ws``, ``wss`` or ``ftp`` URL.

    Raises:
        TargetRefused: AMBIGUOUS where clients differ about it.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        scheme, host, port, path = plain.groups()
        system, default = system_of(scheme)
        return [located(parse_host(host), int(port) if port else default, system, path or "")]
    disagreements.agree("url-", text)
    scheme, rest = scheme_of(text.strip())
    rest = rest.lstrip("/\\")
    authority = standard_authority(rest)
    system, default = system_of(scheme)
    disagreements.agree("authority-", authority)
    return [authority_target(host_part(authority), default, system, rest[len(authority) :])]


def authority_target(text: str, default: int | None, system: str, path: str = "") -> Target:
    """The target of ``host:port`` as it stands in a URL, where an IPv6 address needs its brackets."""
    host, port = read_endpoint(text, default)
    if ":" in split_port(text)[0] and text[:1] != "[":
        raise unreadable()
    if host.is_socket:
        raise unreadable()
    return located(host, port, system, path)


def located(host: Host, port: int | None, system: str, path: str = "") -> Target:
    """The target, with the cloud resource that the host and the path name."""
    if host.name.endswith(CLOUD):
        from .cloud_hosts import resource_at

        return Target(host, port, system, resource_at(host.name, path))
    return Target(host, port, system)
