"""Places in code and configuration where an environment is taken for granted if none is set."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .stages import tokens, word_set

GUESSED = frozenset({"development", "staging", "pre-production", "non-production"})
"""Stages that a default guesses; a default to this machine or to a test reaches nothing."""

_NEVER = frozenset(
    {"node_env", "babel_env", "virtual_env", "conda_env", "next_public_node_env", "react_app_node_env", "vite_node_env"}
)
"""Modes of a build tool: every deployed stage runs with ``NODE_ENV=production``."""
_FRAMEWORK = word_set(
    "rails_env rack_env mix_env flask_env hanami_env aspnetcore_environment dotnet_environment django_env symfony_env"
)
"""Modes of a framework, which a deployed stage usually sets to production whichever it is."""
_LAST = frozenset({"env", "environment", "stage"})

_Q = r"[\"'`]"
_VALUE = rf"{_Q}(?P<value>[A-Za-z-]{{2,20}}){_Q}"
_PATTERNS = (
    # os.environ.get("X", "v"), getenv("X", default="v"), ENV.fetch("X", "v"), env.str("X", default="v"), config("X", "v")
    re.compile(
        rf"(?:environ(?:\.get|\.setdefault)|\bgetenv|\bGetEnvironmentVariable|\bENV\.fetch|\benv(?:\.\w+)?|\bconfig(?:\.get)?|\bgetProperty|\bGetValue(?:<\w+>)?)"
        rf"\(\s*{_Q}(?P<name>[A-Za-z_][\w.:-]*){_Q}\s*,\s*(?:default\s*[=:]\s*)?{_VALUE}"
    ),
    # ENV.fetch("X") { "v" }
    re.compile(rf"\bENV\.fetch\(?\s*{_Q}(?P<name>\w+){_Q}\)?\s*\{{\s*{_VALUE}"),
    # os.environ.get("X") or "v", process.env.X || "v", ENV["X"] || "v", Environment.GetEnvironmentVariable("X") ?? "v"
    re.compile(rf"(?:{_Q}(?P<name>\w+){_Q}\s*[\])]|\benv\.(?P<dotted>\w+))\s*(?:\bor\b|\|\|=?|\?\?=?)\s*{_VALUE}"),
    # environmentName ?? "v", stage || "v"
    re.compile(
        rf"(?<![\w.\"'])(?P<name>\w*(?:[eE]nv(?:ironment)?(?:Name)?|ENV(?:IRONMENT)?|[sS]tage))\s*(?:\|\|=?|\?\?=?|\bor\b)\s*{_VALUE}"
    ),
    # ${X:-v}, ${X-v}, ${X:=v}
    re.compile(r"\$\{(?P<name>[A-Za-z_]\w*):?[-=](?P<value>[A-Za-z-]{2,20})\}"),
    # ${opt:stage, 'v'}, ${env:STAGE, "v"}
    re.compile(r"\$\{(?:opt|env|param|self):(?P<name>[\w.]+)\s*,\s*[\"']?(?P<value>[A-Za-z-]{2,20})[\"']?\s*\}"),
    # add_argument("--environment", ..., default="v"), @click.option("--env", default="v")
    re.compile(rf"{_Q}--(?P<name>env|environment|stage){_Q}[^()\n]{{0,200}}\bdefault\s*[=:]\s*{_VALUE}"),
    # environment: str = "v" (settings classes)
    re.compile(
        rf"^[ \t]*(?P<name>\w*(?:env|environment|stage))\s*:\s*(?:str|Literal\[[^\]]*\])\s*=\s*{_VALUE}",
        re.IGNORECASE | re.MULTILINE,
    ),
)
_TERRAFORM = re.compile(r"variable\s+\"(?P<name>\w+)\"\s*\{[^{}]*?\bdefault\s*=\s*\"(?P<value>[A-Za-z-]{2,20})\"")
_WORTH_A_LOOK = re.compile(r"(?i)env|stage")


def found(text: str, format_name: str) -> Iterator[tuple[int, str, str, bool]]:
    """Every default of an environment.

    Yields:
        Its place, the variable, the value, and whether the variable is a framework's mode rather than an environment.
    """
    if format_name == "prose" or _WORTH_A_LOOK.search(text) is None:
        return
    seen = set()
    for pattern in (*_PATTERNS, _TERRAFORM) if format_name == "hcl" else _PATTERNS:
        for match in pattern.finditer(text):
            name = match["name"] or match.groupdict().get("dotted") or ""
            if not declares_environment(name) or match.start("value") in seen:
                continue
            seen.add(match.start("value"))
            yield match.start(), name, match["value"], name.lower() in _FRAMEWORK


def declares_environment(name: str) -> bool:
    """A variable whose value is the name of an environment: ``APP_ENV``, ``stage``, ``EnvironmentName``."""
    plain = "_".join(tokens(name, camel=True))
    if plain in _NEVER or plain.endswith("node_env"):
        return False
    words = plain.split("_")
    if words[-1] == "name" and len(words) > 1:
        words = words[:-1]
    return words[-1] in _LAST
