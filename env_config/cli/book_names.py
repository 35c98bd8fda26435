"""Names that are going to be signed, held against the book: a typing error would be signed as well."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from difflib import get_close_matches

from ..attestation.naming import nearest, spelling
from ..book.shelf import BOOK_VARIABLE, Shelf
from ..errors import BookRefused, EnvironmentRefused, TargetRefused


def checked_names(arguments: argparse.Namespace, environment: str, service: str = "") -> tuple[str, str]:
    """The canonical names of an environment and, unless it is empty, of a service of it.

    Without a book they are taken as they are, and stderr says so. Which environment this process belongs to is not asked:
    who signs may be anywhere.

    Args:
        arguments: with the options that every command has.
        environment: as it was typed.
        service: as it was typed, or an empty string.

    Raises:
        EnvironmentRefused: ENV_UNKNOWN.
        TargetRefused: UNDECLARED.
        BookRefused: the book cannot be used.
    """
    shelf = _shelf(arguments)
    if shelf is None:
        _say(f"no name was checked: give the compiled books with --book, or in {BOOK_VARIABLE}")
        return spelling(environment), service
    opened = shelf.any_book(environment)
    environments = opened[1].environments
    meant = opened[1].canonical_environment(environment)
    if meant is None:
        near = nearest(environment, environments)
        raise EnvironmentRefused(
            f"the book has no environment {environment!r}",
            code="ENV_UNKNOWN",
            rule="signed-names",
            hint=f"did you mean {near}?" if near else f"it has {', '.join(environments)}",
        )
    return meant, _service(shelf, meant, service) if service else service


def _service(shelf: Shelf, environment: str, service: str) -> str:
    try:
        services = shelf.book_of(environment).services
    except (BookRefused, EnvironmentRefused) as refusal:
        if refusal.code not in ("BOOK_MISSING", "ENV_CONFLICT"):
            raise
        _say(f"the service's name was not checked: the book of {environment} is not there")
        return service
    if service not in services:
        raise TargetRefused(
            f"the book of {environment} has no service {service!r}",
            code="UNDECLARED",
            service=service,
            environment=environment,
            rule="signed-names",
            hint=_nearest(service, services),
        )
    return services[service].name


def _nearest(service: str, services: Iterable[str]) -> str:
    near = get_close_matches(service, list(services), n=1)
    return f"did you mean {near[0]}?" if near else "name it as the book does"


def _shelf(arguments: argparse.Namespace) -> Shelf | None:
    if not (arguments.book or os.environ.get(BOOK_VARIABLE)):
        return None
    return Shelf(arguments.book, arguments.trust, os.environ, time.time)


def _say(words: str) -> None:
    print(f"note: {words}", file=sys.stderr)
