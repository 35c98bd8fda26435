"""What the command ``stamp`` asks and says."""

from __future__ import annotations

import sys

from ..environment import Permission
from ..errors import WriteRefused
from ..ports import Database
from .render import note, say_json


def typed_name(target: Database, name: str | None, *, as_json: bool) -> str:
    """The name given with the command, or typed now.

    Raises:
        WriteRefused: if nobody is there to type it.
    """
    if name is not None:
        return name.strip()
    typed = "" if as_json else _asked(target)
    if not typed:
        raise WriteRefused(f"nobody typed the name of {target.location}", code="STAMP_NAME", hint="give it with --name")
    return typed.strip()


def _asked(target: Database) -> str:
    """The line that was typed, with its end; nothing where nobody is there. What is asked is no data, so on stderr."""
    note(f"{target.location}: once it is marked, whatever fills databases with test data may write there")
    sys.stderr.write("Type the database's name: ")
    sys.stderr.flush()
    return sys.stdin.readline()


def stamped(permission: Permission, target: Database, *, as_json: bool) -> None:
    """What the database is marked as now, and whether it was before."""
    if as_json:
        say_json({"target": target.location, "environment": permission.environment, "stamped": permission.stamps})
    else:
        note(permission.reason)
