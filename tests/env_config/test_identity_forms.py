"""Addresses in the form of each client: every reader finds the book's place in them, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from env_config import canonical
from env_config.book.model import IdentityPolicy, Service
from env_config.errors import UsageRefused
from env_config.guards.assertion import RESERVED, arguments, connection_string, libpq_parameters, variables
from env_config.resolver import Address

SERVICE = Service(
    "social-care-db", "postgresql", host="stage-db.hackney.test", port=5433, database="social care's", user="app x=1 &'\"",
    options={"connect_timeout": "3"},
)  # fmt: skip
STRINGS = {
    "psycopg": "dsn",
    "psycopg2": "dsn",
    "adbc": "dsn",
    "asyncpg": "url",
    "jdbc": "jdbc",
    "npgsql": "ado",
    "sqlalchemy": "url",
}
TUNNELLED = replace(SERVICE, tunnel=("127.0.0.1", 6543))


def places(text: str, kind: str) -> set[tuple[str, int | None]]:
    return {(target.host.name, target.port) for target in canonical.targets(text, kind) if target.host is not None}


@pytest.mark.parametrize("driver", STRINGS)
def test_a_string_leads_to_the_books_place_and_nowhere_else(driver: str) -> None:
    """Names with blanks, quotes and separators in them change nothing about the host."""
    service = replace(SERVICE, user="app") if driver == "asyncpg" else SERVICE
    text = connection_string(service, "staging", driver, {"password": "p@ss w'or;d=\"1\\/?#"})
    text = text.replace("postgresql+psycopg:", "postgresql:")
    assert places(text, STRINGS[driver]) == {("stage-db.hackney.test", 5433)}
    assert "env_staging" in text


@pytest.mark.parametrize("driver", ["psycopg", "adbc", "sqlalchemy"])
def test_a_tunnel_keeps_the_name_for_the_certificate(driver: str) -> None:
    """The name is what the certificate is checked for; the packets go to loopback."""
    text = connection_string(TUNNELLED, "staging", driver, {})
    assert "stage-db.hackney.test" in text and "verify-full" in text
    assert ("127.0.0.1", 6543) in places(text.replace("postgresql+psycopg:", "postgresql:"), "dsn")


def test_libpq_reads_what_was_written() -> None:
    """Quoting survives libpq's own parser."""
    from psycopg.conninfo import conninfo_to_dict

    for driver in ("psycopg", "adbc"):
        found = conninfo_to_dict(connection_string(SERVICE, "staging", driver, {}))
        assert {name: str(value) for name, value in found.items()} == libpq_parameters(SERVICE, "staging")


def test_sqlalchemy_reads_what_was_written() -> None:
    """User, database and options survive SQLAlchemy's own parser."""
    from sqlalchemy import make_url

    url = make_url(connection_string(SERVICE, "staging", "sqlalchemy+psycopg2", {"password": "a:b@c/d"}))
    assert (url.drivername, url.username, url.password) == ("postgresql+psycopg2", SERVICE.user, "a:b@c/d")
    assert (url.host, url.port, url.database) == ("stage-db.hackney.test", 5433, SERVICE.database)
    assert url.query["options"] == "-c default_text_search_config=public.env_staging"


@pytest.mark.parametrize("driver", ["asyncpg", "jdbc", "npgsql"])
def test_a_string_that_could_not_say_all_of_it_is_refused_with_a_way_out(driver: str) -> None:
    """These cannot tell the tunnel's end from the certificate's name."""
    with pytest.raises(UsageRefused) as caught:
        connection_string(TUNNELLED, "staging", driver, {})
    assert "kwargs" in caught.value.hint


