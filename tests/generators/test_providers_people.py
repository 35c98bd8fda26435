"""People: names follow birth year and community, titles follow age, ages follow the census, addresses are nobody's."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.providers.folding import latin_letters
from generators.reference import table
from tests.generators.datasets import DAY, one_table, one_table_dataset, values

BORN_1934 = {"date_between": {"start": "date('1934-01-01')", "end": "date('1934-12-31')"}}
BORN_2018 = {"date_between": {"start": "date('2018-01-01')", "end": "date('2018-12-31')"}}
BOTH = {"choice": {"F": 1, "M": 1}}


def completed_years(born: date, at: date) -> int:
    """A person's age by the calendar."""
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def listed(period: str, sex: str) -> dict[str, float]:
    """Names and weights of one list."""
    data = table("names/given")
    rows = zip(data["period"], data["sex"], data["name"], data["weight"], strict=True)
    return {name: float(weight) for when, whose, name, weight in rows if (when, whose) == (period, sex)}


# ----------------------------------------------------------------------------------------------------- given names


@pytest.mark.parametrize(("born", "period"), [(BORN_1934, "1934"), (BORN_2018, "2015")])
def test_given_names_come_from_the_list_of_the_birth_year_and_sex(born: dict[str, object], period: str) -> None:
    """A girl born in 1934 has a girl's name of that decade, a boy born in 2018 one of his."""
    columns = {"sex": ("text", BOTH), "born": ("date", born)}
    made = one_table({**columns, "name": ("text", {"given_name": {"sex": "sex", "born": "born"}})}, rows=4000)
    for sex in "FM":
        names = {row["name"] for row in made.to_pylist() if row["sex"] == sex}
        assert names <= set(listed(period, sex))
        assert len(names) > 60


def test_a_name_is_as_frequent_as_its_weight() -> None:
    """The commonest names of a list have its shares of the rows, within sampling error."""
    made = Counter(
        one_table(
            {
                "sex": ("text", {"constant": "F"}),
                "born": ("date", BORN_2018),
                "name": ("text", {"given_name": {"sex": "sex", "born": "born"}}),
            },
            rows=40_000,
        ).column("name").to_pylist()
    )  # fmt: skip
    weights = listed("2015", "F")
    for name in sorted(weights, key=lambda n: -weights[n])[:20]:
        expected = 40_000 * weights[name] / sum(weights.values())
        assert abs(made[name] - expected) < 5 * expected**0.5 + 5


def test_births_before_and_after_the_lists_take_the_nearest() -> None:
    """Somebody born in 1860 or in 2100 has a name all the same."""
    for year, period in ((1860, "1904"), (2100, "2020")):
        born = {"constant": date(year, 6, 1)}
        made = one_table({"b": ("date", born), "n": ("text", {"given_name": {"born": "b"}})}, rows=300)
        assert set(made.column("n").to_pylist()) <= set(listed(period, "F")) | set(listed(period, "M"))


def test_without_a_sex_names_of_both_occur() -> None:
    """A sex that is neither F nor M, empty or not given takes names of either."""
    for column in ({"constant": "X"}, {"constant": "Non-binary"}):
        made = one_table({"sex": ("text", column), "n": ("text", {"given_name": {"sex": "sex"}})}, rows=2000)
        names = set(made.column("n").to_pylist())
        assert {"Susan", "David"} <= names
    assert {"Susan", "David"} <= set(values("given_name", rows=2000))


def test_first_and_middle_names_are_drawn_apart() -> None:
    """Two columns of names agree on few rows."""
    made = one_table({"a": ("text", "given_name"), "b": ("text", "given_name")}, rows=2000).to_pylist()
    assert sum(row["a"] == row["b"] for row in made) < 60


def test_names_are_written_with_capitals() -> None:
    """No name is in capitals or begins with a small letter."""
    data = table("names/given")
    assert all(re.fullmatch(r"[A-Z][a-z]+(-[A-Z][a-z]+)?", name) for name in data["name"])


# ---------------------------------------------------------------------------------------------------- family names


def test_a_household_shares_its_family_name() -> None:
    """Rows with the same ``by`` have one name; the number of names is far above one."""
    made = one_table({"home": ("bigint", {"integer": {"max_value": 500}}), "n": ("text", {"family_name": "home"})})
    pairs = set(zip(*made.to_pydict().values(), strict=True))
    assert len(pairs) == len({home for home, _ in pairs})
    assert len({name for _, name in pairs}) > 100


