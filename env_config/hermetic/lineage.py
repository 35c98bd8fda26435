"""Which processes belong to a test run: itself, its descendants, and daemons that its descendants left behind.

A daemon has no parent to be known by, but it inherited its environment: the run puts a mark there that names the run's
first process. A mark whose process is no ancestor is somebody else's, or was left in a terminal, and is replaced.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path

from .listeners import KNOWN, Listener, listeners

VARIABLE = "ENV_CONFIG_TEST_RUN"
_PROC = Path("/proc")


class Lineage:
    """The processes of one test run, and the ports on loopback that they opened.

    Args:
        environ: this process's variables; the run's mark is put there for children to inherit.
        mark: of a run that this process is known to belong to, whoever is its parent by now.

    Attributes:
        opened: the ports that were declared as the run's.
        mark: names the run's first process.
    """

    def __init__(self, environ: MutableMapping[str, str], mark: str = "") -> None:
        self.opened: set[int] = set()
        if not mark:
            mark = environ.get(VARIABLE, "")
            if not _is_ancestor(mark):
                mark = _mark_of(os.getpid())
        self.mark = environ[VARIABLE] = mark
        self._root = int(mark.partition(":")[0])
        self._known: set[tuple[int, int]] = set()

    def opened_port(self, host: str, port: int) -> bool:
        """Whether this run opened a loopback port, or nobody did: then connecting fails by itself.

        Where the system does not tell who listens, every port counts as opened.
        """
        if port in self.opened or not KNOWN:
            return True
        return all(self._is_ours(port, one) for one in listeners(host, port))

    def ancestor_opened(self, host: str, port: int) -> bool:
        """Whether a process above this run opened the port: an editor, a debug adapter."""
        above = set(_ancestors(self._root))
        return all(any(_holds(pid, one.inode) for pid in above) for one in listeners(host, port))

    def _is_ours(self, port: int, listener: Listener) -> bool:
        key = port, listener.inode
        if key in self._known:
            return True
        found = _holds(os.getpid(), listener.inode) or any(_holds(pid, listener.inode) for pid in self._members())
        if found:
            self._known.add(key)
        return found

    def _members(self) -> Iterator[int]:
        parents = {pid: _parent(pid) for pid in _processes()}
        for pid in parents:
            if self._descends(pid, parents) or self._is_marked(pid):
                yield pid

    def _descends(self, pid: int, parents: dict[int, int]) -> bool:
        while pid > 1:
            if pid == self._root:
                return True
            pid = parents.get(pid, 0)
        return False

    def _is_marked(self, pid: int) -> bool:
        try:
            variables = (_PROC / str(pid) / "environ").read_bytes()
        except OSError:  # gone, or another user's
            return False
        return f"{VARIABLE}={self.mark}".encode() in variables.split(b"\0")


def _processes() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()] if KNOWN else []


def _stat(pid: int) -> list[str]:
    """The columns of a process after its name, which may hold blanks and brackets."""
    try:
        return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    columns = _stat(pid)
    return int(columns[1]) if columns else 0


def _ancestors(pid: int) -> Iterator[int]:
    """The processes above, but for the first of the machine."""
    pid = _parent(pid)
    while pid > 1:
        yield pid
        pid = _parent(pid)


def _mark_of(pid: int) -> str:
    """The process's number and the time it started, so that a number given out again is not taken for it."""
    columns = _stat(pid)
    return f"{pid}:{columns[19] if columns else 0}"


def _is_ancestor(mark: str) -> bool:
    number = mark.partition(":")[0]
    if not number.isdigit():
        return False
    pid = int(number)
    return mark == _mark_of(pid) and pid in {os.getpid(), *_ancestors(os.getpid())}


def _holds(pid: int, inode: int) -> bool:
    wanted = f"socket:[{inode}]"
    with suppress(OSError):
        for descriptor in (_PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()) == wanted:
                    return True
    return False
