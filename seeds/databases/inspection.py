"""Looking into a database of any kind for everything that keeps rows, see :mod:`seeds.databases.contents`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from typing import cast

from ..ports import Database
from .contents import Contents
from .registry import ADAPTERS


def open_contents(database: Database) -> AbstractContextManager[Contents]:
    """What the database holds, for as long as it is looked at; nothing can be written meanwhile.

    Raises:
        DBAPIError: if it cannot be read at all.
    """
    folder, _ = ADAPTERS[database.engine().dialect.name]
    module = import_module(f".{folder}.contents", __package__)
    return cast("AbstractContextManager[Contents]", module.open_contents(database))
