"""The command ``understudy``, in this process and in one of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seeds.cli import main

ROOT = Path(__file__).parents[2]
ENTRY = [sys.executable, "-c", "from seeds.cli import main; main()"]


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed on stdout, as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The refusal on stderr, as JSON."""
        found: dict[str, str] = json.loads(self.err)["error"]
        return found


class CommandLine:
    """Runs commands as if they had been typed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Finished:
        """Run one command in this process; a traceback is an error of the test."""
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["understudy", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
            raise SystemExit(0)
        captured = self._capsys.readouterr()
        return Finished(_number(ended.value.code), captured.out, captured.err)


def _number(code: object) -> int:
    return code if isinstance(code, int) else int(code is not None)


def start(*arguments: object) -> subprocess.Popen[str]:
    """Begin a command in a process of its own."""
    return subprocess.Popen(
        [*ENTRY, *map(str, arguments)], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[str]) -> Finished:
    """Wait for a command to end."""
    out, err = process.communicate(timeout=240)
    return Finished(process.returncode, out, err)


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something to be seen while a command is at work."""
    limit = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.002)
