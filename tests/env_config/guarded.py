"""A program that runs a command under the process guard with the borough's book.

::

python -m tests.env_config.guarded '{"mode": "enforce", "via": "seccomp"}' COMMAND [ARGUMENT ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from env_config.guards.processes import exit_like, run_guarded
from env_config.policy import Policy

from .books import corpus_book

ROOT = Path(__file__).parents[2]


def command(argv: Sequence[str], **settings: object) -> list[str]:
    """The command that runs another under the guard.

    Args:
        argv: what to run.
        settings: ``mode``, ``via``, ``hermetic``, and ``environment`` whose book judges.
    """
    return [sys.executable, "-m", __name__, json.dumps(settings), *argv]


def run(
    argv: Sequence[str], environ: Mapping[str, str] | None = None, **settings: object
) -> subprocess.CompletedProcess[str]:
    """Run a command under the guard to its end."""
    return subprocess.run(
        command(argv, **settings), cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False
    )


def main(settings: Mapping[str, object], argv: Sequence[str]) -> int:
    """Run it with the settings."""
    policy = Policy(corpus_book(str(settings.get("environment", "staging"))), hermetic=bool(settings.get("hermetic")))
    return run_guarded(argv, policy, mode=str(settings.get("mode", "enforce")), via=str(settings.get("via", "auto")))


if __name__ == "__main__":
    exit_like(main(json.loads(sys.argv[1]), sys.argv[2:]))
