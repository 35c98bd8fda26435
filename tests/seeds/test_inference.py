"""References that nobody declared are found by name, type and key; doubtful ones are only suggested."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from seeds.catalog import DataType, Kind, Table, TableName
from seeds.planner.inference import InferredRelation, infer_relations
from tests.seeds.meaning_samples import (
    BOOLEAN,
    INT2,
    INT4,
    INT8,
    TEXT,
    UUID,
    catalog,
    numeric,
    referring,
    table,
    varchar,
)

SURE = 0.6


def found(*tables: Table) -> dict[tuple[str, tuple[str, ...]], InferredRelation]:
    return {(one.table.key, one.columns): one for one in infer_relations(catalog(*tables))}


def target(tables: Iterable[Table], child: str, *columns: str) -> str | None:
    """The target of a sure relation as ``table(columns)``."""
    relation = found(*tables).get((child, columns))
    if relation is None or relation.score < SURE:
        return None
    return f"{relation.target.key}({', '.join(relation.target_columns)})"


PEOPLE = table("people", {"id": INT8, "name": TEXT}, key=["id"])


@pytest.mark.parametrize(
    "column", ["person_id", "personId", "PERSON_ID", "person_fk", "person", "lead_person_id", "changed_by_person_id"]
)
def test_a_column_named_after_a_table_refers_to_its_key(column: str) -> None:
    """In any spelling, in the singular for the plural, and with words for the role in front."""
    assert target([PEOPLE, table("visit", {column: INT8})], "visit", column) == "people(id)"


@pytest.mark.parametrize("name", ["person", "persons", "tbl_person", "core_people", "Person"])
def test_a_table_goes_by_its_bare_name(name: str) -> None:
    """Number, case and prefixes that say nothing do not hide a table."""
    parent = table(name, {"person_id": INT8}, key=["person_id"])
    assert target([parent, table("visit", {"person_id": INT8})], "visit", "person_id") == f"{name}(person_id)"


def test_a_prefix_that_most_tables_share_says_nothing() -> None:
    """Where most tables are called ``zz_…``, ``house_id`` means the house, whatever other houses there are."""
    names = ("house", "green_house", "street", "ward")
    tables = [table(f"zz_{name}", {"id": INT8}, key=["id"]) for name in names]
    assert target([*tables, table("visit", {"house_id": INT8})], "visit", "house_id") == "zz_house(id)"


def test_a_neighbour_with_the_same_words_in_front_is_meant() -> None:
    """``pipeline_id`` in ``ci_builds`` is one of ``ci_pipelines``."""
    tables = [table("ci_pipelines", {"id": INT8}, key=["id"]), table("ci_builds", {"pipeline_id": INT8})]
    assert target(tables, "ci_builds", "pipeline_id") == "ci_pipelines(id)"


def test_a_legacy_reference_is_read_with_its_abbreviations() -> None:
    """``tag_ref`` is the tenancy agreement's reference, which is the key of ``tenagree``, declared or not."""
    for key in (["tag_ref"], []):
        tables = [
            table("tenagree", {"tag_ref": varchar(11), "active": BOOLEAN}, key=key),
            table("rtrans", {"tag_ref": varchar(11)}),
        ]
        assert target(tables, "rtrans", "tag_ref") == "tenagree(tag_ref)"


def test_a_relation_to_a_table_without_keys_is_less_sure() -> None:
    """Nothing says there that the values differ."""
    child = table("rtrans", {"prop_ref": varchar(12)})
    scores = [
        found(table("property", {"prop_ref": varchar(12)}, key=key), child)["rtrans", ("prop_ref",)].score
        for key in (["prop_ref"], [])
    ]
    assert scores[0] > scores[1] >= SURE


def test_a_column_called_like_the_key_of_one_other_table_refers_to_it() -> None:
    """A distinctive name is enough, though it has nothing of the table's."""
    tables = [
        table("admission", {"hospital_stay_key": INT8}, key=["hospital_stay_key"]),
        table("bed_day", {"hospital_stay_key": INT8}),
    ]
    assert target(tables, "bed_day", "hospital_stay_key") == "admission(hospital_stay_key)"


def test_a_property_number_needs_no_ending() -> None:
    """``uprn`` and ``parent_uprn`` refer to the one table whose primary key is a UPRN, their own table included."""
    tables = [table("dwelling", {"uprn": INT8, "parent_uprn": INT8}, key=["uprn"]), table("bill", {"uprn": INT8})]
    assert target(tables, "bill", "uprn") == "dwelling(uprn)"
    assert target(tables, "dwelling", "parent_uprn") == "dwelling(uprn)"
    assert target(tables, "dwelling", "uprn") is None


