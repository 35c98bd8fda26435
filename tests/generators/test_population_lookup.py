"""The population by slot: neighbourhoods of exactly 100 residents, in an order of the seed's, larger sizes on top."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from generators import lock_of
from generators.engine import Dataset
from generators.errors import SpecError
from generators.population.fitness import measure, shipped_tables
from generators.population.reading import HOUSEHOLD_FIELDS, PERSON_FIELDS, shipped
from tests.generators.datasets import one_table_dataset
from tests.generators.population_datasets import residents, run, tables
from tests.generators.specimens import compiled

WHOLE = 100 * shipped().neighbourhoods


def test_ten_thousand_residents_are_ten_thousand() -> None:
    """Every neighbourhood brings exactly 100 residents, and a household as many as it says."""
    made = tables(run(10_000, fields=tuple(PERSON_FIELDS)))
    assert made["person"].num_rows == 10_000
    sizes = dict(zip(made["household"]["id"].to_pylist(), made["household"]["size"].to_pylist(), strict=True))
    homes, counts = np.unique(np.asarray(made["person"]["home"]), return_counts=True)
    assert dict(zip(homes.tolist(), counts.tolist(), strict=True)) == sizes


def test_the_whole_borough_is_every_resident_once() -> None:
    """At full size each resident of the shipped population is made once, so its counts are the fitted ones."""
    made = tables(run(WHOLE))
    assert made["person"].num_rows == WHOLE
    assert abs(WHOLE - 259_146) < 0.001 * 259_146
    assert np.array_equal(np.sort(np.asarray(made["person"]["slot"])), np.arange(WHOLE))
    assert np.array_equal(np.sort(np.asarray(made["household"]["slot"])), np.arange(made["household"].num_rows))


def test_generated_tables_are_measured_like_the_shipped_ones() -> None:
    """Counts of generated tables meet the published figures exactly as far as the shipped files do."""
    made = tables(run(WHOLE, fields=("age", "birthday", "religion", "ethnic")))
    order = np.argsort(np.asarray(made["household"]["id"]))
    place = order[np.searchsorted(np.asarray(made["household"]["id"])[order], np.asarray(made["person"]["home"]))]
    persons = made["person"].append_column("household", pa.array(place))
    found = {item.table: item for item in measure(made["household"], persons)}
    whole = {item.table: item for item in measure(*shipped_tables())}
    assert {"age_by_lsoa", "ethnic_by_lsoa", "religion_by_lsoa", "tenure_by_lsoa", "size"} <= found.keys()
    assert all(item == whole[name] for name, item in found.items())


def test_a_smaller_size_is_the_beginning_of_a_larger_one() -> None:
    """More residents are added; those that were there stay as they are, and so does a part made alone."""
    small, large = tables(run(1_000))["person"], tables(run(3_000))["person"]
    assert large.slice(0, 1_000).equals(small)
    assert tables(run(3_000), 1_000, 2_000)["person"].equals(large.slice(1_000, 1_000))


def test_beyond_the_borough_neighbourhoods_come_round_again() -> None:
    """Two boroughs' worth of residents is every neighbourhood twice."""
    slots = np.asarray(tables(run(2 * WHOLE, fields=("age", "birthday")), WHOLE, WHOLE + 10_000)["person"]["slot"])
    again = np.asarray(tables(run(WHOLE, fields=("age", "birthday")), 0, 10_000)["person"]["slot"])
    assert np.array_equal(slots, again)


def test_the_seed_orders_the_neighbourhoods() -> None:
    """Another seed begins with other neighbourhoods."""
    first, second = (np.asarray(tables(run(500, seed=seed))["person"]["slot"]) for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_ages_follow_from_dates_of_birth() -> None:
    """On the reference day everyone is as old as the population says."""
    made = tables(run(2_000))["person"]
    born, age = made["born"].to_pylist(), made["age"].to_pylist()
    assert all(2026 - day.year - ((day.month, day.day) > (4, 6)) == years for day, years in zip(born, age, strict=True))


def test_every_field_has_values() -> None:
    """No field is empty throughout, and what everyone has is empty nowhere."""
    for of, fields in (("household", HOUSEHOLD_FIELDS), ("person", PERSON_FIELDS)):
        columns = {name: shipped().field(of, name) for name in fields}
        assert all(column.null_count < len(column) for column in columns.values())
    assert not any(
        shipped().field("person", name).null_count for name in ("age", "sex", "ethnic", "religion", "country")
    )


@pytest.mark.parametrize(
    "written",
    [
        {"population": {"of": "household", "field": "age", "slot": "id"}},
        {"population": {"of": "person", "field": "shoe_size", "slot": "id"}},
        {"population_slot": {"of": "person"}},
    ],
)
def test_what_the_population_does_not_know_is_refused(written: dict[str, object]) -> None:
    """A field of the wrong table, an unknown field and a slot without the one above it are errors when written."""
    with pytest.raises(SpecError):
        one_table_dataset({"id": ("bigint", "key"), "value": ("text", written)})


def test_the_lock_pins_the_fitted_files_where_they_are_used() -> None:
    """A dataset that looks the population up changes with a new fit; another does not."""

    def pinned(dataset: Dataset) -> set[str]:
        files = lock_of(dataset)["reference"]
        assert isinstance(files, dict)
        return {name for name in files if name.startswith("population/fitted/")}

    assert len(pinned(compiled(residents()))) == 3
    assert pinned(one_table_dataset({"id": ("bigint", "key")})) == set()
