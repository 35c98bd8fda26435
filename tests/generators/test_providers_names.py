"""Names by community: they agree with sex, birth year and custom, and family names pass as the custom has it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators import Run, compile_dataset, generate
from generators.errors import ParameterError
from generators.population.sources import communities
from generators.providers.customs import FAMILIES, customs
from generators.reference import table
from generators.spec import TableSpec
from tests.generators.datasets import DAY, one_table
from tests.generators.specimens import column, dataset, part

BOTH = {"choice": {"F": 1, "M": 1}}
SINCE_1940 = {"date_between": {"start": "date('1940-01-01')", "end": "date('2024-12-31')"}}
CUSTOMS = customs().names
MIXED = {
    community
    for community, custom in zip(*list(table("names/mixtures").values())[:2], strict=True)
    if community != custom
}
ALONE = {"choice": [custom for custom in CUSTOMS if custom not in MIXED]}
"""Customs that are not the names of communities of several."""
Families = list[list[dict[str, Any]]]


@cache
def lists() -> dict[tuple[str, str], set[str]]:
    """The given names of each list and sex; those of the registers under ``registers``."""
    found: dict[tuple[str, str], set[str]] = {}
    data = table("names/given_by_custom")
    for name, sex, text in zip(data["list"], data["sex"], data["name"], strict=True):
        found.setdefault((name, sex), set()).add(text)
    for sex, text in zip(table("names/given")["sex"], table("names/given")["name"], strict=True):
        found.setdefault(("registers", sex), set()).add(text)
    for sex in "FM":
        found["british", sex] = found["registers", sex] | found["british_rare", sex]
        found["", sex] = set()
    return found


@cache
def surnames(label: str, kind: str = "line") -> frozenset[str]:
    """Every form of the family names of a list."""
    data = table("names/family_by_custom")
    rows = zip(data["list"], data["kind"], *(data[form] for form in ("name", "feminine", "wife", "last")), strict=True)
    return frozenset(text for of, what, *forms in rows if (of, what) == (label, kind) for text in forms if text)


@cache
def families(community: str, units: int = 150, seed: int = 3) -> Families:
    """Households of a father, a mother and three children, each member as a row; the mother may take his name."""
    home = TableSpec("home", (column("id", "bigint", "key"), column("community", "text", {"constant": community})))
    relative = {"table": "person", "part": "row"}
    child, wife = {"nullable": True, "only_if": "place > 1"}, {"nullable": True, "only_if": "place == 1"}
    grown = {"date_between": {"start": "date('1960-01-01')", "end": "date('1990-12-31')"}}
    young = {"date_between": {"start": "date('2000-01-01')", "end": "date('2024-12-31')"}}
    person = TableSpec(
        "person",
        (
            column("id", "bigint", "key"),
            column("home_id", "bigint", {"expression": "home.id"}),
            column("place", "integer", "ordinal"),
            column("community", "text", {"expression": "home.community"}),
            column("sex", "text", {"given": {"on": "place", "cases": {"0": {"constant": "M"}, "1": {"constant": "F"}},
                                             "otherwise": BOTH}}),
            column("born", "date", {"given": {"on": "place > 1", "cases": {"true": young}, "otherwise": grown}}),
            column("own_line", "bigint", {"name_line": {"by": "id", "community": "community", "household": "home_id"}}),
            column("father", "integer", {"constant": 0}, **child),
            column("mother", "integer", {"constant": 1}, **child),
            column("husband", "integer", {"constant": 0}, **wife),
            column("father_line", "bigint", {"relative": {**relative, "ordinal": "father", "column": "own_line"}},
                   nullable=True),
            column("line", "bigint", {"expression": "coalesce(father_line, own_line)"}),
            column("mother_line", "bigint", {"relative": {**relative, "ordinal": "mother", "column": "own_line"}},
                   nullable=True),
            column("spouse", "bigint", {"relative": {**relative, "ordinal": "husband", "column": "own_line"}},
                   nullable=True),
            column("given", "text", {"given_name": {"sex": "sex", "born": "born", "line": "line", "among": "place"}}),
            column("father_given", "text", {"relative": {**relative, "ordinal": "father", "column": "given"}},
                   nullable=True),
            column("family", "text", {"family_name": {"line": "line", "sex": "sex", "mother": "mother_line",
                                                      "spouse": "spouse", "father_given": "father_given"}}),
        ),
        parent="home",
        parts=(part("row", 5, kind="fixed", rows=5),),
    )  # fmt: skip
    run = Run(compile_dataset(dataset(home, person)), seed, units, DAY, DAY)
    rows = [row for item in generate(run) if item.table == "person" for row in item.batch.to_pylist()]
    return [rows[start : start + 5] for start in range(0, len(rows), 5)]


# ------------------------------------------------------------------------------------------------- the reference data


def test_every_community_of_the_fitted_population_has_customs() -> None:
    """No label that the population gives falls to the mixture by accident."""
    known = set(table("names/mixtures")["community"])
    assert set(communities()) <= known
    assert set(table("names/mixtures")["custom"]) <= set(CUSTOMS)


def test_every_custom_has_its_lists() -> None:
    """Lists that customs name are there, for both sexes; shares lie between 0 and 1."""
    data = table("names/customs")
    for name in {*data["given"], *data["british"], *data["middle"]}:
        assert name == "" or all(lists()[name, sex] for sex in "FM")
    old = set(table("names/family")["community"])
    for label, family in zip(data["surnames"], data["family"], strict=True):
        assert family in FAMILIES
        assert family.startswith("patronymic") or surnames(label) or label in old
    for name in ("wife", "joined", "women", "share_1950", "share_2020"):
        assert all(0 <= float(share) <= 1 for share in data[name])
    assert all(float(w) > 0 for w, name in zip(data["women"], CUSTOMS, strict=True) if surnames(name, "women"))


@pytest.mark.parametrize("name", ["names/given_by_custom", "names/family_by_custom"])
def test_names_are_written_as_names(name: str) -> None:
    """Letters, accents included, with blanks, hyphens and apostrophes between; nothing is repeated in a list."""
    data = table(name)
    keys = list(zip(data["list"], data.get("sex") or data["kind"], data["name"], strict=True))
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[^\W\d_]+([' -][^\W\d_]+)*", text) for text in data["name"])


def test_turkish_letters_are_kept_and_vietnamese_tones_are_not() -> None:
    """Names are written as their bearers' British records write them."""
    assert {"Şahin", "Yıldırım", "Doğan", "Çelik", "İnce"} <= surnames("turkish")
    written = [text for sex in "FM" for text in lists()["vietnamese", sex]]
    assert all(text.isascii() for text in written)


