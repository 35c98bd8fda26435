"""Finding refused rows, and putting rows in order, without any database."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeds.catalog import Column, DataType, ForeignKey, Kind, Table, TableName, UniqueKey
from seeds.databases.acceptance import append_each
from seeds.databases.row_order import EndlessCircle, Order, Part, ordered
from seeds.rejections import Reason, Rejection, RowsRejected


class Shelf:
    """Takes ranges of rows as a whole, unless a bad one is among them; says which, if it is talkative."""

    def __init__(self, bad: set[int], *, talkative: bool) -> None:
        self.bad, self.talkative = bad, talkative
        self.taken: list[int] = []
        self.tries = 0

    def append(self, start: int, stop: int) -> None:
        self.tries += 1
        refused = sorted(self.bad.intersection(range(start, stop)))
        if refused:
            place = refused[0] - start if self.talkative else -1
            raise RowsRejected(Rejection(Reason.CHECK, f"row {refused[0]}", position=place))
        self.taken.extend(range(start, stop))


@given(st.integers(0, 60), st.sets(st.integers(0, 59)), st.booleans())
def test_exactly_the_bad_rows_stay_out(rows: int, bad: set[int], talkative: bool) -> None:
    """Every good row goes in, in order, and every bad one is reported once with its own reason."""
    shelf = Shelf(bad, talkative=talkative)
    refused = append_each(shelf.append, rows, limit=1000)
    wrong = sorted(bad.intersection(range(rows)))
    assert shelf.taken == [row for row in range(rows) if row not in bad]
    assert [(item.position, item.message) for item in refused] == [(row, f"row {row}") for row in wrong]


@given(st.sets(st.integers(0, 59), min_size=1), st.integers(1, 10), st.booleans())
def test_after_the_limit_nothing_is_tried(bad: set[int], limit: int, talkative: bool) -> None:
    """Rows behind the last refusal that counts are reported as refused, and those before it are in."""
    shelf = Shelf(bad, talkative=talkative)
    refused = append_each(shelf.append, 60, limit=limit)
    last = sorted(bad)[limit - 1] if len(bad) >= limit else 60
    assert shelf.taken == [row for row in range(last) if row not in bad] or last == 60
    assert sorted([*shelf.taken, *(item.position for item in refused)]) == list(range(60))


def test_one_bad_row_among_many_is_found_in_few_tries() -> None:
    """Halving needs about two tries for each doubling of the batch, and knowing the place a handful in all."""
    for talkative, most in ((False, 2 * 10 + 1), (True, 4)):
        shelf = Shelf({700}, talkative=talkative)
        append_each(shelf.append, 1024, limit=5)
        assert shelf.tries <= most


def table(name: str, *references: tuple[str, str, bool]) -> Table:
    """A table with a whole-number key and references: column, target and whether it may be null."""
    whole = DataType(Kind.INTEGER, "int")
    columns = (Column("id", whole, nullable=False), *(Column(own, whole, nullable=may) for own, _, may in references))
    keys = tuple(ForeignKey(f"{name}_{own}", (own,), TableName("", to), ("id",)) for own, to, _ in references)
    return Table(TableName("", name), columns, (UniqueKey("PRIMARY", ("id",), primary=True),), keys)


def check(parts: list[Part], order: Order) -> None:
    """Every row is there once, and what it refers to came before it, was left for later, or is itself."""
    assert sorted(order.rows) == [(part, row) for part, item in enumerate(parts) for row in range(item.rows)]
    present: set[tuple[str, object]] = set()
    ours = {(item.table.name.name, value) for item in parts for value in item.columns["id"]}
    for place in order.rows:
        item, row = parts[place[0]], place[1]
        present.add((item.table.name.name, item.columns["id"][row]))
        for key in item.table.foreign_keys:
            target = (key.target.name, item.columns[key.columns[0]][row])
            assert target not in ours or target in present or key in order.late.get(place, ())


@given(st.lists(st.none() | st.integers(0, 29), max_size=30))
def test_any_references_within_a_table_can_be_ordered(parents: list[int | None]) -> None:
    """Forests, circles, rows that are their own parents, and references to rows that stand elsewhere."""
    parts = [Part(table("n", ("up", "n", True)), {"id": range(len(parents)), "up": parents}, len(parents))]
    check(parts, ordered(parts))


@given(st.lists(st.integers(0, 9), min_size=10, max_size=10), st.lists(st.integers(0, 9), min_size=10, max_size=10))
def test_a_circle_of_tables_is_ordered_by_what_may_be_null(leads: list[int], teams: list[int]) -> None:
    """Only references that may be null are left for later."""
    parts = [
        Part(table("team", ("lead", "member", True)), {"id": range(10), "lead": leads}, 10),
        Part(table("member", ("team", "team", False)), {"id": range(10), "team": teams}, 10),
    ]
    order = ordered(parts)
    check(parts, order)
    assert {key.name for keys in order.late.values() for key in keys} <= {"team_lead"}


def test_rows_that_may_stay_as_they_are_do() -> None:
    """An order that is good already is kept, so that keys made by the database come out as expected."""
    parts = [Part(table("n", ("up", "n", True)), {"id": range(6), "up": [None, 0, 0, None, 3, 1]}, 6)]
    assert ordered(parts).rows == tuple((0, row) for row in range(6))


def test_a_long_chain_the_wrong_way_round_is_turned() -> None:
    """Each row comes right after the one it refers to; nothing is left for later."""
    parts = [Part(table("n", ("up", "n", False)), {"id": range(5000), "up": [*range(1, 5000), None]}, 5000)]
    order = ordered(parts)
    assert not order.late
    assert all(before[1] == after[1] + 1 for before, after in pairwise(order.rows))


def test_a_circle_in_which_nothing_may_be_null_is_said() -> None:
    """The error names a key of the circle."""
    parts = [
        Part(table("a", ("b", "b", False)), {"id": [1], "b": [1]}, 1),
        Part(table("b", ("a", "a", False)), {"id": [1], "a": [1]}, 1),
    ]
    with pytest.raises(EndlessCircle) as circle:
        ordered(parts)
    assert circle.value.key.name in ("a_b", "b_a")
