"""The engine's laws five to nine, one section each: uniqueness, speed, memory, versions and promises."""

from __future__ import annotations

import sys
import tracemalloc
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from generators import REGISTRY, Promise, Run, generate, lock_digest, lock_of
from generators.engine.generate import BLOCK_ROWS, units_for_rows
from generators.engine.lock import lock_changes
from generators.errors import DomainTooSmallError
from generators.spec import DatasetSpec, TableSpec, UniqueSpec
from tests.generators.specimens import (
    column,
    compiled,
    dataset,
    part,
    rows_of,
    run_of,
    table_named,
    table_of,
    town,
    with_columns,
    with_table,
)
from tests.golden.cases import examples_of

# ------------------------------------------------------------------------------------ 5. uniqueness by construction


def flat(*columns: Any, unique: tuple[tuple[str, ...], ...] = ()) -> DatasetSpec:
    return dataset(TableSpec("t", columns, unique=tuple(UniqueSpec(names) for names in unique)))


def test_a_unique_column_uses_its_whole_domain() -> None:
    """As many rows as values is possible: each value comes exactly once, in scrambled order."""
    spec = flat(column("n", "integer", {"unique_integer": {"min_value": 7, "max_value": 1006}}), unique=(("n",),))
    found = table_of(run_of(spec, units=1000), "t")["n"].to_pylist()
    assert sorted(found) == list(range(7, 1007)) != found


def test_a_combination_uses_its_whole_domain() -> None:
    """Digits of one number together come once each, at full capacity."""
    digits = [
        column(name, "integer", {"combination": {"radices": [10, 12], "position": place, "group": "slot"}})
        for place, name in enumerate("ab")
    ]
    rows = rows_of(run_of(flat(*digits, unique=(("a", "b"),)), units=120))["t"]
    assert {(row["a"], row["b"]) for row in rows} == {(a, b) for a in range(10) for b in range(12)}


