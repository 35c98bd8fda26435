"""Rows whose sizes are a column of theirs: they add up under each parent, and a range of units begins between them."""

from __future__ import annotations

from typing import Any

import pytest

from generators.engine import Dataset
from generators.errors import GenerationError, SpecError
from generators.spec import DatasetSpec, TableSpec
from seeds.dataset import parse_dataset
from tests.generators.specimens import column, compiled, dataset, part, rows_of, run_of


def spec(size: str = "4 if ordinal == 0 else 3", total: int = 10, column_name: str = "people") -> DatasetSpec:
    """Streets of ten people in three houses, of four, three and three."""
    street = TableSpec("street", (column("id", "bigint", "key"), column("houses", "integer", {"constant": 3})))
    house = TableSpec(
        "house",
        (column("id", "bigint", "key"), column("people", "integer", {"expression": size})),
        parent="street",
        parts=(part("row", 5, kind="sized", expression="houses", total=total, size=column_name),),
        primary_key=("id",),
    )
    return dataset(street, house, per_root=10)


def houses(units: int, dataset: Dataset | DatasetSpec | None = None, **options: Any) -> list[int]:
    found: list[int] = [row["people"] for row in rows_of(run_of(dataset or spec(), units), **options)["house"]]
    return found


def test_as_many_rows_as_the_expression_says_with_their_own_sizes() -> None:
    """Two streets have six houses, for twenty people."""
    assert houses(20) == [4, 3, 3, 4, 3, 3]


def test_a_range_of_units_has_the_rows_that_begin_in_it() -> None:
    """Cut anywhere, the parts make the whole: a house belongs where its first resident does."""
    for cut in range(1, 20):
        assert houses(20, start=0, stop=cut) + houses(20, start=cut, stop=20) == houses(20)
    assert houses(20, start=4, stop=5) == [3]
    assert houses(20, start=5, stop=7) == []


def test_sizes_that_do_not_add_up_stop_generation() -> None:
    """The message has the sum that was found."""
    with pytest.raises(GenerationError, match="add up to 12, not 10"):
        houses(20, spec(size="4"))


def test_the_roots_units_are_what_is_sized() -> None:
    """A total other than the root's units, or a size that is no column, is refused when the dataset is read."""
    with pytest.raises(SpecError, match="exactly one of its children"):
        compiled(spec(total=12))
    with pytest.raises(SpecError, match="persons"):
        compiled(spec(column_name="persons"))


WRITTEN = b"""
dataset: sample
version: 1
as_of: 2026-04-06
size: {unit: resident, default: 10, root: street, per_root: 10}
tables:
  street:
    columns:
      id: {type: bigint, generate: key}
      houses: {type: integer, generate: {constant: 3}}
  house:
    parent: street
    rows: {expression: houses, sized: 10, size: people, maximum: 5}
    primary_key: id
    columns:
      id: {type: bigint, generate: key}
      people: {type: integer, generate: {expression: "4 if ordinal == 0 else 3"}}
"""


def test_a_dataset_file_can_say_it() -> None:
    """In whatever order its keys stand, the form is that of given sizes."""
    assert houses(20, parse_dataset(WRITTEN, "sample.yaml")) == [4, 3, 3, 4, 3, 3]