# ------------------------------------------------------------------------------------------------------- given names


def test_given_names_are_of_the_custom_and_the_sex() -> None:
    """Whatever the birth year, a name is of the custom's own list or of the list its children also take from."""
    made = one_table(
        {
            "custom": ("text", ALONE),
            "sex": ("text", BOTH),
            "born": ("date", SINCE_1940),
            "first": ("text", {"given_name": {"sex": "sex", "born": "born", "community": "custom"}}),
            "middle": ("text", {"given_name": {"sex": "sex", "born": "born", "community": "custom", "middle": True}}),
        },
        rows=30_000,
    )
    data = table("names/customs")
    places = {name: place for place, name in enumerate(CUSTOMS)}
    for row in made.to_pylist():
        place, sex = places[row["custom"]], row["sex"]
        assert row["first"] in lists()[data["given"][place], sex] | lists()[data["british"][place], sex]
        assert row["middle"] in lists()[data["middle"][place], sex]


def names_of(community: str, born: str, sex: str, rows: int = 8000) -> Counter[str]:
    columns = {
        "community": ("text", {"constant": community}),
        "sex": ("text", {"constant": sex}),
        "born": ("date", {"expression": f"date('{born}')"}),
        "name": ("text", {"given_name": {"sex": "sex", "born": "born", "community": "community"}}),
    }
    return Counter(one_table(columns, rows=rows).column("name").to_pylist())


def test_charedi_children_keep_their_names_in_every_generation() -> None:
    """No year has another list than Yiddish and Hebrew names."""
    for born in ("1950-05-05", "2022-05-05"):
        for sex in "FM":
            assert set(names_of("charedi", born, sex)) <= lists()["charedi", sex]


