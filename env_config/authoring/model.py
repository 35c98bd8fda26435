"""A book's source as the proof sees it: every place, resource and secret of every environment, with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..book.model import EnvironmentRules, Service
from ..canonical.target import Resource


@dataclass(frozen=True, slots=True)
class Place:
    """An address that an environment names.

    Attributes:
        environment: whose.
        service: of the book; empty for places that belong to the environment as a whole.
        host: canonical.
        port: None for every port.
        addresses: IP addresses written in the book, or that the host itself is.
        line: of the source.
        role: ``host``, ``member`` (of a cluster), ``only`` (of the environment), ``common`` (of all protected ones) or
            ``tunnel`` (on loopback).
        shared: declared as the same in several environments.
    """

    environment: str
    service: str
    host: str
    port: int | None
    addresses: tuple[str, ...]
    line: int
    role: str = "host"
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that an environment claims for itself, such as a network or an account.

    ``common`` ones belong to all protected environments together.
    """

    environment: str
    text: str
    line: int
    common: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedResource:
    """A cloud resource that an environment names; ``shared`` if its service is."""

    environment: str
    resource: Resource
    line: int
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One service in one environment, with the lines that the proof blames.

    Attributes:
        service: as it will be compiled, without the addresses that DNS gives.
        emptied: template variables that were empty when its host was rendered.
        lines: of ``host``, ``secret``, ``path`` and ``identity``.
    """

    environment: str
    service: Service
    line: int
    emptied: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        return self.lines.get(key) or self.line


@dataclass(frozen=True, slots=True)
class EnvironmentSource:
    """One environment: its rules as compiled, and what belongs to it alone."""

    rules: EnvironmentRules
    line: int
    guards: dict[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.rules.name

    @property
    def protected(self) -> bool:
        return self.rules.protected


@dataclass(frozen=True, slots=True)
class SharedSource:
    """Something that several environments have in common on purpose."""

    service: str
    cidrs: tuple[str, ...]
    reason: str
    review_by: date | None
    line: int


@dataclass(slots=True)
class BookSource:
    """The whole source. Lists grow while it is read, and are not changed afterwards."""

    file: str
    environments: dict[str, EnvironmentSource] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    resources: list[ClaimedResource] = field(default_factory=list)
    accounts: list[Claim] = field(default_factory=list)
    wildcards: list[Claim] = field(default_factory=list)
    cidrs: list[Claim] = field(default_factory=list)
    credentials: list[Claim] = field(default_factory=list)
    system_identifiers: list[Claim] = field(default_factory=list)
    namespaces: list[Claim] = field(default_factory=list)
    shared: list[SharedSource] = field(default_factory=list)
    convention: dict[str, str] = field(default_factory=dict)
    convention_lines: dict[str, int] = field(default_factory=dict)
    valid_for: int = 30 * 86_400

    @property
    def protected(self) -> tuple[str, ...]:
        return tuple(name for name, environment in self.environments.items() if environment.protected)
