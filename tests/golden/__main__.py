"""Regenerates the committed digests: ``python -m tests.golden``.

Values that changed need a new version of their generator (or dataset) and a line in ``CHANGELOG.md``; without, the
command refuses. ``--unreleased`` writes all the same: only right while nobody can have the old values.
"""

from __future__ import annotations

import json
import sys

from tests.golden.cases import FILE, golden_now, unversioned


def main(arguments: list[str]) -> int:
    """Write the digests, or say what keeps them from being written."""
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    after = golden_now()
    silent = unversioned(before, after)
    if silent and "--unreleased" not in arguments:
        print("these changed under the same version:", *silent, sep="\n  ", file=sys.stderr)
        print("\nhint: raise the version, and add a line to CHANGELOG.md", file=sys.stderr)
        return 1
    FILE.write_text(json.dumps(after, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
