"""Which personal columns are about somebody: all in tables about people, few in lookup lists and technical tables."""

from __future__ import annotations

import pytest

from seeds.catalog import DataType, Kind, Table
from seeds.planner.inventory import inventory
from seeds.planner.telling import Telling
from tests.seeds.meaning_samples import BOOLEAN, DATE, DOUBLE, INT4, INT8, MOMENT, TEXT, catalog, referring, table

BYTES = DataType(Kind.BYTES, "bytea", "bytea")
RESIDENT = table("resident", {"id": INT8, "surname": TEXT, "date_of_birth": DATE}, key=["id"])
USERS = table("users", {"id": INT8, "email_address": TEXT}, key=["id"])


def told(made: Table, *beside: Table) -> list[str]:
    """The columns of the first table whose values are about somebody."""
    return [entry.column for entry in Telling(catalog(made, *beside)).columns(made)]


@pytest.mark.parametrize(
    ("name", "columns", "expected"),
    [
        ("residents", {"id": INT8, "name": TEXT, "ward": TEXT}, {"name", "ward"}),
        ("people", {"id": INT8, "surname": TEXT, "notes": TEXT}, {"surname", "notes"}),
        ("contacts", {"id": INT8, "full_name": TEXT, "mobile": TEXT}, {"full_name", "mobile"}),
        ("users", {"id": INT8, "email": TEXT, "password_hash": TEXT}, {"email", "password_hash"}),
        ("accounts", {"id": INT8, "login": TEXT, "pwd": TEXT}, {"login", "pwd"}),
        ("case_notes", {"id": INT8, "case_id": INT8, "note": TEXT}, {"note"}),
        ("referrals", {"id": INT8, "reason": TEXT, "summary": TEXT}, {"reason", "summary"}),
        ("messages", {"id": INT8, "body": TEXT}, {"body"}),
        ("tenancies", {"tag_ref": TEXT, "comments": TEXT}, {"tag_ref", "comments"}),
        ("evidence_requests", {"id": INT8, "resident_id": INT8}, {"resident_id"}),
        ("gazetteer", {"uprn": INT8, "address_line_1": TEXT, "postcode": TEXT}, {"uprn", "address_line_1", "postcode"}),
        ("extract_2019", {"nhs_no": TEXT, "ethnicity": TEXT}, {"nhs_no", "ethnicity"}),
        ("visits", {"id": INT8, "temperature": DOUBLE, "observations": TEXT}, {"observations"}),
        ("statuses", {"id": INT4, "name": TEXT, "created_by": TEXT}, {"created_by"}),
        ("web_log", {"id": INT8, "remote_ip": TEXT, "user_agent": TEXT}, {"remote_ip", "user_agent"}),
    ],
)
def test_tables_about_people_tell_of_them(name: str, columns: dict[str, DataType], expected: set[str]) -> None:
    """Residents, contacts, notes, users, dwellings and pseudonymous references all speak against a database."""
    assert set(told(table(name, columns))) >= expected


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("feedback_status_enum", {"value": TEXT, "comment": TEXT}),
        ("access", {"access_id": INT4, "access_code": TEXT, "comment": TEXT}),
        ("status", {"jobstatus": TEXT, "jobstatuslong": TEXT, "severity": INT4}),
        ("ttrss_prefs", {"pref_name": TEXT, "type_id": INT4, "def_value": TEXT}),
        ("email_branding", {"id": INT4, "name": TEXT, "text": TEXT, "colour": TEXT}),
        ("secret", {"id": INT4, "jwt_secret": TEXT}),
        ("settings", {"id": INT4, "smtp_password": TEXT, "updated_at": MOMENT}),
        ("regions", {"id": INT4, "region_name": TEXT}),
        ("language", {"id": INT4, "code": TEXT, "name": TEXT}),
        ("ethnicity", {"id": INT4, "ethnicity": TEXT}),
        ("priorities", {"id": INT4, "name": TEXT, "notes": TEXT, "created_at": MOMENT, "valid_from": DATE}),
        ("transaction_types", {"id": INT4, "name": TEXT, "is_trans": BOOLEAN}),
        ("schema_migrations", {"version": TEXT}),
    ],
)
def test_lists_and_settings_tell_of_nobody(name: str, columns: dict[str, DataType]) -> None:
    """What migrations put there is nobody's: comments on statuses, names of settings, a system's own secrets."""
    assert told(table(name, columns)) == []


