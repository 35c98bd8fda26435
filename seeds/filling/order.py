"""What somebody asks to be put into a database's own tables, with everything that surrounds the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from ..catalog import Catalog
from ..dataset.existing import ExistingDataset
from ..errors import TargetError
from ..planner.filling import ColumnChoice, FillRequest, Relation, TableChoice
from ..planner.filling.links import selected


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
