"""What SQLAlchemy raises between two bulk sessions, as this room's refusals, whatever the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from .errors import SeedError, TargetError, TargetUnavailable


@contextmanager
def refused(location: str) -> Iterator[None]:
    """Turn a driver's exception into a refusal that names the target.

    Raises:
        TargetUnavailable: the connection broke or could not be made; trying again may help.
        TargetError: the database answered and refused.
    """
    try:
        yield
    except DBAPIError as error:
        raise _refusal(location, error) from error


def _refusal(location: str, error: DBAPIError) -> SeedError:
    words = str(error.orig).strip().splitlines() or ["no message"]
    message = f"{location}: {words[0]}"  # what follows the first line may quote a row, which may be somebody else's
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return TargetUnavailable(message, hint="see whether the server still runs, and run the same command again")
    if isinstance(error, IntegrityError):
        return TargetError(message, code="CONSTRAINT_VIOLATED")
    return TargetError(message, code="STATEMENT_FAILED")
