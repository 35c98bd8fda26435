"""The gate: may test data be written here?

Yes, if the database can only be a local test database, or carries a marker that names an environment other than
production. A database that is empty, or of which the caller can show that it holds nobody's data, can be given such
a marker; any other only by hand, with its name typed out. Where production is marked, or another environment than the
one asked for, neither helps. Everything else is refused, with one of these codes:

| code | refused because |
|---|---|
| `WRITE_PRODUCTION` | the marker names production, or an alias of it |
| `WRITE_UNKNOWN_ENVIRONMENT` | the marker names no environment known here |
| `WRITE_UNMARKED` | there is no marker, and the database is no local test database by its nature |
| `STAMP_PRODUCTION` | production was asked for as the marker |
| `STAMP_UNKNOWN_ENVIRONMENT` | the marker asked for is no environment known here |
| `STAMP_NOT_EMPTY` | a marker was asked for, but the database holds tables |
| `STAMP_PERSONAL_DATA` | a marker was asked for, but a personal column holds a value |
| `STAMP_TOO_MANY_ROWS` | a marker was asked for, but there are more rows than bookkeeping and lookup lists have |
| `STAMP_HIDDEN_ROWS` | a marker was asked for, but there are or may be rows that cannot be seen or judged |
| `STAMP_NAME` | a marker was asked for by hand, but another name than the database's was typed |
| `STAMP_DISAGREES` | a marker was asked for, but another one is there |

:func:`check_write` is the whole decision, and the one place to make it stricter. No refusal repeats what is written in
the database, not even the marker: a table of that name may hold anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData, SmallInteger, String, Table, Text, insert

from .errors import WriteRefused
from .ports import ENVIRONMENT_TABLE, Database
from .schema import create_absent

PRODUCTION = "production"

ALIASES: dict[str, tuple[str, ...]] = {
    "local": ("localhost", "laptop", "workstation"),
    "test": ("testing", "tests", "tst", "ci", "qa", "sit", "uat", "user-acceptance", "user-acceptance-testing"),
    "development": ("dev", "devel", "develop", "sandbox"),
    "staging": ("stg", "stage", "stag"),
    "pre-production": ("pre-prod", "pre-prd", "pre-live", "ppe", "pp"),
    PRODUCTION: ("prod", "prd", "prodn", "live"),
}
"""The known environments, each with the other names it goes by."""

_CANONICAL = {alias.replace("-", ""): name for name, aliases in ALIASES.items() for alias in (name, *aliases)}
_PRODUCTION_WORDS = frozenset((PRODUCTION, *ALIASES[PRODUCTION]))
_DIVIDED = re.compile(r"(?<=[a-z])(?=[A-Z])|[^0-9A-Za-z]+")
_NUMBERED = re.compile(r"(?<=[a-z])\d+$")

_METADATA = MetaData()
_MARKER = Table(
    ENVIRONMENT_TABLE,
    _METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("environment", String(40), nullable=False),
    Column("stamped_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("id = 1", name="understudy_environment_one_row"),
    comment="Which environment this database belongs to. Understudy writes only where it is not production.",
)
_REASON = "asked for on the command line while the database was empty"
_VACANT = "asked for on the command line while the database held nobody's data"
_BY_HAND = "stamped by hand, with the database's name typed out"

Vacancy = Callable[[], str]
"""Shows that a database with tables holds nobody's data, in words, or raises :class:`WriteRefused`."""


@dataclass(frozen=True, slots=True)
class Permission:
    """The right to write test data into one database.

    Attributes:
        environment: the environment's canonical name.
        reason: why the gate opened, in words.
        stamps: the database is yet to be marked.
    """

    environment: str
    reason: str
    stamps: bool = False


def canonical(name: str) -> str | None:
    """The environment that a name means, or None if it means none.

    Case, blanks, hyphens, underscores, accents, invisible characters, compatibility forms and trailing numbers make
    no difference. A name with production among its words is production whatever the other words say (``mosaic-prod``,
    ``not_prod``), unless the whole name is one of pre-production's.
    """
    words = _words(name)
    if words is None:
        return None
    by_word = PRODUCTION if _PRODUCTION_WORDS.intersection(words) else None
    return _CANONICAL.get("".join(words), by_word)


def _words(name: str) -> list[str] | None:
    """A name's words in lower case; None if a letter is left that only looks like one of the alphabet."""
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in decomposed if unicodedata.category(letter) not in ("Cf", "Mn", "Cc"))
    if any(letter.isalnum() and not letter.isascii() for letter in plain):
        return None
    words = [word.lower() for word in _DIVIDED.split(plain) if word]
    numberless = [_NUMBERED.sub("", word) for word in words]
    return [word for word in numberless if not word.isdigit()]


def may_write(
    database: Database, *, stamp: str | None, clock: Callable[[], datetime], vacancy: Vacancy | None = None
) -> Permission:
    """Pass the gate or be refused; where a stamp was asked for and is allowed, the marker is written.

    Args:
        database: the target.
        stamp: the environment to mark an empty database as.
        clock: gives the instant that goes into the marker.
        vacancy: asked before any database is marked; without it, only one without tables is.

    Raises:
        WriteRefused: see the module's table of codes; nothing has been written then.
    """
    permission = check_write(database, stamp=stamp, vacancy=vacancy)
    if not permission.stamps:
        return permission
    with database.lock(ENVIRONMENT_TABLE):
        permission = check_write(database, stamp=stamp, vacancy=vacancy)  # somebody may have been here first
        if permission.stamps:
            _mark(database, permission.environment, _REASON if database.is_empty() else _VACANT, clock())
    return permission


