"""Which dotted names have the form of a host, and not of a file, a module or a version."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("domains.json")
_ROOTS = frozenset({"com", "org", "net", "io", "uk", "gov", "edu"})
_OBJECTS = frozenset(
    {"self", "this", "cls", "os", "sys", "np", "pd", "app", "local", "var", "data", "module", "each", "path", "process"}
    | {
        "window",
        "document",
        "request",
        "response",
        "event",
        "context",
        "config",
        "settings",
        "params",
        "props",
        "state",
    }
)
_CAMEL = re.compile(r"[a-z][A-Z]|(?:^|\.)[A-Z][a-z]")


@cache
def _known(words: str) -> frozenset[str]:
    return frozenset(json.loads(_DATA.read_text("utf-8"))[words])


def is_domain(name: str, *, port: bool) -> bool:
    """The name has the form of a host with a domain.

    Args:
        name: labels with dots, at least two.
        port: a port follows the name, which makes any domain likely.
    """
    labels = name.rstrip(".").split(".")
    last = labels[-1].lower()
    foreign = last.startswith("xn--")
    if not all(labels) or len(last) < 2 or not (last.isalpha() or foreign):
        return False
    if port:
        return any(character.isalpha() for character in labels[0]) and last not in _known("file_suffixes")
    if _is_code(labels) or not (foreign or last in _known("domains")):
        return False
    return last not in _known("also_suffixes") or len(labels) > 2 or "-" in name


def _is_code(labels: list[str]) -> bool:
    """Reversed domains, attributes and classes: ``com.example.thing``, ``self.client.name``, ``System.Net``."""
    first = labels[0].lower()
    if first in _ROOTS or first in _OBJECTS:
        return True
    name = ".".join(labels)
    return _CAMEL.search(name) is not None and "-" not in name
