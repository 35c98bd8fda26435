"""The style ``plain``: variables named after the service, in capitals.

``social-care-db`` gives ``SOCIAL_CARE_DB_HOST``, ``_PORT``, ``_DATABASE``, ``_USER``, ``_URL`` (never with a password),
``_RESOURCE``, ``_ACCOUNT``, ``_REGION`` and ``_SECRET_REF``; those are written that the book has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import UsageRefused

if TYPE_CHECKING:
    from ..resolver import Address

_URI_DRIVERS = {"postgresql": "adbc", "redshift": "adbc"}
"""Whose connection string is a URI: this one is libpq's own, which Node, Go, Ruby and Rust clients take as well."""

_EMPTY_OPTION = re.compile(r"([?&])hostaddr=(?:&|\Z)")


def variables(address: Address) -> Iterator[tuple[str, str]]:
    """Each variable of one address with its value."""
    service = address.service
    prefix = re.sub(r"[^A-Za-z0-9]", "_", service.name).upper()
    facts = {
        "HOST": service.host,
        "PORT": "" if service.port is None else str(service.port),
        "DATABASE": service.database,
        "USER": service.user,
        "URL": url_of(address),
        "RESOURCE": service.resource,
        "ACCOUNT": service.account,
        "REGION": service.region,
        "SECRET_REF": service.secret,
    }
    return ((f"{prefix}_{suffix}", value) for suffix, value in facts.items() if value)


def url_of(address: Address) -> str:
    """The URL with what the book asks for (assertion, TLS), or an empty string for a kind that has none."""
    driver = _URI_DRIVERS.get(address.service.kind)
    try:
        # An empty hostaddr keeps libpq from PGHOSTADDR; clients that know no such option send it on to the server.
        return address.url() if driver is None else _EMPTY_OPTION.sub(r"\1", address.dsn(driver))
    except UsageRefused:
        return ""
