"""Personal columns are recognised by name, type, comment and table, and get generators that make nobody's data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generators.providers.definition import Promise, find
from seeds.catalog import Column, DataType, Kind
from seeds.planner.meaning import Category, Meaning, editor_column, meaning_of
from tests.seeds.meaning_samples import (
    BOOLEAN,
    DATE,
    DOUBLE,
    ENUM,
    INT2,
    INT4,
    INT8,
    MOMENT,
    TEXT,
    numeric,
    table,
    varchar,
)


def meant(
    name: str, kind: DataType = TEXT, *, of: str = "things", beside: dict[str, DataType] | None = None
) -> Meaning:
    made = table(of, {name: kind, **(beside or {})})
    return meaning_of(made, made.columns[0])


def made_by(meaning: Meaning) -> str:
    assert meaning.generator is not None
    return meaning.generator.name


@pytest.mark.parametrize(
    ("name", "generator", "category"),
    [
        ("first_nm", "given_name", Category.NAME),
        ("Surname", "family_name", Category.NAME),
        ("nhsNumber", "nhs_number", Category.GOVERNMENT_IDENTIFIER),
        ("NINO", "ni_number", Category.GOVERNMENT_IDENTIFIER),
        ("contact_email", "email", Category.CONTACT),
        ("tel_no", "phone", Category.CONTACT),
        ("mob", "phone", Category.CONTACT),
        ("post_code", "postcode", Category.ADDRESS),
        ("addr1", "street_address", Category.ADDRESS),
        ("street", "street_name", Category.ADDRESS),
        ("full_name", "full_name", Category.NAME),
        ("customer_name", "full_name", Category.NAME),
        ("known_as", "given_name", Category.NAME),
        ("uprn", "uprn", Category.PROPERTY),
        ("bank_account_number", "bank_account", Category.FINANCIAL),
        ("sort_cd", "bank_sort_code", Category.FINANCIAL),
        ("vehicle_reg", "vehicle_mark", Category.GOVERNMENT_IDENTIFIER),
        ("last_sign_in_ip", "inet", Category.ONLINE),
        ("userAgent", "user_agent", Category.ONLINE),
        ("reset_password_token", "token", Category.CREDENTIAL),
        ("ethnicity", "choice", Category.SPECIAL_CATEGORY),
        ("sexual_orientation", "choice", Category.SPECIAL_CATEGORY),
        ("allergies", "sentence", Category.HEALTH),
        ("case_notes", "sentence", Category.FREE_TEXT),
        ("avatar_url", "url", Category.IMAGE),
    ],
)
def test_a_personal_text_is_known_by_its_name(name: str, generator: str, category: Category) -> None:
    """In whatever spelling, the column gets its generator and its category, and is all but certain."""
    meaning = meant(name)
    assert (made_by(meaning), meaning.category) == (generator, category)
    assert meaning.score >= 0.8


@pytest.mark.parametrize(
    "name", ["email", "mobile", "postcode", "nhs_number", "ni_number", "uprn", "bank_account", "sort_code", "vrm"]
)
def test_an_identifier_keeps_the_promise(name: str) -> None:
    """Wherever the engine has a generator that promises nobody's identifiers, it is the one chosen."""
    assert isinstance(find(made_by(meant(name))).promise, Promise)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("email_verified", BOOLEAN),
        ("email_count", INT4),
        ("phone_type", TEXT),
        ("file_name", TEXT),
        ("host_name", TEXT),
        ("address_id", INT8),
        ("password_changed_at", MOMENT),
        ("token_type", TEXT),
        ("nhs_trust", TEXT),
        ("template_email", TEXT),
        ("library_card_number", TEXT),
    ],
)
def test_a_word_in_front_does_not_make_a_column_personal(name: str, kind: DataType) -> None:
    """What a name ends in tells what it holds: the kind, count or date of an e-mail is none."""
    personal = {
        Category.NAME,
        Category.CONTACT,
        Category.FINANCIAL,
        Category.ADDRESS,
        Category.CREDENTIAL,
        Category.GOVERNMENT_IDENTIFIER,
    }
    assert meant(name, kind).category not in personal


