"""The search over small domains, against every row there is: SQLite says which of them pass."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeds.catalog import Check, Column, DataType, Kind, Table, TableName
from seeds.planner.checks import compile_checks, satisfies
from seeds.planner.checks.model import RowModel
from seeds.planner.checks.solving import WORLDS
from tests.seeds.check_tables import BOOLEAN, DATE, INTEGER, TEXT

SMALL = DataType(Kind.INTEGER, "integer", low=-1, high=2)
NUMBERS = ("a", "b", "c")
TRUTHS = ("p", "q")
NAMES = (*NUMBERS, *TRUTHS)
VALUES: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(NUMBERS, (-1, 0, 1, 2, None)),
    **dict.fromkeys(TRUTHS, (False, True, None)),
}
ROWS = [dict(zip(NAMES, row, strict=True)) for row in product(*(VALUES[name] for name in NAMES))]

number = st.integers(-1, 2).map(str)
column = st.sampled_from(NUMBERS)
comparison = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
value = st.one_of(
    column,
    st.tuples(column, number).map(lambda parts: "COALESCE({}, {})".format(*parts)),
    st.tuples(column, number).map(lambda parts: "NULLIF({}, {})".format(*parts)),
    st.tuples(column, column).map(lambda parts: "({} + {})".format(*parts)),
    column.map("abs({})".format),
)
simple = st.one_of(
    st.sampled_from(TRUTHS),
    st.tuples(value, comparison, st.one_of(number, value)).map(lambda parts: "({} {} {})".format(*parts)),
    st.sampled_from(NAMES).map("({} IS NULL)".format),
    st.sampled_from(NAMES).map("({} IS NOT NULL)".format),
    st.tuples(column, number, st.one_of(number, st.just("NULL"))).map(lambda parts: "({} IN ({}, {}))".format(*parts)),
)


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Predicates made of predicates."""
    truths = st.sampled_from(["TRUE", "FALSE", "NOT TRUE", "NOT FALSE", "NULL", "NOT NULL"])
    return st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR", "=", "<>"]), inner).map(lambda p: "({} {} {})".format(*p)),
        inner.map("(NOT {})".format),
        st.tuples(inner, truths).map(lambda parts: "({} IS {})".format(*parts)),
        st.tuples(inner, inner, st.one_of(inner, st.just("NULL"))).map(
            lambda parts: "(CASE WHEN {} THEN {} ELSE {} END)".format(*parts)
        ),
        st.tuples(inner, inner).map(
            lambda parts: "(CASE WHEN {} THEN 1 ELSE 0 END + CASE WHEN {} THEN 1 ELSE 0 END = 1)".format(*parts)
        ),
    )


predicates = st.lists(st.recursive(simple, nested, max_leaves=6), min_size=1, max_size=3)
required = st.sets(st.sampled_from(NAMES))


def small_table(checks: list[str], not_null: set[str]) -> Table:
    return Table(
        TableName("", "small"),
        tuple(Column(name, SMALL if name in NUMBERS else BOOLEAN, nullable=name not in not_null) for name in NAMES),
        checks=tuple(Check(f"c{number}", text) for number, text in enumerate(checks)),
    )


def passing(checks: list[str], not_null: set[str]) -> list[dict[str, object]]:
    """All rows that the checks let pass, as SQLite evaluates them."""
    conditions = [
        "TRUE",
        *(f"(({check}) IS NOT FALSE)" for check in checks),
        *(f"({name} IS NOT NULL)" for name in not_null),
    ]
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE small ({', '.join(NAMES)})")
        connection.executemany("INSERT INTO small VALUES (?, ?, ?, ?, ?)", [tuple(row.values()) for row in ROWS])
        # Conditions are read as a column: as a WHERE clause, some versions optimise them wrongly.
        found = connection.execute(f"SELECT {' AND '.join(conditions)} FROM small ORDER BY rowid")
        return [row for row, (passes,) in zip(ROWS, found, strict=True) if passes]


def living(model: RowModel) -> list[dict[str, object]]:
    """All rows that live in a world of every component."""
    return [row for row in ROWS if all(any(satisfies(row, world) for world in one.worlds) for one in model.components)]


@settings(max_examples=80, deadline=None)
@given(checks=predicates, not_null=required)
def test_every_row_of_the_worlds_passes_and_none_is_empty(checks: list[str], not_null: set[str]) -> None:
    """Worlds hold no row that the checks refuse, and each world has a row."""
    model = compile_checks(small_table(checks, not_null), "postgres")
    if model.opaque or model.contradictions:
        return
    allowed = passing(checks, not_null)
    assert [row for row in living(model) if row not in allowed] == []
    for component in model.components:
        rows = [dict(zip(component.columns, row, strict=True)) for row in product(*map(VALUES.get, component.columns))]  # type: ignore[arg-type]
        assert all(any(satisfies(row, world) for row in rows) for world in component.worlds)


@settings(max_examples=80, deadline=None)
@given(checks=predicates, not_null=required)
def test_a_contradiction_is_found_exactly_where_no_row_passes(checks: list[str], not_null: set[str]) -> None:
    """Checks contradict each other if and only if no row passes all of them."""
    model = compile_checks(small_table(checks, not_null), "postgres")
    if not model.opaque:
        assert bool(model.contradictions) is (passing(checks, not_null) == [])