def test_more_children_born_later_have_names_of_the_country() -> None:
    """Chinese families' British names grow from none among the oldest to about half of the youngest."""
    shares = []
    for born in ("1950-05-05", "1985-05-05", "2020-05-05"):
        made = names_of("chinese", born, "F")
        shares.append(sum(count for name, count in made.items() if name not in lists()["chinese", "F"]) / 8000)
    assert shares[0] == 0
    assert 0.05 < shares[1] < 0.2
    # Some names, such as Grace, are in both lists.
    assert 0.33 < shares[2] < 0.5


def test_british_families_have_no_names_that_other_communities_brought() -> None:
    """The registers' Muhammad and Zuzanna are not given in them; they were given by others."""
    made = names_of("white_british", "2021-05-05", "M")
    assert not set(made) & set(table("names/not_british")["name"])
    assert "Muhammad" in names_of("bangladeshi", "2021-05-05", "M")


def test_the_tail_of_british_names_grows_with_the_birth_year() -> None:
    """Names beyond the commonest are as frequent as the registers say: 22% of girls in 1996, 40% and more since 2020."""
    for year, least, most in (("1996", 0.19, 0.27), ("2022", 0.36, 0.45)):
        made = names_of("white_british", f"{year}-06-01", "F", rows=20_000)
        rare = sum(count for name, count in made.items() if name not in lists()["registers", "F"]) / 20_000
        both = lists()["registers", "F"] & lists()["british_rare", "F"]
        again = sum(made[name] for name in both) / 20_000
        assert least - again <= rare <= most
        assert rare + again >= least


def test_a_name_is_as_frequent_as_its_weight() -> None:
    """Somali women born in 1980 have each name about as often as its list weighs it."""
    data = table("names/given_by_custom")
    era = {"old": 0.3, "any": 1.0, "new": 0.06}
    rows = zip(*(data[name] for name in ("list", "sex", "name", "era", "weight")), strict=True)
    weights = {text: float(weight) * era[when] for of, sex, text, when, weight in rows if (of, sex) == ("somali", "F")}
    made = names_of("somali", "1960-05-05", "F", rows=40_000), names_of("somali", "1966-05-05", "F", rows=40_000)
    total = sum(weights.values())
    share = 1 - 0.15 * (16 / 70) ** 2
    for name in sorted(weights, key=lambda text: -weights[text])[:15]:
        expected = 40_000 * share * weights[name] / total
        assert made[1][name] >= expected - 5 * expected**0.5
        # The names of Muslim families in Britain repeat some.
        assert made[1][name] <= expected + 5 * expected**0.5 + 40_000 * (1 - share) * 0.1
    assert sum(made[0][text] for text, weight in weights.items() if weight < 600) < 40_000


def test_an_unknown_community_is_of_any() -> None:
    """A label nobody knows, and none at all, take the names of the borough's mixture, not of one custom."""
    for written in ({"constant": "martian"}, {"given": {"on": "n < 0", "cases": {"true": {"constant": "x"}}}}):
        columns = {
            "n": ("integer", "ordinal"),
            "community": ("text", written),
            "given": ("text", {"given_name": {"community": "community"}}),
            "family": ("text", {"family_name": {"community": "community"}}),
        }
        made = one_table(columns, rows=6000).to_pydict()
        assert {"Chaya", "Mehmet", "David"} <= set(made["given"])
        assert {"Patel", "Yılmaz", "Smith", "Weiss"} <= set(made["family"])


def test_a_label_is_known_however_it_is_written() -> None:
    """Capitals, blanks and hyphens do not hide a community; a custom's own name is a community of it alone."""
    for label in ("Orthodox Jewish", "charedi", "orthodox-jewish"):
        assert set(names_of(label, "1980-05-05", "M", rows=500)) <= lists()["charedi", "M"]
    assert set(names_of("Turkish Cypriot", "1940-05-05", "M", rows=500)) <= (
        lists()["turkish_cypriot", "M"] | lists()["crossing", "M"]
    )


