"""Values of one Terraform variable, ``env_config``, of the type ``map(string)``.

In a ``.tfvars.json`` file strings are taken literally (``${…}`` too), so JSON's quoting is the only one. Terraform
brings every string into Unicode's composed form; a value that this would change is refused.
"""

from __future__ import annotations

import json
import unicodedata

from .refusing import refuse_broken_text, unwritable
from .sheet import Sheet

SUFFIX = ".auto.tfvars.json"
DESCRIPTION = "values of the variable env_config, of type map(string)"


def render(sheet: Sheet) -> str:
    """The sheet as a ``.tfvars.json`` file."""
    for name, value in sheet.variables.items():
        refuse_broken_text(name, value, "terraform")
        if not unicodedata.is_normalized("NFC", value):
            raise unwritable(name, "terraform", "Terraform would compose its accents")
    return json.dumps({"env_config": dict(sheet.variables)}, indent=2) + "\n"
