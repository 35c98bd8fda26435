"""May this database be stamped, and as what? Then the stamp itself, in one transaction.

| the database | what it takes |
|---|---|
| empty, or stamped as this environment already | nothing more |
| unmarked, with tables in it | its name, typed |
| stamped as another environment, or a copy of production at this environment's own address | ``replace``, and its name typed |
| production, reached from anywhere else | refused, whatever is typed |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..book.model import Book
from ..errors import Refusal
from ..verdict import DENY, REFUSE, Judgement, Reason
from . import marker
from .access_errors import explained
from .identity import ServerFacts, judge_identity
from .startup_option import PREFIX

_LISTED = ", ".join(f"'{name}'" for name in marker.BOOKKEEPING)
# Every relation that holds rows, in any schema, except the server's own and those that came with an extension.
_POSTGRESQL_TABLES = f"""
SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND pg_catalog.left(n.nspname, 8) <> 'pg_toast' AND pg_catalog.left(n.nspname, 7) <> 'pg_temp'
  AND c.relname NOT IN ({_LISTED})
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
"""  # noqa: S608 - constants of this package
_MYSQL_TABLES = f"""
SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name NOT IN ({_LISTED})
"""  # noqa: S608
_SQLITE_TABLES = f"""
SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT IN ({_LISTED})
  AND substr(name, 1, 7) <> 'sqlite_'
"""  # noqa: S608
_TABLES = {"postgresql": _POSTGRESQL_TABLES, "mysql": _MYSQL_TABLES, "sqlite": _SQLITE_TABLES}


@dataclass(frozen=True, slots=True)
class Stamping:
    """A stamp that somebody asks for.

    Attributes:
        facts: what the server says about itself now.
        database: its name, as it has to be typed.
        empty: it has no table besides bookkeeping.
        confirm: the name as it was typed, or an empty string.
        replace: another environment's marker may go.
    """

    facts: ServerFacts
    database: str
    empty: bool
    confirm: str = ""
    replace: bool = False

    @property
    def confirmed(self) -> bool:
        return self.confirm == self.database


def judge_stamp(stamping: Stamping, book: Book) -> Judgement:
    """What speaks against stamping this database as the environment of the book."""
    return Judgement(tuple(reason for rule in RULES.values() for reason in rule(stamping, book)))


def refusal_of(stamping: Stamping, book: Book, *, service: str = "") -> Refusal | None:
    """The refusal of :func:`judge_stamp` with the step that leads on from here, or None."""
    refusal = judge_stamp(stamping, book).refusal(service=service, environment=book.environment)
    step = NEXT_STEPS.get((refusal.rule, refusal.code)) if refusal is not None else None
    if refusal is not None and step is not None:
        refusal.hint = step.format(database=stamping.database, environment=book.environment)
    return refusal


def typed_name(stamping: Stamping, book: Book) -> Iterator[Reason]:
    """A name that was typed wrongly shows that somebody thinks of another database."""
    if stamping.confirm and not stamping.confirmed:
        words = "the name that was typed is not the name of this database"
        yield Reason("USAGE", DENY, "typed-name", stamping.confirm, words)


def production(stamping: Stamping, book: Book) -> Iterator[Reason]:
    """Production is never stamped as something else; a copy of it shows itself by standing where this environment is."""
    identity = judge_identity(stamping.facts, book)
    is_copy = any(reason.rule == "clone" for reason in identity.reasons) or (
        bool(stamping.facts.at_own_address) and any(reason.code == "IDENTITY_CLONE" for reason in identity.reasons)
    )
    for reason in identity.reasons:
        stands_there = reason.rule in ("server-address", "certificate")
        if reason.verdict == DENY and (stands_there or not is_copy):
            yield Reason(reason.code, DENY, "production", stamping.database, reason.detail)


def other_environment(stamping: Stamping, book: Book) -> Iterator[Reason]:
    """Another environment's marker goes only when that is asked for by name."""
    identity = judge_identity(stamping.facts, book)
    named = [reason for reason in identity.reasons if reason.rule in ("other-marker", "production-marker", "clone")]
    if stamping.replace and stamping.confirmed:
        return
    if named:
        yield Reason(identity.code, REFUSE, "other-environment", stamping.database, named[0].detail)
        return
    meant = (book.canonical_environment(name.removeprefix(PREFIX)) for name in stamping.facts.configurations)
    left = next((name for name in meant if name not in (None, book.environment)), None)
    if left is not None:
        words = f"the database still carries the start-up marker of {left}"
        yield Reason("IDENTITY_UNKNOWN", REFUSE, "other-environment", stamping.database, words)


def unmarked(stamping: Stamping, book: Book) -> Iterator[Reason]:
    """Nobody knows whose tables these are but the one who types the name."""
    facts = stamping.facts
    if facts.marker is None and facts.setting is None and not stamping.empty and not stamping.confirmed:
        words = "the database has tables and no marker, so nobody can tell whose they are"
        yield Reason("IDENTITY_UNKNOWN", REFUSE, "unmarked", stamping.database, words)


RULES: dict[str, Callable[[Stamping, Book], Iterator[Reason]]] = {
    "typed-name": typed_name,
    "production": production,
    "other-environment": other_environment,
    "unmarked": unmarked,
}


_AGAIN = "--replace --confirm {database}"
NEXT_STEPS: dict[tuple[str, str], str] = {
    ("typed-name", "USAGE"): "the name after --confirm has to be {database}; is this the database you mean?",
    ("unmarked", "IDENTITY_UNKNOWN"): "if it belongs to {environment}, say --confirm {database}",
    ("other-environment", "IDENTITY_UNKNOWN"): f"if it belongs to {{environment}} from now on, say {_AGAIN}",
    ("other-environment", "IDENTITY_CLONE"): f"sanitise the data first; then say {_AGAIN}",
    ("production", "IDENTITY_CLONE"): "sanitise the data first; then stamp it at the address that the book gives "
    f"{{environment}}, with {_AGAIN}",
}
"""By rule and code; for all others the code's own step is right."""


def is_empty(connection: Any, system: str) -> bool:
    """The database has no table or view besides bookkeeping."""
    with explained("the database cannot be asked for its tables"):
        cursor = connection.cursor()
        try:
            cursor.execute(_TABLES[system])
            return not cursor.fetchone()[0]
        finally:
            cursor.close()


def write(connection: Any, statements: list[str]) -> None:
    """Run the statements in one transaction and commit it; on an error nothing is left.

    Raises:
        UsageRefused: the database refuses a statement.
    """
    with explained("the database cannot be stamped"):
        cursor = connection.cursor()
        try:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            cursor.close()