def test_all_names_of_a_household_follow_one_custom() -> None:
    """A community of many customs gives a household Italian names or French ones, first, middle and last."""
    italian = surnames("italian") | {
        n for c, n in zip(*list(table("names/family").values())[:2], strict=True) if c == "italian"
    }
    given_names = {"sex": "sex", "born": "born", "community": "community", "by": "home"}
    columns = {
        "n": ("integer", "ordinal"),
        "home": ("bigint", {"expression": "n // 4"}),
        "community": ("text", {"constant": "west_european"}),
        "sex": ("text", BOTH),
        "born": ("date", {"expression": "date('1950-01-01')"}),
        "first": ("text", {"given_name": given_names}),
        "middle": ("text", {"given_name": {**given_names, "middle": True}}),
        "family": ("text", {"family_name": {"by": "home", "community": "community", "sex": "sex"}}),
    }
    homes: dict[int, list[dict[str, Any]]] = {}
    for row in one_table(columns, rows=4000).to_pylist():
        homes.setdefault(row["home"], []).append(row)
    assert all(
        len({row["family"].split("-")[0] for row in rows}) == 1
        for rows in homes.values()
        if rows[0]["family"] in italian
    )
    names = lists()["italian", "F"] | lists()["italian", "M"]
    of_italy = [all(row[kind] in names for row in rows for kind in ("first", "middle")) for rows in homes.values()]
    assert 0.2 < sum(of_italy) / len(homes) < 0.45
    lone = {n for c, n in zip(*list(table("names/family").values())[:2], strict=True) if c == "italian"}
    assert all(rows[0]["family"].split("-")[0] in lone for rows, it in zip(homes.values(), of_italy, strict=True)
               if it and not all(row["first"] in lists()["spanish", row["sex"]] for row in rows)
               and not all(row["first"] in lists()["latin_american", row["sex"]] for row in rows))  # fmt: skip


def test_brothers_and_sisters_seldom_share_a_name() -> None:
    """With ``among``, far fewer homes have two of one name than if each were drawn alone."""
    homes = [[row["given"] for row in home[2:] if row["sex"] == "M"] for home in families("charedi", 400)]
    repeated = sum(len(set(names)) < len(names) for names in homes)
    assert repeated <= 2


# ------------------------------------------------------------------------------------------------------ family names


def test_most_british_wives_share_their_husbands_name_and_their_children_too() -> None:
    """About 85 in 100 couples share it; children then all have it, and otherwise agree with one another."""
    homes = families("white_british", 600)
    shared = [home for home in homes if home[0]["family"] == home[1]["family"]]
    assert 0.8 < len(shared) / len(homes) < 0.9
    assert all(row["family"] == home[0]["family"] for home in shared for row in home)
    apart = [home for home in homes if home not in shared]
    assert all(len({row["family"] for row in home[2:]}) == 1 for home in apart)
    joined = [home for home in apart if home[2]["family"] == f"{home[0]['family']}-{home[1]['family']}"]
    assert joined


def test_polish_names_bend_with_sex() -> None:
    """Women are -ska and -cka where men are -ski and -cki, and it is one name for a family."""
    homes = families("polish", 300)
    for home in homes:
        for row in home:
            for name in row["family"].split("-"):
                ending = name[-3:]
                assert ending not in ("ski", "cki") or row["sex"] == "M"
                assert ending not in ("ska", "cka") or row["sex"] == "F"
        if home[0]["family"] == "Kowalski":
            sons = {row["family"] for row in home[2:] if row["sex"] == "M" and "-" not in row["family"]}
            assert sons <= {"Kowalski", home[1]["family"]}
    assert {"Kowalski", "Kowalska"} & {row["family"] for home in homes for row in home}


def test_lithuanian_wives_differ_from_daughters() -> None:
    """A wife of Kazlauskas is Kazlauskienė and his daughter Kazlauskaitė."""
    homes = [home for home in families("lithuanian", 300) if home[0]["family"] == "Kazlauskas"]
    women = {row["family"] for home in homes for row in home[2:] if row["sex"] == "F"}
    assert "Kazlauskaitė" in women and "Kazlauskienė" not in women
    assert "Kazlauskienė" in {home[1]["family"] for home in homes}