@pytest.mark.parametrize(
    ("of", "category"),
    [
        ("users", Category.NAME),
        ("dm_persons", Category.NAME),
        ("Residents", Category.NAME),
        ("user_profiles", Category.NAME),
        ("products", Category.NONE),
        ("teams", Category.NONE),
        ("user_groups", Category.NONE),
        ("editor_preferences", Category.NONE),
        ("security_scan_profiles", Category.NONE),
        ("oauth_clients", Category.NONE),
    ],
)
def test_a_name_is_personal_in_a_table_of_people(of: str, category: Category) -> None:
    """``name`` is a person's among people, and a label among things, whatever other words the table's name has."""
    assert meant("name", of=of).category is category


def test_columns_tell_people_from_other_tenants() -> None:
    """A word for people and other things is settled by the columns beside."""
    assert meant("name", of="tenants").category is Category.NONE
    assert meant("name", of="tenants", beside={"date_of_birth": DATE}).category is Category.NAME


def test_a_title_is_of_a_person_or_of_a_text() -> None:
    """Among people a title is Ms or Mr, among posts it is a few words."""
    assert made_by(meant("title", of="people")) == "title"
    assert made_by(meant("title", of="posts")) == "words"


@pytest.mark.parametrize(
    ("kind", "generator", "largest"),
    [(INT8, "integer", 7700900999), (INT4, "integer", 2079460999), (numeric(12, 0), "number", 7700900999)],
)
def test_a_phone_number_may_be_a_number(kind: DataType, generator: str, largest: int) -> None:
    """A whole number cannot hold the leading 0; what is left is the drama block that the type has room for."""
    meaning = meant("phone", kind)
    assert made_by(meaning) == generator
    assert meaning.generator is not None
    assert meaning.generator.parameters["max_value"] == largest
    assert meaning.category is Category.CONTACT


def test_the_number_of_a_contact_is_no_phone_number() -> None:
    """As a text a contact number is dialled; as a whole number it is as likely a key."""
    assert made_by(meant("contact_no", TEXT)) == "phone"
    assert meant("contact_no", INT4).category is not Category.CONTACT


def test_a_column_too_narrow_for_its_meaning_says_so() -> None:
    """The category stays, for the inventory; the generator does not pretend."""
    meaning = meant("phone", INT2)
    assert (meaning.generator, meaning.category) == (None, Category.CONTACT)
    assert "narrow" in meaning.reason
    assert meaning.score < meant("phone", INT8).score


@pytest.mark.parametrize(("size", "generator"), [(60, "email"), (24, "regex"), (5, "regex")])
def test_a_narrow_text_gets_a_shape_that_fits(size: int, generator: str) -> None:
    """An e-mail address of few characters is a short one at a reserved domain; of five, a code."""
    assert made_by(meant("email", varchar(size))) == generator


@pytest.mark.parametrize(
    ("kind", "generator"),
    [(DATE, "date_of_birth"), (MOMENT, "between"), (varchar(37), "regex"), (varchar(8), "regex")],
)
def test_a_birth_date_comes_in_every_type(kind: DataType, generator: str) -> None:
    """Dates, moments and texts of dates are all made, and all are somebody's birth."""
    meaning = meant("dob", kind)
    assert made_by(meaning) == generator
    assert (meaning.category, meaning.moment) == (Category.DATE_OF_BIRTH, "born")


def test_an_enum_keeps_its_category_and_its_labels() -> None:
    """An enumerated gender is personal, and made of its type's labels, not of ours."""
    meaning = meant("gender", ENUM)
    assert (meaning.generator, meaning.category) == (None, Category.SPECIAL_CATEGORY)


def test_a_comment_tells_what_a_name_hides() -> None:
    """A telling comment makes a column personal, less surely than its name would; and confirms what a name says."""
    made = table("things", {"col_17": TEXT, "surname": TEXT})
    plain, surname = made.columns
    told = meaning_of(made, replace(plain, comment="The resident's date of birth and national insurance number"))
    assert told.category in (Category.DATE_OF_BIRTH, Category.GOVERNMENT_IDENTIFIER)
    assert 0 < told.score < meaning_of(made, surname).score
    confirmed = meaning_of(made, replace(surname, comment="surname as on the tenancy"))
    assert confirmed.score > meaning_of(made, surname).score


