"""The processes below a process, from ``/proc``."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path


def descendants_of(process: int) -> set[int]:
    """All processes below one, at this moment."""
    children = defaultdict(set)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # The name in brackets may hold anything; the parent is the second field behind it.
                after = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
                children[int(after[1])].add(int(folder.name))
    found: set[int] = set()
    waiting = {process}
    while waiting:
        below = set().union(*(children[parent] for parent in waiting)) - found
        found |= below
        waiting = below
    return found


def end_all(spared: set[int]) -> None:
    """Kill everything below this process, but what was there before; again, until nothing new appears."""
    while left := descendants_of(os.getpid()) - spared:
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for process in left:
            with suppress(ChildProcessError):
                os.waitpid(process, 0)
