"""One flat JSON object of strings, in ASCII."""

from __future__ import annotations

import json

from .refusing import refuse_broken_text
from .sheet import Sheet

SUFFIX = ".json"
DESCRIPTION = "one flat object of strings"


def render(sheet: Sheet) -> str:
    """The sheet as one JSON object."""
    for name, value in sheet.variables.items():
        refuse_broken_text(name, value, "json")
    return json.dumps(dict(sheet.variables), indent=2) + "\n"
