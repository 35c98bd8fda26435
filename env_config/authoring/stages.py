"""Which environments a name speaks of, told by whole words: ``pre-production`` is not ``production``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

Words = tuple[str, ...]
_NEGATIONS = frozenset({"pre", "non", "not", "no", "un"})
_PLAIN = frozenset(
    {"demo", "dev", "development", "live", "local", "main", "release", "stage", "test", "testing", "training"}
)
"""Names of environments that are plain words as well: they count where a stage stands, not inside any phrase."""
_PRODUCTION = frozenset({"production", "prod", "prd", "live"})


def words(text: str) -> Words:
    """The words of a name, in lower case."""
    return tuple(re.findall(r"[a-z0-9]+", text.lower()))


def contains(outer: Words, inner: Words) -> bool:
    """Whether one sequence of whole words stands within another."""
    if not inner:
        return False
    return any(outer[start : start + len(inner)] == inner for start in range(len(outer) - len(inner) + 1))


def sounds_like_production(name: str) -> bool:
    """Whether people would take an environment of this name for production."""
    found = words(name)
    return bool(found) and found[-1] in _PRODUCTION and not _NEGATIONS.intersection(found)


class Stages:
    """Finds the environments of a book in names.

    Args:
        names: canonical environment to its aliases.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._all = {words(alias): name for name, aliases in names.items() for alias in aliases}
        self._all |= {words(name): name for name in names}
        self._longest = max((len(spelled) for spelled in self._all), default=0)
        self._whole: dict[str, str | None] = {}
        self._within: dict[tuple[str, bool], set[str]] = {}
        self._of_path: dict[str, frozenset[str]] = {}

    def whole(self, segment: str) -> str | None:
        """The environment that a whole segment or label names."""
        if segment not in self._whole:
            self._whole[segment] = self._all.get(words(segment))
        return self._whole[segment]

    def within(self, text: str) -> set[str]:
        """The environments that a name carries; a plain word counts as the last one only."""
        return self._inside(text, plain=True)

    def of_path(self, path: str) -> frozenset[str]:
        """The environments that a parameter's path names.

        A whole segment says it, and so does a distinctive name anywhere (``/service-staging/database/url``). A plain word
        counts as the last one of a segment, and only where no whole segment says a stage: ``/service/staging/go-live``.
        """
        if path not in self._of_path:
            self._of_path[path] = frozenset(self._read_path(path))
        return self._of_path[path]

    def _read_path(self, path: str) -> set[str]:
        segments = [segment for segment in re.split(r"[/:]", path) if segment]
        found = {name for segment in segments if (name := self.whole(segment)) is not None}
        plain = not found
        for segment in segments:
            if self.whole(segment) is None:
                found |= self._inside(segment, plain=plain)
        return found

    def _inside(self, segment: str, *, plain: bool) -> set[str]:
        if (segment, plain) not in self._within:
            spelled = words(segment)
            self._within[segment, plain] = {
                name
                for name, run, end in self._runs(spelled)
                if not _PLAIN.issuperset(run) or (plain and end == len(spelled))
            }
        return self._within[segment, plain]

    def _runs(self, spelled: Words) -> Iterator[tuple[str, Words, int]]:
        """The longest matches from left to right: whose name, its words, and where the next word begins."""
        start = 0
        while start < len(spelled):
            for size in range(min(self._longest, len(spelled) - start), 0, -1):
                run = spelled[start : start + size]
                if run in self._all and not (start and spelled[start - 1] in _NEGATIONS):
                    yield self._all[run], run, start + size
                    start += size - 1
                    break
            start += 1
