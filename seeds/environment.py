"""The gate: may test data be written here?

Yes, if the database can only be a local test database, or carries a marker that names an environment other than
production. An empty database can be given such a marker. Everything else is refused, with one of these codes:

| code | refused because |
|---|---|
| `WRITE_PRODUCTION` | the marker names production, or an alias of it |
| `WRITE_UNKNOWN_ENVIRONMENT` | the marker names no environment known here |
| `WRITE_UNMARKED` | there is no marker, and the database is no local test database by its nature |
| `STAMP_PRODUCTION` | production was asked for as the marker |
| `STAMP_UNKNOWN_ENVIRONMENT` | the marker asked for is no environment known here |
| `STAMP_NOT_EMPTY` | a marker was asked for, but the database holds tables |
| `STAMP_DISAGREES` | a marker was asked for, but another one is there |

:func:`check_write` is the whole decision, and the one place to make it stricter.
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


def may_write(database: Database, *, stamp: str | None, clock: Callable[[], datetime]) -> Permission:
    """Pass the gate or be refused; where a stamp was asked for and is allowed, the marker is written.

    Args:
        database: the target.
        stamp: the environment to mark an empty database as.
        clock: gives the instant that goes into the marker.

    Raises:
        WriteRefused: see the module's table of codes; nothing has been written then.
    """
    permission = check_write(database, stamp=stamp)
    if not permission.stamps:
        return permission
    with database.lock(ENVIRONMENT_TABLE):
        permission = check_write(database, stamp=stamp)  # somebody may have been here first
        if permission.stamps:
            create_absent(database, _METADATA)
            row = {"id": 1, "environment": permission.environment, "stamped_at": clock(), "reason": _REASON}
            with database.engine().begin() as connection:
                connection.execute(insert(_MARKER).values(row))
    return permission


def check_write(database: Database, *, stamp: str | None) -> Permission:
    """Decide as :func:`may_write` does, and write nothing.

    Raises:
        WriteRefused: see the module's table of codes.
    """
    wanted = None if stamp is None else _stampable(stamp)
    marker = database.environment_setting()
    if marker is not None:
        return _by_marker(database, marker, wanted)
    if wanted is not None:
        return _by_stamp(database, wanted)
    if database.trusted:
        return Permission("local", f"{database.location} can only be a local test database")
    raise WriteRefused(
        f"{database.location} does not say that it is a place for test data",
        code="WRITE_UNMARKED",
        hint="if it is empty, mark it with --environment NAME (local, test, development, staging or pre-production)",
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
            f"{database.location} is marked as {marker!r}: production",
            code="WRITE_PRODUCTION",
            hint="test data never goes there; choose another database",
        )
    if environment is None:
        raise WriteRefused(
            f"{database.location} is marked as {marker!r}, which is no environment known here",
            code="WRITE_UNKNOWN_ENVIRONMENT",
            hint=f"its owner can set the table {ENVIRONMENT_TABLE} to one of: "
            + ", ".join(name for name in ALIASES if name != PRODUCTION),
        )
    if wanted not in (None, environment):
        raise WriteRefused(
            f"{database.location} is marked as {marker!r}, not as {wanted!r}",
            code="STAMP_DISAGREES",
            hint=f"leave out --environment, or say --environment {environment}",
        )
    return Permission(environment, f"{database.location} is marked as {marker!r}")


def _by_stamp(database: Database, wanted: str) -> Permission:
    if not database.is_empty():
        raise WriteRefused(
            f"{database.location} holds tables already, so it cannot be marked as {wanted!r} from here",
            code="STAMP_NOT_EMPTY",
            hint=f"choose an empty database, or let its owner make the table {ENVIRONMENT_TABLE}"
            + ("; without --environment this database needs no marker" if database.trusted else ""),
        )
    return Permission(wanted, f"{database.location} was empty and is marked as {wanted!r}", stamps=True)
