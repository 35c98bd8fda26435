"""Keys that no single column or reference can carry: combinations written out, and what they leave room for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from seeds.catalog import Column, DataType, Exclusion, ExistingRows, Kind, Table, TableName, UniqueKey
from seeds.planner.filling import FillRequest, TableChoice
from seeds.planner.filling.combining import Distinction, Part, combine
from tests.seeds.filling_plans import AS_OF, Planned, checked, keyed, linked, planned, required
from tests.seeds.meaning_samples import BOOLEAN, DATE, ENUM, INT4, TEXT, referring, table

PEOPLE = checked(required(table("person", {"id": INT4}, key=["id"]), "id"), "id BETWEEN 1 AND 5")


def listed(name: str, columns: dict[str, DataType], *values: str, **keys: list[str] | list[list[str]]) -> Table:
    """A table whose columns are NOT NULL, each with what is said of it."""
    return checked(required(table(name, columns, **keys), *columns), *values)  # type: ignore[arg-type]


def test_two_columns_with_few_values_have_room_for_their_product() -> None:
    """An enum of two labels and a boolean are four rows, each pair once."""
    plan = planned(listed("t", {"mood": ENUM, "flag": BOOLEAN}, key=["mood", "flag"]))
    assert plan.rows("t") == 4
    assert len(set(plan.tuples("t", "mood", "flag"))) == 4


def test_lists_of_values_are_combined_as_far_as_a_check_admits_them() -> None:
    """Of nine pairs the check leaves seven, and the alternative that each row lives in is one that its pair allows."""
    made = listed(
        "t", {"a": INT4, "b": INT4}, "a BETWEEN 1 AND 3", "b BETWEEN 1 AND 3", "a <> 3 OR b = 1", key=["a", "b"]
    )
    pairs = planned(made).tuples("t", "a", "b")
    assert len(set(pairs)) == len(pairs) == 7
    assert all(a != 3 or b == 1 for a, b in pairs)


def test_combinations_that_are_there_are_not_made_again() -> None:
    """Two of the six pairs stand in the table."""
    made = listed("t", {"a": INT4, "b": BOOLEAN}, "a BETWEEN 1 AND 3", key=["a", "b"])
    there = ExistingRows(2, {"a": (1, 2), "b": (True, False)}, {"a": 2})
    pairs = planned(Table(made.name, made.columns, made.keys, checks=made.checks, existing=there)).tuples("t", "a", "b")
    assert set(pairs) == {(1, False), (2, True), (3, True), (3, False)}


def test_keys_that_share_a_column_are_counted_through_together() -> None:
    """Eight rows over three columns of three values, no pair twice in either key."""
    made = listed(
        "t",
        {"a": INT4, "b": INT4, "c": INT4},
        *(f"{name} BETWEEN 1 AND 3" for name in "abc"),
        unique=[["a", "b"], ["b", "c"]],
    )
    plan = planned(made, rows=8)
    assert plan.rows("t") == 8
    assert all(len(set(plan.tuples("t", *pair))) == 8 for pair in ("ab", "bc"))


def test_a_key_inside_another_is_seen_to_first() -> None:
    """Three references make the primary key, and two of them are unique by themselves: twelve pairs, twelve rows."""
    sides = [
        checked(required(table(name, {"id": INT4}, key=["id"]), "id"), f"id BETWEEN 1 AND {many}")
        for name, many in (("a", 2), ("b", 3), ("c", 4))
    ]
    made = required(table("m", {"a": INT4, "b": INT4, "c": INT4}, key=["a", "b", "c"], unique=[["b", "c"]]), *"abc")
    for side in sides:
        made = linked(made, f"to_{side.name.name}", [side.name.name], side, ["id"])
    plan = planned(*sides, made)
    assert plan.rows("m") == 12
    assert len(set(plan.tuples("m", "b", "c"))) == 12


def pairs_of_people(*predicates: str, unordered: bool = False, rows: int = 40) -> list[tuple[object, ...]]:
    """Pairs in a table with two references to five people."""
    made = checked(required(table("knows", {"a": INT4, "b": INT4}, key=["a", "b"]), "a", "b"), *predicates)
    made = linked(linked(made, "a", ["a"], PEOPLE, ["id"]), "b", ["b"], PEOPLE, ["id"])
    if unordered:
        made = keyed(
            made, UniqueKey("pair", (), ("LEAST(a, b)", "GREATEST(a, b)"), ("a", "b"), constraint=False)
        )  # fmt: skip
    return planned(PEOPLE, made, rows=rows).tuples("knows", "a", "b")


@pytest.mark.parametrize(
    ("predicates", "unordered", "room"),
    [((), False, 25), (("a <> b",), False, 20), (("a < b",), False, 10), ((), True, 15), (("a <> b",), True, 10)],
)
def test_pairs_from_one_table_are_as_many_as_fit(predicates: tuple[str, ...], unordered: bool, room: int) -> None:
    """What a check or a key without order forbids is left out, and all else is there."""
    pairs = pairs_of_people(*predicates, unordered=unordered)
    assert len(pairs) == len(set(pairs)) == room
    assert not (predicates and any(a == b for a, b in pairs))
    assert not unordered or len({frozenset(pair) for pair in pairs}) == room


@pytest.mark.parametrize("rows", [10, 20])
def test_pairs_without_order_hold_where_one_side_could_be_distinct(rows: int) -> None:
    """Ten or twenty friendships among twenty people: one side distinct would not be enough."""
    people = required(table("person", {"id": INT4}, key=["id"]), "id")
    made = required(table("knows", {"a": INT4, "b": INT4}, key=["a", "b"]), "a", "b")
    made = checked(linked(linked(made, "a", ["a"], people, ["id"]), "b", ["b"], people, ["id"]), "a <> b")
    made = keyed(made, UniqueKey("pair", (), ("LEAST(a, b)", "GREATEST(a, b)"), ("a", "b"), constraint=False))
    request = FillRequest("auto", 20, AS_OF, choices={"knows": TableChoice(rows=rows)})
    pairs = planned(people, made, request=request).tuples("knows", "a", "b")
    assert len({frozenset(pair) for pair in pairs}) == rows
    assert all(a != b for a, b in pairs)


def test_rows_without_a_value_of_their_own_have_none() -> None:
    """A unique column of two labels that may be empty is filled twice, and no row is lost."""
    plan = planned(required(table("t", {"id": INT4, "mood": ENUM}, key=["id"], unique=[["mood"]]), "id"))
    assert plan.rows("t") == 20
    moods = [mood for mood in plan.values("t", "mood") if mood is not None]
    assert sorted(map(str, moods)) == ["a", "b"]


def inside(key: list[str], *, a: DataType = INT4, low: str = "a > 0") -> Planned:
    """A parent with a key of two columns, and a child with a key that lies inside its reference."""
    parent = listed("parent", {"a": a, "b": INT4}, *([low] if low else []), key=["a", "b"])
    child = required(table("child", {"a": a, "b": INT4}, key=key), "a", "b")
    return planned(parent, referring(child, ["a", "b"], parent, ["a", "b"]))


@pytest.mark.parametrize("key", [["a"], ["b"]])
def test_a_key_inside_a_reference_makes_its_table_distinct(key: list[str]) -> None:
    """Whichever column the child's key names, the parent's rows differ in it, and no row is lost."""
    plan = inside(key)
    assert plan.rows("child") == len(set(plan.values("child", *key))) == 20
    assert set(plan.tuples("child", "a", "b")) <= set(plan.tuples("parent", "a", "b"))


@pytest.mark.parametrize(("low", "kind", "room"), [("a BETWEEN 1 AND 5", INT4, 5), ("", ENUM, 2)])
def test_a_key_inside_a_reference_has_room_for_what_its_table_can_tell_apart(
    low: str, kind: DataType, room: int
) -> None:
    """Few values in the parent are few rows in the child, and the first rows of the parent have each of them once."""
    plan = inside(["a"], a=kind, low=low)
    assert (plan.rows("parent"), plan.rows("child")) == (20, room)
    assert len(set(plan.values("child", "a"))) == room
    assert set(plan.tuples("child", "a", "b")) <= set(plan.tuples("parent", "a", "b"))


def test_a_key_inside_a_reference_to_rows_that_are_there_takes_one_of_each() -> None:
    """Nine rows with three values in the column are three rows."""
    made = listed("parent", {"a": INT4, "b": INT4}, "a BETWEEN 1 AND 3", "b BETWEEN 1 AND 3", key=["a", "b"])
    rows = [(a, b) for a in (1, 2, 3) for b in (1, 2, 3)]
    there = ExistingRows(9, {"a": tuple(a for a, _ in rows), "b": tuple(b for _, b in rows)}, {"a": 3, "b": 3})
    parent = Table(made.name, made.columns, made.keys, checks=made.checks, existing=there)
    child = required(table("child", {"a": INT4, "b": INT4}, key=["a"]), "a", "b")
    plan = planned(parent, referring(child, ["a", "b"], parent, ["a", "b"]))
    assert (plan.rows("parent"), plan.rows("child")) == (0, 3)
    assert sorted(map(str, plan.values("child", "a"))) == ["1", "2", "3"]
    assert set(plan.tuples("child", "a", "b")) <= set(rows)


def test_what_a_key_asks_for_is_settled_through_several_tables() -> None:
    """The last table's key decides what the first is distinct in, though no number of rows changes on the way."""
    first = required(table("first", {"x": INT4, "y": INT4}, key=["x", "y"]), "x", "y")
    second = required(table("second", {"x": INT4, "y": INT4}, key=["x", "y"]), "x", "y")
    third = required(table("third", {"x": INT4, "y": INT4}, key=["y"]), "x", "y")
    second = referring(second, ["x", "y"], first, ["x", "y"])
    plan = planned(first, second, referring(third, ["x", "y"], second, ["x", "y"]))
    assert plan.rows("third") == len(set(plan.values("third", "y"))) == 20


