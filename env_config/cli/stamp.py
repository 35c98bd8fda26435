"""``env-config stamp``: say in a database which environment it belongs to."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import AbstractContextManager

from ..book.model import Book
from ..errors import EnvironmentRefused, UsageRefused
from ..guards import database_access, marker, stamping
from ..guards.database_access import Opened
from ..guards.identity import judge_identity
from ..runtime import Runtime
from . import FINE, opened

NAME = "stamp"
HELP = "put this environment's marker into a database"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("service", nargs="?", help="the service's name in the book")
    parser.add_argument("--url", metavar="URL", help="a database by its address instead: postgresql, mysql or sqlite")
    parser.add_argument("--environment", metavar="NAME", help="this process's own by default; another only with --sql")
    parser.add_argument("--reason", default="stamped by its owner", help="why, for people who read the marker")
    parser.add_argument("--confirm", metavar="NAME", default="", help="the database's name, where it is not empty")
    parser.add_argument("--replace", action="store_true", help="another environment's marker goes; needs --confirm")
    parser.add_argument("--sql", action="store_true", help="print the statements and touch nothing")


def run(arguments: argparse.Namespace) -> int:
    """Look at the database, decide, stamp it, and look again."""
    if bool(arguments.service) == bool(arguments.url):
        raise UsageRefused("name either a service of the book or --url", code="USAGE", rule="stamp")
    runtime = opened(arguments)
    environment = _environment(runtime.book, arguments)
    if arguments.sql:
        print("\n".join(_script(runtime, environment, arguments)))
        return FINE
    with _database(runtime, arguments) as target:
        _stamp(target, runtime, environment, arguments)
    print(f"{target.database} is stamped as {environment}", file=sys.stderr)
    return FINE


def _environment(book: Book, arguments: argparse.Namespace) -> str:
    if arguments.environment is None:
        return book.environment
    meant = book.canonical_environment(arguments.environment)
    if meant is None:
        raise EnvironmentRefused(code="ENV_UNKNOWN", environment=arguments.environment, rule="stamp")
    if meant != book.environment and not arguments.sql:
        raise EnvironmentRefused(
            f"this process belongs to {book.environment} and cannot stamp a database as {meant}",
            code="ENV_CONFLICT",
            environment=book.environment,
            rule="stamp",
            hint=f"run it in {meant}, or let its owner run what --sql prints",
        )
    return meant


def _database(runtime: Runtime, arguments: argparse.Namespace) -> AbstractContextManager[Opened]:
    if arguments.service:
        return database_access.opened_service(runtime.address(arguments.service).service, runtime.book)
    if database_access.system_of(arguments.url) != "sqlite":
        plain = database_access.plain_url(arguments.url)
        runtime.policy.judge_text(plain, environ=os.environ).enforce(environment=runtime.book.environment)
    return database_access.opened_url(arguments.url, runtime.book)


def _stamp(target: Opened, runtime: Runtime, environment: str, arguments: argparse.Namespace) -> None:
    empty = stamping.is_empty(target.connection, target.system)
    asked = stamping.Stamping(target.facts, target.database, empty, arguments.confirm, arguments.replace)
    service = arguments.service or ""
    refusal = stamping.refusal_of(asked, runtime.book, service=service)
    if refusal is not None:
        raise refusal
    from ..audit_log import record

    facts = {"database": target.database, "service": service, "environment": environment, "reason": arguments.reason}
    record("stamp", {**facts, "was": target.facts.marker, "replace": arguments.replace})
    texts = _statements(target.system, environment, target.database, runtime.book, arguments)
    stamping.write(target.connection, texts)
    if target.system == "postgresql":
        from ..guards.postgres import read_facts

        again = read_facts(target.connection, at_own_address=target.facts.at_own_address)
        refusal = judge_identity(again, runtime.book).refusal(service=service, environment=environment)
        if refusal is not None:
            refusal.hint = "the marker is written; mend what is named here, then stamp it again"
            raise refusal


def _script(runtime: Runtime, environment: str, arguments: argparse.Namespace) -> list[str]:
    """The statements with a transaction around them; the database's name comes from the book or the URL."""
    if arguments.service:
        if environment != runtime.book.environment:
            raise EnvironmentRefused(
                f"what {environment} calls the database of {arguments.service} is not in the book of "
                f"{runtime.book.environment}",
                code="ENV_CONFLICT",
                service=arguments.service,
                environment=runtime.book.environment,
                rule="stamp",
                hint=f"name that database with --url, or ask for the statements in {environment}",
            )
        service = runtime.address(arguments.service).service
        system, database = service.kind, service.database
    else:
        system = database_access.system_of(arguments.url)
        database = database_access.database_of(arguments.url)
    if not database and system == "postgresql":
        raise UsageRefused("neither the book nor the URL names the database", code="USAGE", rule="stamp")
    if system not in ("postgresql", "mysql", "sqlite"):
        raise UsageRefused(f"a service of the kind {system} cannot carry a marker", code="USAGE", rule="stamp")
    return [
        "BEGIN;",
        *(f"{text.strip()};" for text in _statements(system, environment, database, runtime.book, arguments)),
        "COMMIT;",
    ]


def _statements(system: str, environment: str, database: str, book: Book, arguments: argparse.Namespace) -> list[str]:
    others = [rules for rules in book.environments.values() if rules.name != environment]
    return marker.statements(
        system,
        environment,
        database=database,
        reason=arguments.reason,
        replace=arguments.replace,
        aliases=book.environments[environment].aliases,
        others=[name for rules in others for name in (rules.name, *rules.aliases)],
    )
