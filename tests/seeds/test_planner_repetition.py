"""What repeats from table to table is worked out once, and says the same as if it stood alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from seeds.catalog import Catalog, Check, Column, DataType, Kind, Table, TableName
from seeds.planner.checks import REFERENCE, compile_checks
from seeds.planner.checks.frame import Frame
from seeds.planner.checks.model import Bound, Domain, RowModel, World
from seeds.planner.checks.parting import Part, parts_of
from seeds.planner.checks.predicates import Predicate, predicates_of
from seeds.planner.checks.tree import Apply, Literal, Name
from seeds.planner.filling import FillRequest, plan_filling
from seeds.planner.filling.order import Edge, order_tables
from seeds.planner.meaning import meaning_of
from seeds.planner.values import propagate, realisation
from seeds.planner.values.model import Made, Task
from tests.seeds.check_tables import sample

AS_OF = date(2026, 4, 6)
WHOLE = DataType(Kind.INTEGER, "integer", base="int4", low=-(2**31), high=2**31 - 1)
TEXT = DataType(Kind.TEXT, "text", base="text")
_CLOCK = (REFERENCE, REFERENCE)


def parts(table: Table) -> list[Part]:
    frame = Frame({column.name: column.type for column in table.columns}, "postgres", *_CLOCK)
    return parts_of(table, list(predicates_of(table, "postgres", {})), frame)


def renamed(table: Table, name: str) -> Table:
    """The same table under another name, with its constraints called after it."""
    checks = tuple(replace(check, name=f"{name}_{check.name}") for check in table.checks)
    return replace(table, name=TableName("", name), checks=checks)


def test_columns_that_a_constraint_ties_are_one_part() -> None:
    """Chains count, and a column that no constraint names is a part of its own."""
    table = sample("a < b", "b < c", "net > 0", types=dict.fromkeys(("a", "b", "c", "net", "x"), WHOLE))
    assert [tuple(name for name, _ in part.types) for part in parts(table)] == [("a", "b", "c"), ("net",), ("x",)]


def test_a_part_does_not_depend_on_what_table_and_constraints_are_called() -> None:
    """The same columns with the same constraints are the same part in two tables."""
    table = sample("a < b", "x <> ''")
    assert parts(renamed(table, "one")) == parts(renamed(table, "other"))


@pytest.mark.parametrize("value", [1, True])
def test_equal_constants_of_different_types_are_different_parts(value: int) -> None:
    """To Python 1 and true are equal; to a database they are not."""
    table, frame = sample(types={"a": WHOLE}), Frame({"a": WHOLE}, "postgres", *_CLOCK)
    (with_value,) = parts_of(table, [_equals(value)], frame)
    (with_number,) = parts_of(table, [_equals(1)], frame)
    assert (with_value == with_number) == (value is not True)


def _equals(value: int) -> Predicate:
    return Predicate("c0", "a = f()", ("a",), Apply("=", (Name("a"), Literal(value))))


def test_constraints_keep_their_own_names() -> None:
    """What one table's solution was called does not show in another's, whether it holds, clashes or is not read."""
    table = sample("a > 1", "b > 1", "b < 0", "x ~ f(y)", "false", not_null=("b",))
    for name in ("one", "other"):
        model = compile_checks(renamed(table, name), "postgres")
        assert {said for said in _said(model) if not said.startswith(f"{name}_")} == set()
        assert _said(model) == [f"{name}_c{number}" for number in (0, 3, 1, 2, 4)]


def _said(model: RowModel) -> list[str]:
    groups: Iterable[Sequence[str]] = (
        *(part.checks for part in model.components),
        *((one.check,) for one in model.opaque),
        *(one.checks for one in model.contradictions),
    )
    return [name for names in groups for name in names]


def test_a_constraint_is_parsed_once_however_many_tables_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty tables with the same checks cost the parser no more than one of them."""
    parsed: list[str] = []
    parse: Callable[..., object] = sqlglot.parse_one

    def counted(sql: str, **given: object) -> object:
        parsed.append(sql)
        return parse(sql, **given)

    monkeypatch.setattr(sqlglot, "parse_one", counted)
    plan_filling(_council(40, "parsed"), FillRequest("auto", 10, AS_OF))
    assert sorted(parsed) == ["amount_parsed <= 70077", "amount_parsed >= 7"]


