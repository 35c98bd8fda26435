"""What tests tried to reach, and what was said to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """One test's wish: where, and the code that the policy answered (``OK``: allowed)."""

    target: str
    code: str
    test: str


class Attempts:
    """All of a run's attempts, each once."""

    def __init__(self) -> None:
        self._seen: set[Attempt] = set()

    def add(self, target: str, code: str, test: str) -> None:
        self._seen.add(Attempt(target, code, test))

    def rows(self) -> list[list[str]]:
        """As plain values, for another process to take over."""
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