def check_stamp(database: Database, environment: str) -> Permission | None:
    """What the marker that is there already permits; None where there is none yet.

    Raises:
        WriteRefused: if the environment is production or unknown, or another marker is there.
    """
    wanted, marker = _stampable(environment), database.environment_setting()
    return None if marker is None else _by_marker(database, marker, wanted)


def stamp_by_hand(
    database: Database, environment: str, *, name: str, typed: str, clock: Callable[[], datetime]
) -> Permission:
    """Mark a database whatever it holds, for somebody who has typed its name; its rows are not looked at.

    Args:
        database: the target.
        environment: what to mark it as.
        name: the database's own name.
        typed: what was typed as its name.
        clock: gives the instant that goes into the marker.

    Raises:
        WriteRefused: if the environment is production or unknown, or another marker is there, whatever was typed; or
            if the names differ. Nothing has been written then.
    """
    wanted = _stampable(environment)
    with database.lock(ENVIRONMENT_TABLE):
        marked = check_stamp(database, wanted)
        if not name or typed != name:
            raise WriteRefused(
                f"{typed!r} is not the name of {database.location}",
                code="STAMP_NAME",
                hint="type the database's name exactly, once you are sure that it holds nobody's data",
            )
        if marked is not None:
            return marked
        _mark(database, wanted, _BY_HAND, clock())
    return Permission(wanted, f"{database.location} was marked as {wanted!r} by hand", stamps=True)


def _mark(database: Database, environment: str, reason: str, instant: datetime) -> None:
    create_absent(database, _METADATA)
    row = {"id": 1, "environment": environment, "stamped_at": instant, "reason": reason}
    with database.engine().begin() as connection:
        connection.execute(insert(_MARKER).values(row))


def check_write(database: Database, *, stamp: str | None, vacancy: Vacancy | None = None) -> Permission:
    """Decide as :func:`may_write` does, and write nothing.

    Raises:
        WriteRefused: see the module's table of codes.
    """
    wanted = None if stamp is None else _stampable(stamp)
    marker = database.environment_setting()
    if marker is not None:
        return _by_marker(database, marker, wanted)
    if wanted is not None:
        return _by_stamp(database, wanted, vacancy)
    if database.trusted:
        return Permission("local", f"{database.location} can only be a local test database")
    raise WriteRefused(
        f"{database.location} does not say that it is a place for test data",
        code="WRITE_UNMARKED",
        hint="if it holds nobody's data, mark it with --environment NAME (local, test, development, staging or "
        "pre-production)",
    )


def _stampable(stamp: str) -> str:
    environment = canonical(stamp)
    if environment == PRODUCTION:
        raise WriteRefused(
            f"{stamp!r} means production, which is never a place for test data",
            code="STAMP_PRODUCTION",
            hint="name the environment it really is, or choose another database",
        )
    if environment is None:
        known = [name for name in ALIASES if name != PRODUCTION]
        near = get_close_matches("".join(_words(stamp) or ()), _CANONICAL, n=1)
        nearest = f"; did you mean {_CANONICAL[near[0]]}?" if near and _CANONICAL[near[0]] != PRODUCTION else ""
        raise WriteRefused(
            f"{stamp!r} is no environment known here",
            code="STAMP_UNKNOWN_ENVIRONMENT",
            hint=f"known: {', '.join(known)}{nearest}",
        )
    return environment


def _by_marker(database: Database, marker: str, wanted: str | None) -> Permission:
    environment = canonical(marker)
    if environment == PRODUCTION:
        raise WriteRefused(
            f"{database.location} is marked as production",
            code="WRITE_PRODUCTION",
            hint="test data never goes there; choose another database",
        )
    if environment is None:
        raise WriteRefused(
            f"{database.location} has a marker that names no environment known here",
            code="WRITE_UNKNOWN_ENVIRONMENT",
            hint=f"its owner can set the table {ENVIRONMENT_TABLE} to one of: "
            + ", ".join(name for name in ALIASES if name != PRODUCTION),
        )
    if wanted not in (None, environment):
        raise WriteRefused(
            f"{database.location} is marked as {environment!r}, not as {wanted!r}",
            code="STAMP_DISAGREES",
            hint=f"leave out --environment, or say --environment {environment}",
        )
    return Permission(environment, f"{database.location} is marked as {environment!r}")


def _by_stamp(database: Database, wanted: str, vacancy: Vacancy | None) -> Permission:
    shown = vacancy() if vacancy is not None else ""
    if database.is_empty():
        return Permission(wanted, f"{database.location} was empty and is marked as {wanted!r}", stamps=True)
    if shown:
        return Permission(wanted, f"{shown}; {database.location} is marked as {wanted!r}", stamps=True)
    raise WriteRefused(
        f"{database.location} holds tables already, so it cannot be marked as {wanted!r} from here",
        code="STAMP_NOT_EMPTY",
        hint="choose an empty database, or mark this one by hand with 'understudy stamp'"
        + ("; without --environment this database needs no marker" if database.trusted else ""),
    )
