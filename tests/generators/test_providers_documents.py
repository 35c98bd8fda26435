"""Structured text: what is put together can be taken apart again, by readers written here from the formats' rules."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from generators.engine import bounds_of
from generators.errors import ParameterError
from generators.providers import bind
from generators.spec import GeneratorSpec
from tests.generators.datasets import one_table, values

AWKWARD = ["a,b", 'q"x', "back\\slash", "NULL", "null", "", "{x}", " sp ", "plain", "é", "(y)", "tab\there"]


def read_array(text: str) -> Any:
    """PostgreSQL's array input, after its manual: braces, commas, quotes with backslashes, bare NULL."""

    def read(place: int) -> tuple[Any, int]:
        if text[place] == "{":
            items, place = [], place + 1
            while text[place] != "}":
                item, place = read(place)
                items.append(item)
                place += text[place] == ","
            return items, place + 1
        if text[place] == '"':
            found = re.compile(r'"((?:[^"\\]|\\.)*)"').match(text, place)
            assert found
            return re.sub(r"\\(.)", r"\1", found[1]), found.end()
        found = re.compile(r'[^,{}"\\\s]+').match(text, place)
        assert found
        return None if found[0].lower() == "null" else found[0], found.end()

    value, end = read(0)
    assert end == len(text)
    return value


def test_elements_of_arrays_are_read_back() -> None:
    """Whatever an element holds, commas, quotes, braces and the word NULL, an array gives it back."""
    made = values({"array_literal": {"of": {"choice": AWKWARD}, "min_size": 1, "max_size": 4}}, rows=500)
    arrays = [read_array(text) for text in made]
    assert {item for array in arrays for item in array} == set(AWKWARD)
    assert {len(array) for array in arrays} == {1, 2, 3, 4}


def test_a_null_element_is_a_bare_null() -> None:
    """Null is no text."""
    nothing = {"given": {"on": "'x'", "cases": {"y": {"constant": "z"}}}}
    written = {"array_literal": {"of": nothing, "min_size": 1, "max_size": 1}}
    assert set(values(written, rows=3)) == {"{NULL}"}