@settings(max_examples=30, deadline=None)
@given(checks=predicates, not_null=required)
def test_every_column_is_in_one_component(checks: list[str], not_null: set[str]) -> None:
    """Whatever the checks, components hold each column once, in the table's order, with a domain in every world."""
    model = compile_checks(small_table(checks, not_null), "postgres")
    assert sorted(name for component in model.components for name in component.columns) == sorted(NAMES)
    for component in model.components:
        assert list(component.columns) == sorted(component.columns, key=NAMES.index)
        assert component.worlds
        assert all(set(world.domains) == set(component.columns) for world in component.worlds)


def wide(checks: list[str], **types: DataType) -> RowModel:
    columns = tuple(Column(name, type_) for name, type_ in types.items())
    named = tuple(Check(f"c{number}", text) for number, text in enumerate(checks))
    return compile_checks(Table(TableName("", "wide"), columns, checks=named), "postgres")


ARC = [f"a{number}" for number in range(10)]
KINDS = ", ".join(f"'k{number}'" for number in range(10))


def test_an_arc_of_ten_with_twenty_conditions_is_solved() -> None:
    """Each kind's own world appears, in which its target is there and no other is."""
    checks = [f"num_nonnulls({', '.join(ARC)}) = 1", "kind IS NOT NULL", f"kind IN ({KINDS})"]
    checks += [f"kind <> 'k{number}' OR a{number} IS NOT NULL" for number in range(10)]
    checks += [f"NOT f{number} OR s{number} IS NOT NULL" for number in range(20)]
    checks += [f"f{number} = f{number + 10} OR kind <> 'k{number}'" for number in range(10)]
    types = {**dict.fromkeys(ARC, INTEGER), "kind": TEXT}
    for number in range(20):
        types |= {f"f{number}": BOOLEAN, f"s{number}": DATE}
    model = wide(checks, **types)
    assert (model.opaque, model.contradictions) == ((), ())
    (component,) = (one for one in model.components if "kind" in one.columns)
    kinds = {value for world in component.worlds for value in world.domains["kind"].values or ()}
    assert kinds == {f"k{number}" for number in range(10)}
    assert all(sum(world.domains[name].null == "never" for name in ARC) == 1 for world in component.worlds)


@pytest.mark.parametrize("size", [3, 10, 17])
def test_worlds_are_capped(size: int) -> None:
    """However many combinations there are, some are returned, and not more than the cap."""
    names = [f"s{number}" for number in range(20)]
    model = wide([f"num_nonnulls({', '.join(names)}) = {size}"], **dict.fromkeys(names, DATE))
    (component,) = (one for one in model.components if "s0" in one.columns)
    assert 1 < len(component.worlds) <= WORLDS
    assert all(sum(one.null == "never" for one in world.domains.values()) == size for world in component.worlds)


def holes(pigeons: int, places: int) -> Iterator[str]:
    for pigeon in range(pigeons):
        yield " OR ".join(f"p{pigeon}{place}" for place in range(places))
    for place, first, second in product(range(places), range(pigeons), range(pigeons)):
        if first < second:
            yield f"NOT (p{first}{place} AND p{second}{place})"


def test_a_puzzle_is_given_up_without_being_called_a_contradiction() -> None:
    """Where the search ends before it knows, constraints are left to the database."""
    checks = [*holes(9, 8), *(f"p{pigeon}{place} IS NOT NULL" for pigeon, place in product(range(9), range(8)))]
    model = wide(checks, **{f"p{pigeon}{place}": BOOLEAN for pigeon, place in product(range(9), range(8))})
    assert model.contradictions == ()
    assert model.opaque


@pytest.mark.parametrize(
    ("checks", "culprits"),
    [
        (["a > 5", "a < 3", "b > 0", "a IS NOT NULL"], {"c0", "c1", "c3"}),
        (["a < b", "b < c", "c < a", "a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL"], {"c0", "c1", "c2", "c3"}),
        (["a IS NULL", "b > 0", "a IS NOT NULL"], {"c0", "c2"}),
        (["a = b", "b <> a", "a IS NOT NULL", "b IS NOT NULL"], {"c0", "c1", "c2", "c3"}),
        (["p", "NOT p", "p IS NOT NULL", "q"], {"c0", "c1", "c2"}),
        (["1 = 2", "a > 1"], {"c0"}),
        (["a + b >= 5", "a IS NOT NULL", "b IS NOT NULL"], {"c0", "c1", "c2"}),
    ],
)
def test_a_contradiction_names_the_checks_that_make_it(checks: list[str], culprits: set[str]) -> None:
    """No check is blamed that the others could do without."""
    (found,) = compile_checks(small_table(checks, set()), "postgres").contradictions
    assert set(found.checks) <= culprits
    rest = [check for number, check in enumerate(checks) if f"c{number}" not in found.checks]
    blamed = [check for number, check in enumerate(checks) if f"c{number}" in found.checks]
    assert passing(blamed, set()) == []
    assert passing(rest, set()) != []
