"""What the two drivers and SQLAlchemy raise, as this room's errors: facts first, nothing secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import adbc_driver_manager
import psycopg
from sqlalchemy.exc import DBAPIError

from ...errors import SeedError, TargetBusy, TargetError, TargetUnavailable

# PostgreSQL documentation, appendix A. A longer prefix comes before a shorter one.
_REFUSALS: tuple[tuple[str, type[SeedError], str, str], ...] = (
    ("08", TargetUnavailable, "", "see whether the server still runs, and run the same command again"),
    ("57P", TargetUnavailable, "", "the server is stopping or starting: run the same command again"),
    ("53", TargetUnavailable, "", "the server lacks connections, memory or disk space"),
    ("28", TargetError, "TARGET_ACCESS_DENIED", "check the user and the password in the URL"),
    ("3D", TargetError, "TARGET_ABSENT", "create the database first, for example with createdb"),
    ("42501", TargetError, "TARGET_ACCESS_DENIED", "the user may not do this: grant it, or use the database's owner"),
    ("40", TargetBusy, "", "another transaction stood in the way: run the same command again"),
    ("55P03", TargetBusy, "", "another transaction holds the tables: run the same command again"),
    ("23", TargetError, "CONSTRAINT_VIOLATED", ""),
)

# While connecting, libpq passes on the server's words without their code.
_WORDS = (
    ("password authentication failed", "28"),
    ("no password supplied", "28"),
    ("no pg_hba.conf entry", "28"),
    ("role ", "28"),
    ("database ", "3D"),
)


@contextmanager
def refusals(location: str) -> Iterator[None]:
    """Turn a driver's exception into a refusal that names the target.

    Raises:
        TargetUnavailable: nothing answers, or the connection broke; trying again may help.
        TargetBusy: another transaction stood in the way; trying again may help.
        TargetError: the server answered and refused.
    """
    try:
        yield
    except DBAPIError as error:
        raise _refusal(location, str(error.orig), getattr(error.orig, "sqlstate", None)) from error
    except (psycopg.Error, adbc_driver_manager.Error) as error:
        if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None:  # libpq did not get to a server
            raise TargetError(f"{location}: {_first_line(str(error))}", hint="check the URL's options") from error
        raise _refusal(location, str(error), error.sqlstate) from error


_CANCELLED = "57014"


def _refusal(location: str, text: str, state: str | None) -> SeedError | KeyboardInterrupt:
    if state == _CANCELLED and "user request" in text:  # the driver passes Ctrl-C on to the server, which says this
        return KeyboardInterrupt()
    known = state or next((state for words, state in _WORDS if _fatal(text, words)), "08")
    for prefix, kind, code, hint in _REFUSALS:
        if known.startswith(prefix):
            return kind(f"{location}: {_first_line(text)}", code=code, hint=hint)
    return TargetError(f"{location}: {_first_line(text)}", code="STATEMENT_FAILED")


def _fatal(text: str, words: str) -> bool:
    return f"FATAL:  {words}" in text or (words.startswith("no ") and words in text)


def _first_line(text: str) -> str:
    """The server's own sentence; its DETAIL may quote a row, which may be somebody else's."""
    line = text.strip().splitlines()[0] if text.strip() else "no message"
    return line.removeprefix("IO: ").removeprefix("INTEGRITY: ").removeprefix("[libpq] ")
