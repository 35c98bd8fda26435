"""Which references a table's rows follow: declared ones first, then what is implied by them, then what names suggest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seeds.catalog import DataType, ExistingRows, Kind, TableName
from seeds.planner.filling import FillRequest, Relation, TableChoice
from seeds.planner.filling.links import compatible, selected
from tests.seeds.filling_plans import AS_OF, Planned, checked, linked, planned, required
from tests.seeds.meaning_samples import BOOLEAN, DATE, INT2, INT4, INT8, TEXT, UUID, numeric, referring, table, varchar

PARENT = required(table("parent", {"id": INT8, "code": varchar(30)}, key=["id"], unique=[["code"]]), "id", "code")


def within(plan: Planned, child: str, columns: list[str], parent: str, targets: list[str]) -> bool:
    """Whether every row of the child leads to a row of the parent, or has a null on the way."""
    there = set(plan.tuples(parent, *targets))
    return all(row in there for row in plan.tuples(child, *columns) if None not in row)


def test_a_declared_reference_leads_to_rows_that_exist() -> None:
    """Every value is one of the parent's, and not always the same one."""
    plan = planned(PARENT, required(referring(table("child", {"x": INT8}), ["x"], PARENT, ["id"]), "x"))
    assert within(plan, "child", ["x"], "parent", ["id"])
    assert len(set(plan.values("child", "x"))) > 3


def test_a_reference_may_be_to_a_unique_key() -> None:
    """The primary key is no better than another."""
    plan = planned(PARENT, required(referring(table("child", {"x": varchar(30)}), ["x"], PARENT, ["code"]), "x"))
    assert within(plan, "child", ["x"], "parent", ["code"])


def test_a_composite_reference_takes_all_columns_from_one_row() -> None:
    """No pair is put together from two rows."""
    pair = required(table("pair", {"a": INT4, "b": BOOLEAN}, key=["a", "b"]), "a", "b")
    child = required(referring(table("child", {"p": INT4, "q": BOOLEAN}), ["p", "q"], pair, ["a", "b"]), "p", "q")
    assert within(planned(pair, child), "child", ["p", "q"], "pair", ["a", "b"])


def test_a_composite_reference_is_null_as_a_whole() -> None:
    """So that it holds under MATCH FULL, too."""
    pair = required(table("pair", {"a": INT4, "b": INT4}, key=["a", "b"]), "a", "b")
    plan = planned(pair, referring(table("child", {"p": INT4, "q": INT4}), ["p", "q"], pair, ["a", "b"]), rows=100)
    nulls = [(p is None, q is None) for p, q in plan.tuples("child", "p", "q")]
    assert {*nulls} == {(True, True), (False, False)}


def test_a_single_reference_that_a_composite_one_implies_holds() -> None:
    """The tenant of a note is the tenant of its folder, which exists."""
    tenant = required(table("tenant", {"id": INT4}, key=["id"]), "id")
    folder = required(table("folder", {"tenant_id": INT4, "id": INT4}, key=["tenant_id", "id"]), "tenant_id", "id")
    folder = referring(folder, ["tenant_id"], tenant, ["id"])
    note = required(table("note", {"tenant_id": INT4, "folder_id": INT4}), "tenant_id", "folder_id")
    note = linked(
        linked(note, "t", ["tenant_id"], tenant, ["id"]), "f", ["tenant_id", "folder_id"], folder, ["tenant_id", "id"]
    )
    plan = planned(tenant, folder, note)
    assert within(plan, "note", ["tenant_id", "folder_id"], "folder", ["tenant_id", "id"])
    assert within(plan, "note", ["tenant_id"], "tenant", ["id"])


def test_references_that_share_a_column_agree_in_it() -> None:
    """The folder and the person of a permission belong to the same service."""
    service = required(table("service", {"id": INT4}, key=["id"]), "id")
    sides = [
        referring(required(table(name, {"id": INT4, "service_id": INT4}, key=["id", "service_id"]), "id", "service_id"),
                  ["service_id"], service, ["id"])
        for name in ("folder", "person")
    ]  # fmt: skip
    made = required(
        table("permission", {"folder_id": INT4, "person_id": INT4, "service_id": INT4}),
        "folder_id",
        "person_id",
        "service_id",
    )
    for side in sides:
        name = side.name.name
        made = linked(made, name, [f"{name}_id", "service_id"], side, ["id", "service_id"])
    plan = planned(service, *sides, made)
    assert plan.rows("permission") == 20
    for name in ("folder", "person"):
        assert within(plan, "permission", [f"{name}_id", "service_id"], name, ["id", "service_id"])


