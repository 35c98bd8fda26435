"""Names of environments: an exact name or alias, or nothing. A near miss is suggested and never taken."""

from __future__ import annotations

from collections.abc import Mapping

from ..book.model import EnvironmentRules


def spelling(name: str) -> str:
    """One spelling for case, blanks around it, underscores and inner blanks."""
    return "-".join(name.replace("_", " ").split()).lower()


def canonical(name: str, environments: Mapping[str, EnvironmentRules]) -> str | None:
    """The environment that a name or an alias means, or None."""
    wanted = spelling(name)
    for rules in environments.values():
        if wanted == rules.name or wanted in rules.aliases:
            return rules.name
    return None


def nearest(name: str, environments: Mapping[str, EnvironmentRules]) -> str:
    """The name or alias a person may have meant, or an empty string."""
    from difflib import get_close_matches

    known = [one for rules in environments.values() for one in (rules.name, *rules.aliases)]
    return next(iter(get_close_matches(spelling(name), known, n=1)), "")