def test_asynchronous_engines_are_told_to_use_arguments() -> None:
    """No URL of SQLAlchemy carries asyncpg's settings."""
    with pytest.raises(UsageRefused) as caught:
        connection_string(SERVICE, "staging", "sqlalchemy+asyncpg", {})
    assert "connect_args=address.kwargs('asyncpg')" in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "driver"), [("redshift", "psycopg"), ("postgresql", "cx_oracle"), ("mysql", "psycopg")]
)
def test_only_what_the_server_understands_is_asked_for(kind: str, driver: str) -> None:
    """Redshift has no search configurations; other combinations do not exist."""
    service = replace(SERVICE, kind=kind)
    if kind == "redshift":
        assert "options" not in arguments(service, "staging", driver)
    else:
        with pytest.raises(UsageRefused):
            arguments(service, "staging", driver)


@pytest.mark.parametrize("assertion", ["query", "tls", "none"])
def test_a_book_that_asks_otherwise_gets_no_option(assertion: str) -> None:
    """Poolers refuse options they do not know."""
    service = replace(SERVICE, identity=IdentityPolicy(assertion=assertion))
    for driver in ("psycopg", "asyncpg", "pg8000"):
        assert not {"options", "server_settings", "startup_params"} & set(arguments(service, "staging", driver))


def test_options_of_the_book_are_kept_and_the_assertion_has_the_last_word() -> None:
    """The last of several settings counts in PostgreSQL."""
    service = replace(SERVICE, options={"options": "-c default_text_search_config=simple -c work_mem=8MB"})
    options = libpq_parameters(service, "staging")["options"]
    assert options.startswith("-c default_text_search_config=simple -c work_mem=8MB")
    assert options.endswith("-c default_text_search_config=public.env_staging")


def test_programs_get_the_same_as_variables() -> None:
    """The programs psql and pg_dump take it from PG* variables."""
    found = variables(TUNNELLED, "staging")
    assert (found["PGHOST"], found["PGHOSTADDR"], found["PGPORT"]) == ("stage-db.hackney.test", "127.0.0.1", "6543")
    assert found["PGOPTIONS"] == "-c default_text_search_config=public.env_staging"
    assert found["PGSSLMODE"] == "verify-full"


@pytest.mark.parametrize("name", ["host", "Host", "SERVER", "Data Source", "Failover Partner", "options", "SSLMode"])
def test_no_spelling_of_where_to_connect_may_be_added(name: str) -> None:
    """ADO.NET does not care about case and blanks, so neither does the refusal."""
    with pytest.raises(UsageRefused):
        connection_string(replace(SERVICE, kind="postgresql"), "staging", "npgsql", {name: "prod-db.hackney.test"})


def test_arguments_of_the_caller_join_those_of_the_book() -> None:
    """What the book does not say can be added; what it says cannot be replaced."""
    address = Address(SERVICE, "staging")
    assert address.kwargs("psycopg", password="x")["password"] == "x"
    for name in sorted(RESERVED):
        with pytest.raises(UsageRefused):
            address.kwargs("psycopg", **{name: "x"})


OTHERS: dict[str, tuple[Any, str, dict[str, object]]] = {
    "pymysql": (
        replace(SERVICE, kind="mysql", identity=IdentityPolicy(tls="off")),
        "pymysql",
        {"host": SERVICE.host, "port": 5433},
    ),
    "mysqlclient": (replace(SERVICE, kind="mysql"), "mysqlclient", {"ssl_mode": "VERIFY_IDENTITY"}),
    "redis": (replace(SERVICE, kind="redis"), "redis", {"host": SERVICE.host, "port": 5433}),
    "pymongo": (
        replace(SERVICE, kind="mongodb", options={"replicaSet": "rs-staging"}),
        "pymongo",
        {"replicaSet": "rs-staging"},
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_systems_take_host_and_port(case: str) -> None:
    """MySQL, Redis and MongoDB: place, TLS, and the replica set that keeps discovery at home."""
    service, driver, expected = OTHERS[case]
    assert expected.items() <= arguments(service, "staging", driver).items()


def test_a_sql_server_gets_a_string_for_dotnet() -> None:
    """The council's finance services speak to SQL Server."""
    text = connection_string(replace(SERVICE, kind="sqlserver"), "staging", "sqlclient", {})
    assert places(text, "ado") == {("stage-db.hackney.test", 5433)}
    assert "Encrypt=True" in text and "TrustServerCertificate=False" in text
