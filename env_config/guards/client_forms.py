"""A service's address in the form of each client, with the assertion and the TLS check that the book asks for.

A tunnel keeps the real name for the certificate and sends the packets to loopback: ``host=<real name> hostaddr=127.0.0.1``.
Drivers that cannot tell the two apart get a TLS context that checks for the real name, or no string at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..book.model import Service
from ..errors import UsageRefused
from .startup_option import settings, with_option

if TYPE_CHECKING:
    import ssl

RESERVED = frozenset(
    (
        "addr",
        "address",
        "conninfo",
        "datasource",
        "default_text_search_config",
        "dsn",
        "encrypt",
        "failoverpartner",
        "host",
        "hostaddr",
        "networkaddress",
        "options",
        "passfile",
        "port",
        "requiressl",
        "server",
        "server_settings",
        "service",
        "servicefile",
        "ssl",
        "ssl_context",
        "sslmode",
        "sslnegotiation",
        "startup_params",
        "target_session_attrs",
        "targetsessionattrs",
        "trustservercertificate",
        "unix_sock",
        "unix_socket",
        "unix_socket_path",
    )
)
"""Arguments that the book gives and a caller may not."""

LIBPQ = ("psycopg", "psycopg2", "libpq", "psql")
_TLS = {"verify-full": "verify-full", "require": "require", "off": "disable"}


def arguments(service: Service, environment: str, driver: str) -> dict[str, object]:
    """The keyword arguments of a driver's ``connect``.

    Raises:
        UsageRefused: no such driver for this kind of service.
    """
    forms = _KEYWORDS.get(_family(service), {})
    if driver not in forms:
        raise _unfit(service, environment, driver, forms)
    return forms[driver](service, environment)


def connection_string(service: Service, environment: str, driver: str, more: Mapping[str, str]) -> str:
    """The connection string of a driver; ``more`` are further options such as ``user``.

    Raises:
        UsageRefused: no such driver for this kind of service, the driver has no string that could say all of it, or an
            option is the book's to give.
    """
    taken = sorted(name for name in more if {name, name.replace(" ", "").lower()} & RESERVED)
    forms = _STRINGS.get(_family(service), {})
    name = driver.partition("+")[0]
    if name not in forms:
        raise _unfit(service, environment, driver, forms)
    if taken:
        raise _refused(
            service, environment, f"{', '.join(taken)} is given by the book", "pass only what it does not say"
        )
    return forms[name](service, environment, driver, more)


def libpq_parameters(service: Service, environment: str) -> dict[str, str]:
    """Libpq's parameters. An empty ``hostaddr`` keeps ``PGHOSTADDR`` from sending the packets elsewhere."""
    tunnel = service.tunnel
    given = dict(service.options)
    options = given.pop("options", "")
    if _asserts(service):
        options = with_option(options, environment)
    said = {
        "host": service.host,
        "hostaddr": tunnel[0] if tunnel else "",
        "port": str(tunnel[1] if tunnel else service.port or 5432),
        "dbname": service.database,
        "user": service.user,
        "sslmode": _TLS[service.identity.tls],
        "options": options,
    }
    return {**given, **{name: value for name, value in said.items() if value or name == "hostaddr"}}


