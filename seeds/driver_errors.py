"""What SQLAlchemy raises between two bulk sessions, as this room's refusals, whatever the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from .errors import SeedError, TargetBusy, TargetError, TargetUnavailable


@contextmanager
def refused(location: str) -> Iterator[None]:
    """Turn a driver's exception into a refusal that names the target.

    Raises:
        TargetUnavailable: the connection broke or could not be made; trying again may help.
        TargetBusy: another process is writing to the same file; trying again may help.
        TargetError: the database answered and refused.
    """
    try:
        yield
    except DBAPIError as error:
        raise _refusal(location, error) from error


def _refusal(location: str, error: DBAPIError) -> SeedError:
    words = str(error.orig).strip().splitlines() or ["no message"]
    message = f"{location}: {words[0]}"  # what follows the first line may quote a row, which may be somebody else's
    if _lost(error):
        return TargetUnavailable(message, hint="see whether the server still runs, and run the same command again")
    if getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
        return TargetBusy(message, hint="wait until the other process has finished, then run the same command again")
    code = "CONSTRAINT_VIOLATED" if isinstance(error, IntegrityError) else "STATEMENT_FAILED"
    return TargetError(message, code=code)


def _lost(error: DBAPIError) -> bool:
    """True if the server was not reached, went away, or lacks what it needs; SQLSTATE classes 08, 53 and 57P."""
    state = getattr(error.orig, "sqlstate", "")
    if state is None:  # the driver's own failure: the server never answered
        return isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or state.startswith(("08", "53", "57P"))