def test_a_column_is_realised_once_however_many_tables_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty tables with the same columns take as many generators to be found as one of them."""
    found: list[str] = []
    make = realisation._made

    def counted(task: Task) -> Made:
        found.append(task.name)
        return make(task)

    monkeypatch.setattr(realisation, "_made", counted)
    plan_filling(_council(40, "realised"), FillRequest("auto", 10, AS_OF))
    assert sorted(found) == ["amount_realised", "note_realised"]


def _council(many: int, word: str) -> Catalog:
    """Tables that differ in nothing but their names."""
    amount = f"amount_{word}"
    columns = (Column(amount, WHOLE, nullable=False), Column(f"note_{word}", TEXT))
    tables = [
        Table(
            TableName("", f"ward_{number:02d}"), columns,
            checks=(Check(f"c{number}", f"{amount} >= 7"), Check(f"d{number}", f"{amount} <= 70077")),
        )
        for number in range(many)
    ]  # fmt: skip
    return Catalog("postgres", "15", {table.name.key: table for table in tables})


@pytest.mark.parametrize("name", [item.name for item in fields(Task) if item.name != "column"])
def test_all_that_a_task_says_tells_it_from_another(name: str) -> None:
    """Nothing that a generator is chosen by is forgotten when a task is looked for among those done before."""
    task = Task(Column("x", TEXT), Domain(), None, None, (), (), AS_OF)
    changed: dict[str, Any] = {name: "another"}
    assert realisation._text(replace(task, **changed)) != realisation._text(task)


def test_a_world_is_told_from_one_that_only_equals_it() -> None:
    """Propagating 1 and then true gives true back."""
    for value in (1, True):
        found = propagate(World({"a": Domain(low=Bound(value))}), {"a": WHOLE})
        assert repr(found.domains["a"].low) == repr(Bound(value))


@pytest.mark.parametrize("first", ["lorry", "parcel"])
def test_the_table_decides_about_a_column_of_the_same_name(first: str) -> None:
    """A name that repeats its table's is judged without it, in whatever order tables are looked at."""
    column = Column("lorry_email", TEXT)
    tables = {name: Table(TableName("", name), (column,)) for name in ("lorry", "parcel")}
    order: Mapping[str, Table] = {first: tables[first], **tables}
    scores = {name: meaning_of(table, column).score for name, table in order.items()}
    assert scores["lorry"] > scores["parcel"]


@st.composite
def _edges(draw: st.DrawFn) -> list[Edge]:
    places = st.integers(0, 7)
    pairs = draw(st.lists(st.tuples(places, places, st.booleans()), max_size=20))
    return [Edge(f"t{source}", f"t{target}", (f"c{target}",), soft) for source, target, soft in pairs]


@given(_edges())
def test_whoever_lacks_least_goes_next(edges: list[Edge]) -> None:
    """The order of tables without hard circles is that of a search through all that wait, with names for ties."""
    names = [f"t{number}" for number in range(8)]
    found = order_tables(names, edges)
    lacking: dict[str, dict[str, int]] = {name: {} for name in names}
    for edge in edges:
        if edge.source != edge.target:
            weights = lacking[edge.source]
            weights[edge.target] = weights.get(edge.target, 0) + (1 if edge.soft else 1_000_000)
    if all(len(step.tables) == 1 for step in found.steps):
        expected: list[str] = []
        while len(expected) < len(names):
            waiting = [name for name in names if name not in expected]
            open_weight = {
                name: sum(weight for target, weight in lacking[name].items() if target not in expected)
                for name in waiting
            }
            expected.append(min(waiting, key=lambda name: (open_weight[name], name)))
        assert [step.tables[0] for step in found.steps] == expected
