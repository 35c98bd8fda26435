"""One file as the rules see it: its values, and the stage that each belongs to."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from .addresses import Piece, pieces
from .formats import PROSE, SETTINGS, format_of, is_sample
from .judging import Judge
from .model import Format, Literal
from .stages import MIXED, PRODUCTION

_CI = re.compile(
    r"(?:^|/)(?:\.github/(?:workflows|actions)/|\.circleci/|\.gitlab-ci|azure-pipelines|bitbucket-pipelines|\.buildkite/)"
)
_KUBERNETES = re.compile(r"^(?:apiVersion|kind):\s*\S", re.MULTILINE)
_RECORDINGS = re.compile(
    r"(?i)(?:^|/)(?:vcr_)?cassettes?/|(?:^|/)(?:__)?recordings?(?:__)?/|(?:^|/)(?:vcr|betamax|polly)/|\.har$"
)
_RECORDED = re.compile(r"^(?:http_)?interactions:\s*$|^recorded_with:|\"(?:http_)?interactions\"\s*:", re.MULTILINE)
_DECLARING = frozenset(
    {"environment", "context", "deployment", "stage", "namespace", "aws-account", "environment_name"}
)


_PORT = re.compile(r"\d{2,5}")


def _common_length(first: str, second: str) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


@dataclass(frozen=True, slots=True)
class Context:
    """Whose value this is.

    Attributes:
        stage: None stands for every developer's machine.
        explicit: a path or a key says so.
        soft: something around it speaks of production as well, so that a finding is worth a look rather than a refusal.
    """

    stage: str | None = None
    explicit: bool = False
    soft: bool = False


class Sheet:
    """One file.

    Args:
        path: with ``/``, relative to what is scanned.
        text: its whole text.
        judge: of the scan.
        default_stage: the stage of files that say nothing of one.
    """

    def __init__(self, path: str, text: str, judge: Judge, default_stage: str | None = None) -> None:
        self.path = path
        self.text = text
        self.judge = judge
        self.format: Format = format_of(path, text[:200])
        self.sample = is_sample(path)
        self.is_own = False
        self._default = default_stage
        self._contexts: dict[tuple[str, ...], Context] = {}

    @cached_property
    def literals(self) -> list[Literal]:
        return self.format.literals(self.text)

    def set_apart(self) -> None:
        """Treat it as prose, in which only credentials are looked for: it is one of the library's own files."""
        self.is_own = True
        self.format = PROSE
        self.__dict__.pop("literals", None)

    @property
    def for_credentials_only(self) -> bool:
        """No addresses are looked for, because the library has no reader for files of this kind."""
        return self.format is PROSE and not self.is_own

    @cached_property
    def addressed(self) -> list[tuple[Literal, tuple[Piece, ...]]]:
        """Values in which something address-like was found."""
        found = ((literal, tuple(pieces(literal.value, literal.name))) for literal in self.literals)
        return [(literal, inside) for literal, inside in found if inside]

    @cached_property
    def by_parent(self) -> dict[tuple[str, ...], list[Literal]]:
        """Values that stand beside each other."""
        found: dict[tuple[str, ...], list[Literal]] = {}
        for literal in self.literals:
            found.setdefault(literal.keys[:-1], []).append(literal)
        return found

    def port_beside(self, literal: Literal) -> int | None:
        """The port that a sibling gives: ``redshift_port`` beside ``redshift_public_ips``."""
        keys = literal.keys
        while keys and keys[-1].startswith("["):
            keys = keys[:-1]
        own = keys[-1].lower() if keys else ""
        best, port = 0, None
        for other in self.by_parent.get(keys[:-1], ()):
            name = other.name.lower()
            if name.endswith("port") and _PORT.fullmatch(other.value.strip()):
                shared = _common_length(name, own)
                if shared > best or (name == "port" and not best):
                    best, port = shared, int(other.value)
        return port

    @cached_property
    def stage(self) -> str | None:
        """The stage of the path."""
        stage = self.judge.stages.path(self.path, source=self.format.program and self.format is not PROSE)
        return None if stage == MIXED else stage

    @property
    def production(self) -> bool:
        return self.judge.stages.is_production(self.stage or self._default)

    @cached_property
    def is_ci(self) -> bool:
        return _CI.search(self.path) is not None

    @cached_property
    def is_recording(self) -> bool:
        """It replays answers that a server once gave."""
        if _RECORDINGS.search(self.path):
            return True
        return self.format.name in ("yaml", "json") and _RECORDED.search(self.text[:20_000]) is not None

    @property
    def is_dotenv(self) -> bool:
        return self.format is SETTINGS and ".env" in self.path.rpartition("/")[2]

    # ---------------------------------------------------------------------------------------------------------- context

    def context(self, literal: Literal) -> Context:
        """The stage that a value belongs to: of its innermost key, else of the file, else every developer's machine."""
        context = self._contexts.get(literal.keys)
        if context is None:
            context = self._contexts[literal.keys] = self._context(literal.keys)
        return Context(PRODUCTION, True) if literal.guarded else context

    def _context(self, keys: tuple[str, ...]) -> Context:
        stages = self.judge.stages
        soft = False
        for depth in range(len(keys), 0, -1):
            declared = self._declared.get(keys[: depth - 1]) if self._declared else None
            key = keys[depth - 1]
            if key.startswith("["):
                stage = None
            elif (stage := stages.named(key)) is None and len(key) < 80:
                spoken = stages.label(key, anywhere=False, camel=True)
                leaf = not any(not other.startswith("[") for other in keys[depth:])
                speaks_of_production = spoken == MIXED or stages.is_production(spoken)
                if speaks_of_production and leaf and self._is_map_of_stages(keys[: depth - 1]):
                    return Context(spoken, True, soft)
                if speaks_of_production and (leaf or self.stage is not None or spoken == MIXED):
                    soft = True
                elif self.stage is None:
                    stage = spoken
            if stage is not None and stage != MIXED:
                return Context(stage, True, soft)
            if declared is not None:
                return Context(declared, True, soft)
        stage = self.stage or self._default
        return Context(stage, stage is not None, soft)

    def _is_map_of_stages(self, parent: tuple[str, ...]) -> bool:
        """Beside ``mosaic-prod:`` stands ``staging:`` or ``mosaic-staging:``; variables side by side are no such map."""
        if (
            self.format.name not in ("yaml", "json", "hcl")
            or not parent
            or parent[-1].lower() in ("environment", "env", "data", "variables")
        ):
            return False
        stages = self.judge.stages
        names = {other.name for other in self.by_parent.get(parent, ())}
        labels = [stages.label(name, anywhere=False, camel=True) for name in names]
        return len(labels) > 1 and None not in labels and not all(map(stages.is_production, labels))

    @cached_property
    def _declared(self) -> dict[tuple[str, ...], str]:
        """Maps whose sibling says which stage they are: ``environment:`` of a job, ``namespace:`` of a manifest.

        Only where a platform acts on that word. A developer's own ``ENVIRONMENT=production`` excuses nothing.
        """
        kubernetes = self.format.name == "yaml" and _KUBERNETES.search(self.text) is not None
        if not (self.is_ci or kubernetes):
            return {}
        found: dict[tuple[str, ...], str] = {}
        for literal in self.literals:
            keys = (
                literal.keys[:-1]
                if literal.name == "name" and literal.keys[-2:-1] == ("environment",)
                else literal.keys
            )
            if not keys or keys[-1] not in _DECLARING or len(literal.value) > 80:
                continue
            parent = keys[:-1]
            if kubernetes and parent[-1:] == ("metadata",):
                parent = parent[:-1]
            stage = self.judge.stages.label(literal.value, anywhere=True)
            if stage is not None and stage != MIXED:
                found[parent] = stage
        return found

    # --------------------------------------------------------------------------------------------------------- position

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @property
    def lines(self) -> int:
        return self.text.count("\n") + (not self.text.endswith("\n") and bool(self.text))

    def position(self, at: int) -> tuple[int, int]:
        """Line and column, both from 1."""
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def line_at(self, at: int) -> str:
        """The text of the line around a place, cut where it is very long."""
        start = max(self.text.rfind("\n", 0, at) + 1, at - 500)
        end = self.text.find("\n", at)
        return self.text[start : min(len(self.text) if end < 0 else end, at + 500)]
