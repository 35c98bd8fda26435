"""Draws from every provider that may be used, as a program, so that a test can run it under another clock and hash seed.

``python -m tests.generators.pool_probe DAYS`` prints the values as JSON, with the clock moved on by so many days.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date, datetime, timedelta, tzinfo

from generators.providers.pool_sources import SOURCES
from generators.providers.pools import provider_names

DRAWS = 30

# These need arguments that a file can give; every other provider makes values by itself.
NEED_ARGUMENTS = {"mimesis.choice.choice": {"items": ["a", "b"]}}


def move_clock(days: int) -> None:
    """Let both libraries see a later day, through every way in which they ask for it."""
    real, plain = datetime, date

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return real.now(tz) + timedelta(days=days)

    class LaterDay(date):
        @classmethod
        def today(cls) -> date:  # type: ignore[override]
            return plain.today() + timedelta(days=days)

    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("faker", "mimesis"):
            for key, value in list(vars(module).items()):
                if value is real or value is plain:
                    setattr(module, key, Later if value is real else LaterDay)
    clock = time.time
    time.time = lambda: clock() + 86_400 * days


def draws() -> dict[str, list[str]]:
    """Some values of each provider, as text."""
    found = {}
    for library, locale in (("faker", "en_GB"), ("mimesis", "en-gb")):
        for name in provider_names(library):
            full = f"{library}.{name}"
            _, call = SOURCES[library].open(name, locale, NEED_ARGUMENTS.get(full, {}), 12345)
            made = [call() for _ in range(DRAWS)]
            found[full] = [f"{type(value).__name__} {value!r}" for value in made]
    return found


if __name__ == "__main__":
    for source in SOURCES.values():
        source.names()
    move_clock(int(sys.argv[1]))
    json.dump(draws(), sys.stdout)
