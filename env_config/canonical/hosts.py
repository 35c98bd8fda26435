"""One spelling for every host: plain names and plain IPv4 here, everything else in :mod:`.spellings`."""

from __future__ import annotations

import re
from functools import lru_cache

from .target import Host

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_PLAIN = re.compile(rf"(?:{_LABEL}\.)*[A-Za-z_](?:[A-Za-z0-9_-]{{0,61}}[A-Za-z0-9_])?\.?")
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]?)"
_QUAD = re.compile(rf"{_BYTE}(?:\.(?:{_BYTE}|0)){{3}}")
LONGEST_NAME = 253


@lru_cache(maxsize=8192)
def parse_host(text: str, *, percent: bool = False) -> Host:
    """The host in its one spelling, with every IP address that the text itself stands for.

    Args:
        text: a name, an IP address in any spelling, or a unix socket (a path, or ``@name``).
        percent: the text comes from a place where clients decode ``%41``, such as a URL.

    Raises:
        TargetRefused: AMBIGUOUS where clients disagree, or where the text can be no host.
    """
    if _QUAD.fullmatch(text):
        return Host(text, (text,))
    if _PLAIN.fullmatch(text) and len(text) <= LONGEST_NAME:
        name = text.lower()
        if "xn--" not in name:
            return Host(name[:-1] if name[-1] == "." else name)
    from .spellings import spelled

    return spelled(text, percent)
