"""What a plan for an existing database says: rows, generators with their reasons, references, order and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from generators import Dataset, Growth
from generators.spec import DatasetSpec, GeneratorSpec

from ...catalog import Table, TableName
from ...findings import Finding
from ..checks.model import Opaque

ROOT = "(rows)"
"""The virtual table whose size is the largest number of rows that a table gets."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A reference from one table's columns to another's, declared or not.

    Attributes:
        declared: the database enforces it.
        score: how sure it is, 1 where declared or confirmed.
        reason: how it was found.
        within: the partitions in which it holds; empty where it holds in the whole table.
    """

    name: str
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    declared: bool = True
    score: float = 1.0
    reason: str = "declared"
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What somebody wants of a column, from a dataset file.

    Attributes:
        generator: how its values come about; None leaves it to the planner.
        null_share: share of rows left empty; None leaves it to the planner.
    """

    generator: GeneratorSpec | None = None
    null_share: float | None = None


@dataclass(frozen=True, slots=True)
class TableChoice:
    """What somebody wants of a table.

    Attributes:
        rows: how many; None is as many as every table.
        relations: references confirmed or corrected, by their columns; None as a value denies what was inferred.
    """

    rows: int | None = None
    columns: Mapping[str, ColumnChoice] = field(default_factory=dict)
    relations: Mapping[tuple[str, ...], Relation | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FillRequest:
    """What somebody asks to be put into an existing database.

    Attributes:
        dataset: the name that all random streams start from.
        rows: in every table, unless its choice says otherwise.
        scale: multiplies every number of rows.
        choices: by table key.
        only: name patterns of tables to fill, with what they need; empty is all.
        exclude: name patterns of tables to leave alone.
        create_partitions: tables without a partition for their rows get one.
        growth: how tables came to the rows that are there, the run that is planned being the last stage.
    """

    dataset: str
    rows: int
    as_of: date
    seed: int = 1
    scale: float = 1.0
    choices: Mapping[str, TableChoice] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    create_partitions: bool = False
    growth: Mapping[str, Growth] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FillColumn:
    """One column of the database in a plan.

    Attributes:
        engine: its name in the dataset's definition.
        generator: None where the column is left to the database.
        reason: why this generator, in words.
        category: of personal data; empty where there is none.
        source: ``reference``, ``check``, ``meaning``, ``type``, ``unique``, ``dataset`` or ``database``.
    """

    name: str
    engine: str
    generator: GeneratorSpec | None
    reason: str
    source: str
    category: str = ""
    score: float = 0.0
    nulls: float = 0.0


@dataclass(frozen=True, slots=True)
class FillTable:
    """One table in a plan.

    Attributes:
        asked: rows asked for.
        rows: rows that fit its constraints; 0 where it cannot be filled.
        references: those that its rows follow.
        deferred: columns that are put in after the row itself, because what they refer to comes later.
        opaque: constraints that only the database can evaluate.
        findings: what is worth knowing of it.
    """

    table: Table
    asked: int
    rows: int
    columns: tuple[FillColumn, ...]
    references: tuple[Relation, ...] = ()
    deferred: tuple[str, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def key(self) -> str:
        """How the table is called."""
        return self.table.name.key


@dataclass(frozen=True, slots=True)
class Step:
    """Tables loaded at one time: one, or several whose keys form a cycle that no null can break."""

    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FillPlan:
    """A whole plan: the engine's dataset, the tables with their reasons, and the order of loading.

    Attributes:
        rows: asked for in every table of which nothing else is said.
        growth: how tables came to their rows, where that took several runs.
    """

    dataset: Dataset
    rows: int
    tables: Mapping[str, FillTable]
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...] = ()
    growth: Mapping[str, Growth] = field(default_factory=dict)

    @property
    def spec(self) -> DatasetSpec:
        """The engine's definition."""
        return self.dataset.spec
