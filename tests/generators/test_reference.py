"""Reference data: every table can be read, has its provenance beside it and holds what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from generators import reference
from generators.errors import ReferenceDataError
from generators.reference import file_digests, table

FOLDER = Path(reference.__file__).parent
TABLES = sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.csv"))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_read_and_is_accounted_for(name: str) -> None:
    """A table has rows, no empty header, and a line in its folder's provenance file that says where it comes from."""
    data = table(name)
    assert all(header and rows for header, rows in data.items())
    provenance = (FOLDER / name).parent.joinpath("PROVENANCE.md").read_text(encoding="utf-8")
    assert f"`{name.split('/')[1]}.csv`" in provenance
    assert "icence" in provenance or "own work" in provenance


def test_digests_cover_every_table() -> None:
    """What a lock pins is every table there is."""
    assert sorted(file_digests()) == TABLES
    assert all(len(digest) == 64 for digest in file_digests().values())


def test_a_missing_table_is_refused_by_name() -> None:
    """A table that does not exist is an error that names it."""
    with pytest.raises(ReferenceDataError, match="names/nobody"):
        table("names/nobody")


def test_weights_are_positive_numbers() -> None:
    """Every weight can be drawn by."""
    weighted = [name for name in TABLES if "weight" in table(name)]
    assert len(weighted) >= 5
    assert all(float(weight) > 0 for name in weighted for weight in table(name)["weight"])


def test_names_occur_once_in_each_list() -> None:
    """No list counts a name twice."""
    given, family = table("names/given"), table("names/family")
    lists = list(zip(given["period"], given["sex"], given["name"], strict=True))
    assert len(set(lists)) == len(lists)
    homes = list(zip(family["community"], family["name"], strict=True))
    assert len(set(homes)) == len(homes)
    assert set(family["community"]) == set(table("names/communities")["community"])


def test_the_census_table_counts_the_borough() -> None:
    """A hundred single years and the rest: 259,148 residents."""
    data = table("population/age_2021")
    assert [int(age) for age in data["age"]] == list(range(101))
    assert sum(map(int, data["persons"])) == 259_148


def test_titles_cover_every_age_and_sex_once() -> None:
    """The age bands of a sex leave no gap and do not overlap."""
    data = table("names/titles")
    for sex in "FMX":
        rows = zip(data["sex"], data["min_age"], data["max_age"], strict=True)
        bands = sorted({(int(low), int(high)) for whose, low, high in rows if whose == sex})
        assert [age for low, high in bands for age in range(low, high + 1)] == list(range(131))
