"""A dataset of the fitted population: neighbourhoods, their households and who lives in them, as a borough would use it."""

from __future__ import annotations

import pyarrow as pa

from generators import Run, generate
from generators.population.reading import HOUSEHOLD_FIELDS, PERSON_FIELDS
from generators.spec import ColumnSpec, DatasetSpec, TableSpec
from tests.generators.specimens import column, dataset, part, run_of

NUMBERS = ("neighbourhood", "size", "bedrooms", "needed", "household", "age", "birthday", "mother", "father", "partner")


def _field(of: str, name: str) -> ColumnSpec:
    kind = "integer" if name in NUMBERS else "text"
    return column(name, kind, {"population": {"of": of, "field": name, "slot": "slot"}}, nullable=True)


def residents(fields: tuple[str, ...] = tuple(PERSON_FIELDS)) -> DatasetSpec:
    """The dataset with some fields of persons and all of households; a person's ``home`` is its household's key."""
    neighbourhood = TableSpec(
        "neighbourhood",
        (
            column("id", "bigint", "key"),
            column("slot", "integer", {"population_slot": {}}),
            column("homes", "integer", {"population_count": {"of": "household", "slot": "slot"}}),
        ),
        stored=False,
    )
    household = TableSpec(
        "household",
        (
            column("id", "bigint", "key"),
            column("slot", "integer", {"population_slot": {"of": "household", "by": "neighbourhood.slot"}}),
            column("people", "integer", {"population_count": {"of": "person", "slot": "slot"}}),
            *(_field("household", name) for name in HOUSEHOLD_FIELDS),
        ),
        parent="neighbourhood",
        parts=(part("row", 100, kind="sized", expression="homes", total=100, size="size"),),
        primary_key=("id",),
    )
    person = TableSpec(
        "person",
        (
            column("id", "bigint", "key"),
            column("home", "bigint", {"expression": "household.id"}),
            column("slot", "integer", {"population_slot": {"of": "person", "by": "household.slot"}}),
            *(_field("person", name) for name in fields),
            column("born", "date", {"expression": "add_days(add_years(epoch, 0 - age), 0 - birthday)"}),
        ),
        parent="household",
        parts=(part("row", 40, kind="expression", expression="people"),),
        primary_key=("id",),
    )
    return dataset(neighbourhood, household, person, per_root=100, name="residents")


def run(units: int, fields: tuple[str, ...] = ("age", "birthday", "religion"), seed: int = 1) -> Run:
    return run_of(residents(fields), units, seed)


def tables(of: Run, start: int = 0, stop: int | None = None) -> dict[str, pa.Table]:
    """Generated rows by table."""
    batches: dict[str, list[pa.RecordBatch]] = {}
    for item in generate(of, start, stop):
        batches.setdefault(item.table, []).append(item.batch)
    return {name: pa.Table.from_batches(held).combine_chunks() for name, held in batches.items()}
