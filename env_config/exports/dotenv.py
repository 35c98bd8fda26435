r"""A dotenv file, within what its many parsers agree on.

There is no standard. Python's parser expands ``${…}`` and halves ``\\`` even between single quotes, Node's expands
``\n`` between double ones, and ``docker run --env-file`` knows no quotes at all. So a value is written bare where it can
be, else in single quotes, else in double quotes, and refused where two parsers would read it differently.
"""

from __future__ import annotations

import re

from .refusing import unwritable
from .sheet import Sheet

SUFFIX = ".env"
DESCRIPTION = "a dotenv file, which a POSIX shell can source too"

_BARE = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
_DISPUTED_BACKSLASH = re.compile(r"\\(?:\\|\Z)")


def render(sheet: Sheet) -> str:
    """The sheet as ``NAME=value`` lines, each quoted only as far as it must be."""
    lines = [f"# {line}" for line in sheet.heading]
    return "\n".join([*lines, *(f"{name}={_quoted(name, value)}" for name, value in sheet.variables.items())]) + "\n"


def _quoted(name: str, value: str) -> str:
    if _BARE.fullmatch(value):
        return value
    if not value.isprintable():
        raise unwritable(name, "dotenv", "it holds line breaks or other unprintable characters")
    if "${" in value:
        raise unwritable(name, "dotenv", "some parsers expand ${…} even between single quotes")
    if "'" not in value:
        if _DISPUTED_BACKSLASH.search(value):
            raise unwritable(name, "dotenv", "parsers disagree about its backslashes")
        return f"'{value}'"
    if re.search(r'["\\$`]', value):
        raise unwritable(name, "dotenv", "it holds an apostrophe together with a character that double quotes expand")
    return f'"{value}"'