def test_somali_children_are_called_after_father_and_grandfather() -> None:
    """A child's second name is its father's given name, and the third is the father's second; wives keep theirs."""
    for home in families("somali"):
        father, mother = home[0], home[1]
        assert mother["family"] != father["family"] or len(set(mother["family"].split())) == 1
        for child in home[2:]:
            assert child["family"] == f"{father['given']} {father['family'].split()[0]}"


def test_habesha_children_have_one_name_of_their_father() -> None:
    """The family name is the father's given name alone."""
    for home in families("habesha"):
        assert all(child["family"] == home[0]["given"] for child in home[2:])


def test_spanish_children_have_the_first_names_of_both_parents() -> None:
    """The father's first and then the mother's first; the mother keeps her own two."""
    for home in families("spanish"):
        father, mother = (re.split(" (?!de )", row["family"]) for row in home[:2])
        assert len(father) == len(mother) == 2
        assert all(child["family"] == f"{father[0]} {mother[0]}" for child in home[2:])


def test_portuguese_children_have_the_mothers_name_before_the_fathers() -> None:
    """The last name is the father's last; the first is one that the mother has, if she kept hers."""
    for home in families("portuguese"):
        last = home[0]["family"].split()[-1]
        assert all(child["family"].split()[-1] == last for child in home[2:])
        assert len({child["family"] for child in home[2:]}) == 1


def test_bangladeshi_women_mostly_bear_names_of_their_own() -> None:
    """Begum, Khatun and the like are borne by women alone; sons have the father's name."""
    own = surnames("bangladeshi", "women")
    homes = families("bangladeshi", 300)
    women = [row["family"] for home in homes for row in home if row["sex"] == "F"]
    assert 0.65 < sum(name in own for name in women) / len(women) < 0.85
    for home in homes:
        assert all(row["family"] == home[0]["family"] for row in home[2:] if row["sex"] == "M")
        assert home[0]["family"] not in own


def test_a_couple_of_two_communities_keeps_to_the_line() -> None:
    """Children bear the father's name in his custom, whatever the mother's community is; she may take it, or not."""
    columns = {
        "n": ("integer", "ordinal"),
        "his": ("text", {"constant": "charedi"}),
        "hers": ("text", {"constant": "italian"}),
        "m": ("text", {"constant": "M"}),
        "f": ("text", {"constant": "F"}),
        "father": ("bigint", {"name_line": {"by": "n", "community": "his"}}),
        "mother": ("bigint", {"name_line": {"by": "n", "community": "hers"}}),
        "father_name": ("text", {"family_name": {"line": "father", "sex": "m"}}),
        "wife_name": ("text", {"family_name": {"line": "mother", "sex": "f", "spouse": "father"}}),
        "mother_name": ("text", {"family_name": {"line": "mother", "sex": "f"}}),
        "child_name": ("text", {"family_name": {"line": "father", "sex": "f"}}),
    }
    rows = one_table(columns, rows=2000).to_pylist()
    assert all(row["child_name"] == row["father_name"] for row in rows)
    took = [row["wife_name"] == row["father_name"] for row in rows]
    assert 0.07 < sum(took) / len(took) < 0.13
    assert all(row["wife_name"] in (row["father_name"], row["mother_name"]) for row in rows)


def test_children_of_mothers_alone_bear_her_names_or_an_absent_fathers() -> None:
    """A child of its mother's line has her two Spanish names; in Somali families it is called after no father of hers."""
    columns = {
        "n": ("integer", "ordinal"),
        "home": ("integer", {"expression": "n // 2"}),
        "line": ("bigint", {"name_line": {"by": "home", "community": "custom"}}),
        "custom": ("text", {"pick": {"index": "home % 3", "values": ["spanish", "somali", "irish"]}}),
        "her_name": ("text", {"family_name": {"line": "line"}}),
        "child_name": ("text", {"family_name": {"line": "line", "mother": "line"}}),
    }
    rows = one_table(columns, rows=600).to_pylist()
    same = [row["her_name"] == row["child_name"] for row in rows]
    assert all(known == (row["custom"] != "somali") for known, row in zip(same, rows, strict=True))
    assert all(one["child_name"] == two["child_name"] for one, two in zip(rows[::2], rows[1::2], strict=True))


