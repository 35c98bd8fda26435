"""Which database ``--to`` means, and whether this process may go there.

| `--to` | judged |
|---|---|
| nothing, or a SQLite file | no process of production's writes; nothing needs to be configured |
| a URL, no book | by the gate of :mod:`seeds.environment` alone |
| a URL, with a book (`ENV_CONFIG_BOOK`) | by the book first: the address, then what the database says about itself |
| `env:ENVIRONMENT/SERVICE` | the environment must be this process's, the book must allow seeding, the marker must agree |

The book is that of ``env_config``, which is imported only where one is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from ..databases.registry import open_database
from ..environment import PRODUCTION, canonical
from ..errors import SeedError, TargetError, WriteRefused
from ..ports import Database

if TYPE_CHECKING:
    from env_config.book.model import Book, Service
    from env_config.verdict import Judgement

PREFIX = "env:"
_BOOK = "ENV_CONFIG_BOOK"
_DECLARED = "ENV_CONFIG_ENVIRONMENT"


def open_target(
    to: str | None, *, home: Path, writes: bool, stamp: str | None = None, existing: bool = False
) -> Database:
    """The database that ``--to`` means, after everything that can be known without writing has been looked at.

    Args:
        to: a URL, ``env:ENVIRONMENT/SERVICE``, or None for the embedded database.
        home: the folder of the embedded database.
        writes: the command changes the target.
        stamp: the environment to mark an empty target as, where that was asked for.
        existing: the command reads what is there, so a file that is not is refused, and not made.

    Raises:
        WriteRefused: the book, the environment of this process or the database itself speaks against it.
        TargetError: the target cannot be used as written.
    """
    with _as_our_refusals():
        if existing and to is not None and _is_file(to):
            _see_file(to)
        if writes:
            _refuse_in_production()
        if to is not None and to.startswith(PREFIX):
            return _open_service(to, home, stamp)
        if to is None or _is_file(to) or not os.environ.get(_BOOK):
            return open_database(to, home=home)
        return _open_judged(to, home, stamp)


def dialect_url(to: str | None) -> str | None:
    """A URL that says which dialect the target speaks; looks the service up, and opens nothing."""
    if to is None or not to.startswith(PREFIX):
        return to
    with _as_our_refusals():
        _, service = _service_of(to)
        return f"{service.kind}://"


def check_target(to: str | None) -> None:
    """Refuse a target that this process must not name, without opening it: for commands that touch nothing."""
    with _as_our_refusals():
        if to is not None and to.startswith(PREFIX):
            _service_of(to)
        elif to is not None and not _is_file(to) and os.environ.get(_BOOK):
            open_database(to, home=Path()).close()  # what is no address of a database is said before it is judged
            _judge_address(to)


@contextmanager
def _as_our_refusals() -> Iterator[None]:
    """What the book's library refuses, in this room's errors, with the same code and the same next step."""
    try:
        yield
    except PermissionError as refusal:
        code, hint = getattr(refusal, "code", None), getattr(refusal, "hint", "")
        if code is None:
            raise
        if code.startswith("PROD_"):
            hint = "name the service instead of its address: --to env:ENVIRONMENT/SERVICE"
        kind = TargetError if code.startswith("BOOK_") or code == "USAGE" else WriteRefused
        raise kind(str(getattr(refusal, "message", refusal)), code=code, hint=hint) from None


def _refuse_in_production() -> None:
    """A process that is, or says it is, production's writes no test data anywhere."""
    declared = os.environ.get(_DECLARED, "").strip()
    if not declared:
        return
    if os.environ.get(_BOOK):
        from env_config import process

        protected = process().environment.protected
    else:
        protected = canonical(declared) == PRODUCTION
    if protected:
        raise WriteRefused(
            f"this process belongs to {declared!r}: production",
            code="WRITE_FROM_PRODUCTION",
            hint="run it in another environment; test data is never written from production",
        )


def _open_service(to: str, home: Path, stamp: str | None) -> Database:
    from env_config import process

    address, service = _service_of(to)
    if stamp is not None:
        raise WriteRefused(
            f"{to} is marked by its owner, not from here",
            code="STAMP_BY_OWNER",
            hint=f"leave out --environment; its owner runs: env-config stamp {service.name}",
        )
    _judge_address(address)
    database = open_database(address, home=home)
    try:
        book = process().book
        _enforce(_said_by(database, book, service), book, service.name)
    except BaseException:
        database.close()
        raise
    return database


