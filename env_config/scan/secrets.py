"""What must not lie in any file: live credentials and signed grants. Nothing that is found here is ever shown whole."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from typing import Any

_LIVE_KEY = re.compile(r"(?<![A-Za-z0-9_])([sr]k_live_)([A-Za-z0-9_-]{8,250})")
_WORD = re.compile(r"[A-Za-z0-9_+/=.:~-]{16,500}")
_TOKEN = re.compile(r"\beyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,4000}")
_GRANT_CLAIMS = (
    {"service", "environment", "mode"},
    {"service", "environment", "reason"},
    {"service", "environment", "ticket"},
    {"service", "until", "reason"},
)
_GRANT_WORDS = frozenset({"grant", "env-config/grant", "env-config-grant", "env-config+grant"})
_GRANT_OBJECT = re.compile(r"\"(?:grant|env-config-grant)\"\s*:\s*\{[^{}]{0,4000}\}")


def credentials(text: str, listed: Callable[[str], bool] | None) -> Iterator[tuple[int, str]]:
    """Live credentials.

    Args:
        text: of any file.
        listed: tells whether the book lists a value's digest; None where no book lists any.

    Yields:
        The place, and what may be shown of it.
    """
    if "k_live_" in text:
        for match in _LIVE_KEY.finditer(text):
            if not _is_placeholder(match[2]):
                yield match.start(), f"{match[1]}…"
    if listed is not None:
        for match in _WORD.finditer(text):
            if listed(match[0]) or ("=" in match[0] and listed(match[0].partition("=")[2])):
                yield match.start(), "a credential that the book lists"


def _is_placeholder(value: str) -> bool:
    """``xxxxxxxx``, ``your_key_here`` and the like are no key."""
    plain = value.lower()
    return len(set(plain)) < 4 or any(
        word in plain for word in ("your", "xxxx", "example", "placeholder", "replace", "secret_key")
    )


def grants(text: str) -> Iterator[int]:
    """Places of signed grants: compact tokens whose claims are a grant's."""
    if "eyJ" in text:
        for match in _TOKEN.finditer(text):
            head, claims = (_decoded(part) for part in match[0].split(".")[:2])
            if _is_grant(head, claims):
                yield match.start()
    if '"grant"' in text or '"env-config-grant"' in text:
        for match in _GRANT_OBJECT.finditer(text):
            if any(all(f'"{name}"' in match[0] for name in names) for names in _GRANT_CLAIMS):
                yield match.start()


def _is_grant(head: dict[str, Any], claims: dict[str, Any]) -> bool:
    kinds = {str(source.get(name)).lower() for source in (head, claims) for name in ("typ", "purpose", "kind")}
    if kinds & _GRANT_WORDS or any("grant" in kind for kind in kinds):
        return True
    named = set(claims) | (set(claims["grant"]) if isinstance(claims.get("grant"), dict) else set())
    return "grant" in claims or any(names <= named for names in _GRANT_CLAIMS)


def _decoded(part: str) -> dict[str, Any]:
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
