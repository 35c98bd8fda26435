"""Compilation refuses what cannot work, each time with a stable code and the place in the dataset."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from generators import compile_dataset
from generators.errors import (
    CycleError,
    DomainTooSmallError,
    ExpressionError,
    GenerationError,
    ParameterError,
    SpecError,
    UnknownNameError,
)
from generators.spec import (
    ColumnSpec,
    DatasetSpec,
    ForeignKeySpec,
    GeneratorSpec,
    SizeSpec,
    TableSpec,
    UniqueSpec,
    parse_type,
)
from tests.generators.specimens import DAY, column, compiled, dataset, part, rows_of, run_of, town, with_table

ID = column("id", "bigint", "key")
NUMBER = column("n", "integer", {"unique_integer": {"max_value": 9999}})
NAME = column("name", "text", {"choice": ["1", "11"]})


def root(*columns: ColumnSpec, name: str = "t", **options: Any) -> TableSpec:
    return TableSpec(name, (ID, *columns), **options)


def child(*columns: ColumnSpec, name: str = "c", parent: str = "t", **options: Any) -> TableSpec:
    options.setdefault("parts", (part("row", 5, kind="fixed"),))
    return TableSpec(name, (ID, *columns), parent=parent, **options)


def counted(maximum: int = 5, **count: Any) -> DatasetSpec:
    return dataset(root(), child(parts=(part("row", maximum, **count),)))


def made(kind: str, written: Any, **options: Any) -> DatasetSpec:
    return dataset(root(column("x", kind, written, **options)))


def unique(*columns: ColumnSpec, names: tuple[str, ...] = ("x",), **options: Any) -> DatasetSpec:
    return dataset(root(*columns, unique=(UniqueSpec(names),), **options))


def raw(generator: str, **parameters: Any) -> DatasetSpec:
    """A generator as it may come from anywhere, not checked while it was read."""
    return dataset(root(ColumnSpec("x", parse_type("text"), GeneratorSpec(generator, parameters))))


T, C, X = ("tables", "t"), ("tables", "c"), ("tables", "t", "columns", "x")
ROW = (*C, "parts", "row")
other = root(name="other", rows=10)
dropped = root(name="other", rows=10, keep="id > 3")

Refusals = dict[str, tuple[DatasetSpec, type[GenerationError], tuple[str, ...], str]]

SHAPES: Refusals = {
    "table-twice": (dataset(root(), root()), SpecError, ("tables",), "two tables"),
    "column-twice": (dataset(root(NAME, NAME)), SpecError, T, "two columns"),
    "root-unknown": (DatasetSpec("d", 1, DAY, SizeSpec("u", "q", 1), (root(),)), UnknownNameError, ("size", "root"), "'q'"),
    "parent-unknown": (dataset(root(), child(parent="q")), UnknownNameError, (*C, "parent"), "'q'"),
    "parents-cycle": (dataset(root(), child(name="a", parent="b"), child(name="b", parent="a")), CycleError, ("tables", "a"), "a -> b -> a"),
    "no-parts": (dataset(root(), child(parts=())), SpecError, C, "at least one part"),
    "parts-on-root": (dataset(root(parts=(part("row", 1, kind="fixed"),))), SpecError, T, "not parts"),
    "no-rows": (dataset(root(), root(name="c")), SpecError, C, "number of rows"),
    "negative-rows": (dataset(root(), root(name="c", rows=-1)), SpecError, C, "at least 0"),
    "endless-rows": (dataset(root(), root(name="c", rows=float("inf"))), SpecError, C, "at least 0"),
    "per-root-zero": (dataset(root(), per_root=0), SpecError, ("size", "per_root"), "at least 1 unit"),
    "per-root-unfilled": (dataset(root(), child(), per_root=5), SpecError, ("size", "per_root"), "found 0"),
}  # fmt: skip

PARTS: Refusals = {
    "part-twice": (dataset(root(), child(parts=(part("a", 1, kind="fixed"),) * 2)), SpecError, C, "two parts"),
    "fill-beside-another": (
        dataset(root(), child(NUMBER, parts=(part("a", 9, kind="fixed"), part("b", 9, kind="fill", weights=((1, 1.0),), total=9, size="n")))),
        SpecError, C, "only part",
    ),
    "maximum-zero": (counted(0, kind="fixed", rows=0), SpecError, ROW, "at least 1, got 0"),
    "fixed-negative": (counted(kind="fixed", rows=-1), SpecError, ROW, "at least 0"),
    "fixed-above-maximum": (counted(kind="fixed", rows=6), SpecError, ROW, "up to 6 rows"),
    "choice-above-maximum": (counted(kind="choice", weights=((6, 1.0),)), SpecError, ROW, "up to 6 rows"),
    "choice-of-nothing": (counted(kind="choice"), SpecError, ROW, "weights"),
    "choice-weighs-nothing": (counted(kind="choice", weights=((1, 0.0),)), SpecError, ROW, "weights"),
    "choice-negative": (counted(kind="choice", weights=((-1, 1.0),)), SpecError, ROW, "at least 0"),
    "fill-of-zero": (counted(kind="fill", weights=((0, 1.0),), total=5, size="id"), SpecError, ROW, "at least 1"),
    "fill-to-zero": (counted(kind="fill", weights=((1, 1.0),), total=0, size="id"), SpecError, ROW, "at least 1"),
    "fill-above-maximum": (counted(kind="fill", weights=((1, 1.0),), total=6, size="id"), SpecError, ROW, "up to 6 rows"),
    "fill-without-size": (counted(kind="fill", weights=((1, 1.0),), total=5, size="q"), UnknownNameError, ROW, "'q'"),
    "fill-too-long": (counted(9999, kind="fill", weights=((1, 1.0),), total=5000, size="id"), SpecError, ROW, "draws"),
    "rows-of-unknown": (counted(kind="rows_of", table="q"), UnknownNameError, ROW, "'q'"),
    "rows-of-no-sibling": (counted(kind="rows_of", table="t"), SpecError, ROW, "not a child of t"),
    "rows-of-itself": (counted(kind="rows_of", table="c"), CycleError, C, "c.(rows) -> c.(rows kept) -> c.(rows)"),
    "count-reads-unknown": (counted(kind="expression", expression="q"), UnknownNameError, ROW, "'q'"),
    "count-unreadable": (counted(kind="expression", expression="1 +"), ExpressionError, ROW, "cannot read"),
    "count-needs-its-rows": (
        dataset(root(column("x", "integer", {"aggregate": {"table": "c", "function": "count"}})), child(parts=(part("row", 5, kind="expression", expression="x"),))),
        CycleError, X, "t.x -> c.(rows kept) -> c.(rows) -> t.x",
    ),
}  # fmt: skip

COLUMNS: Refusals = {
    "generator-unknown": (raw("chioce", values=["a"]), UnknownNameError, X, "'chioce'"),
    "parameter-unknown": (raw("choice", vlaues=["a"]), UnknownNameError, (*X, "choice"), "'vlaues'"),
    "parameter-missing": (raw("choice"), ParameterError, X, "needs the parameter 'values'"),
    "parameter-of-another-kind": (raw("pattern", pattern=5), ParameterError, (*X, "pattern", "pattern"), "expected text"),
    "parameter-out-of-range": (made("boolean", {"boolean": 2}), ParameterError, (*X, "boolean", "probability"), "outside"),
    "parameter-that-contradicts": (made("integer", {"integer": {"min_value": 2, "max_value": 1}}), ParameterError, X, "below"),
    "expression-unreadable": (made("integer", {"expression": "import os"}), ExpressionError, X, "cannot read"),
    "expression-unsafe": (made("integer", {"expression": "[1][0]"}), ExpressionError, X, "not allowed"),
    "function-unknown": (made("integer", {"expression": "open('x')"}), UnknownNameError, X, "'open'"),
    "type-not-made": (made("date", {"integer": {"max_value": 1}}), SpecError, X, "not date"),
    "array-not-made": (made("integer[]", {"integer": {"max_value": 1}}), SpecError, X, "not integer[]"),
    "nulls-not-allowed": (made("text", {"constant": "a"}, nulls=0.1), SpecError, X, "not nullable"),
    "condition-not-allowed": (made("text", {"constant": "a"}, only_if="id > 3"), SpecError, X, "not nullable"),
    "condition-unreadable": (made("text", {"constant": "a"}, nullable=True, only_if="1 +"), ExpressionError, X, "cannot read"),
    "condition-reads-unknown": (made("text", {"constant": "a"}, nullable=True, only_if="q"), UnknownNameError, X, "'q'"),
    "condition-cycle": (made("integer", {"constant": 1}, nullable=True, only_if="x > 3"), CycleError, X, "t.x -> t.x"),
    "column-unknown": (made("text", {"expression": "nmae"}), UnknownNameError, X, "'nmae'"),
    "field-unknown": (made("text", {"text": "{nmae}"}), UnknownNameError, X, "'nmae'"),
    "no-ancestor": (made("text", {"expression": "q.id"}), UnknownNameError, X, "'q'"),
    "column-of-ancestor-unknown": (dataset(root(), child(column("x", "text", {"expression": "t.q"}))), UnknownNameError, (*C, "columns", "x"), "'t.q'"),
    "columns-cycle": (
        dataset(root(column("x", "text", {"expression": "y"}), column("y", "text", {"text": "{x}"}))), CycleError, X, "t.x -> t.y -> t.x",
    ),
    "unique-columns-cycle": (unique(column("x", "text", {"text": "{y}"}), column("y", "text", {"text": "{x}"})), CycleError, X, "t.x"),
    "keep-unreadable": (dataset(root(keep="1 +")), ExpressionError, (*T, "keep"), "cannot read"),
    "keep-reads-unknown": (dataset(root(keep="q")), UnknownNameError, (*T, "keep"), "'q'"),
    "keep-needs-its-children": (
        dataset(root(column("x", "integer", {"aggregate": {"table": "c", "function": "count"}}), keep="x > 0"), child()),
        CycleError, X, "t.(rows kept)",
    ),
}  # fmt: skip

RELATIONS: Refusals = {
    "reference-unknown": (made("bigint", {"reference": "q"}), UnknownNameError, X, "'q'"),
    "reference-into-own-tree": (made("bigint", {"reference": "t"}), SpecError, X, "not the root table of another tree"),
    "reference-to-a-child": (
        dataset(root(column("x", "bigint", {"reference": "c"})), other, child(parent="other")), SpecError, X, "not the root",
    ),
    "reference-to-dropped-rows": (dataset(root(column("x", "bigint", {"reference": "other"})), dropped), SpecError, X, "drops rows"),
    "reference-to-no-rows": (
        dataset(root(column("x", "bigint", {"reference": "other"})), replace(other, rows=0)), SpecError, X, "no rows",
    ),
    "reference-that-growth-would-move": (
        dataset(root(name="grows"), root(column("x", "bigint", {"reference": "grows"}), rows=5)), SpecError, X, "fixed number of rows",
    ),
    "references-cycle": (
        dataset(root(column("x", "bigint", {"reference": "other"})), root(column("y", "bigint", {"reference": "t"}), name="other", rows=0.5)),
        CycleError, ("tables",), "other, t",
    ),
    "lookup-of-unknown": (
        dataset(root(column("x", "text", {"lookup": {"table": "other", "by": "id", "column": "q"}})), other), UnknownNameError, X, "'q'",
    ),
    "aggregate-unknown": (made("integer", {"aggregate": {"table": "q"}}), UnknownNameError, X, "'q'"),
    "aggregate-of-a-stranger": (dataset(root(column("x", "integer", {"aggregate": {"table": "other"}})), other), SpecError, X, "does not descend"),
    "aggregate-of-unknown": (
        dataset(root(column("x", "integer", {"aggregate": {"table": "c", "column": "q"}})), child()), UnknownNameError, X, "'q'",
    ),
    "aggregate-in-steps": (
        dataset(
            root(column("x", "integer", {"aggregate": {"table": "c", "function": "count"}})),
            child(NUMBER, parts=(part("row", 9, kind="fill", weights=((1, 1.0),), total=9, size="n"),)), per_root=9,
        ),
        SpecError, X, "filled in steps",
    ),
    "relative-of-a-stranger": (
        dataset(root(column("x", "bigint", {"relative": {"table": "t", "ordinal": "0", "column": "id"}}))), SpecError, X, "share no ancestor",
    ),
    "relative-of-unknown-part": (
        dataset(root(), child(column("x", "bigint", {"relative": {"table": "c", "ordinal": "0", "column": "id", "part": "q"}}))),
        UnknownNameError, (*C, "columns", "x"), "'q'",
    ),
    "relative-of-unknown-column": (
        dataset(root(), child(column("x", "bigint", {"relative": {"table": "c", "ordinal": "0", "column": "q"}}))),
        UnknownNameError, (*C, "columns", "x"), "'q'",
    ),
}  # fmt: skip

CONSTRAINTS: Refusals = {
    "unique-unknown": (unique(), UnknownNameError, T, "'x'"),
    "primary-key-unknown": (dataset(root(primary_key=("q",))), UnknownNameError, T, "'q'"),
    "index-unknown": (dataset(root(indexes=(("q",),))), UnknownNameError, T, "'q'"),
    "key-of-working-column": (dataset(root(replace(NUMBER, stored=False), primary_key=("n",))), SpecError, T, "working column"),
    "foreign-key-unknown": (dataset(root(foreign_keys=(ForeignKeySpec("id", "q", "id"),))), UnknownNameError, (*T, "foreign_keys"), "'q'"),
    "foreign-key-column": (dataset(root(), child(foreign_keys=(ForeignKeySpec("q", "t", "id"),))), UnknownNameError, C, "'q'"),
    "foreign-key-target": (dataset(root(), child(foreign_keys=(ForeignKeySpec("id", "t", "q"),))), UnknownNameError, C, "'q'"),
    "foreign-key-to-many": (dataset(root(NAME), child(foreign_keys=(ForeignKeySpec("id", "t", "name"),))), SpecError, C, "neither a primary key nor unique"),
}  # fmt: skip

REFUSALS = {**SHAPES, **PARTS, **COLUMNS, **RELATIONS, **CONSTRAINTS}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_work_is_refused(case: str) -> None:
    """Each mistake raises its own kind of error, with a code, the exact place and the offending name or number."""
    spec, kind, where, words = REFUSALS[case]
    with pytest.raises(GenerationError) as refusal:
        compile_dataset(spec)
    assert type(refusal.value) is kind
    assert refusal.value.code == kind.code
    assert refusal.value.where == where
    assert words in refusal.value.message
    assert ".".join(where) in str(refusal.value)


def digit(name: str, position: int, radices: tuple[int, ...] = (10, 12), group: str = "g") -> ColumnSpec:
    return column(name, "integer", {"combination": {"radices": list(radices), "position": position, "group": group}})


def relative(**options: Any) -> ColumnSpec:
    return column("x", "bigint", {"relative": {"table": "c", "ordinal": "ordinal", "column": "id", **options}})


def templated(template: str) -> tuple[ColumnSpec, ...]:
    code = column("code", "text", {"unique_pattern": "AA99"})
    signed = column("signed", "integer", {"unique_integer": {"min_value": -5000, "max_value": 5000}})
    return column("x", "text", {"text": template}), NUMBER, NAME, code, signed


PLACED = column("x", "bigint", {"expression": "t.id"}), column("y", "integer", "ordinal")
DISTINCT: dict[str, tuple[DatasetSpec, bool]] = {
    "choice": (unique(column("x", "text", {"choice": ["a"]})), False),
    "combination-whole": (unique(digit("x", 0), digit("y", 1), names=("x", "y")), True),
    "combination-half": (unique(digit("x", 0), names=("x",)), False),
    "combination-of-two-groups": (unique(digit("x", 0), digit("y", 1, group="h"), names=("x", "y")), False),
    "combination-of-two-numbers": (unique(digit("x", 0), digit("y", 1, radices=(20, 6)), names=("x", "y")), False),
    "text-alone": (unique(*templated("no {n}!")), True),
    "text-lower": (unique(*templated("{code:lower}")), True),
    "text-run-together": (unique(*templated("{name}{n}")), False),
    "text-run-together-behind": (unique(*templated("{n}{name}")), False),
    "text-set-off": (unique(*templated("{name}/{n}")), True),
    "text-set-off-behind": (unique(*templated("{n}-{name}")), True),
    "text-set-off-by-a-digit": (unique(*templated("{name}-1{n}")), False),
    "text-set-off-by-a-sign": (unique(*templated("{name}-{signed}")), False),
    "text-of-fixed-width": (unique(*templated("{name}{code}")), True),
    "text-in-the-middle": (unique(*templated("{name}.{n}.{name}")), False),
    "parent-and-ordinal": (dataset(root(), child(*PLACED, unique=(UniqueSpec(("x", "y")),))), True),
    "parent-alone": (dataset(root(), child(*PLACED, unique=(UniqueSpec(("x",)),))), False),
    "parent-of-one": (dataset(root(), child(*PLACED, parts=(part("r", 1, kind="fixed"),), unique=(UniqueSpec(("x",)),))), True),
    "parent-that-is-not-distinct": (
        dataset(
            TableSpec("t", (column("id", "bigint", {"integer": {"max_value": 3}}),)), child(*PLACED, unique=(UniqueSpec(("x", "y")),)),
        ), False,
    ),
    "relative": (dataset(root(), child(), child(relative(), name="b", unique=(UniqueSpec(("x",)),))), True),
    "relative-shared": (dataset(root(), child(), child(relative(ordinal="0"), name="b", unique=(UniqueSpec(("x",)),))), False),
    "relative-of-a-choice": (dataset(root(), child(replace(NAME, type=parse_type("bigint"))), child(relative(column="name"), name="b", unique=(UniqueSpec(("x",)),))), False),
    "relative-of-an-uncle": (
        dataset(root(), child(), child(name="b"), child(relative(), name="a", parent="b", unique=(UniqueSpec(("x",)),))), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DISTINCT)
def test_uniqueness_must_follow_from_construction(case: str) -> None:
    """A unique constraint is accepted where the way the column is made implies it, and refused where it does not."""
    spec, sound = DISTINCT[case]
    if not sound:
        with pytest.raises(SpecError, match="distinct"):
            compile_dataset(spec)
        return
    made = rows_of(run_of(spec, units=100))
    for table in spec.tables:
        for key in table.unique:
            rows = [tuple(row[name] for name in key.columns) for row in made[table.name]]
            assert len(set(rows)) == len(rows) > 0


def test_a_key_that_does_not_fit_64_bits_is_refused() -> None:
    """The room reserved under a root, times the roots and those of others before them, must fit the packed key."""
    spec = dataset(
        root(),
        child(parts=(part("row", 1 << 40, kind="fixed"),)),
        child(name="d", parent="c", parts=(part("row", 1 << 12, kind="fixed"),)),
    )
    compiled(spec).check_capacity(1023)
    for refused in ({"units": 1025}, {"units": 1, "id_offset": 1024}):
        with pytest.raises(DomainTooSmallError, match="the key of d") as refusal:
            compiled(spec).check_capacity(**refused)
        assert refusal.value.where == ("tables", "d")


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (6, 5), (0, 101)])
def test_units_outside_the_dataset_are_refused(start: int, stop: int) -> None:
    """A range that the dataset does not have is an error, not an empty result."""
    with pytest.raises(SpecError, match="lie outside the dataset's 100"):
        rows_of(run_of(units=100), start=start, stop=stop)


def test_a_family_larger_than_its_room_is_refused() -> None:
    """Counts that pass the room in the keys, or the ranks under a root, name the part or the limit to raise."""
    with pytest.raises(GenerationError, match="has 7 row, more than 5") as refusal:
        rows_of(run_of(counted(kind="expression", expression="7")))
    assert refusal.value.where == ROW
    with pytest.raises(GenerationError, match="rank_maximum 50") as refusal:
        rows_of(run_of(with_table(town(), "person", rank_maximum=50)))
    assert refusal.value.where == ("tables", "person", "rank_maximum")


def test_values_that_do_not_fit_their_column_are_refused() -> None:
    """A text that is too long, and a null where none may be, name the column."""
    for spec, words in (
        (made("varchar(3)", {"constant": "four"}), "4 characters does not fit varchar"),
        (made("text", {"given": {"on": "id", "cases": {"1": {"constant": "a"}}}}), "left 99 rows empty"),
    ):
        with pytest.raises(GenerationError, match=words) as refusal:
            rows_of(run_of(spec, units=100))
        assert refusal.value.where == X


def test_the_specimen_is_accepted() -> None:
    """A sound dataset compiles, parents before children, and knows which trees must be loaded first."""
    made = compiled()
    names = list(made.tables)
    assert names.index("street") < names.index("house") < names.index("person") < names.index("contact")
    assert made.levels == (("product",), ("street", "shop"))