@pytest.mark.parametrize(
    ("kind", "of", "shape"),
    [
        ("integer", {"integer": {"max_value": 99}}, r"\d+"),
        ("numeric(8,2)", {"number": {"max_value": 9.0}}, r"\d\.\d\d"),
        ("boolean", "boolean", "true|false"),
        ("date", {"date_between": {"start": "epoch", "end": "epoch"}}, "2026-04-06"),
        ("timestamptz", {"timestamp_on": {"date": "epoch"}}, r"2026-04-06 \d\d:\d\d:\d\d\.0{6}\+00"),
        ("uuid", "uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ],
)
def test_elements_are_made_in_their_type(kind: str, of: Any, shape: str) -> None:
    """A generator inside an array sees the element's type, and its values are written as a database reads them."""
    for text in values({"array_literal": {"of": of, "type": kind, "min_size": 1}}, rows=100):
        assert all(re.fullmatch(shape, item) for item in read_array(text))


def test_elements_differ_if_they_must() -> None:
    """No element comes twice, and where there are fewer values than wanted the array is shorter."""
    written = {"of": {"choice": ["a", "b", "c"]}, "min_size": 3, "max_size": 5, "distinct": True}
    for text in values({"array_literal": written}, rows=400):
        array = read_array(text)
        assert len(set(array)) == len(array) and len(array) <= 3


def test_arrays_of_several_dimensions() -> None:
    """Elements stand as deep as asked, and an array without any has no dimensions."""
    made = values({"array_literal": {"of": "slug", "dimensions": 2, "max_size": 1}}, rows=200)
    assert {text if text == "{}" else text[:2] for text in made} == {"{}", "{{"}
    assert all(text.endswith("}}") for text in made if text != "{}")


@pytest.mark.parametrize("parameters", [{"type": "money"}, {"min_size": 3, "max_size": 2}, {"dimensions": 0}])
def test_arrays_that_cannot_be_are_refused(parameters: Any) -> None:
    """An unknown type and contradictory sizes are refused when bound."""
    with pytest.raises(Exception, match=r"money|below|outside"):
        bind(GeneratorSpec("array_literal", {"of": "label", **parameters}))


# ------------------------------------------------------------------------------------------------------------ JSON


def test_documents_have_their_keys_and_types() -> None:
    """Each key has its generator's value, as the JSON type that was asked for."""
    keys = {
        'odd "key"': {"choice": AWKWARD},
        "count": {"integer": {"min_value": 1, "max_value": 9}},
        "share": {"number": {"max_value": 1.0}},
        "live": "boolean",
        "tags": {"json_value": "array"},
        "more": {"document": {"keys": {"deep": {"constant": "x"}}}},
    }
    types = {"count": "integer", "share": "number", "live": "boolean", "tags": "array", "more": "object"}
    read = [json.loads(text) for text in values({"document": {"keys": keys, "types": types}}, "json", rows=300)]
    assert {item['odd "key"'] for item in read} == set(AWKWARD)
    for item in read:
        assert list(item) == list(keys)
        kinds = [type(value) for value in item.values()]
        assert kinds[:2] + kinds[3:] == [str, int, bool, list, dict] and kinds[2] in (int, float)
        assert item["more"] == {"deep": "x"}


def test_a_document_can_be_an_array_or_empty() -> None:
    """The same values stand in an array, and no keys make an empty document."""
    written = {"keys": {"a": {"constant": "x"}, "b": {"constant": 7}}, "types": {"b": "integer"}, "kind": "array"}
    assert json.loads(values({"document": written}, rows=1)[0]) == ["x", 7]
    assert values({"document": {"keys": {}}}, rows=2) == ["{}", "{}"]
    assert values({"document": {"kind": "array"}}, rows=1) == ["[]"]


def test_a_key_without_a_value_is_null() -> None:
    """What a generator leaves out is JSON's null."""
    nothing = {"given": {"on": "'x'", "cases": {"y": {"constant": "z"}}}}
    assert json.loads(values({"document": {"keys": {"a": nothing}}}, rows=1)[0]) == {"a": None}


@pytest.mark.parametrize(
    ("kind", "read"),
    [("object", dict), ("array", list), ("string", str), ("number", int), ("boolean", bool), ("null", type(None))],
)
def test_json_values_are_of_their_kind(kind: str, read: type) -> None:
    """Each value is JSON of the kind asked for."""
    assert {type(json.loads(text)) for text in values({"json_value": kind}, "json", rows=100)} == {read}


def test_generators_inside_are_seen() -> None:
    """What is nested in a document or a composite is checked, and found by whoever walks the parameters."""
    for name, parameters in (("document", {"keys": {"a": "slug"}}), ("composite_text", {"fields": ["slug"]})):
        assert [inner.definition.name for inner in bounds_of(bind(GeneratorSpec(name, parameters)))] == [name, "slug"]
    with pytest.raises(ParameterError):
        bind(GeneratorSpec("document", {"keys": {"a": "slug"}, "types": {"a": "money"}}))


def test_composites_are_read_back() -> None:
    """A field that holds a comma, a quote or a bracket is quoted, so that the row falls into its fields again."""
    written = {"fields": [{"choice": AWKWARD}, {"integer": {"max_value": 5}}], "types": ["text", "integer"]}
    firsts = set()
    for text in values({"composite_text": written}, rows=400):
        found = re.fullmatch(r'\(("(?:[^"\\]|\\.)*"|[^,"()\\]*),(\d)\)', text)
        assert found
        quoted = found[1].startswith('"')
        firsts.add(re.sub(r"\\(.)", r"\1", found[1][1:-1]) if quoted else found[1])
    assert firsts == set(AWKWARD)


def test_xml_is_well_formed() -> None:
    """A reader of XML takes it."""
    for text in values("xml_text", rows=50):
        assert ElementTree.fromstring(text).find("name") is not None


# ---------------------------------------------------------------------------------------------------------- ranges

RANGE = re.compile(r'([\[(])"([^"]*)","([^"]*)"([\])])')


def ends_of(text: str) -> tuple[str, str]:
    found = RANGE.fullmatch(text)
    assert found
    return found[2], found[3]


@pytest.mark.parametrize(
    ("of", "low", "high", "read"),
    [
        ("date", "2024-04-01", "2026-04-01", datetime.fromisoformat),
        ("timestamptz", "2024-04-01", "2026-04-01", lambda text: datetime.fromisoformat(text.removesuffix("+00"))),
        ("integer", 10, 500, int),
        ("numeric", "0.50", "99.00", float),
        ("integer", 1, 2, int),
    ],
)
def test_ranges_lie_inside_their_interval(of: str, low: Any, high: Any, read: Any) -> None:
    """A range begins before it ends, and neither end leaves the interval."""
    for text in values({"range_literal": {"of": of, "low": low, "high": high}}, rows=300):
        start, stop = map(read, ends_of(text))
        assert read(str(low)) <= start < stop <= read(str(high))


def test_ranges_have_about_the_width_asked_for() -> None:
    """Half to one and a half times as wide, all of it used."""
    made = values({"range_literal": {"of": "integer", "low": 0, "high": 10_000, "width": 100}}, rows=2000)
    widths = {int(stop) - int(start) for start, stop in map(ends_of, made)}
    assert min(widths) == 50 and max(widths) == 150


@pytest.mark.parametrize(("bounds", "gap"), [("[)", 0), ("[]", 1), ("(]", 0)])
def test_slots_stand_side_by_side(bounds: str, gap: int) -> None:
    """A row's range ends where the next one's begins, or a step before if both hold their ends."""
    written = {"slot_range": {"of": "date", "start": "2020-01-01", "width": 7, "bounds": bounds}}
    ends = [tuple(map(datetime.fromisoformat, ends_of(text))) for text in values(written, rows=300)]
    assert ends[0][0] == datetime.fromisoformat("2020-01-01")
    for (_, stop), (start, _) in pairwise(ends):
        assert start - stop == timedelta(days=gap)


def test_slot_values_are_the_ends_of_the_same_slots() -> None:
    """Two columns hold what one range would."""
    slot = {"of": "timestamp", "start": "2024-01-01", "width": 3_600_000_000}
    columns = {
        "low": ("timestamp", {"slot_value": slot}),
        "high": ("timestamp", {"slot_value": {**slot, "end": "high"}}),
        "range": ("text", {"slot_range": slot}),
    }
    for row in one_table(columns, rows=50).to_pylist():
        assert ends_of(row["range"]) == (f"{row['low']}.000000", f"{row['high']}.000000")
        assert row["high"] - row["low"] == timedelta(hours=1)


def test_slots_beyond_the_type_are_refused() -> None:
    """The last slot has to fit the calendar, or the integers."""
    with pytest.raises(ParameterError, match="past the end"):
        values({"slot_range": {"of": "integer", "start": 2_147_483_000, "width": 100}}, rows=10)
    with pytest.raises(ParameterError, match="no room"):
        bind(GeneratorSpec("range_literal", {"of": "date", "low": "2026-01-01", "high": "2026-01-01"}))
