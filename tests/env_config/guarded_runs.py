"""Guarded processes for the tests of the guards: one client of ours, or a piece of code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_NOT_OURS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")

_PREAMBLE = """
import json, os, socket, sys
from env_config.errors import Refusal
from tests.env_config.books import corpus_book
from tests.env_config.guarded_client import attempt, guard
def out(value):
    print(json.dumps(value))
"""


def run_client(
    name: str, *places: tuple[str, int], environ: dict[str, str] | None = None, flags: tuple[str, ...] = ()
) -> list[Any]:
    """Let one client try one place after the other; what came of each."""
    flat = [str(part) for place in places for part in place]
    return _run(["-m", "tests.env_config.guarded_client", name, *flags, *flat], environ)


def run_code(code: str, *arguments: object, environ: dict[str, str] | None = None) -> list[Any]:
    """Run code with ``guard``, ``attempt`` and ``out`` at hand; what it gave to ``out``."""
    return _run(["-c", _PREAMBLE + textwrap.dedent(code), *map(str, arguments)], environ)


def _run(arguments: list[str], environ: dict[str, str] | None) -> list[Any]:
    plain = {key: value for key, value in os.environ.items() if key not in _NOT_OURS and not key.startswith("PG")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**plain, "PYTHONPATH": str(ROOT), **(environ or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
