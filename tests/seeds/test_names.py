"""Identifiers are cut into words, and abbreviations written out."""

from __future__ import annotations

import pytest

from seeds.planner.names import reference_rows, singular, singulars, words


@pytest.mark.parametrize(
    "identifier",
    [
        "first_line_text",
        "firstLineText",
        "FirstLineText",
        "FIRST_LINE_TEXT",
        "first-line-text",
        "first line text",
        "first.line.text",
    ],
)
def test_every_spelling_has_the_same_words(identifier: str) -> None:
    """Snake, camel, Pascal, screaming and kebab case, blanks and dots only part words."""
    assert words(identifier) == ("first", "line", "text")


@pytest.mark.parametrize(
    ("identifier", "meant"),
    [
        ("UPRNCode", ("uprn", "code")),
        ("HTMLBody", ("html", "body")),
        ("nhsNumber2", ("nhs", "number", "2")),
        ("addressLine1", ("address", "line", "1")),
        ("userIDs", ("user", "ids")),
        ("IPAddress", ("ip", "address")),
        ("sha256_digest", ("sha256", "digest")),
        ("", ()),
        ("__", ()),
    ],
)
def test_acronyms_and_digits_are_words(identifier: str, meant: tuple[str, ...]) -> None:
    """An acronym ends where the next word begins, digits stand alone, and nothing is nothing."""
    assert words(identifier) == meant


@pytest.mark.parametrize(
    ("identifier", "meant"),
    [
        ("tncy_ref", "tenancy reference"),
        ("tag_ref", "tenancy agreement reference"),
        ("prop_ref", "property reference"),
        ("tenagree", "tenancy agreement"),
        ("post_desig", "post designation"),
        ("dob", "birth date"),
        ("d_o_b", "birth date"),
        ("con_dob", "birth date"),
        ("fname", "first name"),
        ("first_nm", "first name"),
        ("lname", "last name"),
        ("sname", "surname"),
        ("addr1", "address line 1"),
        ("pcode", "postcode"),
        ("postcd", "postcode"),
        ("tel_no", "phone number"),
        ("eml", "email"),
        ("eMail", "email"),
        ("cre_dt", "created date"),
        ("crt_ts", "created timestamp"),
        ("eff_dt", "effective date"),
        ("qty", "quantity"),
        ("cur_bal", "current balance"),
        ("is_deleted_flg", "is deleted flag"),
        ("usr_acct_stat", "user account status"),
        ("lng", "longitude"),
    ],
)
def test_legacy_abbreviations_are_written_out(identifier: str, meant: str) -> None:
    """The short forms of council and legacy systems read as what they stand for."""
    assert " ".join(words(identifier)) == meant


@pytest.mark.parametrize(
    ("identifier", "meant"),
    [
        ("no_of_rooms", ("number", "of", "rooms")),
        ("house_no", ("house", "number")),
        ("is_no_show", ("is", "no", "show")),
        ("curr_rate", ("current", "rate")),
        ("rate_curr", ("rate", "currency")),
        ("curr", ("currency",)),
        ("min_age", ("minimum", "age")),
    ],
)
def test_a_short_form_is_read_by_its_place(identifier: str, meant: tuple[str, ...]) -> None:
    """The same letters mean one thing in front and another behind."""
    assert words(identifier) == meant


@pytest.mark.parametrize(
    ("identifier", "meant"),
    [
        ("businessentityid", ("business", "entity", "id")),
        ("modifieddate", ("modified", "date")),
        ("phoneno", ("phone", "number")),
        ("propref", ("property", "reference")),
        ("orderqty", ("order", "quantity")),
        ("isactive", ("is", "active")),
    ],
)
def test_a_name_in_one_piece_is_cut_into_known_words(identifier: str, meant: tuple[str, ...]) -> None:
    """Words run together are found if known words make up the whole of it."""
    assert words(identifier) == meant


@pytest.mark.parametrize(
    "word", ["island", "format", "issue", "password", "updated", "namespaces", "landlord", "xyzzy", "valid"]
)
def test_a_word_of_its_own_stays_whole(word: str) -> None:
    """A known word, its plural and an unknown one are not taken apart, even where shorter words would make it up."""
    assert words(word) == (word,)


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("people", "person"),
        ("children", "child"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("companies", "company"),
        ("boxes", "box"),
        ("batches", "batch"),
        ("houses", "house"),
        ("cases", "case"),
        ("caches", "cache"),
        ("heroes", "hero"),
        ("keys", "key"),
        ("items", "item"),
        ("status", "status"),
        ("series", "series"),
        ("address", "address"),
        ("analysis", "analysis"),
        ("bus", "bus"),
    ],
)
def test_plurals_have_their_singular(many: str, one: str) -> None:
    """Regular and irregular plurals become singular; what only ends like a plural stays."""
    assert singular(many) == one


def test_only_the_last_word_of_a_name_is_made_singular() -> None:
    """A compound's number is that of its last word."""
    assert singulars(("news", "items")) == ("news", "item")
    assert singulars(()) == ()


def test_no_abbreviation_is_listed_twice() -> None:
    """A short form has one meaning in one place, and its places are those that are known."""
    rows = reference_rows("abbreviations")
    seen = [(row["short"], row["place"]) for row in rows]
    assert sorted(seen) == sorted(set(seen))
    assert {row["place"] for row in rows} <= {"any", "first", "last", "later", "alone"}