def test_references_that_agree_can_carry_a_key_on_what_they_share() -> None:
    """One row for each tenant, whose folder and person are the tenant's own."""
    tenant = required(table("tenant", {"id": INT4}, key=["id"]), "id")
    sides = [
        referring(required(table(name, {"t": INT4, "id": INT4}, key=["t", "id"]), "t", "id"), ["t"], tenant, ["id"])
        for name in ("folder", "person")
    ]
    made = required(table("grant", {"t": INT4, "folder": INT4, "person": INT4}, key=["t"]), "t", "folder", "person")
    for side in sides:
        made = linked(made, side.name.name, ["t", side.name.name], side, ["t", "id"])
    plan = planned(tenant, *sides, made)
    assert len(set(plan.values("grant", "t"))) == plan.rows("grant") == 20
    for name in ("folder", "person"):
        assert set(plan.tuples("grant", "t", name)) <= set(plan.tuples(name, "t", "id"))


@pytest.mark.parametrize("sign", ["+", "-"])
def test_sums_of_columns_are_distinct(sign: str) -> None:
    """One number is distinct in steps as wide as what is added to it or taken away."""
    made = listed("t", {"a": INT4, "b": INT4}, "b BETWEEN 1 AND 10")
    key = UniqueKey("sum", (), (f"(a {sign} b)",), ("a", "b"), constraint=False)
    pairs = planned(keyed(made, key), rows=400).tuples("t", "a", "b")
    sums = {int(str(a)) + (1 if sign == "+" else -1) * int(str(b)) for a, b in pairs}
    assert len(sums) == 400
    assert len({b for _, b in pairs}) == 10