def test_family_names_follow_the_communities() -> None:
    """Names that one community alone has are about as frequent as its share."""
    data, shares = table("names/family"), table("names/communities")
    homes = Counter(data["name"])
    made = Counter(values("family_name", rows=40_000))
    total = sum(map(float, shares["weight"]))
    for community in ("british", "charedi", "ghanaian", "vietnamese"):
        rows = [
            (n, float(w))
            for c, n, w in zip(data["community"], data["name"], data["weight"], strict=True)
            if c == community
        ]
        own = sum(weight for name, weight in rows if homes[name] == 1) / sum(weight for _, weight in rows)
        share = float(shares["weight"][shares["community"].index(community)]) / total
        found = sum(made[name] for name, _ in rows if homes[name] == 1) / 40_000
        assert found == pytest.approx(own * share, rel=0.15)


def test_an_empty_by_leaves_each_row_to_itself() -> None:
    """Rows without a household do not all share one name."""
    home = {"given": {"on": "n < 0", "cases": {"true": {"constant": 1}}}}
    columns = {"n": ("integer", "ordinal"), "home": ("bigint", home), "name": ("text", {"family_name": "home"})}
    assert len(set(one_table(columns).column("name").to_pylist())) > 100


# ---------------------------------------------------------------------------------------------------------- titles


def test_titles_fit_sex_and_age() -> None:
    """Boys are Master, girls Miss; nobody grown up is Master, and no man is Mrs."""
    columns = {
        "sex": ("text", BOTH),
        "born": ("date", "date_of_birth"),
        "title": ("varchar(10)", {"title": {"sex": "sex", "born": "born"}}),
    }
    for row in one_table(columns, rows=4000).to_pylist():
        age = completed_years(row["born"], DAY)
        if age < 12:
            assert row["title"] == ("Miss" if row["sex"] == "F" else "Master")
        if age > 18:
            assert row["title"] != "Master"
        if row["sex"] == "M":
            assert row["title"] not in ("Mrs", "Miss", "Ms")


# --------------------------------------------------------------------------------------------------- dates of birth


@given(
    st.dates(date(1999, 1, 1), date(2060, 12, 31)) | st.just(date(2024, 2, 29)) | st.just(date(2023, 2, 28)),
    st.integers(0, 104),
    st.integers(-5, 30),
)
@settings(max_examples=60, deadline=None)
def test_the_age_at_epoch_lies_between_its_bounds(epoch: date, low: int, width: int) -> None:
    """Whatever the bounds and the day, leap days included, the age by the calendar keeps to them."""
    written = {"date_of_birth": {"min_age": low, "max_age": low + width}}
    for born in values(written, "date", rows=60, epoch=epoch):
        assert low <= completed_years(born, epoch) <= max(low, low + width)


def test_bounds_can_differ_from_row_to_row() -> None:
    """A bound is an expression over the row."""
    columns = {
        "low": ("integer", {"integer": {"max_value": 80}}),
        "born": ("date", {"date_of_birth": {"min_age": "low", "max_age": "low + 3"}}),
    }
    for row in one_table(columns, rows=2000).to_pylist():
        assert row["low"] <= completed_years(row["born"], DAY) <= row["low"] + 3


def test_ages_follow_the_census() -> None:
    """Each age has the share of the residents that the census gives it, within sampling error."""
    persons = list(map(int, table("population/age_2021")["persons"]))
    born = values("date_of_birth", "date", rows=60_000)
    found = Counter(completed_years(day, DAY) for day in born)
    for age in range(90):
        expected = 60_000 * persons[age] / sum(persons)
        assert abs(found[age] - expected) < 5 * expected**0.5 + 3


def test_every_day_of_a_year_is_a_birthday() -> None:
    """Children of one year are born on all of its days, the first and the last included."""
    born = values({"date_of_birth": {"min_age": 7, "max_age": 7}}, "date", rows=8000)
    assert (min(born), max(born)) == (date(2018, 4, 7), date(2019, 4, 6))
    assert set(born) == {date(2018, 4, 7) + timedelta(days=n) for n in range(365)}


# ---------------------------------------------------------------------------------------------------------- e-mail


