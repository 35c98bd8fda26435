"""One small answer from one address: no redirect, no proxy, no waiting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from http.client import HTTPConnection

Fetch = Callable[[str, Mapping[str, str]], bytes]
"""Takes a URL and headers, gives the body, or raises OSError or ValueError."""

ECS_METADATA = "169.254.170.2"
TIMEOUT = 1.0
MAX_ANSWER = 65_536


def fetch(url: str, headers: Mapping[str, str]) -> bytes:
    """The body of a 200 answer.

    Raises:
        OSError: nobody answered within a second, or the answer was cut off.
        ValueError: another status than 200, or more than 64 KiB.
    """
    import http.client

    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read(MAX_ANSWER + 1)
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer ({type(error).__name__})") from None
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"the answer has the status {answer.status}")
    if len(body) > MAX_ANSWER:
        raise ValueError("the answer is too long")
    return body


def is_metadata_address(url: str) -> bool:
    """True for plain HTTP to the link-local address of the ECS agent, or to loopback."""
    parts = _parts(url)
    if parts is None or parts.scheme != "http" or "@" in parts.netloc:
        return False
    return parts.hostname == ECS_METADATA or is_loopback(parts.hostname or "")


def is_safe_address(url: str) -> bool:
    """True for HTTPS anywhere, and for plain HTTP on loopback."""
    parts = _parts(url)
    if parts is None or not parts.hostname or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def is_loopback(host: str) -> bool:
    """True for the text of a loopback address; names, ``localhost`` among them, lead where a resolver says."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # it is read, and refused, only when asked for
    except ValueError:
        return None
    return parts if url.isascii() and url.isprintable() and " " not in url and "\\" not in url else None


def _connection(parts: SplitResult) -> HTTPConnection:
    import http.client

    if parts.scheme == "https":
        import ssl

        return http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
