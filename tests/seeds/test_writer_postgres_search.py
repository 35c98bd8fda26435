"""The search for refused rows, without a database: what is found, and in how many tries."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seeds.databases.postgres.writing.accepting import Rows, Search
from seeds.rejections import Reason, Rejection


class Server:
    """Takes every row but the bad ones, of which it names the first as far as it is one of those it can tell."""

    def __init__(self, bad: set[int], *, tells: bool = True, parents: dict[int, int] | None = None) -> None:
        self.bad = bad
        self.tells = tells
        self.parents = parents or {}
        self.kept: list[int] = []
        self.tried: list[int] = []

    def attempt(self, rows: Rows) -> Rejection | None:
        self.tried.append(len(rows))
        wrong = [place for place, row in enumerate(rows) if int(row) in self.bad]
        if wrong:
            return Rejection(Reason.CHECK, "bad", position=wrong[0] if self.tells else -1)
        there = {*self.kept, *map(int, rows)}
        if any(self.parents.get(int(row), int(row)) not in there for row in rows):
            return Rejection(Reason.FOREIGN_KEY, "no parent")
        self.kept += map(int, rows)
        return None

    def search(self, rows: int, *, whole: bool = False, limit: int = 10**6) -> list[Rejection]:
        search = Search(self.attempt, lambda *_: np.arange(0), lambda _: False, whole=whole, limit=limit)
        return search.run(rows)


@given(st.integers(0, 60), st.sets(st.integers(0, 59)), st.booleans(), st.booleans())
def test_each_row_is_in_or_refused(rows: int, bad: set[int], tells: bool, whole: bool) -> None:
    """Exactly the bad rows are refused, each at its place, and every other row is in once."""
    server = Server(bad, tells=tells)
    refused = [rejection.position for rejection in server.search(rows, whole=whole)]
    assert refused == [row for row in range(rows) if row in bad]
    assert sorted(server.kept) == [row for row in range(rows) if row not in bad]


@given(st.lists(st.integers(0, 39), min_size=40, max_size=40), st.sets(st.integers(0, 39), max_size=6), st.booleans())
def test_rows_that_refer_to_one_another_go_in_if_they_can(parents: list[int], bad: set[int], tells: bool) -> None:
    """A row whose parents are all good goes in where refusals name their rows, and no child without its parent."""
    links = dict(enumerate(parents))
    server = Server(bad, tells=tells, parents=links)
    refused = {rejection.position for rejection in server.search(40, whole=True)}
    assert {*server.kept}.isdisjoint(refused)
    assert {*server.kept} | refused == {*range(40)}
    assert all(links[row] in server.kept for row in server.kept)


@given(st.lists(st.integers(0, 39), min_size=40, max_size=40), st.sets(st.integers(0, 39), max_size=6), st.booleans())
def test_whoever_has_only_good_ancestors_goes_in(steps: list[int], bad: set[int], tells: bool) -> None:
    """In a forest whose parents all stand behind their children, exactly the bad rows and those below them are out."""
    parents = {row: min(row + step, 39) for row, step in enumerate(steps)}
    out: set[int] = set()
    for row in reversed(range(40)):
        if row in bad or parents[row] in out:
            out.add(row)
    refused = Server(bad, tells=tells, parents=parents).search(40, whole=True)
    assert {rejection.position for rejection in refused} == out


def test_what_every_row_would_meet_is_tried_once() -> None:
    """A refusal that is about no row in particular ends the search."""
    server = Server({0})
    search = Search(server.attempt, lambda *_: np.arange(0), lambda _: True, whole=False, limit=100)
    assert [rejection.position for rejection in search.run(50)] == [*range(50)]
    assert server.tried == [50]


def test_suspects_are_refused_without_being_tried() -> None:
    """Rows that a refusal is known to be about cost no try of their own; the others go in with the next."""
    server = Server({3, 30}, tells=False)
    search = Search(server.attempt, lambda *_: np.array([3, 30]), lambda _: False, whole=False, limit=100)
    assert [rejection.position for rejection in search.run(50)] == [3, 30]
    assert server.tried == [50, 48]


def test_a_parent_behind_its_children_is_found() -> None:
    """Halving takes children from their parent for a while; they go in once it is there."""
    server = Server({2}, tells=False, parents=dict.fromkeys(range(20), 19))
    assert [rejection.position for rejection in server.search(20, whole=True)] == [2]


def test_few_bad_rows_among_many_cost_little() -> None:
    """Three bad rows among 100,000 that the server names cost each row at most three tries, in a few dozen calls."""
    server = Server({10, 50_000, 99_000})
    assert len(server.search(100_000)) == 3
    assert sum(server.tried) <= 300_000
    assert len(server.tried) < 50


def test_only_bad_rows_cost_a_try_each() -> None:
    """A hundred bad rows are a hundred tries."""
    server = Server({*range(100)})
    assert len(server.search(100)) == 100
    assert len(server.tried) == 100


def test_the_limit_ends_the_search() -> None:
    """After the last refusal that is allowed nothing more is tried."""
    server = Server({*range(50, 1000)})
    refused = server.search(1000, limit=5)
    assert [rejection.position for rejection in refused] == [*range(50, 1000)]
    assert server.kept == [*range(50)]
    assert len(server.tried) < 20
