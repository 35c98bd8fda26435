"""Types written in a notation of their own, documents, arrays and composed types."""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.spec import GeneratorSpec
from seeds.catalog import DataType, Kind
from seeds.planner.checks.model import Bound, Domain, TextPattern
from seeds.planner.values import Unrealisable
from tests.seeds.values_rows import (
    DATE,
    INT,
    JSONB,
    MOMENT,
    REAL,
    TEXT,
    TEXTS,
    TIME,
    TRUTH,
    ZONED,
    realised,
    values_of,
    varchar,
)  # fmt: skip

INTERVAL = DataType(Kind.INTERVAL, "interval", "interval")
BYTES = DataType(Kind.BYTES, "bytea", "bytea")
JSON_KINDS = {"object": dict, "array": list, "string": str, "number": (int, float), "boolean": bool, "null": type(None)}


@pytest.mark.parametrize(
    ("data_type", "shape"),
    [
        (DataType(Kind.UUID, "uuid", "uuid"), r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        (TIME, r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d"),
        (BYTES, r"\\x([0-9a-f]{2}){8,16}"),
        (DataType(Kind.BYTES, "binary(4)", "binary", size=4), r"\\x[0-9a-f]{8}"),
        (DataType(Kind.MACADDR, "macaddr", "macaddr"), r"02([:-][0-9a-f]{2}){5}"),
        (DataType(Kind.BIT, "bit(4)", "bit", size=4), "[01]{4}"),
        (DataType(Kind.MONEY, "money", "money"), r"\d+\.\d\d"),
        (DataType(Kind.VECTOR, "vector(3)", "vector", size=3), r"\[-?\d\.\d+,-?\d\.\d+,-?\d\.\d+\]"),
        (
            DataType(Kind.GEOMETRY, "geometry", "geometry", subtype="LINESTRING", srid=27700),
            r"SRID=27700;LINESTRING\(.+\)",
        ),
        (DataType(Kind.POINT, "point", "point"), r"\(-?\d+\.\d+,\d+\.\d+\)"),
        (DataType(Kind.YEAR, "year", "year"), r"20[012]\d"),
        (DataType(Kind.SET, "set", "set", labels=("a", "b")), "a|b|a,b"),
        (DataType(Kind.OTHER, "pg_lsn", "pg_lsn"), "[0-9A-F]+/[0-9A-F]+"),
        (DataType(Kind.RANGE, "int4range", "int4range", element=INT), r'\["?\d+"?,"?\d+"?\)'),
        (DataType(Kind.MULTIRANGE, "datemultirange", "datemultirange", element=DATE), r"\{\[[\d-]{10},[\d-]{10}\)\}"),
    ],
    ids=lambda item: item.name if isinstance(item, DataType) else None,
)
def test_notations_are_the_databases_own(data_type: DataType, shape: str) -> None:
    """Values of a type are written as the database reads that type."""
    assert all(re.fullmatch(shape, str(value)) for value in values_of(realised(data_type)))


def test_network_addresses_are_documentation() -> None:
    """No address is anybody's: all lie in the ranges that are kept for documentation."""
    kept = [ipaddress.ip_network(block) for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    for kind in (Kind.INET, Kind.CIDR):
        for value in values_of(realised(DataType(kind, kind, kind))):
            network = ipaddress.ip_network(str(value))
            assert any(network.subnet_of(block) for block in kept if isinstance(network, ipaddress.IPv4Network))


@given(low=st.times(), high=st.times(), open_low=st.booleans(), open_high=st.booleans())
@settings(max_examples=40)
def test_times_of_day_stay_inside_their_bounds(low: time, high: time, open_low: bool, open_high: bool) -> None:
    """Every time of day lies between two others, or the bounds are refused because nothing does."""
    low, high = sorted((low.replace(microsecond=0), high.replace(microsecond=0)))
    domain = Domain(low=Bound(low, open_low), high=Bound(high, open_high))
    try:
        found = values_of(realised(TIME, domain), 50)
    except Unrealisable:
        assert _seconds(high) - _seconds(low) < 2
        return
    for value in found:
        moment = time.fromisoformat(str(value))
        assert (low < moment if open_low else low <= moment) and (moment < high if open_high else moment <= high)


def _seconds(value: time) -> int:
    return value.hour * 3600 + value.minute * 60 + value.second


def test_lengths_of_time_stay_inside_their_bounds() -> None:
    """Intervals lie between two others, neither of them where it is excluded."""
    domain = Domain(low=Bound(timedelta(0), open=True), high=Bound(timedelta(hours=2)))
    for value in values_of(realised(INTERVAL, domain)):
        match = re.fullmatch(r"(\d+) seconds", str(value))
        assert match and 0 < int(match[1]) <= 7200


@given(
    kind=st.sampled_from(("", *JSON_KINDS)),
    keys=st.dictionaries(st.sampled_from(("name", "a b", 'say "so"')), st.sampled_from(("", *JSON_KINDS)), max_size=3),
)
@settings(max_examples=40)
def test_documents_are_of_their_kind_and_have_their_keys(kind: str, keys: dict[str, str]) -> None:
    """JSON text reads as the kind that is asked for; an object has each key with a value of its kind."""
    keys = keys if kind in ("", "object") else {}
    for text in values_of(realised(JSONB, Domain(json_kind=kind, json_keys=keys)), 30):
        value = json.loads(str(text))
        assert isinstance(value, JSON_KINDS[kind or "object"])  # type: ignore[arg-type]
        assert kind == "boolean" or not isinstance(value, bool)
        assert all(not wanted or isinstance(value[key], JSON_KINDS[wanted]) for key, wanted in keys.items())  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_json_arrays_have_as_many_elements_as_asked(size: int) -> None:
    """An array in a document has the number of elements that a constraint sets."""
    domain = Domain(json_kind="array", min_size=size, max_size=size)
    assert {len(json.loads(str(text))) for text in values_of(realised(JSONB, domain))} == {size}


def test_a_text_that_must_be_json_is() -> None:
    """A column of text with a check for JSON holds documents, not sentences."""
    for text in values_of(realised(TEXT, Domain(forms=frozenset({"json"})))):
        assert isinstance(json.loads(str(text)), dict)


def elements(text: object) -> list[str]:
    """The elements of a one-dimensional array literal without escapes."""
    inner = str(text).removeprefix("{").removesuffix("}")
    return [item.strip('"') for item in re.findall(r'"[^"]*"|[^,]+', inner)]


@given(least=st.integers(0, 6), more=st.integers(0, 6), bounded=st.booleans())
@settings(max_examples=30)
def test_arrays_have_as_many_elements_as_asked(least: int, more: int, bounded: bool) -> None:
    """An array has at least and at most so many elements."""
    domain = Domain(min_size=least, max_size=least + more if bounded else None)
    for text in values_of(realised(TEXTS, domain), 50):
        assert least <= len(elements(text)) <= (least + more if bounded else max(least, 3))


def test_elements_satisfy_what_is_said_of_them() -> None:
    """Elements are listed ones, match their pattern, and are none of the excluded."""
    listed = Domain(min_size=1, element_values=("red", "green", ""), element_excluded=("",))
    assert {item for text in values_of(realised(TEXTS, listed)) for item in elements(text)} == {"red", "green"}
    shaped = Domain(min_size=1, element=Domain(max_size=5, patterns=(TextPattern("^[a-z]+$"),)))
    for text in values_of(realised(TEXTS, shaped)):
        assert all(re.fullmatch("[a-z]{1,5}", item) for item in elements(text))


def test_required_elements_are_there() -> None:
    """An array that must hold some values holds them in every row."""
    domain = Domain(element_required=("a b", "c"), element_values=("a b", "c", "d"))
    for text in values_of(realised(TEXTS, domain)):
        assert {"a b", "c"} <= set(elements(text)) <= {"a b", "c", "d"}


def test_arrays_stay_short_enough_as_text() -> None:
    """An array whose text is limited has fewer elements."""
    assert all(len(str(text)) <= 30 for text in values_of(realised(TEXTS, Domain(max_text=30)), 500))


def test_arrays_of_what_nobody_knows_are_empty() -> None:
    """An array may be empty where no element can be made, and is refused where it may not."""
    unknown = DataType(Kind.OTHER, "strange[]", "strange", dimensions=1)
    assert set(values_of(realised(unknown))) == {"{}"}
    with pytest.raises(Unrealisable, match="strange"):
        realised(unknown, Domain(min_size=1))


def test_composite_values_have_every_field() -> None:
    """Each field is made by its own type."""
    place = DataType(
        Kind.COMPOSITE, "place", "place", fields=(("street", varchar(20)), ("number", INT), ("known", TRUTH))
    )
    for value in values_of(realised(place)):
        assert re.fullmatch(r'\(("[^"]{1,20}"|[^,]{1,20}),\d+,(t|f|true|false)\)', str(value))


@pytest.mark.parametrize("element", [DATE, INT, MOMENT, ZONED])
def test_ranges_lie_inside_their_bounds(element: DataType) -> None:
    """A range begins and ends inside the bounds that are said of it."""
    low, high = (10, 20) if element is INT else (date(2030, 1, 1), date(2030, 3, 1))
    kind = DataType(Kind.RANGE, "range", "range", element=element)
    domain = Domain(low=Bound(low), high=Bound(high))
    for text in values_of(realised(kind, domain)):
        ends = (
            re.findall(r"\d{4}-\d\d-\d\d|\d+", str(text).split("T")[0])
            if element is INT
            else re.findall(r"\d{4}-\d\d-\d\d", str(text))
        )
        first, last = (int(end) if element is INT else date.fromisoformat(end) for end in ends)
        assert low <= first <= last <= high  # type: ignore[operator]


def test_ranges_without_an_end_have_none() -> None:
    """A range that must be unbounded above is written without an upper end."""
    kind = DataType(Kind.RANGE, "daterange", "daterange", element=DATE)
    found = values_of(realised(kind, Domain(forms=frozenset({"high_unbounded"}))))
    assert all(re.fullmatch(r"\[[\d-]{10},\)", str(text)) for text in found)


def test_an_unknown_type_is_left_out_where_it_may_be_null() -> None:
    """A type that nobody knows is left to the database, or refused where a value is needed."""
    unknown = DataType(Kind.OTHER, "strange", "strange")
    found = realised(unknown, Domain(), nullable=True)
    assert found.generator is None
    assert "strange" in found.reason
    with pytest.raises(Unrealisable, match="strange"):
        realised(unknown)


def test_truth_values_written_as_numbers_are_truth_values() -> None:
    """Where a database writes 0 and 1 for truth, a constraint on 1 means true."""
    assert set(values_of(realised(TRUTH, Domain(values=(1,))))) == {True}
    assert set(values_of(realised(TRUTH, Domain(excluded=(1,))))) == {False}
    meaning = GeneratorSpec("boolean", {"probability": 0.1})
    assert realised(TRUTH, meaning=meaning).generator == meaning


def test_single_precision_does_not_round_across_its_bounds() -> None:
    """A bound that single precision cannot hold is not reached, because rounding might cross it."""
    for value in values_of(realised(REAL, Domain(low=Bound(0.1), high=Bound(0.3))), 2000):
        assert isinstance(value, float)
        assert 0.1 < value < 0.3