def test_references_to_people_are_personal() -> None:
    """A column that points at a person is, whatever it points with."""
    assert meant("resident_id", INT8).category is Category.REFERENCE_TO_PERSON
    assert meant("created_by", INT8).category is Category.REFERENCE_TO_PERSON
    assert meant("tenant_id", INT8).category is Category.NONE
    assert meant("tenant_id", INT8, of="tenancies").category is Category.REFERENCE_TO_PERSON


def test_nothing_is_known_of_a_name_that_tells_nothing() -> None:
    """Then there is no generator and no certainty, so that the type decides."""
    meaning = meant("xyzzy")
    assert (meaning.generator, meaning.score, meaning.category) == (None, 0.0, Category.NONE)


def test_the_elements_of_an_array_have_the_meaning() -> None:
    """A list of e-mail addresses gets the generator of one."""
    made = table("things", {"emails": replace(TEXT, dimensions=1)})
    assert made_by(meaning_of(made, made.columns[0])) == "email"


def test_positions_lie_in_the_borough() -> None:
    """Latitude and longitude are made as degrees, not as any number."""
    spec = meant("lat", DOUBLE).generator
    assert spec is not None
    assert spec.parameters["min_value"] == 51.52
    assert meant("lng", DOUBLE).category is Category.LOCATION


def test_meaning_does_not_depend_on_what_was_asked_before() -> None:
    """The same column in a table of the same name and columns means the same again."""
    made = table("users", {"name": TEXT})
    first = meaning_of(made, made.columns[0])
    meaning_of(table("products", {"name": TEXT}), Column("name", DataType(Kind.TEXT, "text")))
    assert meaning_of(made, made.columns[0]) == first


@pytest.mark.parametrize(
    ("of", "name", "kind"),
    [
        ("ttrss_prefs", "pref_name", TEXT),
        ("status", "jobstatuslong", TEXT),
        ("charges", "trans", BOOLEAN),
        ("ledger", "trans_src", TEXT),
        ("email_branding", "text", TEXT),
        ("categories", "parent_id", INT8),
        ("upload_errors", "cell", TEXT),
        ("nodes", "relay_address", TEXT),
    ],
)
def test_a_word_that_looks_personal_need_not_be(of: str, name: str, kind: DataType) -> None:
    """Names of settings, long forms, transactions and what a branding says are about nobody."""
    assert meant(name, kind, of=of).category is Category.NONE


def test_the_same_word_is_personal_among_people() -> None:
    """Of a person ``pref_name`` is the preferred name; a number called ``long`` is a longitude."""
    assert meant("pref_name", of="people").category is Category.NAME
    assert meant("station_long", DOUBLE).category is Category.LOCATION
    assert meant("longitude").category is Category.LOCATION
    assert meant("parent_id", INT8, of="children").category is Category.REFERENCE_TO_PERSON
    assert meant("parent_user_id", INT8).category is Category.REFERENCE_TO_PERSON
    assert meant("cell", of="people").category is Category.CONTACT


@pytest.mark.parametrize("name", ["forwardaddress", "ship_address", "u_ghost_address", "mwl_addr", "ethnic_origin_h"])
def test_a_prefix_of_a_systems_own_hides_nothing(name: str) -> None:
    """Whatever letters a system puts around a name, the address and the ethnicity in it are seen."""
    assert meant(name).category in (Category.ADDRESS, Category.SPECIAL_CATEGORY)


def test_a_narrow_name_is_a_given_name() -> None:
    """Where a whole name has no room, and a whole address none, a part is made."""
    assert made_by(meant("full_name", varchar(12))) == "given_name"
    assert made_by(meant("address", varchar(12))) == "street_name"


@pytest.mark.parametrize("name", ["created_by", "last_modified_user", "creator_id", "UpdatedByUserId", "archived_by"])
def test_who_made_a_row_is_told_from_whom_it_is_about(name: str) -> None:
    """Such a column is personal, and says nothing of what the row is about."""
    assert editor_column(name)


@pytest.mark.parametrize("name", ["user_id", "by_post", "owner", "created_at", "reported_by", "assigned_to", "byline"])
def test_others_are_about_somebody(name: str) -> None:
    """Owners, reporters and assignees belong to what the row is about."""
    assert not editor_column(name)
