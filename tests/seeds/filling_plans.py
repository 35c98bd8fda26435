"""Plans for catalogues made by hand, and the rows they lead to, without a database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from seeds.catalog import Catalog, Check, ForeignKey, Table, UniqueKey
from seeds.filling import RowSource
from seeds.planner.filling import FillPlan, FillRequest, plan_filling
from tests.seeds.meaning_samples import catalog

AS_OF = date(2026, 4, 6)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what tests ask of it."""

    plan: FillPlan
    source: RowSource

    def rows(self, table: str) -> int:
        """How many rows are planned for a table."""
        return self.plan.tables[table].rows

    def codes(self, table: str) -> set[str]:
        """The codes of a table's findings."""
        return {finding.code for finding in self.plan.tables[table].findings}

    def order(self) -> list[tuple[str, ...]]:
        """The tables of each step."""
        return [step.tables for step in self.plan.steps]

    def values(self, table: str, column: str) -> list[object]:
        """A column's values in all planned rows, whenever they are put in."""
        one = self.plan.tables[table]
        ordinals = np.arange(one.rows, dtype=np.int64)
        batch = self.source.batch(one, ordinals, deferred=column in one.deferred)
        if column not in batch.schema.names:
            return [None] * one.rows
        return list(batch.column(column).to_pylist())

    def tuples(self, table: str, *columns: str) -> list[tuple[object, ...]]:
        """Several columns' values, row by row."""
        return list(zip(*(self.values(table, column) for column in columns), strict=True))


def planned(*tables: Table, rows: int = 20, request: FillRequest | None = None) -> Planned:
    """The plan for a database of these tables."""
    return planned_for(catalog(*tables), request or FillRequest("auto", rows, AS_OF))


def planned_for(whole: Catalog, request: FillRequest) -> Planned:
    plan = plan_filling(whole, request)
    return Planned(plan, RowSource(plan, seed=request.seed, as_of=request.as_of))


def required(made: Table, *columns: str) -> Table:
    """The table with columns that are NOT NULL."""
    changed = (replace(one, nullable=False) if one.name in columns else one for one in made.columns)
    return replace(made, columns=tuple(changed))


def checked(made: Table, *predicates: str) -> Table:
    """The table with CHECKs, each called after its place."""
    checks = tuple(
        Check(f"check_{place}", predicate, _read(made, predicate)) for place, predicate in enumerate(predicates)
    )
    return replace(made, checks=(*made.checks, *checks))


def _read(made: Table, predicate: str) -> tuple[str, ...]:
    return tuple(column.name for column in made.columns if column.name in predicate)


def linked(made: Table, name: str, columns: Iterable[str], target: Table, target_columns: Iterable[str]) -> Table:
    """The table with a declared foreign key of this name more."""
    key = ForeignKey(name, tuple(columns), target.name, tuple(target_columns))
    return replace(made, foreign_keys=(*made.foreign_keys, key))


def keyed(made: Table, key: UniqueKey) -> Table:
    """The table with a unique key more."""
    return replace(made, keys=(*made.keys, key))