def variables(service: Service, environment: str) -> dict[str, str]:
    """The same as ``PG*`` variables, for programs such as ``psql`` and ``pg_dump``."""
    names = {"dbname": "PGDATABASE", "hostaddr": "PGHOSTADDR", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    found = libpq_parameters(service, environment)
    return {names.get(name, f"PG{name.upper()}"): value for name, value in found.items() if value}


# ------------------------------------------------------------------------------------------------------------- inside


def _family(service: Service) -> str:
    return "postgresql" if service.kind == "redshift" else service.kind


def _asserts(service: Service) -> bool:
    """Redshift speaks PostgreSQL's protocol and has no text search configurations."""
    return service.kind == "postgresql" and service.identity.assertion == "startup"


def _place(service: Service) -> tuple[str, int]:
    """Where packets go, for clients that know one host only."""
    if service.tunnel is not None:
        return service.tunnel
    assert service.port is not None
    return service.host, service.port


def _named(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in ("", None)}


def _libpq_keywords(service: Service, environment: str) -> dict[str, object]:
    return dict(libpq_parameters(service, environment))


def _asyncpg_keywords(service: Service, environment: str) -> dict[str, object]:
    host, port = _place(service)
    asserted = settings(environment) if _asserts(service) else None
    return _named(
        host=host,
        port=port,
        database=service.database,
        user=service.user,
        ssl=_tls_argument(service),
        server_settings=asserted,
    )


def _pg8000_keywords(service: Service, environment: str) -> dict[str, object]:
    host, port = _place(service)
    context = _tls_context(service) if service.identity.tls != "off" else None
    asserted = settings(environment) if _asserts(service) else None
    return _named(
        host=host, port=port, database=service.database, user=service.user, ssl_context=context, startup_params=asserted
    )


def _tls_argument(service: Service) -> object:
    """Asyncpg knows the modes by name, but checks the certificate for the host it connects to."""
    return "disable" if service.identity.tls == "off" else _tls_context(service)


def _tls_context(service: Service) -> ssl.SSLContext:
    from .tls_context import named_context

    verified = service.identity.tls == "verify-full"
    return named_context(service.host if verified else None, service.options.get("sslrootcert"))


def _mysql_keywords(service: Service, environment: str) -> dict[str, object]:
    host, port = _place(service)
    tls: dict[str, object] = {}
    if service.identity.tls != "off":
        tls = {"ssl": _tls_context(service)}
    return _named(host=host, port=port, database=service.database, user=service.user, **tls)


def _mysqlclient_keywords(service: Service, environment: str) -> dict[str, object]:
    host, port = _place(service)
    mode = {"verify-full": "VERIFY_IDENTITY", "require": "REQUIRED", "off": "DISABLED"}[service.identity.tls]
    return _named(host=host, port=port, database=service.database, user=service.user, ssl_mode=mode)


def _plain_keywords(service: Service, environment: str) -> dict[str, object]:
    host, port = _place(service)
    return {**service.options, "host": host, "port": port}


def _key_value(service: Service, environment: str, driver: str, more: Mapping[str, str]) -> str:
    found = {**more, **libpq_parameters(service, environment)}
    return " ".join(f"{name}={_libpq_quoted(value)}" for name, value in found.items())


def _libpq_quoted(value: str) -> str:
    if value and not any(letter.isspace() or letter in "'\\" for letter in value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _uri(scheme: str, service: Service, more: Mapping[str, str], query: Mapping[str, str]) -> str:
    from urllib.parse import quote, urlencode

    user = quote(more.get("user", "") or service.user, safe="")
    secret = f":{quote(more['password'], safe='')}" if "password" in more else ""
    login = f"{user}{secret}@" if user or secret else ""
    host = f"[{service.host}]" if ":" in service.host else service.host
    rest = {name: value for name, value in more.items() if name not in ("user", "password")}
    database = quote(service.database, safe="")
    port = service.tunnel[1] if service.tunnel else service.port
    return f"{scheme}://{login}{host}:{port}/{database}?{urlencode({**rest, **query}, quote_via=quote)}"


def _libpq_uri(service: Service, environment: str, driver: str, more: Mapping[str, str]) -> str:
    found = libpq_parameters(service, environment)
    query = {name: value for name, value in found.items() if name not in ("host", "port", "dbname", "user")}
    if not query["hostaddr"] and "hostaddr" in more:
        del query["hostaddr"]
    return _uri("postgresql", service, more, query)


def _sqlalchemy_url(service: Service, environment: str, driver: str, more: Mapping[str, str]) -> str:
    under = driver.partition("+")[2] or "psycopg"
    if under not in ("psycopg", "psycopg2", "psycopg_async", "psycopg2cffi"):
        hint = f"create_engine({f'postgresql+{under}://'!r}, connect_args=address.kwargs({under!r}))"
        raise _refused(service, environment, f"a URL cannot tell {under} what the book asks for", hint)
    if service.tunnel is None and _numeric(service.host):
        more = {
            **more,
            "hostaddr": service.host,
        }  # SQLAlchemy drops what is empty, and with it the shield from PGHOSTADDR
    return _libpq_uri(service, environment, driver, more).replace("postgresql", f"postgresql+{under}", 1)


def _numeric(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _asyncpg_uri(service: Service, environment: str, driver: str, more: Mapping[str, str]) -> str:
    _no_tunnel(service, environment, driver)
    asserted = settings(environment) if _asserts(service) else {}
    root = {name: value for name, value in service.options.items() if name == "sslrootcert"}
    return _uri("postgresql", service, more, {"sslmode": _TLS[service.identity.tls], **root, **asserted})


def _jdbc_url(service: Service, environment: str, driver: str, more: Mapping[str, str]) -> str:
    _no_tunnel(service, environment, driver)
    query = {"sslmode": _TLS[service.identity.tls]}
    if _asserts(service):
        query["options"] = with_option(service.options.get("options", ""), environment)
    login = {"user": service.user} if service.user else {}
    return "jdbc:" + _uri("postgresql", _without_login(service), {}, {**login, **more, **query})


def _without_login(service: Service) -> Service:
    from dataclasses import replace

    return replace(service, user="")


def _npgsql_string(service: Service, environment: str, driver: str, more: Mapping[str, str]) -> str:
    _no_tunnel(service, environment, driver)
    mode = {"verify-full": "VerifyFull", "require": "Require", "off": "Disable"}[service.identity.tls]
    login = {"Username": service.user} if service.user else {}
    asserted = {"Options": with_option(service.options.get("options", ""), environment)} if _asserts(service) else {}
    said = {"Host": service.host, "Port": str(service.port), "Database": service.database, "SSL Mode": mode}
    names = {"user": "Username", "password": "Password", "dbname": "Database", "database": "Database"}
    given = {names.get(name, name): value for name, value in more.items()}
    return ";".join(
        f"{name}={_ado_quoted(value)}" for name, value in {**login, **given, **said, **asserted}.items() if value
    )


def _sqlclient_string(service: Service, environment: str, driver: str, more: Mapping[str, str]) -> str:
    _no_tunnel(service, environment, driver)
    login = {"User ID": service.user} if service.user else {}
    names = {"user": "User ID", "password": "Password", "database": "Initial Catalog"}
    given = {names.get(name, name): value for name, value in more.items()}
    verified = {
        "Encrypt": str(service.identity.tls != "off"),
        "TrustServerCertificate": str(service.identity.tls == "require"),
    }
    said = {"Data Source": f"tcp:{service.host},{service.port}", "Initial Catalog": service.database, **verified}
    return ";".join(f"{name}={_ado_quoted(value)}" for name, value in {**login, **given, **said}.items() if value)


def _ado_quoted(value: str) -> str:
    if any(letter in ";='\"" or letter.isspace() for letter in value):
        return '"' + value.replace('"', '""') + '"'
    return value


def _no_tunnel(service: Service, environment: str, driver: str) -> None:
    if service.tunnel is not None:
        words = f"{driver} cannot check the real host's certificate through a tunnel by a string alone"
        raise _refused(service, environment, words, "use kwargs() with a driver that can, such as psycopg or asyncpg")


def _unfit(service: Service, environment: str, driver: str, forms: Mapping[str, object]) -> UsageRefused:
    words = f"nothing here knows how {driver!r} takes the address of a service of the kind {service.kind}"
    return _refused(service, environment, words, f"known: {', '.join(sorted(forms)) or 'host and port'}")


def _refused(service: Service, environment: str, words: str, hint: str) -> UsageRefused:
    return UsageRefused(
        words, code="USAGE", service=service.name, environment=environment, rule="client-form", hint=hint
    )


_KEYWORDS: dict[str, dict[str, Callable[[Service, str], dict[str, object]]]] = {
    "postgresql": {
        **dict.fromkeys((*LIBPQ, "adbc"), _libpq_keywords),
        "asyncpg": _asyncpg_keywords,
        "pg8000": _pg8000_keywords,
    },
    "mysql": {"pymysql": _mysql_keywords, "mysqlclient": _mysqlclient_keywords},
    "redis": {"redis": _plain_keywords},
    "mongodb": {"pymongo": _plain_keywords},
}
_STRINGS: dict[str, dict[str, Callable[[Service, str, str, Mapping[str, str]], str]]] = {
    "postgresql": {
        **dict.fromkeys(LIBPQ, _key_value),
        "adbc": _libpq_uri,
        "asyncpg": _asyncpg_uri,
        "jdbc": _jdbc_url,
        "npgsql": _npgsql_string,
        "sqlalchemy": _sqlalchemy_url,
    },
    "sqlserver": {"sqlclient": _sqlclient_string},
}
