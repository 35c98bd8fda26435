"""The style ``dotnet``: keys of .NET's configuration, where two underscores stand for a level.

``social-care-db`` gives ``ConnectionStrings__SocialCareDb`` with what Npgsql, MySqlConnector or Microsoft.Data.SqlClient
read, without a password, and ``Addresses__SocialCareDb__SecretRef``. Other services give
``Addresses__PersonApi__Url`` and so on, for ``Configuration["Addresses:PersonApi:Url"]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..resolver import Address


_PLAIN_VALUE = re.compile(r"[^\"'=;\s\x00-\x1f\x7f-\x9f]+")


def variables(address: Address) -> Iterator[tuple[str, str]]:
    """Each key of one address with its value."""
    from .plain import url_of

    service = address.service
    name = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", service.name))
    connection = _CONNECTION_STRINGS.get(service.kind)
    if connection is not None:
        yield f"ConnectionStrings__{name}", connection(address)
    else:
        yield from _leaves(f"Addresses__{name}", {"Url": url_of(address), "Host": service.host, "Port": service.port})
    cloud = {"Resource": service.resource, "Account": service.account, "Region": service.region}
    yield from _leaves(f"Addresses__{name}", {**cloud, "SecretRef": service.secret})


def _leaves(prefix: str, facts: dict[str, str | int | None]) -> Iterator[tuple[str, str]]:
    return ((f"{prefix}__{key}", str(value)) for key, value in facts.items() if value)


def _npgsql(address: Address) -> str:
    return address.dsn("npgsql")


def _sqlserver(address: Address) -> str:
    service = address.service
    where = service.host if service.port is None else f"{service.host},{service.port}"
    return joined(
        {
            "Data Source": where,
            "Initial Catalog": service.database,
            "User ID": service.user,
            "Encrypt": "True",
            "TrustServerCertificate": "False" if service.identity.tls == "verify-full" else "True",
        }
    )


def _mysql(address: Address) -> str:
    service = address.service
    modes = {"verify-full": "VerifyFull", "require": "Required", "off": "None"}
    return joined(
        {
            "Server": service.host,
            "Port": "" if service.port is None else str(service.port),
            "Database": service.database,
            "User ID": service.user,
            "SslMode": modes[service.identity.tls],
        }
    )


def joined(pairs: dict[str, str]) -> str:
    """An ADO.NET connection string; a value that could be read in two ways is quoted, its quotes doubled."""
    return ";".join(f"{key}={_quoted(value)}" for key, value in pairs.items() if value)


def _quoted(value: str) -> str:
    return value if _PLAIN_VALUE.fullmatch(value) else '"' + value.replace('"', '""') + '"'


_CONNECTION_STRINGS: dict[str, Callable[[Address], str]] = {
    "postgresql": _npgsql,
    "redshift": _npgsql,
    "mysql": _mysql,
    "sqlserver": _sqlserver,
}
