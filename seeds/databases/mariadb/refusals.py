"""What PyMySQL and SQLAlchemy raise, as this room's errors: facts first, nothing secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
from sqlalchemy.exc import DBAPIError

from ...errors import SeedError, TargetBusy, TargetError, TargetUnavailable

_Kind = tuple[type[SeedError], str, str]
_LOST: _Kind = (TargetUnavailable, "", "see whether the server still runs, and run the same command again")
_SCARCE: _Kind = (TargetUnavailable, "", "the server lacks connections, memory or disk space")
_RIGHTS: _Kind = (TargetError, "TARGET_ACCESS_DENIED", "check the user and the password in the URL, and the grants")
_BUSY: _Kind = (TargetBusy, "", "another transaction stood in the way: run the same command again")
_CONSTRAINT: _Kind = (TargetError, "CONSTRAINT_VIOLATED", "")

# MariaDB's and MySQL's error numbers; those from 2000 on are the client's own.
_REFUSALS: dict[int, _Kind] = {
    **dict.fromkeys(
        (0, 1053, 1077, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2002, 2003, 2006, 2013, 2055), _LOST
    ),
    **dict.fromkeys((1021, 1037, 1038, 1040, 1041, 1114, 1135, 1203, 1226), _SCARCE),
    **dict.fromkeys((1044, 1045, 1142, 1143, 1227, 1290, 1370, 1698, 3118), _RIGHTS),
    **dict.fromkeys((1205, 1213, 1637, 1969, 3024, 3572), _BUSY),
    **dict.fromkeys((1022, 1048, 1062, 1216, 1217, 1364, 1451, 1452, 1586, 1761, 1762, 3819, 4025), _CONSTRAINT),
    1049: (TargetError, "TARGET_ABSENT", "create the database first: CREATE DATABASE"),
}
_INTERRUPTED = 1317
_ENTRY = re.compile(r"entry '.*' for key", re.S)
_VALUE = re.compile(r"value: '.*' for", re.S)
_PARTITION = re.compile(r"for value .*", re.S)


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
        raise refusal(location, error.orig) from error
    except pymysql.MySQLError as error:
        raise refusal(location, error) from error


def refusal(location: str, error: BaseException | None) -> SeedError | KeyboardInterrupt:
    """The refusal that an exception of the driver means."""
    number, words = facts(error)
    if number == _INTERRUPTED:
        return KeyboardInterrupt()
    kind, code, hint = _REFUSALS.get(number, (TargetError, "STATEMENT_FAILED", ""))
    return kind(f"{location}: {words}", code=code, hint=hint)


def facts(error: BaseException | None) -> tuple[int, str]:
    """The server's error number and its first line without the row's values; 0 where the driver itself gave up."""
    arguments = getattr(error, "args", ())
    if isinstance(error, pymysql.InterfaceError | AttributeError):
        return 0, str(arguments[-1] if arguments and arguments[-1] else "the connection is closed")
    if not arguments or not isinstance(arguments[0], int):
        return -1, _first_line(str(error))
    return arguments[0], _first_line(str(arguments[-1]))


def _first_line(text: str) -> str:
    text = _PARTITION.sub("for its value", _VALUE.sub("value for", _ENTRY.sub("entry for key", text)))
    return text.strip().splitlines()[0] if text.strip() else "no message"
