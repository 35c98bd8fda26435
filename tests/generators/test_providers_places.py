"""Places: wards and districts are Hackney's, streets and buildings are nobody's, postcodes cannot exist."""

from __future__ import annotations

import re
from itertools import product

import pytest

from generators.errors import ParameterError
from generators.providers.places import names_without_repeat
from generators.reference import table
from tests.generators.datasets import one_table, values

DISTRICTS = {"E2", "E5", "E8", "E9", "EC2A", "N1", "N4", "N5", "N16"}

# BS 7666: what a validator accepts as the second half of a postcode.
VALID_INWARD = re.compile(r"[0-9][ABD-HJLNP-UW-Z]{2}")
LOOSE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}")

# Streets of Hackney whose names are made of a plant, a bird or a stone, or are compounds: the likeliest to be met by chance.
REAL_STREETS = (
    "Laburnum Street", "Nightingale Road", "Lavender Grove", "Holly Street", "Queensbridge Road", "Northwold Road",
    "Southwold Road", "Elderfield Road", "Rushmore Road", "Millfields Road", "Springfield", "Oldhill Street",
    "Parkholme Road", "Greenwood Road", "Ashwin Street", "Englefield Road", "Northchurch Road", "Heathland Road",
    "Ravensdale Road", "Rossington Street", "Kingsland Road", "Sandringham Road", "Brooke Road", "Glenarm Road",
    "Chatsworth Road", "Homerton High Street", "Wetherell Road", "Cassland Road", "Victoria Park Road", "Mare Street",
)  # fmt: skip


@pytest.mark.parametrize("output", ["name", "code"])
def test_wards_are_the_twenty_one_of_hackney(output: str) -> None:
    """Every ward occurs, and nothing else."""
    assert set(values({"ward": {"output": output}})) == set(table("places/wards")[output])
    assert len(table("places/wards")["code"]) == 21


def test_a_ward_is_told_by_name_and_by_code() -> None:
    """``of`` tells the name of a code and the code of a name, and of a ward that does not exist nothing."""
    names = dict(zip(table("places/wards")["code"], table("places/wards")["name"], strict=True))
    columns = {
        "code": ("text", {"ward": {"output": "code"}}),
        "name": ("text", {"ward": {"of": "code"}}),
        "back": ("text", {"ward": {"of": "name", "output": "code"}}),
        "other": ("text", {"constant": "Soho"}),
        "none": ("text", {"ward": {"of": "other"}}),
    }
    for row in one_table(columns).to_pylist():
        assert row["name"] == names[row["code"]]
        assert row["back"] == row["code"]
        assert row["none"] is None


def test_districts_are_those_of_the_ward() -> None:
    """A district lies in the row's ward; without a ward all nine occur."""
    data = table("places/ward_districts")
    known = set(zip(data["ward_code"], data["district"], strict=True))
    made = one_table({"w": ("text", {"ward": {"output": "code"}}), "d": ("text", {"postcode_district": {"ward": "w"}})})
    assert {(row["w"], row["d"]) for row in made.to_pylist()} <= known
    assert set(values("postcode_district", rows=3000)) == DISTRICTS == set(data["district"])
    assert set(data["ward_code"]) == set(table("places/wards")["code"])


def test_postcodes_look_right_and_cannot_exist() -> None:
    """They have a Hackney district and pass a loose pattern, but the strict one of BS 7666 refuses each of them."""
    for postcode in values("postcode", rows=5000):
        outward, inward = postcode.split(" ")
        assert outward in DISTRICTS
        assert LOOSE.fullmatch(postcode)
        assert not VALID_INWARD.fullmatch(inward)
        assert set(inward[1:]) & set("CIKMOV")


def test_a_street_shares_its_postcode_and_keeps_its_district() -> None:
    """Rows with the same ``by``, whole number or text, have one postcode, in the district they already have."""
    columns = {
        "street": ("integer", {"integer": {"max_value": 150}}),
        "district": ("text", {"postcode_district": "street"}),
        "a": ("text", {"postcode": {"by": "street", "district": "district"}}),
        "name": ("text", {"street_name": "street"}),
        "b": ("text", {"postcode": "name"}),
    }
    rows = one_table(columns).to_pylist()
    for place in ("a", "b", "district", "name"):
        assert len({(row["street"], row[place]) for row in rows}) == len({row["street"] for row in rows})
    assert all(row["a"].startswith(row["district"] + " ") for row in rows)
    assert len({row["a"] for row in rows}) > 120


@pytest.mark.parametrize(("generator", "kind"), [("street_name", "kind"), ("building_name", "building")])
def test_consecutive_numbers_name_different_places(generator: str, kind: str) -> None:
    """Fifty thousand numbers in a row, which is more than there are plain names, get names that all differ."""
    made = one_table({"id": ("bigint", "key"), "n": ("varchar(60)", {generator: "id"})}, rows=50_000)
    names = made.column("n").to_pylist()
    assert len(set(names)) == 50_000 < names_without_repeat(kind)
    assert len({name.split(" ")[0] for name in names[:2000]}) > 1000


def test_the_same_number_names_the_same_street_on_every_row() -> None:
    """A name follows ``by`` alone; another column of names follows it in another order."""
    columns = {
        "s": ("integer", {"integer": {"max_value": 40}}),
        "a": ("text", {"street_name": "s"}),
        "b": ("text", {"street_name": "s"}),
    }
    rows = one_table(columns).to_pylist()
    assert len({(row["s"], row["a"]) for row in rows}) == 41
    assert sum(row["a"] == row["b"] for row in rows) < 50


def test_no_street_is_one_of_hackneys() -> None:
    """None of the streets that the word lists could come nearest to is among all the names they make."""
    words = table("places/street_words")
    parts = {
        part: [w for p, w in zip(words["part"], words["word"], strict=True) if p == part] for part in words["part"]
    }
    plain = {f"{s}{e} {k}" for s, e, k in product(parts["stem"], parts["ending"], parts["kind"])}
    fronted = {f"{word} {name}" for word in parts["compass"] for name in plain}
    assert len(plain | fronted) == names_without_repeat("kind") == 354_816
    assert not (plain | fronted) & set(REAL_STREETS)
    assert set(values("street_name", rows=5000)) <= plain


def test_a_column_that_nothing_can_be_shared_by_is_refused() -> None:
    """Sharing by a fraction is an error, not a surprise."""
    with pytest.raises(ParameterError, match="whole numbers, dates or text"):
        one_table({"x": ("double", {"number": {"max_value": 1.0}}), "s": ("text", {"street_name": "x"})})


def test_a_street_address_is_a_number_and_an_invented_street() -> None:
    """Numbers run from 1 to 199, streets are those that ``street_name`` invents, and both vary on their own."""
    pairs = [text.split(" ", 1) for text in values("street_address", rows=4000)]
    assert {int(number) for number, _ in pairs} == set(range(1, 200))
    words = table("places/street_words")
    parts = {part: [word for kind, word in zip(words["part"], words["word"], strict=True) if kind == part]
             for part in ("stem", "ending", "kind")}  # fmt: skip
    streets = [f"{stem}{end} {last}" for stem, end, last in product(parts["stem"], parts["ending"], parts["kind"])]
    places = {street: place for place, street in enumerate(streets)}
    assert {street for _, street in pairs} <= set(streets)
    low = [places[street] for number, street in pairs if int(number) < 20]
    assert min(low) < len(streets) / 10 and max(low) > len(streets) * 9 / 10
    assert not {street for _, street in pairs} & set(REAL_STREETS)
    assert len({street for _, street in pairs}) > 3000
