"""The assertion: a setting that only a server with the right marker accepts.

``default_text_search_config`` is checked when a session starts. If it names a configuration that the database does not
have, PostgreSQL refuses the login, whatever the driver and whatever stands between.
"""

from __future__ import annotations

import re

from ..errors import UsageRefused

PARAMETER = "default_text_search_config"
SCHEMA = "public"
PREFIX = "env_"
_PLAIN = re.compile(r"[a-z][a-z0-9-]{0,38}")


def configuration_name(environment: str) -> str:
    """The text search configuration that marks an environment's databases, such as ``env_pre_production``.

    Raises:
        UsageRefused: the name is no environment's: it must be safe in SQL and in any client's options.
    """
    if not _PLAIN.fullmatch(environment):
        raise UsageRefused(
            "an environment's name has lower-case letters, digits and hyphens, 39 at most",
            code="USAGE",
            rule="environment-name",
            hint="use the canonical name of the book",
        )
    return PREFIX + environment.replace("-", "_")


def settings(environment: str) -> dict[str, str]:
    """The assertion for drivers that take start-up settings one by one."""
    return {PARAMETER: f"{SCHEMA}.{configuration_name(environment)}"}


def startup_option(environment: str) -> str:
    """The assertion for drivers that take libpq's ``options``, and for ``PGOPTIONS``."""
    ((name, value),) = settings(environment).items()
    return f"-c {name}={value}"


def with_option(options: str, environment: str) -> str:
    """The caller's ``options`` with the assertion behind them: the last of several settings of one name counts."""
    return f"{options.strip()} {startup_option(environment)}".strip()
