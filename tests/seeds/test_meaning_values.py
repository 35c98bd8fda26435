"""Numbers, flags, dates and enumerated texts get values that suit them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from generators.spec import GeneratorSpec
from seeds.catalog import DataType, Kind
from seeds.planner.meaning import Category, Meaning, enumerated, enumeration, meaning_of
from tests.seeds.meaning_samples import BOOLEAN, DATE, DOUBLE, INT2, INT4, INT8, MOMENT, TEXT, numeric, table, varchar


def meant(name: str, kind: DataType, *, of: str = "things", default: str = "") -> Meaning:
    made = table(of, {name: kind})
    return meaning_of(made, replace(made.columns[0], default=default))


def parameters(meaning: Meaning) -> Mapping[str, object]:
    assert meaning.generator is not None
    return meaning.generator.parameters


def weights(meaning: Meaning) -> dict[object, float]:
    values = parameters(meaning)["values"]
    assert isinstance(values, Mapping)
    return dict(values)


# ------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("age", 0, 100),
        ("release_year", 1990, 2025),
        ("birth_month", 1, 12),
        ("progress_percent", 0, 100),
        ("bedrooms", 1, 5),
        ("sort_order", 0, 100),
        ("lock_version", 0, 5),
        ("line_qty", 1, 20),
    ],
)
def test_a_whole_number_has_the_range_its_name_tells(name: str, low: int, high: int) -> None:
    """The range of a named number is that of the thing it counts or measures."""
    found = parameters(meant(name, INT4))
    assert low <= found["min_value"] <= found["max_value"] <= high  # type: ignore[operator]


def test_a_rate_is_an_amount_of_what_it_is_per() -> None:
    """Rent per week is rent, not a week's number."""
    assert parameters(meant("rent_per_week", numeric(8, 2))) == parameters(meant("rent", numeric(8, 2)))
    assert parameters(meant("week", INT4)) != parameters(meant("rent", INT4))


def test_a_range_is_cut_to_the_type() -> None:
    """What the type cannot hold is not asked for, nor digits that it does not keep."""
    assert parameters(meant("file_size", INT2))["max_value"] == 32_767
    price = parameters(meant("unit_price", numeric(4, 1)))
    assert (price["max_value"], price["decimals"]) == (500, 1)
    assert parameters(meant("unit_price", numeric(3, 2)))["max_value"] == 9
    assert "decimals" not in parameters(meant("unit_price", INT4))


def test_plurals_and_totals_are_counts() -> None:
    """A number of things is small and not negative, though no rule knows the things."""
    for name in ("open_gizmos", "num_gizmo_under_16", "total_gizmo"):
        found = parameters(meant(name, INT4))
        assert 0 <= found["min_value"] < found["max_value"] <= 1000  # type: ignore[operator]
    assert meant("gizmo", INT4).generator is None


def test_a_number_kept_as_text_is_digits() -> None:
    """The name of a number makes a text of as many digits as the number has, and as fit."""
    assert parameters(meant("hours_worked", TEXT))["pattern"] == "^[1-9][0-9]{0,1}$"
    assert parameters(meant("hours_worked", varchar(1)))["pattern"] == "^[1-9]$"


# --------------------------------------------------------------------------------------------------------- flags


@pytest.mark.parametrize(
    ("name", "mostly"), [("is_deleted", False), ("enabled", True), ("archived", False), ("active", True)]
)
def test_a_flag_is_mostly_what_its_name_says(name: str, mostly: bool) -> None:
    """Few rows are deleted or archived, most are active and enabled."""
    share = parameters(meant(name, BOOLEAN))["probability"]
    assert isinstance(share, float)
    assert (share > 0.5) is mostly


def test_a_default_tells_how_often_an_unknown_flag_is_true() -> None:
    """Rows are mostly as the schema makes them."""
    rarely, usually = (parameters(meant("gizmo", BOOLEAN, default=text))["probability"] for text in ("false", "true"))
    assert rarely < 0.5 < usually  # type: ignore[operator]


@pytest.mark.parametrize(
    ("kind", "default", "expected"),
    [
        (varchar(1), "", {"Y", "N"}),
        (varchar(1), "'F'::bpchar", {"T", "F"}),
        (varchar(5), "'false'", {"true", "false"}),
        (INT2, "", {0, 1}),
    ],
)
def test_a_flag_is_spelled_as_its_type_and_default_have_it(kind: DataType, default: str, expected: set[object]) -> None:
    """Letters and numbers serve as flags where the name asks a question or says indicator."""
    for name in ("is_live", "live_ind"):
        assert set(weights(meant(name, kind, default=default))) == expected


def test_a_question_about_an_address_is_no_address() -> None:
    """``is_contact_address`` is answered with yes or no."""
    meaning = meant("is_contact_address", TEXT)
    assert meaning.category is Category.NONE
    assert set(weights(meaning)) == {"Y", "N"}


# ------------------------------------------------------------------------------------------------------- moments


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("created_at", "created"),
        ("cre_dt", "created"),
        ("DateCreated", "created"),
        ("lastModified", "updated"),
        ("updated_on", "updated"),
        ("deleted_at", "deleted"),
        ("deletion_scheduled_at", "deleted"),
        ("valid_from", "started"),
        ("valid_to", "ended"),
        ("tenancy_start_date", "started"),
        ("expected_end_date", "ended"),
        ("payment_due_date", "due"),
        ("token_expires_at", "expires"),
        ("dischtime", "ended"),
        ("date_of_incident", "created"),
        ("gizmo_date", ""),
    ],
)
def test_a_date_tells_what_happens_at_it(name: str, moment: str) -> None:
    """The event is told whether it is a day or a moment, so that a row's events can be put in order."""
    assert meant(name, DATE).moment == moment
    assert meant(name, MOMENT).moment == moment


