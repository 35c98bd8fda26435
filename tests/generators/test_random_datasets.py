"""The laws hold for datasets that nobody thought of: random forests, cut and grown in random ways."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generators import Digest, compile_dataset, partition
from generators.engine import Dataset
from generators.spec import DatasetSpec
from tests.generators.random_datasets import datasets
from tests.generators.specimens import digests, rows_of, run_of

thorough = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def compiled(spec: DatasetSpec) -> Dataset:
    return compile_dataset(spec)


@thorough
@given(datasets(), st.data())
def test_partitions_and_blocks_change_no_digest(spec: DatasetSpec, data: st.DataObject) -> None:
    """However units are cut into partitions, and partitions into blocks, tables have the same digests."""
    made = compiled(spec)
    units = data.draw(st.integers(0, 45), "units")
    whole = digests(run_of(made, units=units))
    cuts = data.draw(st.integers(1, 12), "partitions")
    block = data.draw(st.integers(1, 50), "block_units")
    total = {name: Digest() for name in whole}
    for index in range(cuts):
        for name, digest in digests(
            run_of(made, units=units), *partition(units, index, cuts), block_units=block
        ).items():
            total[name] += digest
    assert total == whole


@thorough
@given(datasets(), st.data())
def test_growth_changes_no_row(spec: DatasetSpec, data: st.DataObject) -> None:
    """Every row of a smaller dataset is, unchanged, a row of a larger one, and ids are distinct."""
    made = compiled(spec)
    fewer, more = sorted(data.draw(st.tuples(st.integers(1, 40), st.integers(1, 60)), "units"))
    small, large = (rows_of(run_of(made, units=units)) for units in (fewer, more))
    for name, rows in small.items():
        known = {row["id"]: row for row in large[name]}
        assert len(known) == len(large[name])
        assert all(known.get(row["id"]) == row for row in rows), name


@thorough
@given(datasets(), st.data())
def test_the_order_of_everything_written_changes_no_digest(spec: DatasetSpec, data: st.DataObject) -> None:
    """Tables in another order are the same dataset."""
    tables = tuple(data.draw(st.permutations(spec.tables)))
    other = DatasetSpec(spec.name, spec.version, spec.as_of, spec.size, tables)
    assert digests(run_of(compiled(other), units=23)) == digests(run_of(compiled(spec), units=23))


@thorough
@given(datasets())
def test_unique_columns_and_references_hold(spec: DatasetSpec) -> None:
    """Unique columns repeat nothing, references point to rows that there are, and sums are those of the rows."""
    made = rows_of(run_of(compiled(spec), units=37))
    for table in spec.tables:
        rows = made.get(table.name, [])
        for key in table.unique:
            found = [row[key.columns[0]] for row in rows if row[key.columns[0]] is not None]
            assert len(set(found)) == len(found)
        for item in table.columns:
            if item.generator.name == "reference":
                target = {row["id"] for row in made[str(item.generator.parameters["table"])]}
                assert {row["to"] for row in rows} <= {*target, None}
                assert all(row["seen"] == row["to"] for row in rows)
    for name in {"fill", "also"} & made.keys():
        assert sum(row["n"] for row in made[name]) == len(made[f"{name}_in"])
