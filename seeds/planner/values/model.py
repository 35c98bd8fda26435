"""What is asked of one column and what comes of it, as frozen facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from generators.spec import ColumnType, GeneratorSpec

from ...catalog import Column, DataType
from ..checks.model import Computed, Domain, Relation, Sum

UNLIMITED = 2**40
"""Distinct values from which on nobody counts."""


@dataclass(frozen=True, slots=True)
class Uniqueness:
    """Every value differs from all others.

    Attributes:
        existing: values that stand in the column already.
        largest: the largest of them, of whole numbers.
        rows: how many rows are wanted.
    """

    existing: tuple[object, ...] = ()
    largest: int | None = None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Realised:
    """A column's generator.

    Attributes:
        generator: None leaves the column out, so that the database puts in its default, or null.
        capacity: rows that it can serve; None is no practical limit.
        reason: why these values, in words.
        reads: the columns of the row that it reads.
    """

    generator: GeneratorSpec | None
    type: ColumnType
    capacity: int | None
    reason: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """All that is known of a column when its generator is chosen."""

    column: Column
    domain: Domain
    meaning: GeneratorSpec | None
    unique: Uniqueness | None
    relations: tuple[Relation, ...]
    sums: tuple[Sum, ...]
    as_of: date
    computed: Computed | None = None

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def data_type(self) -> DataType:
        return self.column.type


@dataclass(frozen=True, slots=True)
class Made:
    """A generator that was found, before it is wrapped up as :class:`Realised`."""

    generator: GeneratorSpec | None
    reason: str
    capacity: int | None = None


def made(name: str, reason: str, /, capacity: int | None = None, **parameters: object) -> Made:
    """A generator by its name and parameters; a capacity beyond counting is none."""
    limit = None if capacity is None or capacity >= UNLIMITED else capacity
    return Made(GeneratorSpec(name, parameters), reason, limit)


def written(spec: GeneratorSpec) -> Mapping[str, object]:
    """A generator as it is written inside another's parameters."""
    return {spec.name: dict(spec.parameters)}


@dataclass(frozen=True, slots=True)
class Interval:
    """Whole steps from ``low`` to ``high``, both included; None is no end."""

    low: int | None = None
    high: int | None = None

    def within(self, other: Interval) -> Interval:
        """What both hold."""
        lows = [end for end in (self.low, other.low) if end is not None]
        highs = [end for end in (self.high, other.high) if end is not None]
        return Interval(max(lows) if lows else None, min(highs) if highs else None)

    @property
    def empty(self) -> bool:
        return self.low is not None and self.high is not None and self.low > self.high

    def holds(self, step: int) -> bool:
        """Whether the step lies inside."""
        return (self.low is None or step >= self.low) and (self.high is None or step <= self.high)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Fewest and most characters, octets or elements; None is no limit."""

    least: int = 0
    most: int | None = None
    forms: frozenset[str] = field(default_factory=frozenset)
