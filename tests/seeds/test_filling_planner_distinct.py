"""Unique keys hold by construction: what is made distinct, and how many rows that leaves room for."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from seeds.catalog import Check, Column, DataType, Exclusion, ExistingRows, Kind, Table, TableName, UniqueKey
from tests.seeds.filling_plans import Planned, checked, keyed, linked, planned, required
from tests.seeds.meaning_samples import BOOLEAN, DATE, ENUM, INT2, INT4, INT8, TEXT, UUID, referring, table, varchar


def distinct(plan: Planned, name: str, *columns: str) -> bool:
    """Whether no two planned rows agree in the columns; rows with a null in them agree with none."""
    rows = [row for row in plan.tuples(name, *columns) if None not in row]
    return len(rows) == len(set(rows))


@pytest.mark.parametrize("kind", [INT2, INT4, INT8, TEXT, varchar(4), UUID, DATE], ids=lambda kind: str(kind.name))
def test_a_single_column_is_made_distinct(kind: DataType) -> None:
    """Every type with room for the rows is its own carrier."""
    plan = planned(required(table("t", {"x": kind}, key=["x"]), "x"), rows=200)
    assert plan.rows("t") == 200
    assert distinct(plan, "t", "x")
    assert None not in plan.values("t", "x")


def test_a_column_with_too_few_values_cuts_the_rows() -> None:
    """An enum of two labels as a primary key has room for two rows, and the finding says so in numbers."""
    plan = planned(required(table("t", {"mood": ENUM}, key=["mood"]), "mood"))
    assert plan.rows("t") == 2
    (finding,) = plan.plan.tables["t"].findings
    assert finding.code == "ROWS_CAPPED"
    assert "2 rows" in finding.message
    assert "20 were asked for" in finding.message
    assert sorted(map(str, plan.values("t", "mood"))) == ["a", "b"]


def test_a_check_narrows_what_a_key_has_room_for() -> None:
    """Five admitted numbers are five rows."""
    plan = planned(checked(required(table("t", {"n": INT4}, key=["n"]), "n"), "n BETWEEN 3 AND 7"))
    assert sorted(map(str, plan.values("t", "n"))) == ["3", "4", "5", "6", "7"]


def test_of_a_composite_key_one_column_with_room_is_enough() -> None:
    """The narrow column may repeat, since the other never does."""
    plan = planned(required(table("t", {"flag": BOOLEAN, "n": INT4}, key=["flag", "n"]), "flag", "n"))
    assert plan.rows("t") == 20
    assert distinct(plan, "t", "flag", "n")
    assert len(set(plan.values("t", "flag"))) == 2


def test_keys_that_overlap_hold_all_at_once() -> None:
    """Three keys over three columns, none of them by accident."""
    made = required(
        table("t", {"a": INT4, "b": TEXT, "c": DATE}, unique=[["a", "b"], ["b", "c"], ["c", "a"]]), "a", "b", "c"
    )
    plan = planned(made, rows=300)
    assert all(distinct(plan, "t", *pair) for pair in ("ab", "bc", "ca"))


PARENT = required(table("parent", {"id": INT4}, key=["id"]), "id")


def test_a_reference_can_be_the_carrier() -> None:
    """One to one: every parent once, and no more rows than parents."""
    child = required(
        referring(table("child", {"parent_id": INT4}, key=["parent_id"]), ["parent_id"], PARENT, ["id"]), "parent_id"
    )
    plan = planned(PARENT, child)
    assert sorted(map(str, plan.values("child", "parent_id"))) == sorted(map(str, plan.values("parent", "id")))


def test_references_are_counted_through_together() -> None:
    """Many to many: three colours and four sizes make twelve rows, each pair once."""
    colour = checked(required(table("colour", {"id": INT4}, key=["id"]), "id"), "id BETWEEN 1 AND 3")
    size = checked(required(table("size", {"id": INT4}, key=["id"]), "id"), "id BETWEEN 1 AND 4")
    variant = required(
        table("variant", {"colour_id": INT4, "size_id": INT4}, key=["colour_id", "size_id"]), "colour_id", "size_id"
    )
    variant = linked(linked(variant, "c", ["colour_id"], colour, ["id"]), "s", ["size_id"], size, ["id"])
    plan = planned(colour, size, variant, rows=20)
    assert plan.rows("variant") == 12
    assert len(set(plan.tuples("variant", "colour_id", "size_id"))) == 12


def test_a_key_on_part_of_a_reference_holds_where_the_part_is_distinct() -> None:
    """A unique key on the first of two referring columns asks that the first be distinct in the table referred to."""
    pair = required(table("pair", {"a": INT4, "b": BOOLEAN}, key=["a", "b"]), "a", "b")
    child = required(table("child", {"a": INT4, "b": BOOLEAN}, unique=[["a"]]), "a", "b")
    plan = planned(pair, referring(child, ["a", "b"], pair, ["a", "b"]))
    assert plan.rows("child") == 20
    assert distinct(plan, "child", "a")


def test_a_unique_reference_to_the_table_itself_is_a_chain() -> None:
    """Each row refers to another one before it, no two to the same, and the first to none."""
    made = required(table("t", {"id": INT4, "next_id": INT4}, key=["id"], unique=[["next_id"]]), "id")
    plan = planned(referring(made, ["next_id"], made, ["id"]))
    followers = [value for value in plan.values("t", "next_id") if value is not None]
    assert followers
    assert len(followers) == len(set(followers))
    assert set(followers) <= set(plan.values("t", "id"))


def test_a_unique_expression_holds_as_well() -> None:
    """What an expression reads is made so distinct that lower case does not bring two values together."""
    key = UniqueKey("lowered", (), ("lower(email)",), ("email",), constraint=False)
    plan = planned(keyed(required(table("t", {"email": TEXT}), "email"), key), rows=300)
    assert len({str(value).lower() for value in plan.values("t", "email")}) == 300


def test_nulls_that_count_as_equal_are_not_made() -> None:
    """Under NULLS NOT DISTINCT a second null would be one too many."""
    key = UniqueKey("alike", ("x",), nulls_distinct=False)
    plan = planned(keyed(table("t", {"x": INT4}), key), rows=300)
    assert plan.values("t", "x").count(None) <= 1


def test_a_partial_key_without_room_is_kept_out_of() -> None:
    """A constant can be unique among one row at most: of the others none satisfies the predicate."""
    key = UniqueKey("one", (), ("1",), ("main",), predicate="main", constraint=False)
    plan = planned(keyed(required(table("t", {"id": INT4, "main": BOOLEAN}, key=["id"]), "id", "main"), key))
    assert plan.rows("t") == 20
    assert plan.values("t", "main").count(True) <= 1


def test_a_partial_key_with_room_costs_no_rows() -> None:
    """The tenant is distinct where the predicate holds, whoever it holds for."""
    key = UniqueKey("one", ("tenant",), (), ("tenant", "main"), predicate="main", constraint=False)
    plan = planned(keyed(required(table("t", {"tenant": INT4, "main": BOOLEAN}), "tenant", "main"), key))
    main = [tenant for tenant, is_main in plan.tuples("t", "tenant", "main") if is_main]
    assert plan.rows("t") == 20
    assert len(main) == len(set(main))


def test_ranges_under_an_exclusion_never_overlap() -> None:
    """Each row has an interval of its own."""
    during = DataType(Kind.RANGE, "daterange", "daterange", element=DATE)
    made = Table(
        TableName("", "t"), (Column("during", during, nullable=False),),
        exclusions=(Exclusion("apart", (("during", "&&"),), ("during",)),),
    )  # fmt: skip
    ends = sorted(str(value).strip("[)").split(",") for value in planned(made, rows=100).values("t", "during"))
    assert len(ends) == 100
    assert all(high <= low for (_, high), (low, _) in pairwise(ends))


def test_values_that_are_there_already_are_not_made_again() -> None:
    """Rows of others keep their keys, and ours fit beside them."""
    there = ExistingRows(3, {"n": (3, 4, 5)}, {"n": 5})
    made = checked(required(table("t", {"n": INT4}, key=["n"]), "n"), "n BETWEEN 3 AND 7")
    assert sorted(map(str, planned(replace(made, existing=there)).values("t", "n"))) == ["6", "7"]


def test_a_singleton_gets_its_one_row() -> None:
    """A primary key that can only be true has room for one."""
    made = replace(
        required(table("t", {"single": BOOLEAN}, key=["single"]), "single"),
        checks=(Check("one", "single", ("single",)),),
    )
    assert planned(made).values("t", "single") == [True]


def test_rows_that_fit_depend_on_the_parents() -> None:
    """A table cut short cuts those short that may refer to each of its rows only once."""
    few = checked(required(table("few", {"id": INT4}, key=["id"]), "id"), "id BETWEEN 1 AND 3")
    once = required(referring(table("once", {"few_id": INT4}, key=["few_id"]), ["few_id"], few, ["id"]), "few_id")
    again = required(
        referring(table("again", {"once_id": INT4}, key=["once_id"]), ["once_id"], once, ["few_id"]), "once_id"
    )
    plan = planned(few, once, again)
    assert [plan.rows(name) for name in ("few", "once", "again")] == [3, 3, 3]
