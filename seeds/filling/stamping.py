"""The marker put on by hand: for somebody who knows what a database holds, and says so by typing its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..databases.inspection import open_contents
from ..driver_errors import refused
from ..environment import Permission, check_stamp, stamp_by_hand
from ..errors import WriteRefused
from ..ports import Database


def stamp(
    database: Database, environment: str, *, typed: Callable[[], str], clock: Callable[[], datetime]
) -> Permission:
    """Mark a database whatever rows it holds; nobody is asked for its name where a marker forbids it anyway.

    Args:
        database: the target.
        environment: what to mark it as.
        typed: asks for the database's name: a file's own name, or what the server calls it.
        clock: gives the instant that goes into the marker.

    Raises:
        WriteRefused: if the environment is production or unknown, another marker is there, or another name was typed.
    """
    with refused(database.location):
        check_stamp(database, environment)
        name = _own_name(database)
        return stamp_by_hand(database, environment, name=name, typed=typed(), clock=clock)


def _own_name(database: Database) -> str:
    """The database's name, as it is called where it is."""
    with open_contents(database) as contents:
        for marker in contents.strange_markers:
            raise WriteRefused(
                f"{marker.name} marks {database.location} too, and nobody can tell which of the two is right",
                code="STAMP_DISAGREES",
                hint="its owner drops that table, or brings its schema into the login's search path",
            )
        return contents.name
