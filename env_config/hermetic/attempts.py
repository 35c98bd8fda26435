"""What tests tried to reach, and what was said to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """One test's wish: where, and the code that the policy answered (``OK``: allowed)."""

    target: str
    code: str
    test: str


class Attempts:
    """All of a run's attempts, each once.

    Args:
        notes: a file that children of the run write theirs into; without one they are lost with the child.
        owner: the process that keeps the attempts; others write them down. This process by default.
    """

    def __init__(self, notes: str = "", owner: int | None = None) -> None:
        self._seen: set[Attempt] = set()
        self.notes = notes
        self._owner = os.getpid() if owner is None else owner

    def add(self, target: str, code: str, test: str) -> None:
        attempt = Attempt(target, code, test)
        if attempt in self._seen:
            return
        self._seen.add(attempt)
        if self.notes and os.getpid() != self._owner:
            self._write(attempt)

    def collect(self) -> None:
        """Take over what children wrote down."""
        if self.notes:
            with suppress(OSError):
                self.take(json.loads(line) for line in Path(self.notes).read_text(encoding="utf-8").splitlines())

    def forget_notes(self) -> None:
        """The run is over: take what is there, and let nobody write any more."""
        self.collect()
        if self.notes and os.getpid() == self._owner:
            Path(self.notes).unlink(missing_ok=True)
            self.notes = ""

    def _write(self, attempt: Attempt) -> None:
        """One line at once, so that children do not write into each other's; a run that is over takes no more."""
        line = json.dumps([attempt.target, attempt.code, attempt.test]) + "\n"
        with suppress(OSError):
            descriptor = os.open(self.notes, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)

    def rows(self) -> list[list[str]]:
        """As plain values, for another process to take over."""
        self.collect()
        return [[one.target, one.code, one.test] for one in sorted(self._seen)]

    def take(self, rows: Iterable[Iterable[str]]) -> None:
        """Take over what another process noted."""
        self._seen.update(Attempt(*row) for row in rows)

    def refused(self) -> list[Attempt]:
        return sorted(one for one in self._seen if one.code != "OK")

    def lines(self, *, verbose: bool = False) -> Iterator[str]:
        """A report: every target with what happened; what was allowed is summed up unless verbose."""
        for (target, code), tests in sorted(self._grouped(verbose=verbose).items()):
            names = sorted(tests)
            shown = f"{len(names)} tests" if code == "OK" and len(names) > 1 else ", ".join(names[:3])
            more = f" and {len(names) - 3} more" if code != "OK" and len(names) > 3 else ""
            yield f"{'allowed' if code == 'OK' else f'refused ({code})':24} {target}  {shown}{more}"

    def _grouped(self, *, verbose: bool) -> dict[tuple[str, str], set[str]]:
        groups: dict[tuple[str, str], set[str]] = {}
        for one in self._seen:
            target = _kind_of(one.target) if one.code == "OK" and not verbose else one.target
            groups.setdefault((target, one.code), set()).add(one.test)
        return groups


def _kind_of(target: str) -> str:
    """Ports of one host, and unix sockets, are many and say little."""
    if target.startswith(("/", "@")):
        return "unix sockets"
    host, colon, port = target.rpartition(":")
    return f"{host}:*" if colon and port.isdigit() else target