def test_a_key_on_a_generated_column_is_one_on_what_it_is_computed_from() -> None:
    """Two lists of values joined by a hyphen are as many as their pairs."""
    made = listed("t", {"a": TEXT, "b": TEXT}, "a IN ('p', 'q', 'r')", "b IN ('x', 'y', 'z')")
    joined = Column("joined", TEXT, generated=True, expression="((a || '-'::text) || b)")
    made = Table(made.name, (*made.columns, joined), (UniqueKey("once", ("joined",)),), checks=made.checks)
    pairs = planned(made).tuples("t", "a", "b")
    assert len(pairs) == len(set(pairs)) == 9


BOOKING = Table(
    TableName("", "booking"),
    (Column("room", INT4, False), Column("start", DATE, False), Column("finish", DATE)),
    exclusions=(
        Exclusion(
            "apart", (("room", "="), ("daterange(start, finish, '[]'::text)", "&&")), ("room", "start", "finish")
        ),
    ),
)  # fmt: skip


def test_intervals_of_their_own_keep_to_what_checks_say_of_their_ends() -> None:
    """All twenty lie inside the year, no two touch, none is open, and none is longer than a week."""
    made = checked(
        BOOKING, "room = 1", "start >= '2025-01-01'", "finish <= '2025-12-31'", "finish > start", "finish <= start + 7"
    )
    ends = sorted(planned(made).tuples("booking", "start", "finish"), key=lambda pair: str(pair[0]))
    assert len(ends) == 20
    assert all(str(high) < str(low) for (_, high), (low, _) in pairwise(ends))
    assert all("2025" in str(end) for pair in ends for end in pair)


