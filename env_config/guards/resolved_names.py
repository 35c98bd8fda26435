"""By which name this process came to an address: a refusal shows what the caller wrote, not where it turned out to lead."""

from __future__ import annotations

from collections.abc import Iterable

from .. import canonical
from ..errors import Refusal

LIMIT = 4_096


class ResolvedNames:
    """The names that were resolved last, by the addresses that were answered."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def remember(self, name: str, addresses: Iterable[str]) -> None:
        """A resolver's answer. A number that was "resolved" is what the caller wrote, so nothing is kept of it."""
        if not name or _numbers(name):
            return
        for address in addresses:
            if len(self._names) >= LIMIT:
                self._names.clear()
            self._names[_plain(address)] = name

    def remember_rows(self, name: str, rows: Iterable[tuple[object, ...]]) -> None:
        """What ``getaddrinfo`` answered."""
        places = (row[4] for row in rows)
        self.remember(name, [str(place[0]) for place in places if isinstance(place, tuple)])

    def shown(self, target: str) -> str:
        """A target, or several with commas between, with the names that its numbers came from."""
        return ", ".join(map(self._shown, target.split(", ")))

    def _shown(self, target: str) -> str:
        if target.startswith("["):
            host, _, port = target[1:].partition("]")
            port = port.lstrip(":")
        else:
            host, _, port = target.partition(":") if target.count(":") == 1 else (target, "", "")
        name = self._name_of(host)
        return target if name is None else f"{name}:{port}" if port else name

    def _name_of(self, host: str) -> str | None:
        for address in (_plain(host), *_numbers(host)):
            if address in self._names:
                return self._names[address]
        return None


def _plain(address: str) -> str:
    address = address.partition("%")[0].lower()
    return address.removeprefix("::ffff:") if "." in address else address


def _numbers(text: str) -> tuple[str, ...]:
    try:
        return canonical.parse_host(text.partition("%")[0] if ":" in text else text).addresses
    except Refusal:
        return ()


NAMES = ResolvedNames()
"""The process's one."""