def test_addresses_are_at_reserved_domains_and_made_of_the_names() -> None:
    """The local part is the names in plain letters and the row's key; the domain is one that RFC 2606 reserves."""
    columns = {
        "id": ("bigint", "key"),
        "given": ("text", "given_name"),
        "family": ("text", "family_name"),
        "email": ("text", {"email": ["given", "family"]}),
    }
    for row in one_table(columns, rows=2000).to_pylist():
        local, _, domain = row["email"].partition("@")
        assert domain in ("example.com", "example.net", "example.org")
        assert local.isascii()
        assert re.fullmatch(rf"[a-z]+\.[a-z]+\.{row['id']:08d}", local)
        assert local.startswith(row["given"].lower().replace("-", ""))


def test_addresses_are_distinct_by_construction() -> None:
    """A unique constraint over them is accepted, whatever the names, and holds for one name on every row."""
    columns = {"n": ("text", {"constant": "Ada"}), "email": ("text", {"email": ["n"]})}
    assert one_table_dataset(columns, unique=("email",)).tables["row"].columns["email"].unique
    made = one_table(columns, rows=5000, unique=("email",)).column("email").to_pylist()
    assert len(set(made)) == 5000


def test_a_row_without_latin_letters_has_an_address_too() -> None:
    """Names in another script, empty names and no names at all leave ``resident`` and the key."""
    for columns in (
        {"n": ("text", {"choice": ["阮", "", "محمد"]}), "e": ("text", {"email": ["n"]})},
        {"e": ("text", "email")},
    ):
        made = one_table(columns, rows=50).column("e").to_pylist()
        assert all(re.fullmatch(r"resident\.\d{8}@example\.(com|net|org)", text) for text in made)


@given(st.lists(st.text(max_size=12), max_size=20))
@settings(max_examples=200)
def test_folding_leaves_plain_letters_only(texts: list[str]) -> None:
    """Any text becomes letters a to z, each row from its own characters."""
    folded = latin_letters(pa.array(texts, type=pa.string())).to_pylist()
    assert all(re.fullmatch("[a-z]*", text) for text in folded)
    assert folded == [latin_letters(pa.array([text]))[0].as_py() for text in texts]


@given(st.text(alphabet=st.characters(min_codepoint=0x41, max_codepoint=0x17F), max_size=12))
@settings(max_examples=300)
def test_folding_agrees_with_the_decomposition_of_each_letter(text: str) -> None:
    """A letter with an accent becomes the letter it is built on."""
    single = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "s", "æ": "a", "œ": "o", "ð": "d", "þ": "t"}
    expected = ""
    for character in text:
        lower = character.lower()
        plain = single.get(lower, unicodedata.normalize("NFKD", lower)[0])
        keeps = character.isascii() or plain in "abcdefghijklmnopqrstuvwxyz"
        expected += plain if keeps and plain.isascii() and plain.isalpha() else ""
    assert latin_letters(pa.array([text])).to_pylist() == [expected]


@pytest.mark.parametrize(
    ("name", "folded"),
    [("Şahin", "sahin"), ("Yıldız", "yildiz"), ("Wójcik", "wojcik"), ("O'Brien", "obrien"), ("Nguyễn", "nguyen"),
     ("De Luca", "deluca"), ("İnce", "ince"), ("Łukasz", "lukasz"), ("", "")],
)  # fmt: skip
def test_folding_known_names(name: str, folded: str) -> None:
    """Names of the borough's communities fold as their bearers write them in an address."""
    assert latin_letters(pa.array(["x", name, "y"])).to_pylist() == ["x", folded, "y"]
    assert latin_letters(pa.array(["x", name, "y"]).slice(1, 1)).to_pylist() == [folded]


def test_a_full_name_is_a_given_and_a_family_name() -> None:
    """Both parts come from the lists that the two are drawn from alone, and neither decides the other."""
    given = {name for names in (table("names/given")["name"],) for name in names}
    family = set(table("names/family")["name"])
    made = values("full_name", rows=4000)
    parts = [[cut for cut in cuts_of(name) if cut[0] in given and cut[1] in family] for name in made]
    assert all(parts)
    firsts = Counter(found[0][0] for found in parts)
    commonest = firsts.most_common(1)[0][0]
    assert len({found[0][1] for found in parts if found[0][0] == commonest}) > 10


def cuts_of(name: str) -> list[tuple[str, str]]:
    """Every way to cut a name in two at a blank."""
    words = name.split(" ")
    return [(" ".join(words[:place]), " ".join(words[place:])) for place in range(1, len(words))]
