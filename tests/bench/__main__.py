"""``python -m tests.bench [generation|loading|resources|addresses|filling]``: run, show and keep the benchmarks."""

from __future__ import annotations

import sys
from pathlib import Path

from . import addresses, filling, generation, loading, resources
from .measure import publish

GROUPS = {
    "generation": generation.measures,
    "loading": loading.measures,
    "resources": resources.measures,
    "addresses": addresses.measures,
    "filling": filling.measures,
}


def main(names: list[str]) -> None:
    """Run the named groups, or all of them."""
    unknown = sorted(set(names) - set(GROUPS))
    if unknown:
        sys.exit(f"unknown group {', '.join(unknown)}; known: {', '.join(GROUPS)}")
    measures = [measure for name, run in GROUPS.items() if not names or name in names for measure in run()]
    publish(measures, Path("build", "bench.json"))


if __name__ == "__main__":
    main(sys.argv[1:])
