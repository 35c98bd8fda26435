"""Words, codes, addresses of machines and renderings: each is of its form, and none of them is anybody's."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

import pytest

from generators.errors import ParameterError
from generators.providers import REGISTRY, Promise, bind
from generators.providers.vocabulary import word_pool
from generators.reference import table
from generators.spec import GeneratorSpec
from tests.generators.datasets import one_table, values

FORMS: list[tuple[Any, str]] = [
    ("label", r"[A-Z][a-z]+ [a-z]+"),
    ("slug", r"[a-z]+-[a-z]+"),
    ("sentence", r"The [a-z]+ [a-z]+ was [a-z]+ [a-z]+ the [a-z]+\."),
    ("user_name", r"[a-z]+_[a-z]+\d\d"),
    ("file_name", r"[a-z]+-[a-z]+-\d+\.[a-z0-9]+"),
    ({"file_name": "pdf"}, r"[a-z]+-[a-z]+-\d+\.pdf"),
    ("organisation_name", r"[A-Z][a-z]+( [A-Z][a-z]+)+"),
    ("job_title", r"[A-Z][a-z]+( [a-z]+)*"),
    ("currency_code", r"[A-Z]{3}"),
    ("country_code", r"[A-Z]{2}"),
    ("language_code", r"[a-z]{2}"),
    ("time_zone", r"[A-Z][a-z]+/[A-Za-z_]+"),
    ("locale", r"[a-z]{2}_[A-Z]{2}"),
    ("mime_type", r"[a-z]+/[a-z0-9.+-]+"),
    ("token", r"[0-9a-f]{32}"),
    ({"token": 7}, r"[0-9a-f]{7}"),
    ("semver", r"\d+\.\d+\.\d+"),
    ("colour", r"#[0-9a-f]{6}"),
    ("user_agent", r"Mozilla/5\.0 \(.*; rv:(\d+)\.0\) Gecko/20100101 Firefox/\1\.0"),
    ("url", r"https://www\.example\.org/[a-z]+-[a-z]+/\d+"),
    ("host_name", r"[a-z]+-[a-z]+\d+\.example\.org"),
    ("mac_address", r"02(-[0-9a-f]{2}){5}"),
    ("interval_text", r"([0-9]|[12][0-9]) days \d\d:\d\d:00"),
    ("time_text", r"([01]\d|2[0-3]):(00|15|30|45):00"),
    ("bytes_hex", r"\\x([0-9a-f]{2}){8,16}"),
    ({"bytes_hex": {"min_size": 0, "max_size": 0}}, r"\\x"),
    ("unique_bytes_hex", r"\\x([0-9a-f]{2}){16}"),
    ({"unique_bytes_hex": 3}, r"\\x([0-9a-f]{2}){3}"),
    ({"bit_text": 13}, "[01]{13}"),
    ({"bit_text": {"size": 3, "varying": True}}, "[01]{1,3}"),
    ("tsvector_text", r"'[a-z]+':1 '[a-z]+':2"),
    ("ltree_text", r"[a-z]+\.[a-z]+\.[a-z]+_\d+"),
    ("hstore_text", r'"colour"=>"[a-z]+", "size"=>"\d+"'),
    ({"vector_text": 4}, r"\[(-?[01]\.\d{3},){3}-?[01]\.\d{3}\]"),
]


@pytest.mark.parametrize(("written", "form"), FORMS, ids=lambda item: str(item)[:30])
def test_texts_have_their_form(written: Any, form: str) -> None:
    """Every text has the form that its generator's summary shows, and there are many of them."""
    made = values(written, rows=400)
    assert all(re.fullmatch(form, text) for text in made)
    assert len(set(made)) > 1 or form == r"\\x"


@pytest.mark.parametrize(
    "name", ["inet", "unique_inet", "mac_address", "url", "host_name", "user_name", "organisation_name"]
)
def test_what_could_be_somebodys_carries_its_promise(name: str) -> None:
    """Why it is nobody's is written in the definition."""
    assert REGISTRY[name].promise is Promise.NEVER_ISSUED