@pytest.mark.parametrize("room", [1, 3, 100])
@pytest.mark.parametrize("nulls", [0.2, 0.6, 1.0])
def test_a_unique_column_has_its_share_of_nulls(room: int, nulls: float) -> None:
    """Whether families are small or large, the asked share of rows is null, and what is not is distinct."""
    number = column("n", "integer", {"unique_integer": {"max_value": 199_999}}, nullable=True, nulls=nulls)
    parts = (part("row", room, kind="fixed", rows=(room + 1) // 2),)
    child = TableSpec("c", (number,), parent="t", parts=parts, unique=(UniqueSpec(("n",)),))
    spec = dataset(TableSpec("t", (column("id", "bigint", "key"),)), child)
    found = table_of(run_of(spec, units=2000), "c")["n"].to_pylist()
    kept = [value for value in found if value is not None]
    assert len(kept) / len(found) == pytest.approx(1 - nulls, abs=0.03)
    assert len(set(kept)) == len(kept)


def test_nulls_save_room_in_a_domain() -> None:
    """A domain of half as many values is enough where half of the rows have none, and not one value fewer."""

    def numbers(values: int) -> list[int | None]:
        number = column("n", "integer", {"unique_integer": {"max_value": values - 1}}, nullable=True, nulls=0.5)
        child = TableSpec(
            "c", (number,), parent="t", parts=(part("row", 100, kind="fixed", rows=100),), unique=(UniqueSpec(("n",)),)
        )
        return table_of(run_of(dataset(TableSpec("t", ()), child), units=20), "c")["n"].to_pylist()

    assert sorted(value for value in numbers(1000) if value is not None) == list(range(1000))
    with pytest.raises(DomainTooSmallError, match="1,000 > 999"):
        numbers(999)


def test_windows_of_a_unique_domain_do_not_overlap() -> None:
    """Rows that begin where others ended share no value with them, and a window beyond the end is refused."""
    spec = flat(column("n", "integer", {"unique_integer": {"max_value": 99}}), unique=(("n",),))
    both = [table_of(run_of(spec, units=50, shifts={"t.n": shift}), "t")["n"].to_pylist() for shift in (0, 50)]
    assert sorted(both[0] + both[1]) == list(range(100))
    with pytest.raises(DomainTooSmallError, match=r"101 > 100"):
        rows_of(run_of(spec, units=50, shifts={"t.n": 51}))


def test_a_domain_that_is_too_small_is_refused_with_the_arithmetic() -> None:
    """One row more than there are values is refused before a row is made, and the message shows both numbers."""
    spec = flat(column("n", "integer", {"unique_integer": {"max_value": 999}}), unique=(("n",),))
    with pytest.raises(DomainTooSmallError) as refusal:
        next(generate(run_of(spec, units=1001)))
    assert (refusal.value.needed, refusal.value.capacity) == (1001, 1000)
    assert refusal.value.where == ("tables", "t", "columns", "n")
    assert "unique_integer offers 1,000 distinct values but 1,001 rows must differ (1,001 > 1,000)" in str(
        refusal.value
    )


def test_every_unique_column_is_distinct() -> None:
    """Keys and unique columns of the whole specimen, of every kind, hold no value twice."""
    run = run_of(units=1000)
    for table in run.dataset.stored:
        for names in (table.primary_key, *(key.columns for key in table.unique)):
            rows = table_of(run, table.name, columns={table.name: names}).to_pylist()
            assert len({tuple(row.values()) for row in rows}) == len(rows), (table.name, names)


# ----------------------------------------------------------------------------------------------------- 6. vectorised


def steps_of(run: Run, block_units: int) -> tuple[int, int]:
    """How many steps of Python it takes to make all rows in one block (lines run, functions called), and the rows."""
    steps = rows = 0

    def line(_frame: object, event: str, _argument: object) -> object:
        nonlocal steps
        steps += event == "line"
        return line

    def call(_frame: object, event: str, _argument: object) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")

    sys.settrace(line)  # type: ignore[arg-type]
    sys.setprofile(call)
    try:
        for item in generate(run, block_units=block_units):
            rows += item.batch.num_rows
    finally:
        sys.setprofile(None)
        sys.settrace(None)
    return steps, rows


def test_rows_take_no_steps_of_python() -> None:
    """Of the rows that a larger block adds, not one in twenty costs a line of Python or a call, in all columns together."""
    rows_of(run_of())  # what is imported or prepared once is not counted
    (few, small), (many, large) = (steps_of(run_of(units=units), units) for units in (1000, 8000))
    assert many - few < (large - small) / 20


@pytest.mark.parametrize("name", sorted(name for name, d in REGISTRY.items() if "." not in name and not d.per_row))
def test_a_generator_takes_no_steps_of_python_for_a_row(name: str) -> None:
    """Every generator that does not say otherwise makes thousands of rows in the steps it takes for hundreds."""
    spec = examples_of(REGISTRY[name])
    bounds = [item.bound for item in spec.tables["person"].columns.values()]
    room = [bound.definition.capacity(bound.parameters) for bound in bounds if bound.definition.capacity]
    most = min(4000, *room)
    rows_of(run_of(spec, units=most))
    (few, small), (many, large) = (steps_of(run_of(spec, units=units), units) for units in (most // 8, most))
    assert many - few < (large - small) / 20 + 100  # a permutation may walk a few steps further


# ------------------------------------------------------------------------------------------------- 7. bounded memory


def peak_of(run: Run) -> tuple[int, int]:
    """The most memory that Python and NumPy, and that Arrow held while all rows streamed by."""
    tracemalloc.start()
    most = 0
    try:
        before = pa.total_allocated_bytes()
        for _ in generate(run):
            most = max(most, pa.total_allocated_bytes() - before)
        return tracemalloc.get_traced_memory()[1], most
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_rows() -> None:
    """Ten times the units take at most 1.25 times the memory."""
    spec = with_table(town(), "person", columns=table_named(town(), "person").columns[:6], unique=())
    spec = with_table(spec, "house", columns=table_named(spec, "house").columns[:4])
    spec = replace(spec, tables=tuple(table for table in spec.tables if table.name != "contact"))
    spec = with_table(spec, "shop", rows=4.0, columns=table_named(spec, "shop").columns[:2], unique=())
    block = units_for_rows(run_of(spec), BLOCK_ROWS)
    assert block < 60_000
    small, large = (peak_of(run_of(spec, units=units)) for units in (2 * block, 20 * block))
    assert large[0] <= small[0] * 1.25
    assert large[1] <= small[1] * 1.25


# -------------------------------------------------------------------------------------------- 8. versions and the lock


def test_a_generators_version_is_in_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of a generator that the dataset uses, nested ones included, gives another lock."""
    before = lock_of(compiled()), lock_digest(compiled())
    for name in ("choice", "pattern", "reference"):
        with monkeypatch.context() as patch:
            patch.setitem(REGISTRY, name, replace(REGISTRY[name], version=REGISTRY[name].version + 1))
            after = lock_of(compiled())
            assert after["generators"] == {**dict(before[0]["generators"]), name: REGISTRY[name].version}  # type: ignore[call-overload]
            assert lock_digest(compiled()) != before[1]


def test_an_edit_is_in_the_lock_where_values_can_follow_it() -> None:
    """A changed column is seen, and named by its table; a description and the order of things are not."""
    before = lock_of(compiled())
    edited = lock_of(compiled(with_columns(town(), "person", column("more", "text", {"constant": "x"}))))
    assert lock_changes(before, edited) == ("tables person",)
    described = with_table(town(), "person", description="People.")
    described = replace(described, tables=described.tables[::-1])
    assert lock_changes(before, lock_of(compiled(described))) == ()


def test_a_nested_generators_version_is_in_the_lock() -> None:
    """A generator that only makes a part of another's values is locked as well."""
    nested = {"given": {"on": "id", "cases": {"1": {"list": {"of": {"pattern": "A"}}}}}}
    key = column("id", "bigint", "key")
    lock = lock_of(compiled(dataset(TableSpec("t", (key, column("x", "text[]", nested, nullable=True))))))
    assert lock["generators"] == {"given": 1, "key": 1, "list": 1, "pattern": 1}


def test_a_generator_that_is_not_used_is_not_in_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset is not locked to what it has nothing to do with."""
    before = lock_digest(compiled())
    monkeypatch.setitem(REGISTRY, "combination", replace(REGISTRY["combination"], version=99))
    assert lock_digest(compiled()) == before


def test_the_datasets_own_version_is_in_the_lock() -> None:
    """A dataset that says it changed is another dataset."""
    assert lock_digest(compiled(replace(town(), version=2))) != lock_digest(compiled())


# --------------------------------------------------------------------------------------------- 9. never a real person

IDENTIFIERS = (
    "account", "bank", "card", "email", "elector", "iban", "licence", "mobile", "national_insurance", "nhs", "ni_number",
    "passport", "phone", "postcode", "sort_code", "uln", "upn", "uprn", "utr", "vehicle", "visa", "vrm",
)  # fmt: skip
NOBODYS = {"postcode_district": "names an area of some ten thousand homes"}


def test_every_identifier_carries_its_promise() -> None:
    """Each generator in the identifiers' room, or with an identifier's name, says why its values are nobody's."""
    named = {
        name for name, definition in REGISTRY.items()
        if definition.make.__module__.endswith(".identifiers") or any(word in name for word in IDENTIFIERS)
    }  # fmt: skip
    unkept = {name for name in named - set(NOBODYS) if not isinstance(REGISTRY[name].promise, Promise)}
    assert named >= {"email", "nhs_number", "ni_number", "phone", "uprn"}
    assert not unkept


def test_a_day_is_given_not_taken() -> None:
    """The reference day comes from the run: a run far in the past is as good as one of today."""
    assert max(table_of(run_of(epoch=date(1950, 1, 1)), "person")["born"].to_pylist()) <= date(1950, 1, 1)
