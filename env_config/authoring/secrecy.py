"""Secrets do not belong in a book: how one is told, by the name it is given or by how it looks."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORDS = (
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "credential",
    "connectionstring",
)

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

LOOKS = re.compile(
    "|".join(
        (
            r"\b[spr]k_(?:live|test)_[0-9A-Za-z]",  # Stripe; a test key is a secret all the same
            r"\bwhsec_[0-9A-Za-z]{8}",
            r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # AWS
            r"\bgh[pousr]_[0-9A-Za-z]{16}",  # GitHub
            r"\bgithub_pat_[0-9A-Za-z_]{16}",
            r"\bxox[abeoprs]-[0-9A-Za-z-]{8}",  # Slack
            r"\bAIza[0-9A-Za-z_-]{30}",  # Google
            r"\bSG\.[0-9A-Za-z_-]{16,}\.",  # SendGrid
            r"-----BEGIN [A-Z ]*PRIVATE KEY",
            r"\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}",  # a signed web token
            rf"\b{_UUID}-{_UUID}\b",  # GOV.UK Notify: service and secret
            r"(?i:\b(?:password|passwd|pwd)\s*=\s*[^\s;&,]+)",
            r"://[^\s/@:'\"]*:[^\s/@'\"]+@",  # user:password@host in a URL
        )
    )
)
"""What is a secret by its looks, wherever it stands."""


def names_secret(key: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    plain = re.sub(r"[^a-z]", "", key.lower())
    return any(word in plain for word in _WORDS)


def secret_lines(text: str) -> Iterator[int]:
    """The lines on which something looks like a secret, comments included: the file is kept under version control."""
    last = 0
    position, line = 0, 1
    for found in LOOKS.finditer(text):
        line += text.count("\n", position, found.start())
        position = found.start()
        if line != last:
            yield line
        last = line


def carries_password(host: str) -> bool:
    """Whether a host was written with user information in front."""
    return "@" in host and not host.startswith("@")