def test_the_inventory_still_lists_what_may_be_somebodys() -> None:
    """A comment on a status stays in the inventory, for people to judge."""
    made = table("feedback_status_enum", {"value": TEXT, "comment": TEXT})
    assert [entry.column for entry in inventory(catalog(made))] == ["comment"]


def test_a_text_counts_beside_a_reference_to_a_person() -> None:
    """Another personal column makes a table one about people, whatever it is called."""
    assert told(table("things", {"id": INT8, "remarks": TEXT})) == []
    assert told(table("things", {"id": INT8, "remarks": TEXT, "resident_id": INT8})) == ["remarks", "resident_id"]


def test_who_made_a_row_is_no_company() -> None:
    """The one who edited a branding is told of; what the branding says is about nobody."""
    columns = {"id": INT4, "remarks": TEXT, "created_by_id": INT8, "last_updated_by": TEXT}
    edited = referring(table("brandings", columns), ["created_by_id"], USERS, ["id"])
    assert "remarks" not in told(edited, USERS)
    assert "last_updated_by" in told(edited, USERS)


def test_a_text_counts_at_two_steps_from_a_person() -> None:
    """Remarks on a thing of a thing of a resident are about the resident; at three steps they are not."""
    first = referring(table("first", {"id": INT8, "held": INT8}, key=["id"]), ["held"], RESIDENT, ["id"])
    second = referring(table("second", {"id": INT8, "a": INT8, "remarks": TEXT}, key=["id"]), ["a"], first, ["id"])
    third = referring(table("third", {"id": INT8, "b": INT8, "remarks": TEXT}, key=["id"]), ["b"], second, ["id"])
    assert told(second, first, RESIDENT, third) == ["remarks"]
    assert told(third, first, RESIDENT, second) == []


def test_a_reference_need_not_be_declared() -> None:
    """A column called like another table's key refers to it, in schemas without foreign keys too."""
    plan = table("support_plan", {"id": INT8, "resident": TEXT, "date_of_birth": DATE}, key=["id"])
    item = table("item", {"id": INT8, "support_plan_id": INT8, "remarks": TEXT}, key=["id"])
    assert told(item, plan) == ["remarks"]
    assert told(item) == []


def test_a_text_counts_where_a_day_is_recorded() -> None:
    """A table with a day of its own is a record, not a list, even where nothing says whose."""
    assert told(table("things", {"id": INT8, "remarks": TEXT, "heard_on": DATE})) == ["remarks"]
    assert told(table("things", {"id": INT8, "remarks": TEXT, "post_date": TEXT})) == ["remarks"]
    assert told(table("things", {"id": INT8, "jwt_secret": TEXT, "heard_on": DATE})) == []


def test_a_role_counts_beside_another_doubt() -> None:
    """An officer's column may hold codes; beside remarks both count."""
    assert told(table("things", {"id": INT8, "officer": TEXT})) == []
    assert told(table("things", {"id": INT8, "officer": TEXT, "remarks": TEXT})) == ["officer", "remarks"]
    assert told(table("things", {"id": INT8, "officer": TEXT, "inspector": TEXT})) == ["officer", "inspector"]


def test_characteristics_count_outside_lists() -> None:
    """An ethnicity in a list of ethnicities is a word; in any other table it is somebody's."""
    assert told(table("returns", {"id": INT8, "ethnicity": TEXT})) == ["ethnicity"]
    assert told(table("ethnicities", {"id": INT8, "ethnicity": TEXT})) == []
    assert "ethnicity" in told(table("person_ethnicities", {"id": INT8, "person_id": INT8, "ethnicity": TEXT}))


def test_a_picture_counts_always() -> None:
    """A photograph is somebody's wherever it is."""
    assert told(table("things", {"id": INT8, "photo": BYTES})) == ["photo"]
