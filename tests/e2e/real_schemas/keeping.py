"""What these tests fetch is kept in a folder outside the checkout, so that a machine fetches it once."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

COMPLETE = ".complete"


class Unreachable(Exception):
    """What a test needs could not be fetched; its text is the last line that the fetching program said."""


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder called `name`, made by the first process that asks; a half-made one is made again.

    Args:
        name: tells apart what was made from different pins.
        make: fills the empty folder it is given.
    """
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "understudy-tests"
    folder = root / name
    root.mkdir(parents=True, exist_ok=True)
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / COMPLETE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / COMPLETE).touch()
    return folder


def fetch(command: Sequence[str | Path], *, folder: Path) -> None:
    """Runs a program that reaches a registry.

    Raises:
        Unreachable: the program is not there, failed, or took more than ten minutes.
    """
    program = Path(command[0]).name
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise Unreachable(f"{program}: {error}") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
        raise Unreachable(f"{program}: {said[-1][:300]}")
