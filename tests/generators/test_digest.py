"""Digests: independent of order and grouping, sensitive to every value, and computed twice."""

from __future__ import annotations

import struct
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from hashlib import blake2b, sha256
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from generators import Digest, digest_of
from generators.spec import ColumnSpec, GeneratorSpec, parse_type

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


# ------------------------------------------------------------------- a slow implementation from the written description


def mix(word: int) -> int:
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def name_key(name: str) -> int:
    digest = blake2b(f"digest/{name}".encode(), digest_size=8, key=bytes(8)).digest()
    return int.from_bytes(digest, "little")


def value_hash(value: Any, kind: pa.DataType) -> int:
    """One value's 64 bits, null included."""
    if value is None:
        return 0xA5A5_5A5A_0F0F_F0F0
    if pa.types.is_list(kind):
        parts = [mix(value_hash(item, kind.value_type) ^ mix(place + 1)) for place, item in enumerate(value)]
        return (len(value) + sum(parts)) & MASK
    if isinstance(value, str):
        raw = value.encode()
        found = len(raw)
        for place in range(0, len(raw), 8):
            found = mix((found * GOLDEN & MASK) ^ int.from_bytes(raw[place : place + 8], "little"))
        return found
    if isinstance(value, Decimal):
        raw = int(value.scaleb(kind.scale, Context(prec=60))).to_bytes(16, "little", signed=True)
        return mix(int.from_bytes(raw[:8], "little")) ^ int.from_bytes(raw[8:], "little")
    if isinstance(value, bytes):
        return mix(int.from_bytes(value[:8], "little")) ^ int.from_bytes(value[8:], "little")
    if isinstance(value, float):
        return int(struct.unpack("<Q", struct.pack("<d", value))[0])
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1)) // timedelta(microseconds=1) & MASK  # noqa: DTZ001
    if isinstance(value, date):
        return (value - date(1970, 1, 1)).days & MASK
    return int(value) & MASK


def slow_digest(batch: pa.RecordBatch) -> Digest:
    total = Digest()
    for row in batch.to_pylist():
        hashed = mix(sum(mix(value_hash(row[f.name], f.type) ^ name_key(f.name)) for f in batch.schema) & MASK)
        total += Digest(1, hashed, mix(hashed))
    return total


# --------------------------------------------------------------------------------------------------- batches of any type

ELEMENTS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "bigint": (pa.int64(), st.integers(-(1 << 63), (1 << 63) - 1)),
    "integer": (pa.int32(), st.integers(-(1 << 31), (1 << 31) - 1)),
    "smallint": (pa.int16(), st.integers(-(1 << 15), (1 << 15) - 1)),
    "boolean": (pa.bool_(), st.booleans()),
    "double": (pa.float64(), st.floats(allow_nan=False)),
    "date": (pa.date32(), st.dates()),
    "timestamp": (pa.timestamp("us"), st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))),  # noqa: DTZ001
    "text": (pa.string(), st.one_of(st.sampled_from(["", "a", "a\0", "\0", "é" * 9]), st.text(max_size=30))),
    "uuid": (pa.binary(16), st.binary(min_size=16, max_size=16)),
    "numeric": (pa.decimal128(38, 2), st.decimals(-(10**30), 10**30, places=2)),
}


@st.composite
def columns(draw: st.DrawFn, rows: int) -> pa.Array:
    kind, values = ELEMENTS[draw(st.sampled_from(sorted(ELEMENTS)))]
    if draw(st.booleans()):
        kind, values = pa.list_(kind), st.lists(st.none() | values, max_size=4)
    drawn = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
    return pa.array(drawn, kind)


@st.composite
def batches(draw: st.DrawFn) -> pa.RecordBatch:
    rows = draw(st.integers(1, 12))
    made = [draw(columns(rows)) for _ in range(draw(st.integers(1, 4)))]
    return pa.RecordBatch.from_arrays(made, names=[f"c{place}" for place in range(len(made))])


@given(batches())
def test_a_digest_is_what_its_description_says(batch: pa.RecordBatch) -> None:
    """The vectorised digest equals one computed row by row in plain integers, for every type, null and list."""
    assert digest_of(batch) == slow_digest(batch)


@given(batches(), st.data())
def test_a_digest_does_not_depend_on_the_order_of_rows(batch: pa.RecordBatch, data: st.DataObject) -> None:
    """Rows in any order have the same digest."""
    order = data.draw(st.permutations(range(batch.num_rows)))
    assert digest_of(batch.take(pa.array(order))) == digest_of(batch)


@given(batches(), st.data())
def test_digests_of_slices_add_up(batch: pa.RecordBatch, data: st.DataObject) -> None:
    """A batch cut anywhere, each piece a slice with an offset into the same memory, adds up to the whole."""
    cuts = sorted({0, batch.num_rows, *data.draw(st.lists(st.integers(0, batch.num_rows), max_size=3))})
    pieces = [batch.slice(low, high - low) for low, high in pairwise(cuts)]
    assert sum((digest_of(piece) for piece in pieces), Digest()) == digest_of(batch)
    copies = [pa.RecordBatch.from_pylist(piece.to_pylist(), schema=batch.schema) for piece in pieces]
    assert [digest_of(piece) for piece in pieces] == [digest_of(copy) for copy in copies]


@given(batches(), st.data())
def test_a_digest_does_not_depend_on_the_order_of_columns(batch: pa.RecordBatch, data: st.DataObject) -> None:
    """Values count under their column's name, wherever it stands."""
    order = data.draw(st.permutations(batch.schema.names))
    assert digest_of(batch.select(order)) == digest_of(batch)