def test_parents_and_managers_are_rows_of_the_same_table() -> None:
    """``parent_id`` anywhere and ``manager_id`` among people refer back; among things a manager is a person."""
    staff = table("staff", {"id": INT4, "manager_id": INT4}, key=["id"])
    folder = table("folder", {"id": INT4, "parent_id": INT4, "manager_id": INT4}, key=["id"])
    assert target([staff, folder], "staff", "manager_id") == "staff(id)"
    assert target([staff, folder], "folder", "parent_id") == "folder(id)"
    assert target([staff, folder], "folder", "manager_id") == "staff(id)"


def test_a_parent_beside_a_child_is_not_of_the_same_table() -> None:
    """A table of pairs refers to something else with both."""
    assert (
        target([table("pair", {"id": INT4, "parent_id": INT4, "child_id": INT4}, key=["id"])], "pair", "parent_id")
        is None
    )


@pytest.mark.parametrize(("kind", "expected"), [(UUID, "users(id)"), (TEXT, None), (INT8, None), (varchar(40), None)])
def test_whoever_did_it_is_a_user_if_the_types_agree(kind: DataType, expected: str | None) -> None:
    """``created_by`` holds a user's key only where it could; a name in it is no reference."""
    users = table("users", {"id": UUID}, key=["id"])
    assert target([users, table("page", {"created_by": kind})], "page", "created_by") == expected


@pytest.mark.parametrize(
    ("own", "other", "fits"),
    [
        (INT8, INT8, True), (INT4, INT8, True), (numeric(9, 0), INT8, True), (numeric(9, 2), INT8, False),
        (TEXT, INT8, False), (UUID, TEXT, False), (varchar(8), varchar(8), True), (varchar(8), varchar(20), True),
    ],
)  # fmt: skip
def test_types_have_to_be_of_one_family(own: DataType, other: DataType, fits: bool) -> None:
    """Whole numbers go with whole numbers of any width, texts with texts, and nothing else with anything else."""
    parent = table("house", {"id": other}, key=["id"])
    assert (target([parent, table("visit", {"house_id": own})], "visit", "house_id") is not None) is fits


def test_yes_and_no_refer_to_nobody() -> None:
    """A number that is 0 or 1 is a flag, whoever it is about: two rows are no table of users."""
    flag = DataType(Kind.INTEGER, "tinyint(1)", "tinyint", low=0, high=1)
    users = table("users", {"id": INT4}, key=["id"])
    assert target([users, table("roles", {"perm_admin": flag})], "roles", "perm_admin") is None
    assert target([users, table("roles", {"perm_admin": INT2})], "roles", "perm_admin") == "users(id)"


def test_a_narrower_column_is_less_sure() -> None:
    """A key that does not fit whole is more likely another thing's."""
    parent = table("house", {"id": varchar(20)}, key=["id"])
    scores = [
        found(parent, table("visit", {"house_id": varchar(size)}))["visit", ("house_id",)].score for size in (20, 8)
    ]
    assert scores[0] > scores[1]


def test_a_polymorphic_pair_is_only_suggested() -> None:
    """``owner_type`` beside ``owner_id`` says that it may be any table."""
    child = table("note", {"person_id": INT8, "person_type": TEXT})
    relation = found(PEOPLE, child)["note", ("person_id",)]
    assert relation.score < 0.5
    assert "person_type" in relation.reason


def test_two_equal_targets_are_only_suggested() -> None:
    """Where two tables fit equally well, nobody can tell which is meant, and both are named."""
    tables = [table(f"{name}_list", {"id": INT8}, key=["id"]) for name in ("mailing", "waiting")]
    relation = found(*tables, table("entry", {"list_id": INT8}))["entry", ("list_id",)]
    assert relation.score < 0.5
    schemas = [table("person", {"id": INT8}, key=["id"], schema=schema) for schema in ("east", "west")]
    relation = found(*schemas, table("visit", {"person_id": INT8}))["visit", ("person_id",)]
    assert relation.score < 0.5
    assert "west.person" in relation.reason


