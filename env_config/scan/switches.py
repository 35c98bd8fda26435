"""Switches that turn a guard off, or let a destructive tool into production."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .stages import tokens, word_set

_ASSIGNED = re.compile(
    r"(?<![\w$])(?P<name>[A-Za-z_][\w.-]{5,79})[\"']?[\])]?\s*(?::|=>|=(?![=>~]))\s*[\"']?(?:1|true|yes|on|enabled)\b(?![\w.-])",
    re.IGNORECASE,
)
_FLAG = re.compile(r"(?<![\w-])--(?P<name>[a-z][a-z-]{7,60})(?![\w-]|=(?:false|0|no)\b)")
_WORTH_A_LOOK = re.compile(r"(?i)allow|disabl|skip|bypass|ignor|overrid|permit|force|unsafe|envguard|env[_-]config")

_LETS_IN = frozenset({"allow", "permit", "force", "override", "bypass", "unlock", "unsafe"})
_LIFTS = frozenset({"disable", "disabled", "skip", "bypass", "ignore", "override", "no", "without", "off"})
_PRODUCTION = frozenset({"production", "prod", "prd"})
_ABOUT = frozenset({"environment", "env", "production", "prod", "protected", "safety"})
_GUARD = frozenset(
    {"check", "checks", "guard", "guards", "protection", "protections", "safeguard", "safeguards", "safety"}
)
_DOING = word_set(
    "access write writes data db database databases connection connections reset delete deletes truncate truncation seed seeding wipe run"
    " runs tests environment env destructive migrations url use host hosts target"
)
_OWN = (("env", "config"), ("envguard",), ("env", "guard"))
_TOOLS = frozenset(
    {
        ("database", "cleaner", "allow", "remote", "database", "url"),
        ("databasecleaner", "allow", "remote", "database", "url"),
    }
)


def found(text: str, format_name: str) -> Iterator[tuple[int, str]]:
    """Every switch that is on: its place and its name."""
    if format_name == "prose" or _WORTH_A_LOOK.search(text) is None:
        return
    for match in _ASSIGNED.finditer(text):
        if is_switch(match["name"]):
            yield match.start(), match["name"]
    if format_name in ("shell", "yaml", "dockerfile", "json"):
        for match in _FLAG.finditer(text):
            if is_switch(match["name"]):
                yield match.start(), f"--{match['name']}"


def is_switch(name: str) -> bool:
    """The words of a name say that a guard is lifted, or that production is let in.

    ``DISABLE_DATABASE_ENVIRONMENT_CHECK`` and ``allow_production`` do; ``SKIP_PREFLIGHT_CHECK`` and
    ``ignore-prod-dependencies`` do not.
    """
    words = tokens(name, camel=True)
    if _LIFTS.intersection(words) and _GUARD.intersection(words) and _ABOUT.intersection(words):
        return True
    if any(words[: len(own)] == own for own in _OWN) and (_LIFTS | {"allow"}).intersection(words):
        return True
    if any(words[-len(tool) :] == tool for tool in _TOOLS):
        return True
    for at, word in enumerate(words):
        if word in _PRODUCTION and _LETS_IN.intersection(words[:at]):
            rest = words[at + 1 :]
            return not rest or rest[0] in _DOING
    return False