@given(batches(), st.data())
def test_one_other_value_changes_a_digest(batch: pa.RecordBatch, data: st.DataObject) -> None:
    """Another value in one cell, a null or a list's element included, is seen."""
    name = data.draw(st.sampled_from(batch.schema.names))
    row = data.draw(st.integers(0, batch.num_rows - 1))
    kind = batch.schema.field(name).type
    element = next(v for t, v in ELEMENTS.values() if t == (kind.value_type if pa.types.is_list(kind) else kind))
    values = batch.column(name).to_pylist()
    other = data.draw(st.none() | (st.lists(st.none() | element, max_size=4) if pa.types.is_list(kind) else element))
    assume(repr(other) != repr(values[row]))
    values[row] = other
    changed = pa.array(values, kind)
    assume(not changed.equals(batch.column(name)))
    assert digest_of(batch.set_column(batch.schema.get_field_index(name), name, changed)) != digest_of(batch)


@given(batches(), st.data())
def test_one_row_more_or_twice_changes_a_digest(batch: pa.RecordBatch, data: st.DataObject) -> None:
    """A lost or repeated row is seen, though the sums are blind to order."""
    row = batch.slice(data.draw(st.integers(0, batch.num_rows - 1)), 1)
    assert digest_of(batch) + digest_of(row) != digest_of(batch)
    assert digest_of(row) + digest_of(row) + digest_of(row) != digest_of(row)


def test_values_that_look_alike_differ() -> None:
    """Null, zero, nothing and empty lists are told apart, and so are values that changed places."""
    texts = [digest_of(pa.record_batch([pa.array([value])], ["a"])) for value in ("", "0", "\0", "null")]
    texts += [digest_of(pa.record_batch([pa.array([None], pa.string())], ["a"]))]
    lists = [[], [""], [None], ["", ""], None]
    texts += [digest_of(pa.record_batch([pa.array([value], pa.list_(pa.string()))], ["a"])) for value in lists]
    assert len(set(texts[:5])) == 5 and len(set(texts[5:])) == 5
    numbers = [digest_of(pa.record_batch([pa.array([value], pa.int64())], ["a"])) for value in (0, None, -1, 1)]
    assert len(set(numbers)) == 4
    swapped = [digest_of(pa.record_batch([[a], [b]], ["a", "b"])) for a, b in ((1, 2), (2, 1), (3, 0))]
    assert len(set(swapped)) == 3
    moved = [digest_of(pa.record_batch([a, b], ["a", "b"])) for a, b in (([1, 2], [3, 4]), ([1, 2], [4, 3]))]
    assert moved[0] != moved[1]


@given(
    st.lists(st.builds(Digest, st.integers(0, 99), st.integers(0, MASK), st.integers(0, MASK)), min_size=3, max_size=3)
)
def test_addition_is_that_of_sums(three: list[Digest]) -> None:
    """Joining sets of rows is associative and commutative, and the empty set changes nothing."""
    a, b, c = three
    assert a + b == b + a and (a + b) + c == a + (b + c) and a + Digest() == a


def test_no_rows_have_the_empty_digest() -> None:
    """An empty batch of any shape is the neutral one, however its buffers look."""
    for kind, _ in ELEMENTS.values():
        for of in (kind, pa.list_(kind)):
            assert digest_of(pa.RecordBatch.from_arrays([pa.nulls(0, of)], ["a"])) == Digest()
            full = pa.RecordBatch.from_arrays([pa.array([None], of)], ["a"])
            assert digest_of(full.slice(1)) == Digest()
            assert digest_of(full) == slow_digest(full)


def shape(*columns: tuple[str, str]) -> tuple[ColumnSpec, ...]:
    return tuple(ColumnSpec(name, parse_type(kind), GeneratorSpec("key")) for name, kind in columns)


def test_the_final_digest_covers_names_types_and_sums() -> None:
    """Table, columns, types, rows and both sums are all in the SHA-256; the order of columns is not."""
    base = Digest(2, 3, 4).hexdigest("t", shape(("a", "integer"), ("b", "text")))
    assert base == sha256(b"understudy digest 1\nt\na integer\nb text\n2 3 4\n").hexdigest()
    assert Digest(2, 3, 4).hexdigest("t", shape(("b", "text"), ("a", "integer"))) == base
    others = [
        Digest(2, 3, 4).hexdigest("u", shape(("a", "integer"), ("b", "text"))),
        Digest(2, 3, 4).hexdigest("t", shape(("a", "bigint"), ("b", "text"))),
        Digest(2, 3, 4).hexdigest("t", shape(("a", "integer"), ("b", "varchar(9)"))),
        Digest(2, 3, 4).hexdigest("t", shape(("a", "integer"), ("c", "text"))),
        *(
            Digest(*sums).hexdigest("t", shape(("a", "integer"), ("b", "text")))
            for sums in ((1, 3, 4), (2, 0, 4), (2, 3, 0))
        ),
    ]
    assert len({base, *others}) == len(others) + 1


@pytest.mark.parametrize("size", [1, 7, 8, 9, 15, 16, 17, 1000])
def test_long_texts_are_read_to_their_end(size: int) -> None:
    """The last byte of a text counts, at every length around a word's."""
    made = [digest_of(pa.record_batch([["x" * (size - 1) + end, "y"]], ["a"])) for end in "ab"]
    assert made[0] != made[1]


def test_rows_that_are_alike_do_not_collide() -> None:
    """No two of many rows that differ by one have the same digest."""
    made = {digest_of(pa.record_batch([[n], [n % 7]], ["a", "b"])) for n in range(2000)}
    assert len(made) == 2000
