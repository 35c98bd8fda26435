"""A Compose file with one service that has nothing but the environment, for others to extend.

::

    services:
      api:
        extends: {file: env-config.compose.yaml, service: env-config}
"""

from __future__ import annotations

from .refusing import refuse_broken_text, refuse_nul, refuse_object_name, unwritable
from .sheet import Sheet
from .yaml_text import quoted

SUFFIX = ".compose.yaml"
DESCRIPTION = "a Compose file with one service to extend"


def render(sheet: Sheet) -> str:
    """The sheet as a Compose service, with ``$`` doubled."""
    refuse_object_name(sheet.name, "compose")
    lines = [f"# {line}" for line in sheet.heading]
    lines += ["services:", f"  {quoted(sheet.name)}:", "    environment:" + ("" if sheet.variables else " {}")]
    lines += [f"      {quoted(name)}: {_value(name, value)}" for name, value in sheet.variables.items()]
    return "\n".join(lines) + "\n"


def _value(name: str, value: str) -> str:
    refuse_nul(name, value, "compose")
    refuse_broken_text(name, value, "compose")
    if any(letter in value for letter in "\x85\u2028\u2029"):
        raise unwritable(name, "compose", "`compose config` turns Unicode's line ends into line breaks")
    return quoted(value.replace("$", "$$"))  # Compose expands variables after it has parsed the YAML