def test_hints_narrow_a_community() -> None:
    """Country, language or religion choose among a community's customs; a hint that none answers to changes nothing."""
    columns = {
        "n": ("integer", "ordinal"),
        "community": ("text", {"constant": "west_european"}),
        "religion": ("text", {"constant": "No religion"}),
        "country": ("text", {"choice": ["Italy", "United Kingdom", "Spain"]}),
        "line": ("bigint", {"name_line": {"by": "n", "community": "community", "hints": ["religion", "country"]}}),
    }
    made = one_table(columns, rows=3000).to_pylist()
    found: dict[str, set[str]] = {}
    for row in made:
        found.setdefault(row["country"], set()).add(CUSTOMS[row["line"] % 128])
    assert found["Italy"] == {"italian"}
    assert found["Spain"] == {"spanish"}
    assert {"italian", "french", "german", "greek"} <= found["United Kingdom"]


def test_full_names_agree_with_themselves() -> None:
    """Given and family name are of one custom and one sex."""
    columns = {
        "community": ("text", {"constant": "polish"}),
        "name": ("text", {"full_name": {"community": "community"}}),
    }
    for name in one_table(columns, rows=3000).column("name").to_pylist():
        given_part, family = name.rsplit(" ", 1)
        if family.endswith(("ska", "cka")):
            assert given_part in lists()["polish", "F"] | lists()["registers", "F"]
        if family.endswith(("ski", "cki")):
            assert given_part in lists()["polish", "M"] | lists()["registers", "M"]


# -------------------------------------------------------------------------------------------------------------- laws


@given(st.integers(0, 2**31), st.integers(0, 90), st.integers(1, 10))
@settings(max_examples=20, deadline=None)
def test_a_row_has_its_names_alone_as_in_a_batch(seed: int, start: int, rows: int) -> None:
    """A part of the rows is named as it is among all of them."""
    columns = {
        "n": ("integer", "ordinal"),
        "community": ("text", {"choice": [*communities(), "nobody"]}),
        "sex": ("text", {"choice": ["F", "M", "X"]}),
        "born": ("date", SINCE_1940),
        "line": ("bigint", {"name_line": {"by": "n", "community": "community"}}),
        "given": ("text", {"given_name": {"sex": "sex", "born": "born", "line": "line", "among": "n"}}),
        "family": ("text", {"family_name": {"line": "line", "sex": "sex", "mother": "line"}}),
        "full": ("text", {"full_name": {"sex": "sex", "born": "born", "community": "community"}}),
    }
    whole = one_table(columns, rows=100, seed=seed)
    assert one_table(columns, rows=100, seed=seed, start=start, stop=start + rows).equals(whole.slice(start, rows))


@pytest.mark.parametrize(
    "written",
    [
        {"given_name": {"by": "home"}},
        {"given_name": {"middle": True}},
        {"given_name": {"community": "c", "among": "n"}},
        {"given_name": {"community": "c", "line": "n"}},
        {"family_name": {"sex": "c"}},
        {"family_name": {"by": "n", "line": "n"}},
        {"family_name": {"community": "c", "mother": "n"}},
        {"family_name": {"community": "c", "line": "n"}},
    ],
)
def test_parameters_that_do_not_fit_together_are_refused(written: dict[str, Any]) -> None:
    """What would have no effect, or two meanings, is an error."""
    with pytest.raises(ParameterError):
        one_table({"n": ("integer", "ordinal"), "c": ("text", {"constant": "irish"}), "x": ("text", written)}, rows=1)


def test_empty_lines_and_parents_are_no_obstacle() -> None:
    """A row without a line, a mother or a father's name has a name all the same."""
    empty = {"given": {"on": "n < 0", "cases": {"true": {"constant": 1}}}}
    columns = {
        "n": ("integer", "ordinal"),
        "none": ("bigint", empty),
        "text": ("text", {"given": {"on": "n < 0", "cases": {"true": {"constant": "x"}}}}),
        "name": ("text", {"family_name": {"line": "none", "mother": "none", "spouse": "none", "father_given": "text"}}),
    }
    made = one_table(columns, rows=500).column("name")
    assert made.null_count == 0
    assert len(set(made.to_pylist())) > 200
    assert pa.types.is_string(made.type)
