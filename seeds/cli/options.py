"""Options that several commands share, defined once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from generators import Dataset, Run

from ..dataset import load_dataset
from ..errors import SeedError

DEFAULT_SEED = 2026

DatasetArgument = Annotated[str, typer.Argument(help="A packaged dataset such as borough, or a path to a YAML file.")]
FillDatasetArgument = Annotated[
    str,
    typer.Argument(
        help="A packaged dataset such as borough, the path of a YAML file, or auto: the target's own tables."
    ),
]
RowsOption = Annotated[
    int | None, typer.Option("--rows", min=0, help="Rows in each of the target's own tables (auto, or tables_from).")
]
ScaleOption = Annotated[float, typer.Option("--scale", min=0.0, help="Multiplies every table's number of rows.")]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="PATTERN", help="Only tables of these names, and what they need; repeatable."),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="PATTERN", help="Leave tables of these names alone; repeatable."),
]
SchemaOption = Annotated[
    list[str] | None, typer.Option("--schema", help="Only this schema of the target; repeatable. All by default.")
]
PartitionsOption = Annotated[
    bool, typer.Option("--create-partitions", help="Create a partition where a table has none for its rows.")
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="URL",
        help="A SQLAlchemy URL, or env:ENVIRONMENT/SERVICE of a book; without it, the embedded database.",
    ),
]
SizeOption = Annotated[
    int | None, typer.Option("--residents", "--size", "-n", min=1, help="How many units, such as residents.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Decides every value.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Reference date; the dataset's own by default."),
]
EpochOption = Annotated[
    datetime | None,
    typer.Option("--epoch", formats=["%Y-%m-%d"], help="First reference date; the dataset's own by default."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, max=64, help="Processes; chosen by default.")]
HomeOption = Annotated[
    Path,
    typer.Option("--home", envvar="UNDERSTUDY_HOME", help="The folder whose .understudy holds the embedded database."),
]
ConnectionsOption = Annotated[
    int | None, typer.Option("--connections", min=1, max=64, help="Connections that load at once; chosen by default.")
]
ChunkRowsOption = Annotated[
    int, typer.Option("--chunk-rows", min=1, hidden=True, help="About how many rows are committed together.")
]
DEFAULT_HOME = Path()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A dataset with the arguments that decide its values."""

    dataset: Dataset
    seed: int
    units: int
    as_of: date
    epoch: date

    def run(self) -> Run:
        """The generation run these arguments mean."""
        return Run(self.dataset, self.seed, self.units, self.as_of, self.epoch)


def choose(
    name: str, residents: int | None, seed: int, as_of: datetime | None, epoch: datetime | None = None
) -> Chosen:
    """Load the dataset and fill in its defaults.

    Raises:
        SeedError: if the reference date lies before the epoch.
    """
    dataset = load_dataset(name)
    day = as_of.date() if as_of else dataset.spec.as_of
    first = epoch.date() if epoch else dataset.spec.epoch_for(day)
    if day < first:
        raise SeedError(
            f"--as-of {day} lies before --epoch {first}", code="DATE_BEFORE_EPOCH", hint="time only moves on: swap them"
        )
    chosen = Chosen(dataset, seed, residents or dataset.spec.size.default, day, first)
    dataset.check_capacity(chosen.units)
    return chosen
