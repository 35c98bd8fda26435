"""The frozen definition of a dataset: what travels between rooms instead of files, models or connections.

A dataset is a forest. A table is either a *root*, whose rows are numbered 0, 1, 2 …, or the *child* of another
table; a child's rows are made of one or more *parts*, each with its own count per parent. Tables that are not
``stored`` exist only to give their descendants shared facts (a neighbourhood's ward, say).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from .types import ColumnType

Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """A generator's name with its parameters, as written."""

    name: str
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column: its type, how its values come about, and when it is null: by chance, or unless ``only_if`` holds.

    ``stored=False`` makes a working column that other columns may use and no table holds.
    """

    name: str
    type: ColumnType
    generator: GeneratorSpec
    nullable: bool = False
    nulls: float = 0.0
    only_if: str = ""
    stored: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True)
class CountSpec:
    """How many rows a parent has in one part.

    * ``fixed``: ``rows`` every time.
    * ``choice``: drawn from ``weights``, a mapping of count to weight.
    * ``expression``: an integer expression over the parent's columns.
    * ``fill``: sizes are drawn from ``weights`` until they add up to ``total`` exactly (the last is cut to fit);
      each row's size becomes the column named by ``size``. A root's units are then the things being sized.
    * ``sized``: as many as ``expression`` says, each of the size that its own column ``size`` says; under every parent
      the sizes add up to ``total``, or generation stops. Units are as in ``fill``.
    * ``rows_of``: as many as the parent has in the table ``table`` (its first part).
    """

    kind: Literal["fixed", "choice", "expression", "fill", "rows_of", "sized"]
    rows: int = 1
    weights: tuple[tuple[int, float], ...] = ()
    expression: str = ""
    total: int = 0
    size: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class PartSpec:
    """A run of rows under each parent; ``maximum`` fixes its share of the ordinals, so that keys stay put."""

    name: str
    count: CountSpec
    maximum: int


@dataclass(frozen=True, slots=True)
class UniqueSpec:
    """Columns whose combination identifies a row."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKeySpec:
    """A column that holds another table's key."""

    column: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A named predicate that the database enforces, in portable SQL."""

    name: str
    predicate: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table, virtual or stored, with its place in the forest and its constraints.

    ``most`` is the most rows that a root table ever has, whatever the size; none means as many as asked.
    """

    name: str
    columns: tuple[ColumnSpec, ...]
    parent: str | None = None
    parts: tuple[PartSpec, ...] = ()
    rows: int | float | None = None
    most: int | None = None
    keep: str = ""
    rank_maximum: int = 0
    stored: bool = True
    primary_key: tuple[str, ...] = ()
    unique: tuple[UniqueSpec, ...] = ()
    foreign_keys: tuple[ForeignKeySpec, ...] = ()
    checks: tuple[CheckSpec, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    description: str = ""

    @property
    def maximum(self) -> int:
        """The most rows one parent can have: the room reserved in the key."""
        return sum(part.maximum for part in self.parts)

    @property
    def stored_columns(self) -> tuple[ColumnSpec, ...]:
        """The columns that a database or file holds."""
        return tuple(column for column in self.columns if column.stored)


@dataclass(frozen=True, slots=True)
class SizeSpec:
    """What the size of a dataset counts: ``unit`` things, ``per_root`` of them under each row of ``root``."""

    unit: str
    root: str
    default: int
    per_root: int = 1


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A statement that must return no row: coherence that anyone can check with SQL."""

    name: str
    sql: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """A whole dataset; ``source`` is the text it was read from, if any, and decides nothing.

    ``namespace`` is what streams are named after, if not the dataset: two datasets that share it and a table's
    definition share that table's values.

    ``circular`` lets trees refer to one another in circles: such a dataset has no levels, and who loads it finds an
    order of its own.
    """

    name: str
    version: int
    as_of: date
    size: SizeSpec
    tables: tuple[TableSpec, ...]
    rules: tuple[RuleSpec, ...] = ()
    description: str = ""
    circular: bool = False
    namespace: str = ""
    source: str = field(default="", compare=False, repr=False)

    def epoch_for(self, as_of: date) -> date:
        """The instant that values which must not move with ``as_of`` depend on: the same for everybody who asks.

        The definition's own date, so that whoever begins later has the residents of those who began before; for a
        reference date before it, that date.
        """
        return min(as_of, self.as_of)
