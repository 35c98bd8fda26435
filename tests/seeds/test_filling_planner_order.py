"""The order of loading: parents first, cycles cut where a null can wait, and knots of hard references together."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeds.planner.filling.order import Edge, Order, components, order_tables
from tests.seeds.filling_plans import planned, required
from tests.seeds.meaning_samples import INT4, referring, table


def hard(source: str, target: str) -> Edge:
    return Edge(source, target, (f"{target}_id",), soft=False)


def soft(source: str, target: str) -> Edge:
    return Edge(source, target, (f"{target}_id",), soft=True)


def steps(order: Order) -> list[tuple[str, ...]]:
    return [step.tables for step in order.steps]


def test_every_table_comes_after_those_it_refers_to() -> None:
    """A chain is loaded from its end, whatever the names."""
    order = order_tables(["a", "b", "c"], [hard("a", "b"), hard("b", "c")])
    assert (steps(order), order.deferred) == ([("c",), ("b",), ("a",)], {})


def test_without_references_names_decide() -> None:
    """The order is the same every time, and does not depend on the order in which tables are given."""
    assert steps(order_tables(["c", "a", "b"], [])) == [("a",), ("b",), ("c",)]


def test_a_soft_reference_is_kept_where_it_can_be() -> None:
    """A column that may be null is filled at once if what it refers to can come before."""
    order = order_tables(["a", "b"], [soft("a", "b")])
    assert (steps(order), order.deferred) == ([("b",), ("a",)], {})


def test_a_cycle_is_cut_at_its_soft_reference() -> None:
    """Of a hard and a soft reference against each other the soft one waits."""
    order = order_tables(["a", "b"], [hard("a", "b"), soft("b", "a")])
    assert (steps(order), dict(order.deferred)) == ([("b",), ("a",)], {"b": ("a_id",)})


def test_of_two_soft_references_only_one_waits() -> None:
    """A cycle needs one cut."""
    order = order_tables(["a", "b"], [soft("a", "b"), soft("b", "a")])
    assert len(order.deferred) == 1


def test_a_knot_of_hard_references_is_loaded_together() -> None:
    """Tables of which none can come first share one step, and what needs them follows."""
    order = order_tables(["a", "b", "c", "z"], [hard("a", "b"), hard("b", "c"), hard("c", "a"), hard("z", "a")])
    assert (steps(order), order.deferred) == ([("a", "b", "c"), ("z",)], {})


def test_a_soft_reference_inside_a_knot_does_not_wait() -> None:
    """Rows of one step are there at the same time."""
    order = order_tables(["a", "b"], [hard("a", "b"), hard("b", "a"), soft("a", "b")])
    assert (steps(order), order.deferred) == ([("a", "b")], {})


def test_a_reference_to_the_table_itself_or_to_an_unknown_one_decides_nothing() -> None:
    """Neither makes a cycle, and neither waits."""
    order = order_tables(["a"], [hard("a", "a"), hard("a", "elsewhere")])
    assert (steps(order), order.deferred) == ([("a",)], {})


def test_one_hard_reference_outweighs_many_soft_ones() -> None:
    """However many nulls have to wait, a row is never put in before what it cannot do without."""
    edges = [hard("child", "parent"), *(soft("parent", "child") for _ in range(5))]
    order = order_tables(["child", "parent"], edges)
    assert (steps(order), dict(order.deferred)) == ([("parent",), ("child",)], {"parent": ("child_id",)})


NAMES = st.sampled_from("abcdefgh")


@given(st.lists(st.builds(Edge, NAMES, NAMES, st.just(("c",)), st.booleans()), max_size=20))
def test_every_reference_is_satisfied_or_waits(edges: list[Edge]) -> None:
    """For every graph: each table has one place; hard references never point forwards, soft ones wait where they do."""
    order = order_tables(list("abcdefgh"), edges)
    place = {name: number for number, step in enumerate(order.steps) for name in step.tables}
    assert sorted(name for step in order.steps for name in step.tables) == list("abcdefgh")
    for edge in edges:
        if place[edge.target] > place[edge.source]:
            assert edge.soft
            assert "c" in order.deferred[edge.source]
    forward = {edge.source for edge in edges if place[edge.target] > place[edge.source]}
    assert set(order.deferred) == forward


def test_components_come_after_those_they_reach() -> None:
    """Two circles joined by a bridge are two groups, the one that is pointed to first."""
    graph = {"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c"}}
    assert [set(group) for group in components("abcd", graph)] == [{"c", "d"}, {"a", "b"}]


@pytest.mark.parametrize("size", [1_200])
def test_a_very_long_chain_needs_no_recursion(size: int) -> None:
    """The depth of a schema is not bounded by the interpreter's stack."""
    names = [f"t{number:05}" for number in range(size)]
    order = order_tables(names, [hard(a, b) for a, b in pairwise(names)])
    assert steps(order) == [(name,) for name in reversed(names)]


THREAD = table("thread", {"id": INT4, "post_id": INT4}, key=["id"])
POST = required(table("post", {"id": INT4, "thread_id": INT4}, key=["id"]), "thread_id")


def test_a_plan_defers_the_column_that_may_be_null() -> None:
    """The thread goes in without its post, and both columns lead to rows that exist."""
    plan = planned(referring(THREAD, ["post_id"], POST, ["id"]), referring(POST, ["thread_id"], THREAD, ["id"]))
    assert plan.order() == [("thread",), ("post",)]
    assert plan.plan.tables["thread"].deferred == ("post_id",)
    assert set(plan.values("thread", "post_id")) <= {*plan.values("post", "id"), None}
    assert set(plan.values("post", "thread_id")) <= set(plan.values("thread", "id"))


def test_a_column_that_cannot_be_found_again_does_not_wait() -> None:
    """Without a primary key no row can be updated later: the knot is loaded together."""
    keyless = table("thread", {"id": INT4, "post_id": INT4}, unique=[["id"]])
    plan = planned(referring(keyless, ["post_id"], POST, ["id"]), referring(POST, ["thread_id"], keyless, ["id"]))
    assert plan.order() == [("post", "thread")]
    assert plan.plan.tables["thread"].deferred == ()


def test_a_column_of_the_primary_key_does_not_wait() -> None:
    """What a row is found by has to be there from the beginning."""
    both = required(
        table("thread", {"id": INT4, "post_id": INT4}, key=["id", "post_id"], unique=[["id"]]), "id", "post_id"
    )
    plan = planned(referring(both, ["post_id"], POST, ["id"]), referring(POST, ["thread_id"], both, ["id"]))
    assert plan.order() == [("post", "thread")]
