"""Environment-aware addresses: development and staging can never point at production.

>>> from env_config import address
>>> address("social-care-db").dsn("psycopg")  # doctest: +SKIP
'host=... port=5432 dbname=social_care sslmode=verify-full options=...'

Which environment this process runs in is declared (``ENV_CONFIG_ENVIRONMENT``) and, where it matters, attested; nothing is
guessed. What cannot be told is refused with a :class:`Refusal`, which is a ``PermissionError``.
"""

from __future__ import annotations

from .errors import (
    BookRefused,
    EnvironmentRefused,
    GrantRefused,
    GuardInactive,
    IdentityRefused,
    Refusal,
    TargetRefused,
    UsageRefused,
)
from .runtime import address, configure, environment, install_guards, process, use_grant

TYPE_CHECKING = False  # not that of typing: whoever imports this library pays for what it imports
if TYPE_CHECKING:
    from .attestation import Environment
    from .resolver import Address

__all__ = [
    "Address",
    "BookRefused",
    "Environment",
    "EnvironmentRefused",
    "GrantRefused",
    "GuardInactive",
    "IdentityRefused",
    "Refusal",
    "TargetRefused",
    "UsageRefused",
    "address",
    "configure",
    "environment",
    "install_guards",
    "process",
    "use_grant",
]


def __getattr__(name: str) -> object:
    # Types that are named more often than they are made; loading them can wait until somebody does.
    if name == "Address":
        from .resolver import Address

        return Address
    if name == "Environment":
        from .attestation import Environment

        return Environment
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