def _service_of(to: str) -> tuple[str, Service]:
    """The SQLAlchemy URL and the book's entry of ``env:ENVIRONMENT/SERVICE``."""
    from env_config import process

    environment, slash, name = to.removeprefix(PREFIX).partition("/")
    if not environment.strip() or not slash or not name:
        raise TargetError(f"{to!r} names no service", hint="write it like env:staging/social-care-db")
    book, own = process().book, process().environment
    meant = book.canonical_environment(environment)
    if meant is None:
        raise WriteRefused(
            f"{environment!r} is no environment of the book", code="ENV_UNKNOWN", hint=f"this process is in {own.name}"
        )
    if book.environments[meant].protected:
        raise WriteRefused(
            f"{to} is production's, and test data never goes there",
            code="SEEDING_NOT_ALLOWED",
            hint=f"name a service of {own.name}, where this process is",
        )
    if meant != own.name:
        raise WriteRefused(
            f"{to} lies in {meant}, and this process in {own.name}",
            code="ENV_CONFLICT",
            hint=f"run it in {meant}, or name a service of {own.name}",
        )
    address = process().address(name)
    service = address.service
    if own.protected or not service.seeding:
        raise WriteRefused(
            f"the book does not allow test data in {service.name} in {own.name}",
            code="SEEDING_NOT_ALLOWED",
            hint="the book's owner adds the environment to the service's seeding, unless it is production",
        )
    if service.kind != "postgresql":
        raise TargetError(
            f"{service.name} is a service of the kind {service.kind}, which Understudy cannot fill",
            code="TARGET_UNKNOWN",
            hint="name a service of the kind postgresql",
        )
    return address.dsn("sqlalchemy"), service


def _open_judged(to: str, home: Path, stamp: str | None) -> Database:
    from env_config import process

    database = open_database(to, home=home)  # connects to nothing yet
    _judge_address(to)
    environment = process().environment.name
    if stamp is not None and canonical(stamp) != canonical(environment):
        raise WriteRefused(
            f"this process is in {environment} and cannot mark a database as {stamp!r}",
            code="ENV_CONFLICT",
            hint=f"say --environment {environment}, or run it there",
        )
    try:
        book = process().book
        _enforce(_only_wrong(_said_by(database, book, None)), book, "")
    except BaseException:
        database.close()
        raise
    return database


def _is_file(to: str) -> bool:
    return to.partition(":")[0].split("+")[0].lower() == "sqlite"


def _see_file(to: str) -> None:
    """Refuse the URL of a file that is not there."""
    database = open_database(to, home=Path())
    place = Path(database.location)
    database.close()
    if place.is_absolute() and not place.exists():
        near = get_close_matches(place.name, [item.name for item in place.parent.iterdir()], n=1)
        hint = f"did you mean {near[0]}?" if near else "a path after three slashes is relative, after four absolute"
        raise TargetError(f"{place}: there is no such file", code="TARGET_ABSENT", hint=hint)


def _judge_address(url: str) -> None:
    """Hold the address against the book, with the ``PG*`` variables that libpq would add to it."""
    from env_config import process

    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    policy = process().policy
    policy.judge_text(plain, "dsn", os.environ).enforce(environment=policy.book.environment)


def _said_by(database: Database, book: Book, service: Service | None) -> Judgement:
    """What the database says about itself, held against the book."""
    from env_config.guards.assertion import explain
    from env_config.guards.identity import is_own_address, judge_identity
    from env_config.guards.identity_guard import peer_of
    from env_config.guards.postgres import read_facts

    try:
        with closing(database.engine().raw_connection()) as pooled:
            connection = pooled.driver_connection
            assert connection is not None
            address, port = peer_of(connection)
            here = is_own_address(book, service.host if service else "", port, address)
            return judge_identity(read_facts(connection, at_own_address=here), book, service)
    except SeedError as error:
        refusal = explain(error, service=service.name if service else "", environment=book.environment)
        if refusal is None:
            raise
        raise refusal from None


def _only_wrong(judgement: Judgement) -> Judgement:
    """Having no marker is for the gate to judge, which can mark an empty database."""
    from env_config.verdict import DENY, Judgement

    kept = (reason for reason in judgement.reasons if reason.verdict == DENY or reason.rule == "other-marker")
    return Judgement(tuple(kept))


def _enforce(judgement: Judgement, book: Book, service: str) -> None:
    refusal = judgement.refusal(service=service, environment=book.environment)
    if refusal is None:
        return
    if service and refusal.code == "IDENTITY_UNKNOWN":
        refusal.hint = f"let its owner run: env-config stamp {service}"
    raise refusal
