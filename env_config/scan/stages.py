"""The stage that a name speaks of: whole tokens only, the longest match first.

``pre-production`` is found before ``production``, ``product`` and ``reproduce`` are ordinary words, and ``live`` counts only
where nothing else can be meant, because it is also an adjective.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PRODUCTION = "production"
MIXED = "mixed"
"""A name that speaks of production and of another stage: ``prod-to-pre-prod-sync``."""

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    PRODUCTION: ("production", "prod", "prd"),
    "pre-production": ("pre-production", "preproduction", "pre-prod", "preprod", "pre-prd", "preprd"),
    "non-production": (
        "non-production",
        "nonproduction",
        "non-prod",
        "nonprod",
        "not-production",
        "non-live",
        "nonlive",
    ),
    "staging": ("staging", "stg", "stage", "uat"),
    "development": ("development", "dev", "develop"),
    "test": ("test", "testing", "qa"),
    "local": ("local", "localdev", "local-development", "development-local", "localhost"),
    "sandbox": ("sandbox", "demo", "preview", "training"),
}
_WEAK = frozenset({"live"})
"""Words that mean production only as a whole label, or as its last word."""
_EXTERNAL_AXIS = frozenset({"test", "testing", "tests", "stage", "local", "preview", "training", "demo", "integration"})
"""Words that are too ordinary for a folder's name to say anything about a stage."""

_SEPARATORS = re.compile(r"[^0-9a-z]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_COUNTERS = re.compile(r"\d+[a-z]?|[a-d]|blue|green|primary|replica|eu|us|west|east|central|north|south")


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def tokens(text: str, *, camel: bool = False) -> tuple[str, ...]:
    """The words of a name in lower case; ``camel`` also splits ``apiUrlProduction``."""
    if camel:
        text = _CAMEL.sub("-", text)
    return tuple(word for word in _SEPARATORS.split(text.lower()) if word)


@dataclass(frozen=True, slots=True)
class Match:
    """A stage found in a name: which, and the words it takes."""

    stage: str
    start: int
    end: int
    weak: bool = False


class Stages:
    """The stages known: the usual spellings, and those of a book.

    Args:
        spellings: stage by its own name to its aliases; joins the usual ones.
        protected: the stages that are production.
    """

    __slots__ = ("_longest", "_words", "production")

    def __init__(self, spellings: Mapping[str, Iterable[str]] | None = None, protected: Iterable[str] = ()) -> None:
        self.production = frozenset({PRODUCTION, *protected})
        self._words: dict[tuple[str, ...], str] = {}
        for source in (_SPELLINGS, spellings or {}):
            for stage, names in source.items():
                for name in (stage, *names):
                    self._words.setdefault(tokens(name), stage)
        for word in _WEAK:
            self._words.setdefault((word,), PRODUCTION)
        self._longest = max(len(words) for words in self._words)

    def is_production(self, stage: str | None) -> bool:
        return stage in self.production

    @property
    def names(self) -> tuple[str, ...]:
        """Every stage by its own name."""
        return tuple(dict.fromkeys(self._words.values()))

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every stage in every way it can be written."""
        return tuple("-".join(words) for words in self._words)

    def named(self, text: str) -> str | None:
        """The stage that this text is the name of, or None: ``"Staging"`` yes, ``"staging database"`` no."""
        return self._words.get(tokens(text.strip())) if len(text) < 40 else None

    def matches(self, words: tuple[str, ...]) -> list[Match]:
        """Every stage in a sequence of words, longest match first, from left to right."""
        found = []
        at = 0
        while at < len(words):
            match = self._match(words, at)
            if match is not None:
                found.append(match)
            at = at + 1 if match is None else match.end
        return found

    def _match(self, words: tuple[str, ...], at: int) -> Match | None:
        for length in range(min(self._longest, len(words) - at), 0, -1):
            window = words[at : at + length]
            stage = self._words.get(window) or self._words.get((*window[:-1], window[-1].rstrip("0123456789")))
            if stage is not None:
                return Match(stage, at, at + length, weak=window[0] in _WEAK)
        return None

    def label(self, text: str, *, anywhere: bool = True, camel: bool = False) -> str | None:
        """The stage that one label, segment or key speaks of.

        Args:
            text: such as ``prod-db``, ``lbh-documents-production`` or ``deploy-to-staging``.
            anywhere: also in the middle; else only as its first or last words.
            camel: split words at capitals.

        Returns:
            A stage, :data:`MIXED` if it speaks of production and another, or None.
        """
        words = tokens(text, camel=camel)
        while len(words) > 1 and _COUNTERS.fullmatch(words[-1]):
            words = words[:-1]
        found = [match.stage for match in self.matches(words) if _counts(match, len(words), anywhere)]
        return self.agreed(found)

    def agreed(self, found: Iterable[str]) -> str | None:
        """One stage out of several: the only one, :data:`MIXED` if production is among others, else the last."""
        stages = list(dict.fromkeys(found))
        if len(stages) > 1 and any(self.is_production(stage) for stage in stages):
            return MIXED
        return stages[-1] if stages else None

    def path(self, path: str, *, source: bool = False) -> str | None:
        """The stage of a file's path: the file's own name first, then the innermost folder.

        Args:
            path: with ``/`` between segments.
            source: it is program text, where ``production_orders.py`` is no stage, and ``live`` is a subject.
        """
        *folders, name = path.split("/")
        labels = [label for label in name.split(".") if label]
        for label in reversed(labels):
            stage = self._file_label(label, source=source, whole=len(labels) > 2)
            if stage is not None:
                return stage
        for folder in reversed(folders):
            stage = self._folder(folder, source=source)
            if stage is not None:
                return stage
        return None

    def _file_label(self, label: str, *, source: bool, whole: bool) -> str | None:
        words = tokens(label, camel=True)
        found = [match for match in self.matches(words) if _counts(match, len(words), anywhere=False)]
        if source:
            found = [match for match in found if match.end == len(words)]
            if (
                len(words) > 1 or not whole
            ):  # test_x.py, urls.local.ts: only production's own files matter in program text
                found = [match for match in found if self.is_production(match.stage) and not match.weak]
        return self.agreed(match.stage for match in found)

    def _folder(self, folder: str, *, source: bool) -> str | None:
        words = tokens(folder)
        if len(words) == 1 and words[0] in _EXTERNAL_AXIS:
            return None
        found = [match for match in self.matches(words) if _counts(match, len(words), anywhere=False)]
        if source:
            found = [match for match in found if (match.start, match.end) == (0, len(words)) and not match.weak]
        return self.agreed(match.stage for match in found)


def _counts(match: Match, size: int, anywhere: bool) -> bool:
    if match.weak:
        return match.end == size
    return anywhere or match.start == 0 or match.end == size
