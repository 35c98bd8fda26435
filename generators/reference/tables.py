"""Reading the tables, and the digests that pin them."""

from __future__ import annotations

import csv
from functools import cache
from hashlib import sha256
from importlib.resources import files

from ..errors import ReferenceDataError


@cache
def table(name: str) -> dict[str, tuple[str, ...]]:
    """A reference table's columns by name; ``name`` is its path without ``.csv``, such as ``names/family``.

    Raises:
        ReferenceDataError: if there is no such table or a row has the wrong number of cells.
    """
    resource = files(__package__).joinpath(f"{name}.csv")
    if not resource.is_file():
        raise ReferenceDataError(f"there is no reference table {name!r}")
    header, *rows = csv.reader(resource.read_text(encoding="utf-8").splitlines())
    if any(len(row) != len(header) for row in rows):
        raise ReferenceDataError(f"a row of {name!r} does not have {len(header)} cells")
    return {column: tuple(row[place] for row in rows) for place, column in enumerate(header)}


@cache
def file_digests() -> dict[str, str]:
    """The SHA-256 of every reference table, by name."""
    found = {}
    for folder in files(__package__).iterdir():
        if folder.is_dir():
            for file in folder.iterdir():
                if file.name.endswith(".csv"):
                    found[f"{folder.name}/{file.name[:-4]}"] = sha256(file.read_bytes()).hexdigest()
    return found