def test_a_stretch_that_checks_bound_has_room_for_so_many_intervals() -> None:
    """A hundred numbers are a hundred intervals at most, and a finding says so."""
    span = DataType(Kind.RANGE, "int4range", "int4range", element=INT4)
    made = Table(
        TableName("", "t"), (Column("span", span, False),), exclusions=(Exclusion("apart", (("span", "&&"),), ("span",)),)
    )  # fmt: skip
    plan = planned(checked(made, "lower(span) >= 1 AND upper(span) <= 100"), rows=200)
    assert 90 <= plan.rows("t") <= 100
    assert "ROWS_CAPPED" in plan.codes("t")


def test_a_stage_of_growth_sees_what_there_was_in_it() -> None:
    """Rows made while there were three of each keep to them, though there are thirty by now; the next see all of these."""

    def made(many: int, rows: int, sizes: tuple[int, ...], begun: tuple[int, ...]) -> tuple[object, ...]:
        parts = [Part(name, (name,), tuple(range(many)), grows=True, sizes=sizes) for name in "ab"]
        both = Distinction(frozenset("ab"), frozenset("ab"))
        return combine("t", parts, [both], rows, admits=lambda *_: True, begun=begun).head

    first = made(3, 20, (), ())
    assert len(first) == len(set(first)) == 9
    later = made(30, 60, (3,), (9,))
    assert later[:9] == first
    assert len(set(later)) == 60
    assert len({place for one in later[9:] for place in one}) > 15  # type: ignore[attr-defined]


@pytest.mark.parametrize("rows", [5, 20, 60])
def test_what_stands_in_a_row_does_not_depend_on_how_many_there_are(rows: int) -> None:
    """Whether few rows are asked for or many, with a reference that may be empty and one that may not."""

    def made(rows: int) -> list[tuple[object, ...]]:
        people = required(table("person", {"id": INT4}, key=["id"]), "id")
        rooms = required(table("room", {"id": INT4}, key=["id"]), "id")
        stay = required(table("stay", {"id": INT4, "person": INT4, "room": INT4}, key=["id"]), "id", "person")
        stay = keyed(stay, UniqueKey("once", ("person", "room")))
        stay = linked(linked(stay, "p", ["person"], people, ["id"]), "r", ["room"], rooms, ["id"])
        request = FillRequest("auto", 20, AS_OF, choices={"stay": TableChoice(rows=rows)})
        return planned(people, rooms, stay, request=request).tuples("stay", "person", "room")

    most = made(80)
    assert made(rows) == most[:rows]
    full = [pair for pair in most if None not in pair]
    assert len(set(full)) == len(full) < len(most)


def test_combinations_of_rows_that_are_there_stay_when_there_are_more() -> None:
    """Each row takes from the parts that were there when it appeared."""

    def made(many: int, rows: int) -> tuple[object, ...]:
        parts = [Part(name, (name,), tuple(range(many)), grows=True) for name in "ab"]
        both = Distinction(frozenset("ab"), frozenset("ab"))
        return combine("t", parts, [both], rows, admits=lambda *_: True).head

    assert made(40, 90)[:20] == made(20, 20)