@pytest.mark.parametrize(
    ("key", "own"),
    [(varchar(64), varchar(5)), (TEXT, varchar(3)), (INT8, INT2)],
    ids=["varchar", "text", "integer"],
)
def test_a_key_is_made_as_narrow_as_the_columns_that_refer_to_it(key: DataType, own: DataType) -> None:
    """Every value of the parent fits into the child, since any may be chosen."""
    parent = required(table("parent", {"k": key}, key=["k"]), "k")
    child = required(referring(table("child", {"x": own}), ["x"], parent, ["k"]), "x")
    plan = planned(parent, child, rows=200)
    assert within(plan, "child", ["x"], "parent", ["k"])
    if own.size is not None:
        assert all(len(str(value)) <= own.size for value in plan.values("parent", "k"))
    if own.high is not None:
        assert all(int(str(value)) <= own.high for value in plan.values("parent", "k"))


def test_narrowness_goes_on_through_tables() -> None:
    """A grandchild's four characters decide about the grandparent's key."""
    top = required(table("top", {"k": TEXT}, key=["k"]), "k")
    middle = required(referring(table("middle", {"k": varchar(40)}, key=["k"]), ["k"], top, ["k"]), "k")
    bottom = required(referring(table("bottom", {"k": varchar(4)}), ["k"], middle, ["k"]), "k")
    assert all(len(str(value)) <= 4 for value in planned(top, middle, bottom).values("top", "k"))


PEOPLE = required(table("people", {"id": INT8}, key=["id"]), "id")
VISIT = table("visit", {"person_id": INT8})


def test_an_undeclared_reference_is_found_by_its_name() -> None:
    """The rows can be joined, and a finding says what was guessed."""
    plan = planned(PEOPLE, VISIT)
    assert within(plan, "visit", ["person_id"], "people", ["id"])
    assert {finding.code for finding in plan.plan.tables["visit"].findings} == {"RELATION_INFERRED"}
    assert [relation.declared for relation in plan.plan.tables["visit"].references] == [False]


def test_a_declared_reference_leaves_nothing_to_guess() -> None:
    """Nothing is said of a column whose reference the database knows."""
    plan = planned(PEOPLE, referring(VISIT, ["person_id"], PEOPLE, ["id"]))
    assert plan.codes("visit") == set()
    assert [relation.declared for relation in plan.plan.tables["visit"].references] == [True]


def test_a_guess_can_be_denied() -> None:
    """A dataset file that says null of a reference has it left alone."""
    choice = TableChoice(relations={("person_id",): None})
    plan = planned(PEOPLE, VISIT, request=FillRequest("auto", 20, AS_OF, choices={"visit": choice}))
    assert plan.plan.tables["visit"].references == ()


def test_a_reference_can_be_said_where_nothing_suggests_it() -> None:
    """A dataset file is believed."""
    said = Relation("by hand", ("who",), TableName("", "people"), ("id",), declared=False)
    choice = TableChoice(relations={("who",): said})
    request = FillRequest("auto", 20, AS_OF, choices={"visit": choice})
    plan = planned(PEOPLE, table("visit", {"who": INT8}), request=request)
    assert within(plan, "visit", ["who"], "people", ["id"])


@pytest.mark.parametrize("predicate", ["person_id > other", "person_id BETWEEN 900000 AND 900100"])
def test_a_guess_does_not_stand_in_a_checks_way(predicate: str) -> None:
    """Where a CHECK wants other values than the keys there are, the column is no reference."""
    visit = checked(required(table("visit", {"person_id": INT8, "other": INT8}), "person_id", "other"), predicate)
    plan = planned(PEOPLE, visit)
    assert plan.rows("visit") == 20
    assert all(
        person > other if "other" in predicate else 900000 <= person <= 900100
        for person, other in ((int(str(a)), int(str(b))) for a, b in plan.tuples("visit", "person_id", "other"))
    )


def test_a_reference_to_a_table_without_rows_stays_empty() -> None:
    """What may be null is null, and the table gets its rows."""
    impossible = checked(required(table("people", {"id": INT8}, key=["id"]), "id"), "id > 5", "id < 3")
    plan = planned(impossible, referring(table("visit", {"person_id": INT8}), ["person_id"], impossible, ["id"]))
    assert (plan.rows("people"), plan.rows("visit")) == (0, 20)
    assert set(plan.values("visit", "person_id")) == {None}


