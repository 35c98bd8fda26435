"""``export`` lines for a POSIX shell; between single quotes nothing has a meaning but the quote itself."""

from __future__ import annotations

from .refusing import refuse_broken_text, refuse_nul
from .sheet import Sheet

SUFFIX = ".sh"
DESCRIPTION = "lines that a POSIX shell sources"


def render(sheet: Sheet) -> str:
    """The sheet as ``export NAME='value'`` lines."""
    lines = [f"# {line}" for line in sheet.heading]
    return (
        "\n".join([*lines, *(f"export {name}={_quoted(name, value)}" for name, value in sheet.variables.items())])
        + "\n"
    )


def _quoted(name: str, value: str) -> str:
    refuse_nul(name, value, "shell")
    refuse_broken_text(name, value, "shell")
    return "'" + value.replace("'", "'\\''") + "'"
