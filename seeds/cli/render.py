"""What commands print: plain aligned text that reads without colour, or JSON with the same facts."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any


def say(text: str = "") -> None:
    """One line of data on stdout."""
    sys.stdout.write(text + "\n")


def note(text: str = "") -> None:
    """One line for people, on stderr."""
    sys.stderr.write(text + "\n")


def say_json(value: Any) -> None:
    """A JSON document on stdout; dates become ISO text."""
    say(json.dumps(value, indent=2, default=str))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns aligned under their headings: numbers to the right, text to the left."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(heading), *(len(row[place]) for row in cells), 0) for place, heading in enumerate(headings)]
    numeric = [
        bool(rows) and all(isinstance(row[place], int | float) for row in rows) for place in range(len(headings))
    ]

    def line(values: Sequence[str]) -> str:
        aligned = (
            value.rjust(width) if right else value.ljust(width)
            for value, width, right in zip(values, widths, numeric, strict=True)
        )
        return "  ".join(aligned).rstrip()

    return "\n".join([line(headings), line(["-" * width for width in widths]), *map(line, cells)])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return str(value)