def test_the_schema_of_the_column_comes_first() -> None:
    """Of two tables of one name, that of the same schema is meant."""
    schemas = [table("person", {"id": INT8}, key=["id"], schema=schema) for schema in ("east", "west")]
    visit = table("visit", {"person_id": INT8}, schema="west")
    assert target([*schemas, visit], "west.visit", "person_id") == "west.person(id)"


def test_declared_keys_and_counted_keys_are_left_alone() -> None:
    """A column of a foreign key has its reference already, and one that the database counts up needs none."""
    visit = table("visit", {"person_id": INT8})
    assert found(PEOPLE, referring(visit, ["person_id"], PEOPLE, ["id"])) == {}
    counted = replace(visit, columns=(replace(visit.columns[0], identity="always"),))
    assert found(PEOPLE, counted) == {}
    computed = replace(visit, columns=(replace(visit.columns[0], generated=True),))
    assert found(PEOPLE, computed) == {}


def test_a_list_of_keys_is_no_reference() -> None:
    """Neither an array nor a text called ``…_ids`` holds one key."""
    array = replace(INT8, dimensions=1)
    assert found(PEOPLE, table("visit", {"person_id": array})) == {}
    parent = table("house", {"id": TEXT}, key=["id"])
    assert found(parent, table("visit", {"house_ids": TEXT})) == {}


def test_counts_and_common_words_refer_to_nothing() -> None:
    """A number called in the plural, a small code beside a table of that name, an order to sort by: none is a key."""
    tables = [table(name, {"id": INT8}, key=["id"]) for name in ("events", "orders", "projects")]
    child = table("board", {"events": INT8, "event": INT2, "sort_order": INT8, "max_tasks_per_project": INT8})
    assert [one for one in found(*tables, child).values() if one.score >= SURE] == []


def test_a_number_called_as_a_table_refers_to_it() -> None:
    """Schemas that write no ``_id`` are read too: ``artist``, and ``type`` of ``area_type``."""
    tables = [table(name, {"id": INT4}, key=["id"]) for name in ("artist", "area_type")]
    area = table("area", {"id": INT4, "artist": INT4, "type": INT4}, key=["id"])
    assert target([*tables, area], "area", "artist") == "artist(id)"
    assert target([*tables, area], "area", "type") == "area_type(id)"


def test_all_parts_of_a_composite_key_are_one_reference() -> None:
    """Where every part is there, and one is the target's own, they refer to it together and not apart."""
    order = table("orders", {"id": INT8}, key=["id"])
    line = table("line", {"order_id": INT8, "line_no": INT4}, key=["order_id", "line_no"])
    parcel = table("parcel", {"id": INT8, "order_id": INT8, "line_no": INT4}, key=["id"])
    tables = [order, referring(line, ["order_id"], order, ["id"]), parcel]
    assert target(tables, "parcel", "order_id", "line_no") == "line(order_id, line_no)"
    assert target(tables, "parcel", "order_id") is None


def test_a_table_of_pairs_is_nobodys_target() -> None:
    """That two tables name the same two others does not make one refer to the other."""
    people, groups = PEOPLE, table("groups", {"id": INT8}, key=["id"])
    pair = table("memberships", {"person_id": INT8, "group_id": INT8}, key=["person_id", "group_id"])
    invite = table("invite", {"person_id": INT8, "group_id": INT8})
    tables = [people, groups, pair, invite]
    assert target(tables, "invite", "person_id", "group_id") is None
    assert target(tables, "invite", "group_id") == "groups(id)"


def test_an_extension_shares_its_key_with_what_it_extends() -> None:
    """A primary key that bears another table's name refers to that table; the table's own key never refers back."""
    profile = table("user_profiles", {"user_id": INT8}, key=["user_id"])
    users = table("users", {"user_id": INT8}, key=["user_id"])
    assert target([profile, users], "user_profiles", "user_id") == "users(user_id)"
    assert target([profile, users], "users", "user_id") is None


def test_everything_inferred_exists() -> None:
    """Whatever is reported names tables and columns of the catalogue, with scores from 0 to 1."""
    tables = [PEOPLE, table("visit", {"person_id": INT8, "parent_id": INT8, "id": INT8}, key=["id"])]
    known = {one.name: {column.name for column in one.columns} for one in tables}
    relations = infer_relations(catalog(*tables))
    assert len(relations) == 2
    for one in relations:
        assert set(one.columns) <= known[one.table]
        assert set(one.target_columns) <= known[one.target]
        assert 0 <= one.score <= 1
    assert {one.target for one in relations} == {TableName("", "people"), TableName("", "visit")}