def test_words_are_as_many_as_asked() -> None:
    """The number of words lies between both bounds, reaches them, and the first letter is a capital if asked."""
    counts = {len(text.split(" ")) for text in values("words", rows=500)}
    assert counts == {2, 3, 4, 5, 6}
    assert all(text[0].isupper() for text in values("words", rows=50))
    single = values({"words": {"min_words": 1, "max_words": 1, "capital": False}}, rows=500)
    assert set(single) <= set(word_pool("adjective", "noun").to_pylist())
    with pytest.raises(ParameterError):
        bind(GeneratorSpec("words", {"min_words": 3, "max_words": 2}))


def test_the_word_list_is_long_and_nobodys_name() -> None:
    """There are hundreds of plain words, none of which is a given or family name of the lists of names."""
    words = table("words/plain")["word"]
    assert len(words) >= 400 and all(re.fullmatch("[a-z]+", word) for word in words)
    names = {name.lower() for kind in ("given", "family") for name in table(f"names/{kind}")["name"]}
    assert not names & set(words)


def test_codes_are_mostly_british() -> None:
    """About half of all countries are GB, and each code of the list is used."""
    made = values("country_code", rows=20_000)
    assert 0.3 < made.count("GB") / len(made) < 0.6
    listed = {code for kind, code in zip(table("codes/codes")["kind"], table("codes/codes")["code"], strict=True)
              if kind == "country"}  # fmt: skip
    assert set(made) == listed


DOCUMENTATION = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


@pytest.mark.parametrize("written", ["inet", "unique_inet"])
def test_addresses_are_kept_for_documentation(written: str) -> None:
    """Each address lies in a range of RFC 5737 or RFC 3849."""
    for text in values(written, rows=500):
        assert any(
            ip_address(text) in network for network in DOCUMENTATION if network.version == ip_address(text).version
        )


def test_networks_have_no_host_bits() -> None:
    """A network is written by its first address, as PostgreSQL's cidr asks."""
    for text in values({"inet": {"network": True}}, rows=300):
        assert any(ip_network(text).subnet_of(network) for network in DOCUMENTATION[:3])  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["unique_inet", "unique_bytes_hex", {"unique_bytes_hex": 4}, "uuid_text"])
def test_a_hundred_thousand_differ(written: Any) -> None:
    """Distinct as text and as what the text stands for."""
    made = values(written, rows=100_000)
    assert len(set(made)) == 100_000
    if written == "unique_inet":
        assert len({int(ip_address(text)) for text in made}) == 100_000


def test_all_single_bytes_can_be_had() -> None:
    """One byte tells 256 rows apart."""
    assert set(values({"unique_bytes_hex": 1}, rows=256)) == {f"\\x{number:02x}" for number in range(256)}


def test_uuids_as_text_are_the_uuids() -> None:
    """Text and bytes of the same stream are the same UUID."""
    columns = {"v": ("text", "uuid_text")}
    raw = one_table({"v": ("uuid", "uuid")}, rows=100).column("v").to_pylist()
    assert one_table(columns, rows=100).column("v").to_pylist() == [str(UUID(bytes=item)) for item in raw]


# ------------------------------------------------------------------------------------------------------- geometry

BOX = {4326: (-0.105, -0.016, 51.519, 51.578), 27700: (531_000, 537_500, 182_000, 188_800)}
SUBTYPES = ["POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"]


@pytest.mark.parametrize("subtype", SUBTYPES)
@pytest.mark.parametrize("srid", [4326, 27700])
def test_geometries_lie_in_hackney(subtype: str, srid: int) -> None:
    """Every corner lies in the borough's box, and brackets match."""
    west, east, south, north = BOX[srid]
    for text in values({"geometry_text": {"subtype": subtype, "srid": srid}}, rows=100):
        assert text.startswith(f"SRID={srid};{subtype}(") and text.count("(") == text.count(")")
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", text):
            assert west <= float(x) <= east and south <= float(y) <= north


def test_a_polygon_is_closed_and_has_an_area() -> None:
    """The last corner is the first, and the corners between are others."""
    for text in values({"geometry_text": "POLYGON"}, rows=50):
        corners = re.findall(r"-?[\d.]+ -?[\d.]+", text)
        assert corners[0] == corners[-1] and len(set(corners)) == 4


def test_points_lie_in_hackney() -> None:
    """Longitude comes first."""
    west, east, south, north = BOX[4326]
    for text in values("point_text", rows=200):
        x, y = map(float, text.strip("()").split(","))
        assert west <= x <= east and south <= y <= north
