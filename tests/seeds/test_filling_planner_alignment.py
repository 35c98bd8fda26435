"""Keys that are made of one another: the circle is opened in one place, and row by row everything agrees."""

from __future__ import annotations

from tests.seeds.filling_plans import linked, planned, required
from tests.seeds.meaning_samples import BOOLEAN, INT4, TEXT, referring, table


def test_primary_keys_that_refer_to_each_other_are_the_same_values() -> None:
    """A person and a profile whose keys are each other's: both tables hold the same keys, each once."""
    person = required(table("person", {"id": INT4}, key=["id"]), "id")
    profile = required(referring(table("profile", {"id": INT4}, key=["id"]), ["id"], person, ["id"]), "id")
    plan = planned(linked(person, "back", ["id"], profile, ["id"]), profile)
    ids = plan.values("person", "id")
    assert len(set(ids)) == 20
    assert set(plan.values("profile", "id")) == set(ids)
    assert plan.order() == [("person", "profile")]


def test_a_circle_through_three_tables_is_opened_once() -> None:
    """All three tables hold the same keys."""
    a, b, c = (required(table(name, {"id": INT4}, key=["id"]), "id") for name in "abc")
    plan = planned(referring(a, ["id"], b, ["id"]), referring(b, ["id"], c, ["id"]), referring(c, ["id"], a, ["id"]))
    ids = set(plan.values("a", "id"))
    assert len(ids) == 20
    assert set(plan.values("b", "id")) == set(plan.values("c", "id")) == ids


def test_a_key_that_refers_to_itself_is_made_like_any_other() -> None:
    """A row whose key is a reference to its own key is its own parent."""
    made = required(table("t", {"id": INT4}, key=["id"]), "id")
    plan = planned(referring(made, ["id"], made, ["id"]))
    assert len(set(plan.values("t", "id"))) == 20


def test_a_circle_in_one_column_of_two_leaves_the_other_alone() -> None:
    """Order and current version share the order's number, and each version exists."""
    order = required(table("orders", {"number": INT4, "version": INT4}, key=["number"]), "number", "version")
    version = required(
        table("version", {"number": INT4, "version": INT4}, key=["number", "version"]), "number", "version"
    )
    version = referring(version, ["number"], order, ["number"])
    order = referring(order, ["number", "version"], version, ["number", "version"])
    plan = planned(order, version)
    there = set(plan.tuples("version", "number", "version"))
    assert plan.rows("orders") == plan.rows("version") == 20
    assert set(plan.tuples("orders", "number", "version")) <= there
    assert set(plan.values("version", "number")) <= set(plan.values("orders", "number"))


def test_references_without_a_circle_are_not_aligned() -> None:
    """Two tables whose other columns refer to each other keep their own keys, and refer as it happens."""
    hen = required(table("hen", {"id": INT4, "egg_id": INT4, "name": TEXT}, key=["id"]), "id", "egg_id")
    egg = required(table("egg", {"id": INT4, "hen_id": INT4, "raw": BOOLEAN}, key=["id"]), "id", "hen_id")
    plan = planned(referring(hen, ["egg_id"], egg, ["id"]), referring(egg, ["hen_id"], hen, ["id"]))
    assert plan.values("hen", "egg_id") != plan.values("hen", "id")
    assert set(plan.values("hen", "egg_id")) <= set(plan.values("egg", "id"))
