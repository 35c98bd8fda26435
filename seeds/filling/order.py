"""What somebody asks to be put into a database's own tables, with everything that surrounds the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from math import isfinite

from ..catalog import Catalog
from ..dataset.existing import ExistingDataset
from ..errors import SeedError, TargetError
from ..planner.filling import ColumnChoice, FillRequest, Relation, TableChoice
from ..planner.filling.links import selected
from ..ports import Database

MOST_ROWS = 1_000_000_000
"""Rows that one table can be asked to take: more do not fit a plan, nor any test."""


@dataclass(frozen=True, slots=True)
class FillOrder:
    """A request with what surrounds it.

    Attributes:
        request: what to put in.
        dataset: the dataset file; None where everything is planned.
        stamp: the environment that the database may be marked with.
        schemas: only these schemas; empty is all.
        session: settings for the loading session.
        written: dataset and target as somebody wrote them, for hints; never a password.
    """

    request: FillRequest
    dataset: ExistingDataset | None = None
    stamp: str | None = None
    schemas: tuple[str, ...] = ()
    session: Mapping[str, str] = field(default_factory=dict)
    written: str = ""

    @property
    def definition(self) -> str:
        """The dataset file's text; empty where there is none."""
        return self.dataset.text if self.dataset else ""

    def request_for(self, catalog: Catalog) -> FillRequest:
        """The request with the file's wishes, compared with the tables that are there.

        Raises:
            DatasetFileError: if the file names what the database does not have.
        """
        if self.dataset is None:
            return self.request
        return replace(self.request, choices=_choices(self.dataset, catalog))

    def check_tables(self, database: Database) -> None:
        """See that there is any table, before a database is marked or its catalogue read.

        Raises:
            TargetError: if there is none.
        """
        if database.is_empty():
            raise TargetError(
                f"{database.location} holds no table to fill", code="TABLES_ABSENT",
                hint="run your service's migrations there first; 'understudy seed borough' brings tables of its own",
            )  # fmt: skip

    def check_names(self, catalog: Catalog) -> None:
        """See that there is something to fill in what was asked for.

        Raises:
            TargetError: a schema without tables, or a pattern that no table's name has.
        """
        if self.schemas and not catalog.tables:
            raise TargetError(
                f"there is no table in {', '.join(self.schemas)}",
                code="SCHEMA_UNKNOWN",
                hint="see how the schema is written",
            )
        for pattern in self.request.only:
            if not any(selected(table, (pattern,), ()) for table in catalog.tables.values()):
                near = get_close_matches(pattern, catalog.tables, n=3, cutoff=0.5)
                raise TargetError(
                    f"no table is called {pattern}", code="TABLE_UNKNOWN",
                    hint=f"did you mean {', '.join(near)}?" if near else "'understudy plan' lists the tables",
                )  # fmt: skip

    def check_sizes(self, catalog: Catalog) -> None:
        """See that so many rows can be made at all, before anything is planned or counted.

        Raises:
            SeedError: a scale that is no positive number, fewer rows than none, or more than a table can take.
        """
        request = self.request_for(catalog)
        if not isfinite(request.scale) or request.scale <= 0:
            raise SeedError(
                f"{request.scale} times as many rows cannot be made", code="SCALE_INVALID",
                hint="give --scale a number above 0, such as 0.5 or 10",
            )  # fmt: skip
        wanted = {name: choice.rows for name, choice in request.choices.items() if choice.rows is not None}
        for where, rows in (("every table", request.rows), *sorted(wanted.items())):
            if rows < 0:
                raise SeedError(
                    f"{rows:,} rows are asked for in {where}", code="ROWS_INVALID", hint="ask for 1 row or more"
                )
            if rows * request.scale > MOST_ROWS:
                times = "" if request.scale == 1 else f" x {request.scale:g} = {rows * request.scale:,.0f}"
                raise SeedError(
                    f"{rows:,}{times} rows are asked for in {where}, and a table takes {MOST_ROWS:,} at most",
                    code="ROWS_TOO_MANY", hint="ask for fewer rows, or a smaller --scale",
                )  # fmt: skip


def _choices(dataset: ExistingDataset, catalog: Catalog) -> dict[str, TableChoice]:
    found = {}
    for name, wanted in dataset.choices(catalog).items():
        columns = {key: ColumnChoice(column.generator, column.nulls) for key, column in wanted.columns.items()}
        relations = {
            own: None if there is None else Relation(
                f"reference_{'_'.join(own)}", own, *there, declared=False, reason="said in the dataset"
            )
            for own, there in wanted.references.items()
        }  # fmt: skip
        found[name] = TableChoice(wanted.rows, columns, relations)
    return found
