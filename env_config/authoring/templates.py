"""Names with parts in braces: ``{service}.{environment}.internal.example``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PART = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template became.

    Attributes:
        text: with every known part replaced.
        emptied: parts whose value is empty, so that the name lost a piece without showing it.
        unknown: parts that nothing gives a value.
        broken: a brace stands alone.
    """

    text: str
    emptied: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    broken: bool = False

    @property
    def sound(self) -> bool:
        return not (self.unknown or self.broken)


def parts(template: str) -> tuple[str, ...]:
    """The names in braces, in order."""
    return tuple(_PART.findall(template))


def render(template: str, values: Mapping[str, str]) -> Rendered:
    """Put values into a template."""
    if "{" not in template and "}" not in template:
        return Rendered(template)
    used = dict.fromkeys(parts(template))
    unknown = tuple(name for name in used if name not in values)
    emptied = tuple(name for name in used if name in values and not values[name].strip())
    text = _PART.sub(lambda found: values.get(found.group(1), ""), template)
    return Rendered(text, emptied, unknown, bool(re.search(r"[{}]", text)))


def matcher(template: str, values: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern for everything a template can become once ``values`` are put in; other parts match one label."""
    pieces = _PART.split(template)
    written = [
        re.escape(piece) if number % 2 == 0 else re.escape(values[piece]) if piece in values else r"[a-z0-9_-]+"
        for number, piece in enumerate(pieces)
    ]
    return re.compile("".join(written), re.IGNORECASE)