def test_rows_are_seldom_deleted_and_always_created() -> None:
    """Nine rows of ten are not deleted, archived or revoked; none is without its creation."""
    for name in ("deleted_at", "archived_at", "revoked_at", "cancelled_on"):
        assert meant(name, MOMENT).null_share == pytest.approx(0.9)
    for name in ("created_at", "updated_at"):
        assert meant(name, MOMENT).null_share == 0


def test_moments_come_as_seconds_milliseconds_and_text() -> None:
    """Numbers are counted from 1970, in thousandths where the name says so; texts are ISO 8601 as far as they fit."""
    seconds = parameters(meant("created_at", INT8))
    assert 1_577_836_800 <= seconds["min_value"] < seconds["max_value"] < 1_767_225_600  # type: ignore[operator]
    thousandths = parameters(meant("creation_ts", INT8))
    assert 1_577_836_800_000 <= thousandths["min_value"] < 1_767_225_600_000  # type: ignore[operator]
    assert parameters(meant("created_at", TEXT))["pattern"] == (
        "^(2020|2021|2022)-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) (0[89]|1[0-7]):[0-5][0-9]:[0-5][0-9]$"
    )
    assert (
        parameters(meant("from_date", varchar(10)))["pattern"] == "^(2021|2022)-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"
    )
    assert meant("date_of_incident", TEXT).moment == "created"
    assert meant("created_at", INT2).moment == ""


def test_texts_of_moments_are_in_order() -> None:
    """Years of what comes later begin after those of what comes first, because texts are not ordered otherwise."""
    created, deleted = (str(parameters(meant(name, TEXT))["pattern"]) for name in ("created_at", "deleted_at"))
    assert created.startswith("^(2020|2021|2022)")
    assert deleted.startswith("^(2024|2025)")


# -------------------------------------------------------------------------------------------------- enumerations


def test_an_enumerated_text_has_values_that_suit_the_table() -> None:
    """The states of a payment are others than those of a post."""
    assert "refunded" in weights(meant("status", TEXT, of="payments"))
    assert "published" in weights(meant("status", TEXT, of="posts"))
    assert set(weights(meant("payment_status", TEXT))) == set(weights(meant("status", TEXT, of="payments")))


@pytest.mark.parametrize(
    ("name", "table_name", "expected"),
    [
        ("code_challenge_method", "access_grants", {"S256", "plain"}),
        ("active_method", "login_flows", {"password", "code", "sso"}),
        ("method", "http_requests", {"GET", "POST", "PUT", "DELETE"}),
        ("utm_medium", "website_event", {"email", "social", "cpc", "referral"}),
    ],
)
def test_a_method_or_medium_is_what_its_other_words_say(name: str, table_name: str, expected: set[str]) -> None:
    """Only a method of nothing in particular is that of HTTP, and a campaign comes by no letter."""
    assert set(weights(meant(name, varchar(60), of=table_name))) == expected


@pytest.mark.parametrize("table_name", ["versions", "package_releases"])
def test_the_number_of_a_version_is_a_version(table_name: str) -> None:
    """A number kept as text in a table of versions can be read as one; in another table it cannot."""
    assert [meant(name, TEXT, of=table_name).generator for name in ("num", "number")] == [GeneratorSpec("semver")] * 2
    assert meant("number", TEXT, of="houses").generator != GeneratorSpec("semver")


@pytest.mark.parametrize("name", ["paused_by", "removedBy", "acknowledged_by", "banned_by"])
def test_who_did_something_is_a_user(name: str) -> None:
    """A text that ends in *by* names who did it."""
    found = meant(name, TEXT)
    assert found.generator == GeneratorSpec("user_name")
    assert found.category is Category.REFERENCE_TO_PERSON


def test_enumerated_values_become_codes_in_narrow_columns() -> None:
    """Where the words do not fit, distinct upper-case letters of them do."""
    for size in (1, 2, 3):
        values = weights(meant("status", varchar(size)))
        assert len(values) > 1
        assert all(len(str(value)) <= size and str(value).isupper() for value in values)


@pytest.mark.parametrize(
    ("default", "expected"),
    [("'ACTIVE'::text", "PENDING"), ("'Active'", "Pending"), ("'fresh'", "fresh"), ("", "pending")],
)
def test_a_default_is_among_the_values_and_sets_their_spelling(default: str, expected: str) -> None:
    """The schema's own value is one of them, and the others are spelled alike."""
    assert expected in weights(meant("status", TEXT, default=default))


def test_only_texts_of_few_values_are_enumerated() -> None:
    """A status is; a number, a name, and a text whose last word tells more are not."""
    made = table("things", {"status": TEXT, "surname": TEXT, "status_message": TEXT, "state": INT4, "country": TEXT})
    assert [enumerated(made, column) for column in made.columns] == [True, False, False, False, True]
    assert set(enumeration(made, made.columns[0])) == {"active", "pending", "closed"}
    assert enumeration(made, made.columns[1]) == {}


def test_a_text_of_three_characters_is_a_code() -> None:
    """A name that tells nothing and a width that fits no word make a code."""
    assert parameters(meant("xyzzy", varchar(3)))["pattern"] == "^[A-Z]{3}$"


@pytest.mark.parametrize("kind", [TEXT, INT8, BOOLEAN, MOMENT, DOUBLE, DataType(Kind.JSON, "jsonb", "jsonb")])
def test_a_column_without_a_name_to_speak_of_has_some_meaning(kind: DataType) -> None:
    """Names of no word, of digits and of other alphabets are met with the type alone."""
    for name in ("_", "1", "名前", "é"):
        assert 0 <= meant(name, kind).score <= 1