def test_a_table_that_cannot_do_without_is_blocked() -> None:
    """A reference that is NOT NULL takes its table along, and those that need that one."""
    impossible = checked(required(table("people", {"id": INT8}, key=["id"]), "id"), "id > 5", "id < 3")
    visit = required(
        referring(table("visit", {"id": INT4, "p": INT8}, key=["id"]), ["p"], impossible, ["id"]), "id", "p"
    )
    note = required(referring(table("note", {"v": INT4}), ["v"], visit, ["id"]), "v")
    plan = planned(impossible, visit, note)
    assert plan.codes("people") == {"CHECK_CONTRADICTION"}
    assert plan.codes("visit") == plan.codes("note") == {"TABLE_BLOCKED"}


def test_two_references_that_must_differ_do() -> None:
    """From and to are never the same station."""
    station = required(table("station", {"id": INT4}, key=["id"]), "id")
    track = required(table("track", {"a": INT4, "b": INT4}), "a", "b")
    track = checked(linked(linked(track, "f", ["a"], station, ["id"]), "t", ["b"], station, ["id"]), "a <> b")
    pairs = planned(station, track, rows=100).tuples("track", "a", "b")
    assert len(pairs) == 100
    assert all(a != b for a, b in pairs)


@pytest.mark.parametrize(
    ("own", "other", "fits"),
    [
        (INT4, INT8, True), (INT8, numeric(10, 0), True), (TEXT, UUID, True), (varchar(9), INT4, True),
        (INT4, TEXT, False), (DATE, INT4, False), (UUID, TEXT, True), (BOOLEAN, INT4, False),
        (replace(INT4, dimensions=1), INT4, False), (replace(INT4, dimensions=1), replace(INT4, dimensions=1), True),
        (DataType(Kind.BYTES, "bytea"), DataType(Kind.BYTES, "bytea"), True),
    ],
    ids=lambda value: str(getattr(value, "name", value)),
)  # fmt: skip
def test_types_that_a_reference_can_join(own: DataType, other: DataType, fits: bool) -> None:
    """Numbers with numbers, texts with what can be written as text; arrays only with arrays."""
    assert compatible(own, other) is fits


@pytest.mark.parametrize(
    ("only", "exclude", "chosen"),
    [
        ((), (), True), (("visit",), (), True), (("app.visit",), (), True), (("app.*",), (), True), (("v*t",), (), True),
        (("other",), (), False), ((), ("visit",), False), (("visit",), ("app.*",), False),
    ],
)  # fmt: skip
def test_patterns_choose_tables(only: tuple[str, ...], exclude: tuple[str, ...], chosen: bool) -> None:
    """By the bare or the full name; what is excluded is not chosen whatever else says so."""
    assert selected(table("visit", {}, schema="app"), only, exclude) is chosen


def test_tables_that_were_not_chosen_get_rows_only_where_they_are_needed() -> None:
    """The parent that a chosen table cannot do without is filled, the one that it can do without is not."""
    needed, spare = (required(table(name, {"id": INT4}, key=["id"]), "id") for name in ("needed", "spare"))
    child = required(table("child", {"n": INT4, "s": INT4}), "n")
    child = linked(linked(child, "n", ["n"], needed, ["id"]), "s", ["s"], spare, ["id"])
    plan = planned(needed, spare, child, request=FillRequest("auto", 20, AS_OF, only=("child",)))
    assert [plan.rows(name) for name in ("child", "needed", "spare")] == [20, 20, 0]
    assert set(plan.values("child", "s")) == {None}


def test_a_reference_that_may_hold_only_some_keys_leads_to_the_rows_that_have_them() -> None:
    """New rows of the parent get new keys, which the child's check refuses; those that are there already have its keys."""
    there = ExistingRows(3, {"id": (1, 2, 3)}, {"id": 3})
    kinds = replace(required(table("kind", {"id": INT4, "name": TEXT}, key=["id"]), "name"), existing=there)
    child = required(referring(table("child", {"kind_id": INT4}), ["kind_id"], kinds, ["id"]), "kind_id")
    plan = planned(kinds, checked(child, "kind_id IN (1, 2, 9)"), rows=40)
    assert set(plan.values("child", "kind_id")) == {1, 2}
    assert plan.rows("kind") == 40


def test_keys_that_no_row_has_yet_are_left_to_the_rows_to_come() -> None:
    """Where no row that is there has one of the keys, the parent's new rows may."""
    there = ExistingRows(1, {"code": ("zz",)}, {})
    kinds = replace(
        required(checked(table("kind", {"code": varchar(5)}, key=["code"]), "code IN ('a', 'b', 'zz')")), existing=there
    )
    child = required(referring(table("child", {"code": varchar(5)}), ["code"], kinds, ["code"]), "code")
    plan = planned(kinds, checked(child, "code IN ('a', 'b')"), rows=30)
    assert set(plan.values("child", "code")) == {"a", "b"}
